"""When peers are due, under a clock of our own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import ParamSpec, TypeVar

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.store import Database
from disarm_exchange.store.runs import Run, list_runs, take_lease
from disarm_exchange.sync.config import Schedule, SyncConfig, parse_config
from disarm_exchange.sync.daemon import Daemon
from disarm_exchange.sync.run import RunReport, Terms
from disarm_exchange.sync.schedule import check_schedule, due_peers, next_due, run_due
from disarm_exchange.taxii.client.retry import RetryPolicy

P = ParamSpec("P")
T = TypeVar("T")
START = datetime(2026, 11, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def config(*schedules: str) -> SyncConfig:
    peers = [
        f'[peers.p{number}]\nurl = "http://127.0.0.1:9/"\npull = ["x"]\n{schedule}\n'
        for number, schedule in enumerate(schedules)
    ]
    return parse_config("".join(peers), Path("sync.toml"))


def ran(name: str, moment: datetime) -> dict[str, Run]:
    return {name: Run(1, name, "w", (moment - EPOCH) // timedelta(microseconds=1))}


@dataclass
class Clock:
    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        return False


def due(setup: SyncConfig, runs: dict[str, Run], now: datetime) -> list[str]:
    return [peer.name for peer in due_peers(setup, runs, now)]


def test_a_peer_that_never_ran_is_due_and_one_without_schedule_never() -> None:
    assert due(config('every = "5m"', 'cron = "0 3 * * *"', ""), {}, START) == ["p0", "p1"]


def test_every_counts_from_the_beginning_of_the_last_run() -> None:
    setup, runs = config('every = "5m"'), ran("p0", START)
    assert due(setup, runs, START + timedelta(minutes=4, seconds=59)) == []
    assert due(setup, runs, START + timedelta(minutes=5)) == ["p0"]


def test_cron_is_in_utc_and_missed_times_are_made_up_for_once() -> None:
    setup = config('cron = "30 3 * * *"')
    runs = ran("p0", START + timedelta(hours=3, minutes=30))
    assert due(setup, runs, START + timedelta(days=1, hours=3, minutes=29)) == []
    assert due(setup, runs, START + timedelta(days=9)) == ["p0"]
    later = ran("p0", START + timedelta(days=9))
    assert due(setup, later, START + timedelta(days=9, hours=3)) == []


def test_jitter_is_the_same_for_all_who_ask_and_differs_between_peers() -> None:
    setup = config('every = "5m"\njitter = "2m"', 'every = "5m"\njitter = "2m"')
    moments = [next_due(peer, START) for peer in setup.peers.values()]
    assert moments == [next_due(peer, START) for peer in setup.peers.values()]
    assert len(set(moments)) == 2
    assert all(START + timedelta(minutes=5) <= moment <= START + timedelta(minutes=7) for moment in moments if moment)


def test_a_disabled_peer_is_never_due() -> None:
    assert due(config('every = "5m"\nenabled = false'), {}, START) == []


def test_the_longest_due_comes_first() -> None:
    setup = config('every = "5m"', 'every = "1m"')
    runs = {**ran("p0", START), **ran("p1", START)}
    assert due(setup, runs, START + timedelta(hours=1)) == ["p1", "p0"]


def test_a_wrong_cron_expression_is_said() -> None:
    with pytest.raises(UserError, match="not a cron expression"):
        check_schedule(Schedule(cron="every day"))


def test_thirty_days_of_five_minutes_with_outages() -> None:
    """The daemon's own reckoning of when to look again, step by step; it is down twice."""
    setup = config('every = "5m"')
    runs: dict[str, Run] = {}
    times: list[datetime] = []
    outages = [
        (START + timedelta(days=3), START + timedelta(days=4)),
        (START + timedelta(days=20), START + timedelta(days=20, minutes=12)),
    ]
    now, end = START, START + timedelta(days=30)
    while now < end:
        down = next((until for since, until in outages if since <= now < until), None)
        if down is not None:
            now = down
            continue
        for peer in due_peers(setup, runs, now):
            times.append(now)
            runs = ran(peer.name, now)
        moment = next_due(setup.peers["p0"], times[-1])
        assert moment is not None
        now += timedelta(seconds=min(60.0, max(1.0, (moment - now).total_seconds())))
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert sorted(gaps) == [timedelta(minutes=5), timedelta(minutes=17), timedelta(days=1, minutes=5)]
    assert len(times) == 30 * 288 - 288 - 2


def terms(clock: Clock, worker: str = "w") -> Terms:
    return Terms(worker=worker, clock=clock, retry=RetryPolicy(attempts=1, sleep=lambda _seconds: None))


class AtOnce(Executor):
    """Runs what it is given before it goes on."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def test_the_daemon_runs_what_is_due_and_sleeps_until_the_next(database: Database) -> None:
    clock, told = Clock(), list[RunReport]()

    def sleep(seconds: float) -> bool:
        return clock.sleep(seconds) or len(told) >= 7

    setup = config('every = "5m"', 'every = "10m"')
    Daemon(database, setup, terms(clock), 1, sleep, told.append, pool=AtOnce()).run()
    with database.read() as tx:
        begun = sorted((run.started_at // 60_000_000, run.peer) for run in list_runs(tx))
    first = begun[0][0]
    assert [(minute - first, peer) for minute, peer in begun] == [
        (0, "p0"), (0, "p1"), (5, "p0"), (10, "p0"), (10, "p1"), (15, "p0"), (20, "p0"), (20, "p1"),
    ]  # fmt: skip
    assert max(clock.slept) <= 60
    assert {report.outcome for report in told} == {"failed"}


def test_many_workers_never_run_one_peer_at_once_nor_twice(database: Database) -> None:
    clock = Clock()
    setup = config('every = "5m"', 'every = "5m"', 'every = "5m"')
    for _ in range(3):
        threads = [
            Thread(target=run_due, args=(database, setup, terms(clock, f"worker {number}"))) for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.now += timedelta(minutes=5)
    with database.read() as tx:
        runs = list_runs(tx)
    assert len(runs) == 9
    assert {run.outcome for run in runs} == {"failed"}


def test_a_dead_workers_peer_is_taken_up_when_its_lease_is_over(database: Database) -> None:
    clock = Clock()
    setup = config('every = "5m"')
    with database.write() as tx:
        assert take_lease(tx, "sync p0", "dead", now=terms(clock).now(), seconds=900)
    assert [report.outcome for report in run_due(database, setup, terms(clock))] == ["busy"]
    clock.now += timedelta(minutes=16)
    assert [report.outcome for report in run_due(database, setup, terms(clock))] == ["failed"]
