"""Erasing objects: every version of them, what only speaks of them, and their traces elsewhere in the database.

What stays is a tombstone: the id, until which version nothing is taken again, and when. `delete_versions` (writer) is
for objects that may come back; this is for those that may not be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import orjson
from sqlalchemy import Table, delete, exists, func, insert, select, update

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import clock
from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.erased import Erased, erased_among
from disarm_exchange.store.erasure_tables import erased_objects
from disarm_exchange.store.index_tables import search_terms, technique_links
from disarm_exchange.store.ledger_tables import ledger_objects, ledger_records, ledger_sources, ledger_versions
from disarm_exchange.store.mentions import key_of
from disarm_exchange.store.peer_tables import conflicts, peer_objects, push_failures
from disarm_exchange.store.tables import mentions, object_versions, quarantine, recalls

FOR_GOOD = 2**63 - 1
"""As the last version that is not taken again: none ever is."""

Verdict = Callable[[StixObject, int], str | None]
"""Why an object goes, given when its newest version was added, in microseconds; None: it stays."""

_ROWS = 500
_NEVER = Erased(0, 0)
_C = object_versions.c
_LEAN = ("relationship", "sighting", "note", "opinion", "observed-data")


class Gone(NamedTuple):
    """An object that is erased, or would be.

    Attributes:
        reason: why; for what goes along with another object, which.
    """

    stix_id: str
    reason: str

    @property
    def type(self) -> str:
        """Its STIX type."""
        return self.stix_id.partition("--")[0]


def overdue(database: Database, collection: int, types: Sequence[str], verdict: Verdict) -> Iterator[Gone]:
    """The objects of a collection that are to go, in the order they were added, by what their newest version says."""
    after = -1
    while types:
        query = (
            select(_C.date_added, _C.stix_id, _C.body)
            .where(_C.collection == collection, _C.newest, _C.type.in_(types), _C.date_added > after)
            .order_by(_C.date_added)
            .limit(_ROWS)
        )
        with database.read() as tx:
            rows = tx.connection.execute(query).all()
        for date_added, stix_id, body in rows:
            reason = verdict(orjson.loads(body), date_added)
            if reason is not None:
                yield Gone(stix_id, reason)
        if len(rows) < _ROWS:
            return
        after = rows[-1].date_added


def stored_among(tx: Transaction, collection: int, ids: Iterable[str]) -> set[str]:
    """Which of these objects the collection holds."""
    query = select(_C.stix_id).where(_C.collection == collection, among(tx, _C.stix_id, set(ids)), _C.newest)
    return set(tx.connection.execute(query).scalars())


def erase(
    database: Database, collection: int, chosen: Iterable[Gone], *, for_good: bool, dry_run: bool = False
) -> Iterator[Gone]:
    """Erase objects, and what makes no sense without them; each as it is erased, in small transactions.

    A relationship goes with either of its ends, an indicator with the last observable that it is based on, a sighting
    with what was seen, a note, an opinion or observed-data with the last object that it is about. Reports and groupings
    stay; they name ids only.

    Args:
        database: ours.
        collection: the collection's number.
        chosen: the objects, and why.
        for_good: no version is ever taken again; otherwise none up to the newest that was here.
        dry_run: only say what would go.
    """
    stream = iter(chosen)
    gone: set[str] = set()
    while some := {one.stix_id: one for one in islice(stream, _ROWS)}:
        batch = [one for one in some.values() if one.stix_id not in gone]
        gone.update(one.stix_id for one in batch)
        with database.read() if dry_run else database.write() as tx:
            batch += _leaning(tx, collection, batch, gone)
            if not dry_run:
                _erase(tx, collection, [one.stix_id for one in batch], for_good=for_good)
        yield from batch


def held_by(tx: Transaction, ids: Iterable[str]) -> dict[str, int]:
    """To which peers these objects were sent, and how many of them."""
    columns = peer_objects.c
    query = (
        select(columns.peer, func.count(columns.source_id.distinct()))
        .where(among(tx, columns.source_id, set(ids)), columns.how == "pushed")
        .group_by(columns.peer)
        .order_by(columns.peer)
    )
    return {row.peer: row[1] for row in tx.connection.execute(query)}


def sweep(database: Database, collection: int) -> None:
    """Take back what the index and the list of mentions still say of versions that are not stored any more."""
    for table in (search_terms, technique_links, mentions):
        with database.write() as tx:
            there = exists().where(_C.collection == table.c.collection, _C.date_added == table.c.date_added)
            tx.connection.execute(delete(table).where(table.c.collection == collection, ~there))


def _erase(tx: Transaction, collection: int, ids: Sequence[str], *, for_good: bool) -> None:
    mine = (_C.collection == collection) & among(tx, _C.stix_id, ids)
    before = erased_among(tx, collection, ids)
    query = select(_C.stix_id, func.max(_C.version_at), func.min(_C.level)).where(mine).group_by(_C.stix_id)
    now = clock.now()
    tombstones = [
        {
            "collection": collection,
            "stix_id": stix_id,
            "upto": FOR_GOOD if for_good else max(upto, before.get(stix_id, _NEVER).upto),
            "level": level,
            "at": now,
        }
        for stix_id, upto, level in tx.connection.execute(query)
    ]
    tx.connection.execute(delete(object_versions).where(mine))
    called_back = (recalls.c.collection == collection) & among(tx, recalls.c.stix_id, ids)
    tx.connection.execute(delete(recalls).where(called_back))
    for table in (quarantine, conflicts, push_failures):
        tx.connection.execute(delete(table).where(among(tx, table.c.stix_id, ids)))
    if tombstones:
        old = [row["stix_id"] for row in tombstones]
        columns = erased_objects.c
        tx.connection.execute(
            delete(erased_objects).where(columns.collection == collection, among(tx, columns.stix_id, old))
        )
        tx.connection.execute(insert(erased_objects), tombstones)
    _erase_from_ledger(tx, ids)


def _erase_from_ledger(tx: Transaction, ids: Sequence[str]) -> None:
    """The records that gave these objects keep their outcome, and lose what they say."""
    columns = ledger_sources.c
    lines = select(columns.case_id, columns.line).where(among(tx, columns.object_id, ids)).distinct()
    for case_id, line in tx.connection.execute(lines).all():
        mine = (ledger_records.c.case_id == case_id) & (ledger_records.c.line == line)
        body = tx.connection.execute(select(ledger_records.c.body).where(mine)).scalar_one_or_none()
        if body is not None:
            account = orjson.loads(body)
            kept = {key: account[key] for key in ("file", "record", "outcome") if key in account}
            bare = orjson.dumps({**kept, "reason": "erased"}, option=orjson.OPT_APPEND_NEWLINE)
            tx.connection.execute(update(ledger_records).where(mine).values(body=bare))
    ledgers: tuple[Table, ...] = (ledger_objects, ledger_versions, ledger_sources)
    for table in ledgers:
        tx.connection.execute(delete(table).where(among(tx, table.c.object_id, ids)))


# what goes along


def _leaning(tx: Transaction, collection: int, batch: Sequence[Gone], gone: set[str]) -> list[Gone]:
    """What makes no sense without these, and without that; `gone` grows by it."""
    found: list[Gone] = []
    ids = [one.stix_id for one in batch]
    while ids:
        fallen: list[Gone] = []
        for item in _mentioners(tx, collection, ids, _LEAN):
            stix_id = str(item["id"])
            support = None if stix_id in gone else _lost_support(tx, collection, item, gone)
            if support is not None:
                gone.add(stix_id)
                fallen.append(Gone(stix_id, f"speaks of {support}"))
                if item.get("relationship_type") == "based-on":
                    fallen += _baseless(tx, collection, str(item.get("source_ref")), support, gone)
        found += fallen
        ids = [one.stix_id for one in fallen]
    return found


def _mentioners(tx: Transaction, collection: int, ids: Iterable[str], types: Sequence[str]) -> list[StixObject]:
    keys = {key_of(stix_id) for stix_id in ids}
    query = (
        select(_C.stix_id, _C.body)
        .join(mentions, (mentions.c.collection == _C.collection) & (mentions.c.date_added == _C.date_added))
        .where(_C.collection == collection, among(tx, mentions.c.mentioned, keys), _C.newest, _C.type.in_(types))
        .order_by(_C.date_added)
    )
    return [orjson.loads(body) for body in {row.stix_id: row.body for row in tx.connection.execute(query)}.values()]


def _lost_support(tx: Transaction, collection: int, item: StixObject, gone: set[str]) -> str | None:
    """The object that an object cannot do without and that is gone; None: it can stay."""
    if item["type"] == "relationship":
        return next((str(item.get(end)) for end in ("source_ref", "target_ref") if item.get(end) in gone), None)
    if item["type"] == "sighting":
        return str(item["sighting_of_ref"]) if item.get("sighting_of_ref") in gone else None
    refs = item.get("object_refs")
    listed = [str(ref) for ref in refs] if isinstance(refs, list) else []
    left = {ref for ref in listed if ref not in gone}
    if not listed or (left and left - erased_among(tx, collection, left).keys()):
        return None
    return next((ref for ref in listed if ref in gone), None)


def _baseless(tx: Transaction, collection: int, indicator: str, support: str, gone: set[str]) -> list[Gone]:
    """The indicator, if what it was based on is all gone: its pattern says the same."""
    if indicator in gone or not stored_among(tx, collection, [indicator]):
        return []
    others = (
        item
        for item in _mentioners(tx, collection, [indicator], ("relationship",))
        if item.get("relationship_type") == "based-on" and item.get("source_ref") == indicator
    )
    if any(item.get("target_ref") not in gone for item in others):
        return []
    gone.add(indicator)
    return [Gone(indicator, f"based on {support}")]
