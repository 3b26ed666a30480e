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
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import case, delete, func, select, update

from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import Incoming
from disarm_exchange.store.tables import mentions, object_versions
from disarm_exchange.store.versions import Before, Version, note_shown, stored_versions

Added = Sequence[tuple[Incoming, Version]]


class Standing(NamedTuple):
    """How widely a stored object is shown, and, for shared vocabulary, may be shown at most."""

    level: int
    floor: int | None

    @property
    def strict(self) -> int:
        """What mentions it has this level at least."""
        return self.level if self.floor is None else self.floor


def key_of(stix_id: str) -> int:
    """63 bits of an id's UUID."""
    return int(stix_id[-36:-18].replace("-", ""), 16) >> 1


def outside_standings(
    tx: Transaction, collection: int, known: Mapping[str, list[Version]], added: Added
) -> dict[str, Standing]:
    """How those stored objects stand that the added ones mention and that are not being added themselves."""
    outside = {other for item, _ in added for other in item.mentions if other not in known}
    return stored_standings(tx, collection, outside) if outside else {}


def spread_levels(
    tx: Transaction,
    collection: int,
    known: Mapping[str, list[Version]],
    added: Added,
    outside: Mapping[str, Standing],
    before: Before,
) -> None:
    """Raise the levels of whatever mentions something stricter: of the versions added, in place, and of stored ones.

    Args:
        tx: the writing transaction; the versions added are not stored yet.
        collection: the collection's number.
        known: all versions, stored and added, of the objects that are being added; arranged.
        added: the versions being added.
        outside: of `outside_standings`.
        before: takes how stored objects stood that are not being added and are raised.
    """
    levels = {stix_id: versions[-1].strict for stix_id, versions in known.items()}
    # What mentions a stored object has been told of its level when it was stored.
    told = {stix_id: standing.strict for stix_id, standing in outside.items()}
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
                if version.strict < level:
                    version.raise_to(level)
                    if version.current:
                        risen |= _raise_known(known[mentioner], mentioner, level, levels)
        new = {stix_id: levels[stix_id] for stix_id in rising if told.get(stix_id, 0) < levels[stix_id]}
        told |= new
        found = _stored_mentioners(tx, collection, new)
        _note_raised(tx, collection, {other for other, current, _, _ in found if current} - known.keys(), before)
        for mentioner, current, date_added, level in found:
            if mentioner in known:
                version = next(one for one in known[mentioner] if one.date_added == date_added)
                version.raise_to(level)
                if current and version.current:
                    risen |= _raise_known(known[mentioner], mentioner, level, levels)
            else:
                _raise_stored(tx, collection, None if current else date_added, mentioner, level)
                if current and levels.get(mentioner, -1) < level:
                    levels[mentioner] = level
                    risen.add(mentioner)
        rising = risen


def _note_raised(tx: Transaction, collection: int, raised: set[str], before: Before) -> None:
    fresh = raised - before.keys()
    if fresh:
        note_shown(before, stored_versions(tx, collection, fresh))


def _levels_before(known: Mapping[str, list[Version]]) -> dict[str, int]:
    """The levels of those objects that were stored before, as they were."""
    before: dict[str, int] = {}
    for stix_id, versions in known.items():
        for version in versions:
            if version.saved is not None:
                newest, _, level, floor, _ = version.saved
                if newest:
                    before[stix_id] = level if floor is None else floor
    return before


def _raise_known(versions: list[Version], stix_id: str, level: int, levels: dict[str, int]) -> set[str]:
    for version in versions:
        version.raise_to(level)
    if levels[stix_id] >= level:
        return set()
    levels[stix_id] = level
    return {stix_id}


def stored_standings(tx: Transaction, collection: int, ids: Iterable[str]) -> dict[str, Standing]:
    """How these objects stand, those that are stored."""
    columns = object_versions.c
    query = select(columns.stix_id, columns.level, columns.floor).where(
        columns.collection == collection, among(tx, columns.stix_id, ids), columns.newest
    )
    return {stix_id: Standing(level, floor) for stix_id, level, floor in tx.connection.execute(query)}


def _stored_mentioners(tx: Transaction, collection: int, ids: Mapping[str, int]) -> list[tuple[str, bool, int, int]]:
    """Stored versions that mention one of these and are shared more widely: id, current, date_added, level to have."""
    wanted: dict[int, int] = {}
    for stix_id, level in ids.items():
        key = key_of(stix_id)
        wanted[key] = max(level, wanted.get(key, 0))
    if not wanted:
        return []
    columns = object_versions.c
    strict = func.coalesce(columns.floor, columns.level)
    query = (
        select(mentions.c.mentioned, columns.stix_id, columns.current, columns.date_added, strict)
        .join(object_versions, (columns.collection == collection) & (columns.date_added == mentions.c.date_added))
        .where(mentions.c.collection == collection, among(tx, mentions.c.mentioned, wanted))
    )
    return [
        (stix_id, current, date_added, wanted[key])
        for key, stix_id, current, date_added, level in tx.connection.execute(query)
        if level < wanted[key]
    ]


def _raise_stored(tx: Transaction, collection: int, date_added: int | None, stix_id: str, level: int) -> None:
    """Raise one version, or, when no `date_added` is given, all versions of the object."""
    columns = object_versions.c
    chosen = columns.stix_id == stix_id
    if date_added is not None:
        chosen &= columns.date_added == date_added
    wider, higher = columns.level < level, columns.floor < level
    tx.connection.execute(
        update(object_versions)
        .where(columns.collection == collection, chosen, wider | higher)
        .values(level=case((wider, level), else_=columns.level), floor=case((higher, level), else_=columns.floor))
    )


def widest_mentioners(tx: Transaction, collection: int, ids: Iterable[str]) -> dict[str, int]:
    """For each of these objects that something stored mentions: the widest level of what mentions it."""
    wanted = {key_of(stix_id): stix_id for stix_id in ids}
    if not wanted:
        return {}
    columns = object_versions.c
    query = (
        select(mentions.c.mentioned, func.min(columns.level))
        .join(object_versions, (columns.collection == collection) & (columns.date_added == mentions.c.date_added))
        .where(mentions.c.collection == collection, among(tx, mentions.c.mentioned, wanted))
        .group_by(mentions.c.mentioned)
    )
    return {wanted[key]: level for key, level in tx.connection.execute(query)}


def copy_mentions(tx: Transaction, collection: int, ids: Iterable[str], date_added: int) -> None:
    """Write down whom a further row of a stored version mentions."""
    rows = [(collection, key, date_added) for key in {key_of(other) for other in ids}]
    insert_rows(tx, mentions, ("collection", "mentioned", "date_added"), rows)


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
