"""What is remembered of peers: which object versions they hold, where pushing left off, and what is in conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select

from disarm_exchange.store import clock
from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.peer_tables import conflicts, peer_objects, push_failures, push_marks
from disarm_exchange.store.tables import collections, object_versions, quarantine


@dataclass(frozen=True, slots=True)
class Holding:
    """An object version that a peer holds.

    Attributes:
        stix_id, version: as the peer has it; of an object without versions the digest of its content, in hex.
        source_id: the object here that it was made from.
        how: `pulled`, `pushed` or `recalled`.
    """

    stix_id: str
    version: str
    source_id: str
    how: str = "pushed"


def note_holdings(tx: Transaction, peer: str, holdings: Iterable[Holding], *, policy: str | None = None) -> None:
    """Remember that a peer holds these; what is known already stays as it is."""
    fresh = {(one.stix_id, one.version): one for one in holdings}
    for known in held_versions(tx, peer, {stix_id for stix_id, _ in fresh}):
        fresh.pop(known, None)
    now = clock.now()
    rows = [(peer, one.stix_id, one.version, one.source_id, one.how, policy, now) for one in fresh.values()]
    insert_rows(tx, peer_objects, ("peer", "stix_id", "version", "source_id", "how", "policy", "at"), rows)


def held_versions(tx: Transaction, peer: str, ids: Iterable[str]) -> set[tuple[str, str]]:
    """The (id, version) of these objects that a peer is known to hold."""
    columns = peer_objects.c
    query = select(columns.stix_id, columns.version).where(columns.peer == peer, among(tx, columns.stix_id, ids))
    return {(stix_id, version) for stix_id, version in tx.connection.execute(query)}


def recalled_versions(tx: Transaction, ids: Iterable[str]) -> set[tuple[str, str]]:
    """The (id, version) of the revocations by which we called these objects back, from whichever peer."""
    columns = peer_objects.c
    # the index begins with the peer, so each must be named
    peers = tx.connection.execute(select(push_marks.c.peer).distinct()).scalars().all()
    if not peers:
        return set()
    query = select(columns.stix_id, columns.version).where(
        columns.peer.in_(peers), among(tx, columns.stix_id, ids), columns.how == "recalled"
    )
    return {(stix_id, version) for stix_id, version in tx.connection.execute(query)}


def holdings_of(tx: Transaction, peer: str, *, how: Sequence[str] = ("pushed", "recalled")) -> list[Holding]:
    """What a peer is known to hold, in a steady order."""
    columns = peer_objects.c
    query = (
        select(columns.stix_id, columns.version, columns.source_id, columns.how)
        .where(columns.peer == peer, columns.how.in_(how))
        .order_by(columns.stix_id, columns.version)
    )
    return [Holding(*row) for row in tx.connection.execute(query)]


def holders_of(tx: Transaction, stix_id: str) -> list[tuple[str, Holding]]:
    """Which peers hold versions of an object, under whatever id."""
    columns = peer_objects.c
    query = (
        select(columns.peer, columns.stix_id, columns.version, columns.source_id, columns.how)
        .where((columns.source_id == stix_id) | (columns.stix_id == stix_id))
        .order_by(columns.peer, columns.at)
    )
    return [(peer, Holding(*rest)) for peer, *rest in tx.connection.execute(query)]


def push_mark(tx: Transaction, peer: str, collection: int) -> tuple[int, str] | None:
    """Up to where a collection was considered for a peer, and under which policy; None before the first time."""
    columns = push_marks.c
    query = select(columns.date_added, columns.policy).where(columns.peer == peer, columns.collection == collection)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else (row.date_added, row.policy)


def set_push_mark(tx: Transaction, peer: str, collection: int, date_added: int, policy: str) -> None:
    """Remember that a collection was considered for a peer up to there."""
    mine = (push_marks.c.peer == peer) & (push_marks.c.collection == collection)
    tx.connection.execute(delete(push_marks).where(mine))
    tx.connection.execute(
        insert(push_marks).values(peer=peer, collection=collection, date_added=date_added, policy=policy)
    )


def note_failures(tx: Transaction, peer: str, failures: Iterable[tuple[str, str, str]]) -> None:
    """Remember (id, version, reason) of what a peer did not take; the attempts are counted."""
    given = {(stix_id, version): reason for stix_id, version, reason in failures}
    before = _failed_versions(tx, peer, given)
    _forget(tx, peer, before)
    columns, now = ("peer", "stix_id", "version", "reason", "attempts", "at"), clock.now()
    rows = [(peer, *key, reason, before.get(key, 0) + 1, now) for key, reason in given.items()]
    insert_rows(tx, push_failures, columns, rows)


def forget_failures(tx: Transaction, peer: str, versions: Iterable[tuple[str, str]]) -> None:
    """Forget what failed before and is with the peer now."""
    _forget(tx, peer, _failed_versions(tx, peer, set(versions)))


def _failed_versions(tx: Transaction, peer: str, versions: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Which of these (id, version) a peer did not take before, and how often."""
    columns = push_failures.c
    query = select(columns.stix_id, columns.version, columns.attempts).where(
        columns.peer == peer, among(tx, columns.stix_id, {stix_id for stix_id, _ in versions})
    )
    rows = tx.connection.execute(query)
    return {(stix_id, version): attempts for stix_id, version, attempts in rows if (stix_id, version) in versions}


def _forget(tx: Transaction, peer: str, versions: Iterable[tuple[str, str]]) -> None:
    for stix_id, version in versions:
        tx.connection.execute(delete(push_failures).where(_failure(peer, stix_id, version)))


def count_failures(tx: Transaction, peer: str) -> int:
    """How many object versions a peer did not take."""
    query = select(func.count()).select_from(push_failures).where(push_failures.c.peer == peer)
    return tx.connection.execute(query).scalar_one()


def list_failed_ids(tx: Transaction, peer: str) -> list[str]:
    """The ids, as sent, of what a peer did not take."""
    query = select(push_failures.c.stix_id).where(push_failures.c.peer == peer).distinct()
    return sorted(tx.connection.execute(query).scalars())


def forget_old_failures(tx: Transaction, peer: str, before: int) -> None:
    """Forget failures that were not seen again since a moment, in microseconds: what failed is not to go any more."""
    tx.connection.execute(delete(push_failures).where(push_failures.c.peer == peer, push_failures.c.at < before))


def _failure(peer: str, stix_id: str, version: str) -> ColumnElement[bool]:
    columns = push_failures.c
    return (columns.peer == peer) & (columns.stix_id == stix_id) & (columns.version == version)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A received object that was not taken over, because only its creator may revise an object.

    Attributes:
        kind: `foreign-edit`, `claims-to-be-ours`, `risen` or `two-contents`.
        at: when it came, in microseconds.
    """

    peer: str
    stix_id: str
    version: str
    kind: str
    reason: str
    digest: bytes
    body: bytes
    at: int = 0


def note_conflicts(tx: Transaction, found: Iterable[Conflict]) -> int:
    """Put conflicts on record; one that is there already is not doubled. How many are new."""
    columns = conflicts.c
    fresh = 0
    for one in found:
        same = (columns.peer == one.peer) & (columns.stix_id == one.stix_id) & (columns.digest == one.digest)
        if tx.connection.execute(select(columns.id).where(same)).first() is not None:
            continue
        fresh += 1
        tx.connection.execute(
            insert(conflicts).values(
                peer=one.peer,
                stix_id=one.stix_id,
                version=one.version,
                kind=one.kind,
                reason=one.reason,
                digest=one.digest,
                body=one.body,
                at=one.at or clock.now(),
            )
        )
    return fresh


def list_conflicts(tx: Transaction, *, peer: str | None = None, limit: int = 1000) -> list[Conflict]:
    """What is in conflict, oldest first."""
    query = _CONFLICTS.order_by(conflicts.c.id)
    if peer is not None:
        query = query.where(conflicts.c.peer == peer)
    return [Conflict(*row) for row in tx.connection.execute(query.limit(limit))]


def count_aside(tx: Transaction, peer: str) -> int:
    """How many objects of a peer wait in quarantine or are in conflict."""
    waiting = select(func.count()).select_from(quarantine).where(quarantine.c.peer == peer)
    disputed = select(func.count()).select_from(conflicts).where(conflicts.c.peer == peer)
    return tx.connection.execute(waiting).scalar_one() + tx.connection.execute(disputed).scalar_one()


def conflicts_about(tx: Transaction, stix_id: str) -> list[Conflict]:
    """What is in conflict about one object, oldest first."""
    query = _CONFLICTS.where(conflicts.c.stix_id == stix_id).order_by(conflicts.c.id)
    return [Conflict(*row) for row in tx.connection.execute(query)]


_CONFLICTS = select(
    conflicts.c.peer,
    conflicts.c.stix_id,
    conflicts.c.version,
    conflicts.c.kind,
    conflicts.c.reason,
    conflicts.c.digest,
    conflicts.c.body,
    conflicts.c.at,
)


def newest_anywhere(tx: Transaction, ids: Iterable[str]) -> dict[str, list[tuple[int, bytes]]]:
    """Of each of these objects the newest version in each collection that has it: collection number and body."""
    columns = object_versions.c
    found: dict[str, list[tuple[int, bytes]]] = {}
    # the index begins with the collection, so each must be named
    numbers = tx.connection.execute(select(collections.c.number)).scalars().all()
    query = select(columns.stix_id, columns.collection, columns.body).where(
        columns.collection.in_(numbers), among(tx, columns.stix_id, ids), columns.newest
    )
    for stix_id, collection, body in tx.connection.execute(query):
        found.setdefault(stix_id, []).append((collection, body))
    return found


def version_body(tx: Transaction, stix_id: str, version: str) -> bytes | None:
    """The bytes of a stored version of an object, from whichever collection has it."""
    columns = object_versions.c
    numbers = select(collections.c.number)
    mine = columns.collection.in_(numbers) & (columns.stix_id == stix_id) & (columns.version == version)
    query = select(columns.body).where(mine).limit(1)
    found = tx.connection.execute(query).scalar()
    return None if found is None else bytes(found)
