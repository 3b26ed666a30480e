"""Who mentions whom: an object that mentions one of a stricter level is shared no more widely than that.

Bytes are handed out as they came, references included, so a relationship tells of both its ends. What a reader may
not see must not be named to that reader either; so the level of an object is the strictest of its own
markings and of the levels of all objects that it mentions and that its collection holds.

Levels only rise. When an object comes in, those that mentioned it before are found by the `mentions` table. When one is
marked more widely or deleted, what mentions it stays as it is until it is published again: a reader who has
read past its `date_added` would miss it otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select, update

from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import Incoming
from disarm_exchange.store.tables import mentions, object_versions
from disarm_exchange.store.versions import Version

Added = Sequence[tuple[Incoming, Version]]


def key_of(stix_id: str) -> int:
    """63 bits of an id's UUID."""
    return int(stix_id[-36:-18].replace("-", ""), 16) >> 1


def spread_levels(tx: Transaction, collection: int, known: Mapping[str, list[Version]], added: Added) -> None:
    """Raise the levels of whatever mentions something stricter: of the versions added, in place, and of stored ones.

    Args:
        tx: the writing transaction; the versions added are not stored yet.
        collection: the collection's number.
        known: all versions, stored and added, of the objects that are being added; arranged.
        added: the versions being added.
    """
    levels = {stix_id: versions[-1].level for stix_id, versions in known.items()}
    outside = {other for item, _ in added for other in item.mentions if other not in levels}
    # What mentions a stored object has been told of its level when it was stored.
    told = _stored_levels(tx, collection, outside) if outside else {}
    levels |= told
    told |= _levels_before(known)
    mentioners: dict[str, list[tuple[str, Version]]] = defaultdict(list)
    for item, version in added:
        for other in item.mentions:
            mentioners[other].append((item.stix_id, version))
    rising = {stix_id for stix_id, level in levels.items() if level}
    while rising:
        risen: set[str] = set()
        for stix_id in sorted(rising & mentioners.keys()):
            level = levels[stix_id]
            for mentioner, version in mentioners[stix_id]:
                if version.level < level:
                    version.level = level
                    if version.newest:
                        risen |= _raise_known(known[mentioner], mentioner, level, levels)
        new = {stix_id: levels[stix_id] for stix_id in rising if told.get(stix_id, 0) < levels[stix_id]}
        told |= new
        for mentioner, newest, date_added, level in _stored_mentioners(tx, collection, new):
            if mentioner in known:
                version = next(one for one in known[mentioner] if one.date_added == date_added)
                version.level = max(version.level, level)
                if newest and version.newest:
                    risen |= _raise_known(known[mentioner], mentioner, level, levels)
            else:
                _raise_stored(tx, collection, None if newest else date_added, mentioner, level)
                if newest and levels.get(mentioner, -1) < level:
                    levels[mentioner] = level
                    risen.add(mentioner)
        rising = risen


def _levels_before(known: Mapping[str, list[Version]]) -> dict[str, int]:
    """The levels of those objects that were stored before, as they were."""
    before: dict[str, int] = {}
    for stix_id, versions in known.items():
        for version in versions:
            if version.saved is not None and version.saved[0]:
                before[stix_id] = version.saved[1]
    return before


def _raise_known(versions: list[Version], stix_id: str, level: int, levels: dict[str, int]) -> set[str]:
    for version in versions:
        version.level = max(version.level, level)
    if levels[stix_id] >= level:
        return set()
    levels[stix_id] = level
    return {stix_id}


def _stored_levels(tx: Transaction, collection: int, ids: set[str]) -> dict[str, int]:
    columns = object_versions.c
    query = select(columns.stix_id, columns.level).where(
        columns.collection == collection, among(tx, columns.stix_id, ids), columns.newest
    )
    return {row.stix_id: row.level for row in tx.connection.execute(query)}


def _stored_mentioners(tx: Transaction, collection: int, ids: Mapping[str, int]) -> list[tuple[str, bool, int, int]]:
    """Stored versions that mention one of these and are shared more widely: id, newest, date_added, level to have."""
    wanted: dict[int, int] = {}
    for stix_id, level in ids.items():
        key = key_of(stix_id)
        wanted[key] = max(level, wanted.get(key, 0))
    if not wanted:
        return []
    columns = object_versions.c
    query = (
        select(mentions.c.mentioned, columns.stix_id, columns.newest, columns.date_added, columns.level)
        .join(object_versions, (columns.collection == collection) & (columns.date_added == mentions.c.date_added))
        .where(mentions.c.collection == collection, among(tx, mentions.c.mentioned, wanted))
    )
    return [
        (stix_id, newest, date_added, wanted[key])
        for key, stix_id, newest, date_added, level in tx.connection.execute(query)
        if level < wanted[key]
    ]


def _raise_stored(tx: Transaction, collection: int, date_added: int | None, stix_id: str, level: int) -> None:
    """Raise one version, or, when no `date_added` is given, all versions of the object."""
    columns = object_versions.c
    chosen = columns.stix_id == stix_id
    if date_added is not None:
        chosen &= columns.date_added == date_added
    tx.connection.execute(
        update(object_versions)
        .where(columns.collection == collection, chosen, columns.level < level)
        .values(level=level)
    )


def add_mentions(tx: Transaction, collection: int, added: Added) -> None:
    """Write down whom the added versions mention."""
    rows = [
        (collection, key, version.date_added)
        for item, version in added
        for key in {key_of(other) for other in item.mentions}
    ]
    insert_rows(tx, mentions, ("collection", "mentioned", "date_added"), rows)


def forget_mentions(tx: Transaction, collection: int, gone: Sequence[tuple[Incoming, int]]) -> None:
    """Take back what was written down for versions that are deleted, given with their `date_added`."""
    for item, date_added in gone:
        keys = {key_of(other) for other in item.mentions}
        if keys:
            tx.connection.execute(
                delete(mentions).where(
                    mentions.c.collection == collection,
                    mentions.c.date_added == date_added,
                    among(tx, mentions.c.mentioned, keys),
                )
            )
