"""A process that runs peers when they are due, until it is told to stop.

Peers run beside each other: one that answers slowly, or never, keeps no other from its schedule. A database that is
away for a while ends nothing: it is asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from disarm_exchange.store import Database
from disarm_exchange.store.runs import Run, last_runs
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.run import RunReport, Terms
from disarm_exchange.sync.schedule import due_at, due_peers, next_due, run_if_due

LONGEST_SLEEP = 60.0
"""Seconds after which a daemon looks again, whatever it expects: another worker may have run, a clock been set."""

_log = logging.getLogger("disarm_exchange.sync")


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A run that was begun: what will come of it, and when it was begun."""

    report: Future[RunReport]
    since: datetime


@dataclass(slots=True)
class Daemon:
    """Runs peers when they are due, until told to stop.

    Args:
        database: ours.
        config: the configuration.
        terms: see `Terms`.
        workers: how many peers at a time.
        sleep: waits for so many seconds, or less; True when it is time to stop.
        told: is shown the report of each run, one at a time.
        pool: where runs take place; threads by default.
    """

    database: Database
    config: SyncConfig
    terms: Terms
    workers: int
    sleep: Callable[[float], bool]
    told: Callable[[RunReport], None]
    pool: Executor | None = None
    _under_way: dict[str, _UnderWay] = field(default_factory=dict, init=False)
    _busy_until: dict[str, datetime] = field(default_factory=dict, init=False)
    _telling: Lock = field(default_factory=Lock, init=False)

    def run(self) -> None:
        """Run until `sleep` says stop. What is under way then is finished."""
        pool = self.pool or ThreadPoolExecutor(self.workers, thread_name_prefix="sync")
        try:
            while not self.sleep(self._turn(pool)):
                pass
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _turn(self, pool: Executor) -> float:
        """Begin what is due; in how many seconds to look again."""
        self._gather()
        try:
            now = self.terms.clock()
            with self.database.read() as tx:
                runs = last_runs(tx)
        except SQLAlchemyError as error:
            _log.error("the database does not answer; trying again", extra={"error": type(error).__name__})
            return LONGEST_SLEEP
        for peer in due_peers(self.config, runs, now):
            if peer.name not in self._under_way and self._busy_until.get(peer.name, now) <= now:
                self._under_way[peer.name] = _UnderWay(pool.submit(self._run, peer), now)
        return self._pause(runs, now)

    def _run(self, peer: Peer) -> RunReport:
        report = run_if_due(self.database, self.config, peer, self.terms)
        if report.outcome not in ("skipped", "busy"):
            with self._telling:
                self.told(report)
        return report

    def _gather(self) -> None:
        """See what has come to its end. Where a run broke down, that is its peer's matter alone, and goes on record."""
        for name, run in list(self._under_way.items()):
            if not run.report.done():
                continue
            del self._under_way[name]
            try:
                outcome = run.report.result().outcome
            except Exception as error:  # noqa: BLE001 - other peers go on
                trace = None if isinstance(error, SQLAlchemyError) else error
                _log.error("run broke down", exc_info=trace, extra={"peer": name, "error": type(error).__name__})
                outcome = "busy"
            if outcome == "busy":  # another worker is at it, or has died
                self._busy_until[name] = run.since + timedelta(seconds=LONGEST_SLEEP)

    def _pause(self, runs: dict[str, Run], now: datetime) -> float:
        """Seconds until the next peer is due, within bounds."""
        soonest = LONGEST_SLEEP
        for peer in self.config.peers.values():
            run = self._under_way.get(peer.name)
            if not peer.enabled:
                continue
            moment = next_due(peer, run.since) if run is not None else due_at(peer, runs.get(peer.name), now)
            if moment is None:
                continue
            moment = max(moment, self._busy_until.get(peer.name, moment))
            if run is None or moment > now:
                soonest = min(soonest, (moment - now).total_seconds())
        return max(1.0, soonest)
