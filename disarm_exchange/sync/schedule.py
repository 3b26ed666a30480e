"""When peers are due, and running those that are, for a timer of the system; `daemon` does so as a process of our own.

A missed run is made up for once, however many were missed. Many workers on one database never run one peer
at the same time: whoever has the lease looks again whether it is still due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from apscheduler.triggers.cron import CronTrigger

from disarm_exchange.errors import UserError
from disarm_exchange.store import Database, Transaction
from disarm_exchange.store.runs import CLOCK_SLACK, Run, last_runs
from disarm_exchange.sync.config import Peer, Schedule, SyncConfig
from disarm_exchange.sync.run import RunReport, Terms, run_peer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_schedule(schedule: Schedule) -> None:
    """See that a schedule can be kept.

    Raises:
        UserError: the cron expression is none.
    """
    if schedule.cron is not None:
        _trigger(schedule.cron)


def next_due(peer: Peer, last_started: datetime | None) -> datetime | None:
    """When a peer is due, given when its last run began; None: only when a person says so.

    A peer that never ran is due at once. The jitter is drawn from the peer's name and the last run, so that all
    workers and `sync status` agree on it.
    """
    schedule = peer.schedule
    if schedule.every is None and schedule.cron is None:
        return None
    if last_started is None:
        return _EPOCH
    if schedule.every is not None:
        planned = last_started + schedule.every
    else:
        assert schedule.cron is not None
        after = last_started + timedelta(microseconds=1)
        found = _trigger(schedule.cron).get_next_fire_time(None, after)
        if found is None:
            return None
        planned = found
    return planned + schedule.jitter * _fraction(peer.name, last_started)


def due_at(peer: Peer, run: Run | None, now: datetime) -> datetime | None:
    """When a peer is due, given its last run.

    A run that began in the future was put on record by a clock that was wrong; it keeps nothing from running.
    """
    began = started(run)
    if began is not None and began > now + timedelta(seconds=CLOCK_SLACK):
        began = None
    return next_due(peer, began)


def due_peers(config: SyncConfig, runs: dict[str, Run], now: datetime) -> list[Peer]:
    """The enabled peers that are due, the longest due first."""
    waiting: list[tuple[datetime, Peer]] = []
    for peer in config.peers.values():
        moment = due_at(peer, runs.get(peer.name), now) if peer.enabled else None
        if moment is not None and moment <= now:
            waiting.append((moment, peer))
    return [peer for _, peer in sorted(waiting, key=lambda entry: (entry[0], entry[1].name))]


def started(run: Run | None) -> datetime | None:
    """When a run began."""
    return None if run is None else _EPOCH + timedelta(microseconds=run.started_at)


def run_due(database: Database, config: SyncConfig, terms: Terms | None = None, *, workers: int = 1) -> list[RunReport]:
    """Run every peer that is due now, once.

    Args:
        database: ours.
        config: the configuration.
        terms: see `Terms`.
        workers: how many peers at a time.
    """
    terms = terms or Terms()
    with database.read() as tx:
        runs = last_runs(tx)
    peers = due_peers(config, runs, terms.clock())
    reports = _each(peers, lambda peer: run_if_due(database, config, peer, terms), workers)
    return [report for report in reports if report.outcome != "skipped"]


def run_if_due(database: Database, config: SyncConfig, peer: Peer, terms: Terms) -> RunReport:
    """Run a peer, unless another worker has meanwhile: then the outcome is `skipped`."""
    now = terms.clock()

    def not_due(tx: Transaction) -> bool:
        moment = due_at(peer, last_runs(tx).get(peer.name), now)
        return moment is None or moment > now

    return run_peer(database, config, peer, terms, unless=not_due)


def _each(peers: Iterable[Peer], run: Callable[[Peer], RunReport], workers: int) -> list[RunReport]:
    if workers == 1:
        return [run(peer) for peer in peers]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, peers))


def _trigger(cron: str) -> CronTrigger:
    try:
        return CronTrigger.from_crontab(cron, timezone=UTC)
    except ValueError as error:
        raise UserError(f"not a cron expression: {error}", where=cron, fix="write it as */5 * * * *") from None


def _fraction(name: str, moment: datetime) -> float:
    digest = blake2b(f"{name}\x1f{moment.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
