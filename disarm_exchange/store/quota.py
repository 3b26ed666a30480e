"""How much of what lies here came from one peer: kept as it comes, counted anew when it seems to be too much."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import Table

from disarm_exchange.store.database import Transaction
from disarm_exchange.store.peer_tables import conflicts, peer_totals
from disarm_exchange.store.tables import collections, object_versions, quarantine

_T = peer_totals.c


class Total(NamedTuple):
    """Object versions of a peer that are stored, in quarantine or in conflict, and their bytes as received."""

    objects: int
    bytes: int


def total_of(tx: Transaction, peer: str) -> Total | None:
    """What came from a peer, deleted objects included; None before the first count."""
    row = tx.connection.execute(select(_T.objects, _T.bytes).where(_T.peer == peer)).one_or_none()
    return None if row is None else Total(*row)


def add_to_total(tx: Transaction, peer: str, objects: int, size: int) -> None:
    """Something more came; without a count before, nothing is noted."""
    tx.connection.execute(
        update(peer_totals).where(_T.peer == peer).values(objects=_T.objects + objects, bytes=_T.bytes + size)
    )


def count_total(tx: Transaction, peer: str) -> Total:
    """Count what is here of a peer, and keep the count. Takes as long as reading the database."""
    # the indexes begin with the collection, so each is named
    numbers = tx.connection.execute(select(collections.c.number)).scalars().all()
    versions = object_versions.c
    mine = versions.collection.in_(numbers) & (versions.source == f"peer:{peer}")
    total = Total(0, 0)
    for query in (
        _sizes(object_versions, mine),
        _sizes(quarantine, quarantine.c.peer == peer),
        _sizes(conflicts, conflicts.c.peer == peer),
    ):
        objects, size = tx.connection.execute(query).one()
        total = Total(total.objects + int(objects), total.bytes + int(size))
    values = {"objects": total.objects, "bytes": total.bytes}
    if not tx.connection.execute(update(peer_totals).where(_T.peer == peer).values(values)).rowcount:
        tx.connection.execute(insert(peer_totals).values(peer=peer, **values))
    return total


def _sizes(table: Table, chosen: ColumnElement[bool]) -> Select[int, int]:
    size = func.coalesce(func.sum(func.length(table.c.body)), literal(0))
    return select(func.count(), size).select_from(table).where(chosen)
