"""The one place that writes and deletes objects.

Each object version of a collection has its own `date_added`, strictly increasing in the order of commits: the
numbers are given out while the collection's row is locked, and the lock is held until commit. So whoever has seen
everything up to some `date_added` never finds anything new before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import orjson
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import Incoming
from disarm_exchange.store.markings import NONE, LevelOf, is_unmarked
from disarm_exchange.store.tables import collections, object_versions

_IDS_A_QUERY = 500


class Outcome(Enum):
    """What became of an object that was to be stored."""

    ADDED = "added"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an object ended up.

    Attributes:
        outcome: ADDED: a new row. REPEATED: this version was there already, no new row. CONFLICTING: this version was
            there already but with other content; the stored one stays.
        date_added: of the row that holds this version, in microseconds.
        version: the version as TAXII shows it.
        level: how widely that row is shared (see markings.py).
    """

    outcome: Outcome
    date_added: int
    version: str
    level: int


@dataclass(slots=True)
class _Row:
    date_added: int
    version: str | None
    version_at: int
    digest: bytes
    own_level: int
    level: int = NONE
    newest: bool = True
    older_level: int = NONE
    new: bool = False


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
    last, unmarked_level = _lock(tx, collection)
    if not objects:
        return []
    known = _known_versions(tx, collection, {item.stix_id for item in objects})
    definitions = _definitions(tx, collection, objects)
    stamp = first = max(clock.now(), last + 1)
    rows_of_objects: list[tuple[Outcome, _Row]] = []
    added: list[tuple[Incoming, _Row]] = []
    for item in objects:
        rows = known.setdefault(item.stix_id, [])
        row = _same_version(rows, item)
        if row is None:
            while any(other.version_at == stamp for other in rows):
                stamp += 1  # version_at is unique in an object, also where it stands for date_added
            version_at = stamp if item.version_at is None else item.version_at
            if unmarked_level is not None and is_unmarked(item.item):
                own_level = unmarked_level
            else:
                own_level = level_of(item.item, definitions)
            row = _Row(stamp, item.version, version_at, item.digest, own_level, level=own_level, new=True)
            rows.append(row)
            added.append((item, row))
            rows_of_objects.append((Outcome.ADDED, row))
            stamp += 1
        else:
            same = row.digest == item.digest
            rows_of_objects.append((Outcome.REPEATED if same else Outcome.CONFLICTING, row))
    if added:
        _order_versions(tx, collection, known.values())
        _insert(tx, collection, added, source)
        _set_last(tx, collection, stamp - 1)
    assert stamp - first >= len(added)
    return [
        Stored(outcome, row.date_added, row.version or clock.to_text(row.date_added), row.level)
        for outcome, row in rows_of_objects
    ]


def delete_versions(tx: Transaction, collection: int, stix_id: str, chosen: ColumnElement[bool]) -> int:
    """Delete those versions of an object that a condition on `object_versions` chooses; how many there were.

    Raises:
        LookupError: no such collection.
    """
    _lock(tx, collection)
    mine = (object_versions.c.collection == collection) & (object_versions.c.stix_id == stix_id)
    gone = tx.connection.execute(delete(object_versions).where(mine, chosen)).rowcount
    if gone:
        _order_versions(tx, collection, _known_versions(tx, collection, {stix_id}).values())
    return gone


def _lock(tx: Transaction, collection: int) -> tuple[int, int | None]:
    """Hold the collection's row until commit (SQLite's writer has the whole database anyhow)."""
    row = tx.connection.execute(
        select(collections.c.last_date_added, collections.c.unmarked_level)
        .where(collections.c.number == collection)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no collection number {collection}")
    return row.last_date_added, row.unmarked_level


def _set_last(tx: Transaction, collection: int, last: int) -> None:
    tx.connection.execute(update(collections).where(collections.c.number == collection).values(last_date_added=last))


def _known_versions(tx: Transaction, collection: int, ids: set[str]) -> dict[str, list[_Row]]:
    columns = object_versions.c
    known: dict[str, list[_Row]] = {}
    for some in _slices(sorted(ids), _IDS_A_QUERY):
        query = select(
            columns.stix_id,
            columns.date_added,
            columns.version,
            columns.version_at,
            columns.digest,
            columns.own_level,
            columns.level,
            columns.newest,
            columns.older_level,
        ).where(columns.collection == collection, columns.stix_id.in_(some))
        for row in tx.connection.execute(query):
            known.setdefault(row[0], []).append(_Row(*row[1:]))
    return known


def _definitions(tx: Transaction, collection: int, objects: Sequence[Incoming]) -> dict[str, StixObject]:
    """The marking definitions that the objects come with, and those stored that they refer to."""
    known = {item.stix_id: item.item for item in objects if item.type == "marking-definition"}
    wanted: set[str] = set()
    for item in objects:
        refs = item.item.get("object_marking_refs")
        if isinstance(refs, list):
            wanted.update(ref for ref in refs if isinstance(ref, str))
    columns = object_versions.c
    for some in _slices(sorted(wanted - known.keys()), _IDS_A_QUERY):
        query = select(columns.stix_id, columns.body).where(
            columns.collection == collection, columns.stix_id.in_(some), columns.newest
        )
        known.update({stix_id: orjson.loads(body) for stix_id, body in tx.connection.execute(query)})
    return known


def _slices(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _same_version(rows: Iterable[_Row], item: Incoming) -> _Row | None:
    if item.version_at is None:
        return next((row for row in rows if row.version is None and row.digest == item.digest), None)
    return next((row for row in rows if row.version_at == item.version_at), None)


def _order_versions(tx: Transaction, collection: int, objects: Iterable[list[_Row]]) -> None:
    """Work out which version of each object is the newest, and how widely all of them are shared.

    The newest version decides: once an object is marked more strictly, its older versions go out no more widely.
    """
    changed: list[dict[str, object]] = []
    for rows in objects:
        if len(rows) == 1 and rows[0].new:
            continue  # as it was made: the only version
        rows.sort(key=lambda row: row.version_at)
        widest_older = NONE
        for row in rows:
            before = replace(row)
            row.newest = row is rows[-1]
            row.level = max(row.own_level, rows[-1].own_level)
            row.older_level = widest_older
            widest_older = min(widest_older, row.own_level)
            if row != before and not row.new:
                changed.append({"at": row.date_added, "new": row.newest, "wide": row.level, "older": row.older_level})
    if changed:
        tx.connection.execute(
            update(object_versions)
            .where(object_versions.c.collection == collection, object_versions.c.date_added == bindparam("at"))
            .values(newest=bindparam("new"), level=bindparam("wide"), older_level=bindparam("older")),
            changed,
        )


def _insert(tx: Transaction, collection: int, added: Sequence[tuple[Incoming, _Row]], source: str) -> None:
    tx.connection.execute(
        insert(object_versions),
        [
            {
                "collection": collection,
                "date_added": row.date_added,
                "stix_id": item.stix_id,
                "type": item.type,
                "spec_version": item.spec_version,
                "version": row.version,
                "version_at": row.version_at,
                "own_level": row.own_level,
                "level": row.level,
                "newest": row.newest,
                "older_level": row.older_level,
                "digest": row.digest,
                "source": source,
                "body": item.body,
            }
            for item, row in added
        ],
    )
