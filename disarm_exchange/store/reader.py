"""Reading objects back: pages in the order of their `date_added`, and whole collections as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

import orjson
from sqlalchemy import func, select

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import clock
from disarm_exchange.store.bulk import fetch_up_to
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.markings import EVERYTHING
from disarm_exchange.store.query import Filter, Keyword, page_query
from disarm_exchange.store.recalls import recall_query
from disarm_exchange.store.tables import object_versions

_C = object_versions.c
_STREAM_ROWS = 1000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some matching versions, oldest `date_added` first.

    Attributes:
        items: what was read of each.
        first: `date_added` of the first, in microseconds; None on an empty page.
        last: likewise of the last; the next page is what was added after it.
        more: whether there is a next page.
    """

    items: list[Item]
    first: int | None
    last: int | None
    more: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a stored version without its content (a manifest record, TAXII 2.1 section 5.3.1).

    Attributes:
        stix_id: the object's id.
        version: `modified`, else `created`, as written; else `date_added`.
        date_added: in microseconds.
        spec_version: the STIX version that the object is in.
    """

    stix_id: str
    version: str
    date_added: int
    spec_version: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A stored version: its bytes as received, and what the store knows of it."""

    body: bytes
    stix_id: str
    type: str
    version: str
    date_added: int
    level: int
    source: str

    def parse(self) -> StixObject:
        """The object as a dict."""
        item = orjson.loads(self.body)
        assert isinstance(item, dict)
        return item


def read_bodies(tx: Transaction, collection: int, wanted: Filter, *, limit: int, max_bytes: int) -> Page[bytes]:
    """A page of objects as received.

    Args:
        tx: any transaction.
        collection: the collection's number.
        wanted: the filter.
        limit: at most so many objects, at least 1.
        max_bytes: the page ends with the object that reaches this size; it holds one object at least.
    """
    columns = (_C.date_added, _C.body)
    rows = fetch_up_to(tx, page_query(collection, wanted, columns, limit + 1), max_bytes)
    if wanted.with_recalls:
        recalled = fetch_up_to(tx, recall_query(collection, wanted, columns, limit + 1), max_bytes)
        if recalled:
            rows = _together(rows, recalled, max_bytes)
    more = len(rows) > limit
    rows = rows[:limit]
    if not rows:
        return Page([], None, None, more=False)
    bodies = [row[1] for row in rows]
    last = rows[-1][0]
    if not more and sum(map(len, bodies)) >= max_bytes:
        more = has_match(tx, collection, wanted.after(last))
    return Page(bodies, rows[0][0], last, more)


def _together(
    versions: list[tuple[int, bytes]], recalled: list[tuple[int, bytes]], max_bytes: int
) -> list[tuple[int, bytes]]:
    """The beginning of both lists merged, up to the object that reaches a size. Each ends where it reaches it."""
    rows: list[tuple[int, bytes]] = []
    size = 0
    for row in sorted([*versions, *recalled], key=itemgetter(0)):
        rows.append(row)
        size += len(row[1])
        if size >= max_bytes:
            break
    return rows


def read_records(tx: Transaction, collection: int, wanted: Filter, *, limit: int) -> Page[Record]:
    """A page of manifest records: what `read_bodies` would give, without the objects."""
    columns = (_C.date_added, _C.stix_id, _C.version, _C.spec_version)
    rows = [*tx.connection.execute(page_query(collection, wanted, columns, limit + 1))]
    if wanted.with_recalls:
        rows += tx.connection.execute(recall_query(collection, wanted, columns, limit + 1))
        rows.sort(key=itemgetter(0))
    records = [
        Record(stix_id, version or clock.to_text(date_added), date_added, spec_version)
        for date_added, stix_id, version, spec_version in rows[:limit]
    ]
    return Page(
        records,
        first=records[0].date_added if records else None,
        last=records[-1].date_added if records else None,
        more=len(rows) > limit,
    )


def has_match(tx: Transaction, collection: int, wanted: Filter) -> bool:
    """Whether anything matches."""
    if tx.connection.execute(page_query(collection, wanted, (_C.date_added,), 1)).first() is not None:
        return True
    if not wanted.with_recalls:
        return False
    return tx.connection.execute(recall_query(collection, wanted, (_C.date_added,), 1)).first() is not None


def count_versions(tx: Transaction) -> int:
    """How many object versions there are in all collections."""
    return int(tx.connection.execute(select(func.count()).select_from(object_versions)).scalar_one())


def count_newest(tx: Transaction, collections: Sequence[int] | None = None) -> int:
    """How many objects there are, each counted once, in some collections or in all."""
    query = select(func.count()).select_from(object_versions).where(_C.newest)
    if collections is not None:
        query = query.where(_C.collection.in_(collections))
    return int(tx.connection.execute(query).scalar_one())


def iter_objects(
    database: Database,
    collection: int,
    *,
    clearance: int = EVERYTHING,
    versions: Sequence[Keyword] = (Keyword.LAST,),
    types: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    added_after: int | None = None,
) -> Iterator[StoredObject]:
    """All objects of a collection, oldest `date_added` first, in constant memory.

    Args:
        database: where to read. No transaction stays open between objects, so writers may go on meanwhile; what they
            add while this runs comes at the end.
        collection: the collection's number.
        clearance: a TLP value; everything, by default.
        versions: the latest of each object, by default.
        types: only these types.
        ids: only these objects.
        added_after: only what was added after this moment, in microseconds.
    """
    wanted = Filter(
        clearance,
        added_after,
        ids=None if ids is None else tuple(ids),
        types=None if types is None else tuple(types),
        versions=tuple(versions),
    )
    columns = (_C.body, _C.stix_id, _C.type, _C.version, _C.date_added, _C.level, _C.source)
    while True:
        with database.read() as tx:
            rows = tx.connection.execute(page_query(collection, wanted, columns, _STREAM_ROWS)).all()
        for body, stix_id, kind, version, date_added, level, source in rows:
            yield StoredObject(body, stix_id, kind, version or clock.to_text(date_added), date_added, level, source)
        if len(rows) < _STREAM_ROWS:
            return
        wanted = wanted.after(rows[-1].date_added)


def latest_object(
    tx: Transaction, collection: int, stix_id: str, *, clearance: int = EVERYTHING
) -> StoredObject | None:
    """The latest version of one object that the reader may see."""
    columns = (_C.body, _C.stix_id, _C.type, _C.version, _C.date_added, _C.level, _C.source)
    row = tx.connection.execute(page_query(collection, Filter(clearance, ids=(stix_id,)), columns, 1)).one_or_none()
    if row is None:
        return None
    body, found_id, kind, version, date_added, level, source = row
    return StoredObject(body, found_id, kind, version or clock.to_text(date_added), date_added, level, source)
