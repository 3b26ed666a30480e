"""What the pages for people read: objects newest first, one object with its versions, and what mentions it.

Every query takes the reader's clearance, and passes through `query.visible` like all reading. The transaction of a page
begins with `hold_still`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, select, text

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import clock
from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.mentions import key_of
from disarm_exchange.store.query import visible
from disarm_exchange.store.tables import api_roots, collections, grants, mentions, object_versions

_C = object_versions.c


@dataclass(frozen=True, slots=True)
class Place:
    """A collection that an organisation may read.

    Attributes:
        number: the store's own key.
        id: a version 4 UUID.
        api_root: the name of its API root; None for a local collection.
        can_write: whether the organisation may add objects too.
    """

    number: int
    id: str
    api_root: str | None
    title: str
    description: str | None
    can_write: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored version of an object, for people to look at.

    Attributes:
        collection: the number of the collection.
        date_added: there, in microseconds.
        version: `modified`, else `created`, else `date_added`, as text.
        version_at: the same as a moment, in microseconds.
        level: how widely it is shared.
        newest: whether it is the newest version there.
        source: who brought it.
        body: its bytes.
    """

    collection: int
    date_added: int
    stix_id: str
    type: str
    version: str
    version_at: int
    level: int
    newest: bool
    source: str
    body: bytes

    def parse(self) -> StixObject:
        """The object as a dict."""
        item = orjson.loads(self.body)
        assert isinstance(item, dict)
        return item


def hold_still(tx: Transaction) -> None:
    """Have all reads of a transaction that only reads see the same moment, as they do on SQLite anyhow.

    To be called before anything is read. Without it the index may move between two questions about it.
    """
    if tx.dialect == "postgresql":
        tx.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


def readable_places(tx: Transaction, organisation_id: int) -> list[Place]:
    """The collections that an organisation may read, in the order they were made; local ones too, if so granted."""
    columns = collections.c
    query = (
        select(
            columns.number, columns.id, api_roots.c.name, columns.title, columns.description, grants.c.can_write
        )
        .join(grants, grants.c.collection == columns.number)
        .outerjoin(api_roots, api_roots.c.id == columns.api_root_id)
        .where(grants.c.organisation_id == organisation_id, grants.c.can_read.is_(True), columns.disabled.is_(False))
        .order_by(columns.number)
    )  # fmt: skip
    return [Place(*row) for row in tx.connection.execute(query)]


def newest_entries(
    tx: Transaction,
    collection: int,
    *,
    clearance: int,
    types: Sequence[str] = (),
    before: int | None = None,
    limit: int,
) -> list[Entry]:
    """Objects of a collection in their newest versions, the latest added first.

    Args:
        tx: any transaction.
        collection: the collection's number.
        clearance: the reader's.
        types: only these; each is read as a range of its own.
        before: only what was added before this moment, in microseconds.
        limit: how many at most.
    """
    found: list[Entry] = []
    for kind in types or (None,):
        query = _select(clearance).where(_C.collection == collection, _C.newest)
        if kind is not None:
            query = query.where(_C.type == kind)
        if before is not None:
            query = query.where(_C.date_added < before)
        found += map(_entry, tx.connection.execute(query.order_by(_C.date_added.desc()).limit(limit)))
    found.sort(key=lambda entry: entry.date_added, reverse=True)
    return found[:limit]


def versions_of(tx: Transaction, numbers: Sequence[int], stix_id: str, *, clearance: int, limit: int) -> list[Entry]:
    """The versions of an object in some collections, the newest first."""
    # The addition keeps a planner from walking the collection in the order of versions, to save itself the sort.
    order = ((_C.version_at + 0).desc(), _C.date_added.desc())
    query = _select(clearance).where(_C.collection.in_(numbers), _C.stix_id == stix_id)
    rows = tx.connection.execute(query.order_by(*order).limit(limit))
    found: dict[tuple[int, int], Entry] = {}
    for row in rows:  # a version may have a row for each clearance
        found.setdefault((row.collection, row.version_at), _entry(row))
    return list(found.values())


def latest_entries(tx: Transaction, numbers: Sequence[int], ids: Iterable[str], *, clearance: int) -> dict[str, Entry]:
    """The newest versions of some objects, by id, from whichever of the collections has the newest."""
    wanted = sorted(set(ids))
    if not wanted or not numbers:
        return {}
    query = _select(clearance).where(_C.collection.in_(numbers), among(tx, _C.stix_id, wanted), _C.newest)
    found: dict[str, Entry] = {}
    for row in tx.connection.execute(query):
        entry = _entry(row)
        known = found.get(entry.stix_id)
        if known is None or (known.version_at, known.date_added) < (entry.version_at, entry.date_added):
            found[entry.stix_id] = entry
    return found


def mentioning(
    tx: Transaction,
    numbers: Sequence[int],
    stix_id: str,
    *,
    clearance: int,
    before: int | None = None,
    limit: int,
) -> list[Entry]:
    """The objects that mention one, in their newest versions, the latest added first; each once.

    Args:
        tx: any transaction.
        numbers: of the collections.
        stix_id: the object that is mentioned.
        clearance: the reader's.
        before: only what was added before this moment, in microseconds.
        limit: how many at most.
    """
    found: list[Entry] = []
    needle = stix_id.encode()
    for number in numbers:
        mine = [mentions.c.collection == number, mentions.c.mentioned == key_of(stix_id)]
        if before is not None:
            mine.append(mentions.c.date_added < before)
        query = (
            _select(clearance)
            .join(mentions, (mentions.c.collection == _C.collection) & (mentions.c.date_added == _C.date_added))
            .where(*mine, _C.newest)
            .order_by(mentions.c.date_added.desc())
            .limit(limit)
        )
        found += map(_entry, tx.connection.execute(query))
    found.sort(key=lambda entry: entry.date_added, reverse=True)
    once = {entry.stix_id: entry for entry in reversed(found[:limit]) if needle in entry.body}
    return sorted(once.values(), key=lambda entry: entry.date_added, reverse=True)


def entries_at(tx: Transaction, collection: int, dates: Iterable[int], *, clearance: int) -> list[Entry]:
    """The versions of a collection with these `date_added`, those that are the newest of their objects."""
    query = _select(clearance).where(_C.collection == collection, among(tx, _C.date_added, dates), _C.newest)
    return [_entry(row) for row in tx.connection.execute(query)]


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _C.collection, _C.date_added, _C.stix_id, _C.type, _C.version, _C.version_at, _C.level, _C.newest, _C.source,
    _C.body,
)  # fmt: skip


def _select(clearance: int) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(visible(clearance))


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        row.collection, row.date_added, row.stix_id, row.type, row.version or clock.to_text(row.date_added),
        row.version_at, row.level, row.newest, row.source, bytes(row.body),
    )  # fmt: skip
