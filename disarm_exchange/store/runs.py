"""Sync runs: who is at work on which peer (leases), and what came of it (history)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from disarm_exchange.store.database import Transaction
from disarm_exchange.store.peer_tables import leases, sync_runs

GONE = "broken off: its worker was gone before the end (killed, or its machine went down)"
"""Why a run that never ended failed."""

CLOCK_SLACK = 300.0
"""Seconds by which the clocks of workers may differ. What lies further in the future was written by a wrong clock."""


def take_lease(tx: Transaction, name: str, holder: str, *, now: int, seconds: float) -> bool:
    """Take a lease, or renew one's own; False while another holds it and its time is not up.

    A lease that ends later than any lease taken now could is of a clock that was wrong, and nobody's.

    Args:
        tx: a transaction of `Database.write`.
        name: what it is on.
        holder: who takes it.
        now: in microseconds.
        seconds: after which it expires, if it is not renewed.
    """
    expires_at = now + round(seconds * 1_000_000)
    over = (leases.c.expires_at <= now) | (leases.c.expires_at > expires_at + round(CLOCK_SLACK * 1_000_000))
    free = (leases.c.name == name) & ((leases.c.holder == holder) | over)
    if tx.connection.execute(update(leases).where(free).values(holder=holder, expires_at=expires_at)).rowcount:
        return True
    try:
        with tx.nested():
            tx.connection.execute(insert(leases).values(name=name, holder=holder, expires_at=expires_at))
    except IntegrityError:
        return False  # somebody holds it, or was quicker
    return True


def find_lease(tx: Transaction, name: str) -> tuple[str, int] | None:
    """Who has a lease, and until when, in microseconds."""
    row = tx.connection.execute(select(leases.c.holder, leases.c.expires_at).where(leases.c.name == name)).one_or_none()
    return None if row is None else (row.holder, row.expires_at)


def renew_lease(tx: Transaction, name: str, holder: str, *, now: int, seconds: float) -> bool:
    """Keep a lease for longer; False when it is not one's own any more, and another may be at work."""
    mine = (leases.c.name == name) & (leases.c.holder == holder)
    expires_at = now + round(seconds * 1_000_000)
    return bool(tx.connection.execute(update(leases).where(mine).values(expires_at=expires_at)).rowcount)


def release_lease(tx: Transaction, name: str, holder: str) -> None:
    """Give a lease back, if one still has it."""
    tx.connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


@dataclass(frozen=True, slots=True)
class Run:
    """One run for one peer.

    Attributes:
        started_at, ended_at: in microseconds; no end: it is still going on, or died.
        outcome: `running`, `ok`, `partial`, `failed`.
        counts: what was fetched, sent, refused, ...
        reason: why it is not ok.
    """

    id: int
    peer: str
    worker: str
    started_at: int
    ended_at: int | None = None
    outcome: str = "running"
    counts: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


def start_run(tx: Transaction, peer: str, worker: str, *, now: int) -> int:
    """Put the beginning of a run on record; its id.

    Who begins one has the lease: an earlier run of the peer that never ended was broken off, and that goes on record.
    """
    unended = (sync_runs.c.peer == peer) & (sync_runs.c.outcome == "running")
    tx.connection.execute(update(sync_runs).where(unended).values(outcome="failed", reason=GONE))
    result = tx.connection.execute(
        insert(sync_runs).values(peer=peer, worker=worker, started_at=now, outcome="running", counts="{}", reason="")
    )
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def end_run(
    tx: Transaction, run_id: int, *, now: int, outcome: str, counts: Mapping[str, int], reason: str = ""
) -> None:
    """Put the end of a run on record."""
    tx.connection.execute(
        update(sync_runs)
        .where(sync_runs.c.id == run_id)
        .values(ended_at=now, outcome=outcome, counts=json.dumps(dict(counts)), reason=reason)
    )


def list_runs(tx: Transaction, *, peer: str | None = None, limit: int = 100) -> list[Run]:
    """The latest runs, the latest first."""
    query = _SELECT.order_by(sync_runs.c.id.desc()).limit(limit)
    if peer is not None:
        query = query.where(sync_runs.c.peer == peer)
    return [_run(*row) for row in tx.connection.execute(query)]


def last_runs(tx: Transaction) -> dict[str, Run]:
    """The latest run of each peer."""
    newest = select(func.max(sync_runs.c.id)).group_by(sync_runs.c.peer)
    rows = tx.connection.execute(_SELECT.where(sync_runs.c.id.in_(newest)))
    return {run.peer: run for run in (_run(*row) for row in rows)}


def at_work(tx: Transaction, *, now: int) -> set[str]:
    """The names of the leases that somebody holds."""
    return set(tx.connection.execute(select(leases.c.name).where(leases.c.expires_at > now)).scalars())


def last_success(tx: Transaction, peer: str) -> int | None:
    """When the latest run that was ok ended, in microseconds."""
    query = select(func.max(sync_runs.c.ended_at)).where(sync_runs.c.peer == peer, sync_runs.c.outcome == "ok")
    found = tx.connection.execute(query).scalar()
    return None if found is None else int(found)


_SELECT = select(
    sync_runs.c.id,
    sync_runs.c.peer,
    sync_runs.c.worker,
    sync_runs.c.started_at,
    sync_runs.c.ended_at,
    sync_runs.c.outcome,
    sync_runs.c.counts,
    sync_runs.c.reason,
)


def _run(
    run_id: int,
    peer: str,
    worker: str,
    started_at: int,
    ended_at: int | None,
    outcome: str,
    counts: str,
    reason: str,
) -> Run:
    return Run(run_id, peer, worker, started_at, ended_at, outcome, json.loads(counts), reason)
