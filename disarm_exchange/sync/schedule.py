"""When peers are due, and who runs them: for a timer of the system (`run_due`), and as a process of our own (`Daemon`).

A missed run is made up for once, however many were missed. Many workers on one database never run one peer
at the same time: whoever has the lease looks again whether it is still due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from threading import Event

from apscheduler.triggers.cron import CronTrigger

from disarm_exchange.errors import UserError
from disarm_exchange.store import Database, Transaction
from disarm_exchange.store.runs import Run, last_runs
from disarm_exchange.sync.config import Peer, Schedule, SyncConfig
from disarm_exchange.sync.run import RunReport, Terms, run_peer

LONGEST_SLEEP = 60.0
"""Seconds after which a daemon looks again, whatever it expects: another worker may have run, a clock been set."""

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


def due_peers(config: SyncConfig, runs: dict[str, Run], now: datetime) -> list[Peer]:
    """The enabled peers that are due, the longest due first."""
    waiting: list[tuple[datetime, Peer]] = []
    for peer in config.peers.values():
        moment = next_due(peer, started(runs.get(peer.name))) if peer.enabled else None
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
    reports = _each(peers, lambda peer: _run_if_due(database, config, peer, terms), workers)
    return [report for report in reports if report.outcome != "skipped"]


def _run_if_due(database: Database, config: SyncConfig, peer: Peer, terms: Terms) -> RunReport:
    def not_due(tx: Transaction) -> bool:
        moment = next_due(peer, started(last_runs(tx).get(peer.name)))
        return moment is None or moment > terms.clock()

    return run_peer(database, config, peer, terms, unless=not_due)


def _each(peers: Iterable[Peer], run: Callable[[Peer], RunReport], workers: int) -> list[RunReport]:
    if workers == 1:
        return [run(peer) for peer in peers]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, peers))


@dataclass(slots=True)
class Daemon:
    """Runs peers when they are due, until told to stop.

    Args:
        database: ours.
        config: the configuration.
        terms: see `Terms`.
        workers: how many peers at a time.
        sleep: waits for so many seconds, or less; True when it is time to stop.
        told: is shown each report.
    """

    database: Database
    config: SyncConfig
    terms: Terms
    workers: int
    sleep: Callable[[float], bool]
    told: Callable[[RunReport], None]

    def run(self) -> None:
        """Run until `sleep` says stop. What is under way then is finished."""
        while True:
            for report in run_due(self.database, self.config, self.terms, workers=self.workers):
                self.told(report)
            if self.sleep(self.pause()):
                return

    def pause(self) -> float:
        """Seconds until the next peer is due, within bounds."""
        with self.database.read() as tx:
            runs = last_runs(tx)
        moments = [
            moment
            for peer in self.config.peers.values()
            if peer.enabled and (moment := next_due(peer, started(runs.get(peer.name)))) is not None
        ]
        if not moments:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(1.0, (min(moments) - self.terms.clock()).total_seconds()))


def sleep_until(stop: Event) -> Callable[[float], bool]:
    """A `sleep` for a daemon that ends when the event is set."""
    return stop.wait


def _trigger(cron: str) -> CronTrigger:
    try:
        return CronTrigger.from_crontab(cron, timezone=UTC)
    except ValueError as error:
        raise UserError(f"not a cron expression: {error}", where=cron, fix="write it as */5 * * * *") from None


def _fraction(name: str, moment: datetime) -> float:
    digest = blake2b(f"{name}\x1f{moment.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
