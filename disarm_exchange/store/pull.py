"""What a puller writes: a page of a peer's objects and the checkpoint after it, in one transaction.

    with database.write() as tx:
        result = ingest_page(tx, collection, objects, Checkpoint(peer, remote_collection, added_after, None))

Kill the process at any point: either both are there or neither, so the next run goes on where the data ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from disarm_exchange.store import clock
from disarm_exchange.store.access import Collection
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import Incoming, ObjectError, read_object, write_object
from disarm_exchange.store.markings import LevelOf, nobody
from disarm_exchange.store.tables import checkpoints, quarantine
from disarm_exchange.store.writer import Outcome, add_objects


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to where a peer's collection has been pulled.

    Attributes:
        peer: our key of the peer.
        collection: the collection there, by whatever key the puller uses.
        added_after: the server's own `X-TAXII-Date-Added-Last` of the last stored page, as received.
        next: the server's `next` after that page, where it gave one.
        updated_at: when this was written, in microseconds; set by the store.
    """

    peer: str
    collection: str
    added_after: str | None
    next: str | None
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of a pulled page: how many objects of each fate, and the ids that conflict.

    Attributes:
        added: new versions.
        repeated: versions that were there already.
        conflicting: (id, version) of those that were there already with other content; the stored ones stay.
        quarantined: objects that cannot be stored; they wait in quarantine with the reason.
    """

    added: int
    repeated: int
    conflicting: tuple[tuple[str, str], ...]
    quarantined: int


def ingest_page(
    tx: Transaction,
    collection: Collection,
    objects: Iterable[bytes | Mapping[str, object]],
    checkpoint: Checkpoint | None = None,
    *,
    source: str | None = None,
    level_of: LevelOf = nobody,
) -> PageResult:
    """Store a page of objects and the checkpoint after it. A faulty object goes to quarantine, alone.

    Args:
        tx: a transaction of `Database.write`.
        collection: where to store.
        objects: JSON text as received (kept byte-true), or dicts of our own.
        checkpoint: written with the page.
        source: who brings the objects; `peer:KEY` of the checkpoint, or `local`, by default.
        level_of: how widely an object may be shared, for a collection that a server shows: the policy room's
            `sharing_level`. By default no reader of a server sees what is stored here.
        level_of: how widely an object may be shared, for a collection that a server shows: the policy room's
            `sharing_level`. By default no reader of a server sees what is stored here.
    """
    peer = checkpoint.peer if checkpoint is not None else ""
    good: list[Incoming] = []
    faulty = 0
    for item in objects:
        body = bytes(item) if isinstance(item, bytes | bytearray | memoryview) else write_object(item)
        try:
            good.append(read_object(body))
        except ObjectError as fault:
            faulty += 1
            add_to_quarantine(tx, body, fault.reason, peer=peer, collection=collection, stix_id=fault.stix_id or None)
    stored = add_objects(
        tx, collection.number, good, source=source or (f"peer:{peer}" if peer else "local"), level_of=level_of
    )
    if checkpoint is not None:
        set_checkpoint(tx, checkpoint)
    return PageResult(
        added=sum(one.outcome is Outcome.ADDED for one in stored),
        repeated=sum(one.outcome is Outcome.REPEATED for one in stored),
        conflicting=tuple(
            (item.stix_id, one.version)
            for item, one in zip(good, stored, strict=True)
            if one.outcome is Outcome.CONFLICTING
        ),
        quarantined=faulty,
    )


def get_checkpoint(tx: Transaction, peer: str, collection: str) -> Checkpoint | None:
    """The checkpoint of a peer's collection; None before the first page."""
    columns = checkpoints.c
    row = tx.connection.execute(
        select(columns.peer, columns.collection, columns.added_after, columns.next, columns.updated_at).where(
            columns.peer == peer, columns.collection == collection
        )
    ).one_or_none()
    return None if row is None else Checkpoint(*row)


def set_checkpoint(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in place of the one before."""
    clear_checkpoint(tx, checkpoint.peer, checkpoint.collection)
    tx.connection.execute(
        insert(checkpoints).values(
            peer=checkpoint.peer,
            collection=checkpoint.collection,
            added_after=checkpoint.added_after,
            next=checkpoint.next,
            updated_at=clock.now(),
        )
    )


def clear_checkpoint(tx: Transaction, peer: str, collection: str) -> None:
    """Forget a checkpoint: the next pull starts from the beginning."""
    tx.connection.execute(delete(checkpoints).where(checkpoints.c.peer == peer, checkpoints.c.collection == collection))


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An object that waits for a decision: its bytes as received, and why it is not stored.

    Attributes:
        collection: the number of the collection that it was meant for.
        received_at: in microseconds.
    """

    id: int
    collection: int | None
    peer: str
    stix_id: str | None
    reason: str
    body: bytes
    received_at: int


def add_to_quarantine(
    tx: Transaction,
    body: bytes,
    reason: str,
    *,
    peer: str,
    collection: Collection | None = None,
    stix_id: str | None = None,
) -> None:
    """Keep an object aside. The same bytes from the same peer are kept once."""
    columns = quarantine.c
    number = None if collection is None else collection.number
    same = (columns.peer == peer) & (columns.reason == reason) & (columns.stix_id == stix_id)
    if stix_id is not None and body in tx.connection.execute(select(columns.body).where(same)).scalars().all():
        return
    tx.connection.execute(
        insert(quarantine).values(
            collection=number, peer=peer, stix_id=stix_id, reason=reason, body=body, received_at=clock.now()
        )
    )


def list_quarantine(tx: Transaction, *, peer: str | None = None, limit: int = 1000) -> list[Quarantined]:
    """What waits in quarantine, oldest first."""
    columns = quarantine.c
    query = select(
        columns.id,
        columns.collection,
        columns.peer,
        columns.stix_id,
        columns.reason,
        columns.body,
        columns.received_at,
    ).order_by(columns.id)
    if peer is not None:
        query = query.where(columns.peer == peer)
    return [Quarantined(*row) for row in tx.connection.execute(query.limit(limit))]


def remove_from_quarantine(tx: Transaction, quarantine_id: int) -> bool:
    """Forget a quarantined object; whether it was there."""
    return bool(tx.connection.execute(delete(quarantine).where(quarantine.c.id == quarantine_id)).rowcount)
