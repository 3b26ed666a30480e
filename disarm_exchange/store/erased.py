"""Tombstones: what was erased and is not taken again. An id and moments, nothing of what the object said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.erasure_tables import erased_objects
from disarm_exchange.store.incoming import Incoming


class Erased(NamedTuple):
    """A tombstone: up to which version nothing is taken again, and how widely the object was shared."""

    upto: int
    level: int


def erased_among(tx: Transaction, collection: int, ids: Iterable[str]) -> dict[str, Erased]:
    """The tombstones of those of these ids that were erased."""
    columns = erased_objects.c
    mine = columns.collection == collection
    if tx.connection.execute(select(columns.stix_id).where(mine).limit(1)).first() is None:
        return {}
    query = select(columns.stix_id, columns.upto, columns.level).where(mine, among(tx, columns.stix_id, set(ids)))
    return {stix_id: Erased(upto, level) for stix_id, upto, level in tx.connection.execute(query)}


def may_not_return(item: Incoming, erased: Erased) -> bool:
    """Whether a version of an erased object is refused."""
    return item.version_at is None or item.version_at <= erased.upto
