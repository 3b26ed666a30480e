"""The one place that writes and deletes objects.

Each object version of a collection has its own `date_added`, strictly increasing in the order of commits: the
numbers are given out while the collection's row is locked, and the lock is held until commit. So whoever has seen
everything up to some `date_added` never finds anything new before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, delete, select, update

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING
from disarm_exchange.store import clock
from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.erased import Erased, erased_among, may_not_return
from disarm_exchange.store.incoming import Incoming, read_object
from disarm_exchange.store.markings import NONE, LevelOf, is_unmarked
from disarm_exchange.store.mentions import add_mentions, forget_mentions, outside_standings, spread_levels
from disarm_exchange.store.recalls import call_back, forget_recalls
from disarm_exchange.store.tables import collections, object_versions
from disarm_exchange.store.versions import Before, Version, arrange, note_shown, save_standing, stored_versions
from disarm_exchange.store.vocabulary import is_vocabulary, show_with_users


class Outcome(Enum):
    """What became of an object that was to be stored."""

    ADDED = "added"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"
    ERASED = "erased"


class Stored(NamedTuple):
    """Where an object ended up.

    Attributes:
        outcome: ADDED: a new row. REPEATED: this version was there already, no new row. CONFLICTING: this version was
            there already but with other content; the stored one stays. ERASED: it was here and may not come back
            (see erasing.py); nothing is stored.
        date_added: of the row that holds this version, in microseconds; of ERASED, now.
        version: the version as TAXII shows it.
        level: how widely that row is shared (see markings.py).
        given_level: how widely the markings of what was to be stored let it be shared.
    """

    outcome: Outcome
    date_added: int
    version: str
    level: int
    given_level: int


def add_objects(
    tx: Transaction, collection: int, objects: Sequence[Incoming], *, source: str, level_of: LevelOf
) -> list[Stored]:
    """Store objects in a collection, in the order given; what became of each, in the same order.

    An object with `modified` or `created` is stored once for each such moment. One with neither (most observables)
    is stored once for each content; its version is its `date_added`.

    Args:
        tx: a transaction of `Database.write`.
        collection: the collection's number.
        objects: read by `read_object`.
        source: who brings them: `org:NAME`, `peer:KEY` or `local`.
        level_of: how widely an object's markings let it be shared (the policy room's `sharing_level`).

    Raises:
        LookupError: no such collection.
    """
    last, unmarked_level, last_recall = _lock(tx, collection)
    known = stored_versions(tx, collection, {item.stix_id for item in objects})
    before: Before = {}
    note_shown(before, known)
    levels = _Levels(level_of, unmarked_level, _definitions(tx, collection, objects))
    erased = erased_among(tx, collection, (item.stix_id for item in objects))
    stamp = max(clock.now(), last + 1)
    fates: list[tuple[Outcome, Version]] = []
    added: list[tuple[Incoming, Version]] = []
    given: list[int] = []
    for item in objects:
        level = levels.of(item)
        given.append(level)
        if item.stix_id in erased and may_not_return(item, erased[item.stix_id]):
            fates.append((Outcome.ERASED, _tombstone(item, erased[item.stix_id])))
            continue
        versions = known.get(item.stix_id)
        if versions is None:
            versions = known[item.stix_id] = []
        else:
            found = _same_version(versions, item)
            if found is not None:
                fates.append((Outcome.REPEATED if found.digest == item.digest else Outcome.CONFLICTING, found))
                continue
            while any(other.version_at == stamp for other in versions):
                stamp += 1  # version_at is unique in an object, also where it stands for date_added
        version_at = stamp if item.version_at is None else item.version_at
        floor = level if item.version_at is not None and is_vocabulary(item.item) else None
        version = Version(stamp, item.version, version_at, item.digest, own_level=level, level=level, floor=floor)
        versions.append(version)
        added.append((item, version))
        fates.append((Outcome.ADDED, version))
        stamp += 1
    if added:
        for versions in known.values():
            if len(versions) > 1:
                arrange(versions)
        outside = outside_standings(tx, collection, known, added)
        spread_levels(tx, collection, known, added, outside, before)
        save_standing(tx, collection, (version for versions in known.values() for version in versions))
        stamp = show_with_users(tx, collection, known, added, outside, stamp)
        _insert(tx, collection, added, source)
        add_mentions(tx, collection, added)
        if last_recall:
            forget_recalls(tx, collection, {*known, *outside})
        if before:
            stamp = call_back(tx, collection, before, known, stamp)
        _set_last(tx, collection, stamp - 1)
    return [
        Stored(outcome, one.date_added, one.version or clock.to_text(one.date_added), one.level, level)
        for (outcome, one), level in zip(fates, given, strict=True)
    ]


def delete_versions(tx: Transaction, collection: int, stix_id: str, chosen: ColumnElement[bool]) -> int:
    """Delete those versions of an object that a condition on `object_versions` chooses; how many there were.

    Raises:
        LookupError: no such collection.
    """
    _lock(tx, collection)
    columns = object_versions.c
    mine = (columns.collection == collection) & (columns.stix_id == stix_id)
    versions_at = select(columns.version_at).where(mine, chosen)
    query = select(columns.date_added, columns.body, columns.ceiling).where(mine, columns.version_at.in_(versions_at))
    rows = tx.connection.execute(query).all()
    if not rows:
        return 0
    gone = [(read_object(row.body), row.date_added) for row in rows]
    dates = [date_added for _, date_added in gone]
    tx.connection.execute(delete(object_versions).where(mine, columns.date_added.in_(dates)))
    forget_mentions(tx, collection, gone)
    for versions in stored_versions(tx, collection, [stix_id]).values():
        arrange(versions)
        save_standing(tx, collection, versions)
    return sum(row.ceiling == NONE for row in rows)  # each version has one such row


class _Levels:
    """The levels of objects by their own markings. Most objects of one call carry the same ones."""

    def __init__(self, level_of: LevelOf, unmarked: int | None, definitions: Mapping[str, StixObject]) -> None:
        self._level_of = level_of
        self._unmarked = unmarked
        self._definitions = definitions
        self._known: dict[str, int] = {}

    def of(self, incoming: Incoming) -> int:
        item = incoming.item
        if self._unmarked is not None and is_unmarked(item, self._definitions):
            return self._unmarked
        refs = item.get("object_marking_refs")
        alone = isinstance(refs, list) and len(refs) == 1 and isinstance(refs[0], str)
        if not alone or "granular_markings" in item or incoming.type == "marking-definition":
            return self._level_of(item, self._definitions)
        assert isinstance(refs, list)
        level = self._known.get(refs[0])
        if level is None:
            level = self._known[refs[0]] = self._level_of(item, self._definitions)
        return level


def _lock(tx: Transaction, collection: int) -> tuple[int, int | None, int]:
    """Hold the collection's row until commit (SQLite's writer has the whole database anyhow)."""
    columns = collections.c
    row = tx.connection.execute(
        select(columns.last_date_added, columns.unmarked_level, columns.last_recall)
        .where(collections.c.number == collection)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no collection number {collection}")
    return row.last_date_added, row.unmarked_level, row.last_recall


def _set_last(tx: Transaction, collection: int, last: int) -> None:
    tx.connection.execute(update(collections).where(collections.c.number == collection).values(last_date_added=last))


def _definitions(tx: Transaction, collection: int, objects: Sequence[Incoming]) -> dict[str, StixObject]:
    """The marking definitions that the objects come with, and those stored that they refer to."""
    known = {item.stix_id: item.item for item in objects if item.type == "marking-definition"}
    wanted: set[str] = set()
    for item in objects:
        for ref in _references(item.item):
            if isinstance(ref, str):
                wanted.add(ref)
    missing = wanted - known.keys() - TLP_OF_MARKING.keys()
    if missing:
        columns = object_versions.c
        query = select(columns.stix_id, columns.body).where(
            columns.collection == collection, among(tx, columns.stix_id, missing), columns.newest
        )
        known.update({stix_id: orjson.loads(body) for stix_id, body in tx.connection.execute(query)})
    return known


def _references(item: StixObject) -> list[object]:
    refs = item.get("object_marking_refs")
    return refs if isinstance(refs, list) else []


def _same_version(versions: Iterable[Version], item: Incoming) -> Version | None:
    """The row of the version, the widest where there are several."""
    if item.version_at is None:
        return next((one for one in versions if one.version is None and one.digest == item.digest), None)
    return min((one for one in versions if one.version_at == item.version_at), key=_level, default=None)


def _tombstone(item: Incoming, erased: Erased) -> Version:
    """What stands for a version that is not stored: those see it who could see it then."""
    return Version(clock.now(), item.version, 0, item.digest, own_level=erased.level, level=erased.level)


def _level(version: Version) -> int:
    return version.level


def _insert(tx: Transaction, collection: int, added: Sequence[tuple[Incoming, Version]], source: str) -> None:
    rows = [
        (
            collection,
            one.date_added,
            item.stix_id,
            item.type,
            item.spec_version,
            one.version,
            one.version_at,
            one.own_level,
            one.level,
            one.floor,
            one.ceiling,
            one.newest,
            one.current,
            one.older_level,
            one.digest,
            source,
            item.body,
        )
        for item, one in added
    ]
    insert_rows(tx, object_versions, _COLUMNS, rows)


_COLUMNS = tuple(column.name for column in object_versions.c)
