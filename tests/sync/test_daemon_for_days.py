"""A month of real daemons on three machines with one database: the right runs at the right times, never two at once.

Machines are killed in the middle of runs, frozen for longer than a lease, stopped and started; all are off for hours;
the database is away for a while; one peer takes longer than its schedule allows. The test must fail when the lease, the
second look under it, the keeping of the lease, or the making up for missed runs by one is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import delete

from disarm_exchange.store import Transaction
from disarm_exchange.store.peer_tables import leases
from disarm_exchange.store.runs import Run, last_runs, list_runs, start_run, take_lease
from disarm_exchange.sync import run as sync_run
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.keeping import Keeper
from disarm_exchange.sync.schedule import next_due
from tests.sync.case import campaign
from tests.sync.machines import EPOCH, Machine, P, T, Unsteady, World, _Pool
from tests.sync.test_pull import feed, site
from tests.taxii.client.scripted import scripted

START = datetime.fromisoformat("2026-11-01T00:00:00Z")
SKEW = timedelta(seconds=40)
"""By which the clocks of two machines differ at most."""
LATE = timedelta(seconds=125)
"""A daemon looks again after a minute, and a minute after it found another one at it."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SHORT = 6.5 * HOUR
"""In which everything that can happen has happened once."""


def configuration(url: str) -> SyncConfig:
    schedules = {"five": 'every = "5m"', "slow": 'every = "5m"\njitter = "30s"', "cron": 'cron = "*/20 * * * *"'}
    peers = [
        f'[peers.{name}]\nurl = "{url}"\npull = ["Feed"]\noverlap = "0s"\n{schedule}\n'
        for name, schedule in schedules.items()
    ]
    return parse_config("".join(peers), Path("sync.toml"))


def takes(peer: str) -> timedelta:
    return timedelta(minutes=9) if peer == "slow" else timedelta(seconds=21)


def script(world: World, days: int) -> None:
    """What happens to the machines, day by day."""
    for number, name in enumerate(world.machines):
        world.at(START + number * timedelta(seconds=17), partial(world.switch_on, name))
    for day in range(days):
        happens(world, START + timedelta(days=day), list(world.machines)[day % 3])


def happens(world: World, begin: datetime, nth: str) -> None:
    def killed() -> None:
        name = world.at_it("slow")
        world.kill(name)
        world.at(world.now + HOUR / 2, partial(world.switch_on, name))

    world.at(begin + 1 * HOUR, killed)
    # frozen for longer than a lease, and for shorter
    world.at(begin + 2 * HOUR, lambda: world.freeze(world.at_it("slow"), 25 * MINUTE))
    world.at(begin + 2.6 * HOUR, lambda: world.freeze(world.at_it("slow"), 3 * MINUTE))
    # stopped in good order
    world.at(begin + 3 * HOUR, partial(world.stop, nth))
    world.at(begin + 3.4 * HOUR, partial(world.switch_on, nth))
    world.at(begin + 4 * HOUR, partial(world.lose_database, 10 * MINUTE))
    # all are off for an hour
    for number, name in enumerate(world.machines):
        world.at(begin + 4.5 * HOUR + number * MINUTE, partial(world.kill, name))
        world.at(begin + 5.5 * HOUR + number * MINUTE, partial(world.switch_on, name))


def play(location: str, monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    with scripted(site(feed(campaign()))) as server, Unsteady.open(location) as database:
        skews = {"one": timedelta(0), "two": SKEW, "three": -SKEW / 2}
        machines = {name: Machine(name, skew) for name, skew in skews.items()}
        world = World(database, configuration(f"{server.url}/api/"), START, machines, takes)
        script(world, span.days or 1)
        with world.played(monkeypatch):
            world.run(START + span)
        with database.read() as tx:
            runs = list_runs(tx, limit=1_000_000)
    never_two_at_once(world)
    for peer in world.config.peers:
        mine = sorted((run for run in runs if run.peer == peer), key=lambda run: run.id)
        at_the_right_times(world, peer, mine)
    enough_happened(world, runs, span)


def never_two_at_once(world: World) -> None:
    for peer in world.config.peers:
        mine = sorted((one for one in world.activities if one.peer == peer), key=lambda one: one.since)
        for one, two in pairwise(mine):
            assert one.until <= two.since, f"two at once at {peer}: {one}, {two}"


def at_the_right_times(world: World, name: str, runs: list[Run]) -> None:
    """Each run begins when the one before says, as soon as that is over and a machine is there to do it."""
    peer = world.config.peer(name)
    for one, two in pairwise(runs):
        began, next_began = world.began[one.id], world.began[two.id]
        due = next_due(peer, began)
        assert due is not None
        assert next_began >= due - 2 * SKEW, f"{name}: too early: {one}, {two}"
        left = [lease.until for lease in world.left if lease.peer == name and began - SKEW <= lease.at <= next_began]
        if one.outcome != "ok" and one.worker == two.worker:
            left = []  # what a worker left when the database was away is its own
        over = (one.outcome == "ok" and ended(one)) or max(left, default=ended(one) or began)
        assert next_began >= over - 2 * SKEW, f"{name}: while another had the lease: {one}, {two}"
        at_earliest = ready(world, max(due, over))
        late = next_began - at_earliest
        assert late <= LATE + 2 * SKEW, f"{name}: late by {late}: {one}, {two}"


def ready(world: World, moment: datetime) -> datetime:
    """The first moment from then on when a machine is at the ready."""
    return next((max(since, moment) for since, until in world.up if until > moment), moment)


def ended(run: Run) -> datetime | None:
    return None if run.ended_at is None else EPOCH + timedelta(microseconds=run.ended_at)


def enough_happened(world: World, runs: list[Run], span: timedelta) -> None:
    """That the above was not true of nothing."""
    counts = {name: sum(run.peer == name for run in runs) for name in world.config.peers}
    fives = span / (5 * MINUTE)
    assert fives * 0.7 < counts["five"] <= fives
    assert fives / 4 * 0.7 < counts["cron"] <= fives / 4 + 1
    assert fives / 3 * 0.7 < counts["slow"] < fives / 1.8
    broken = [run for run in runs if run.reason.startswith("broken off: its worker was gone")]
    lost = [run for run in runs if "its lease ran out" in run.reason]
    assert len(broken) >= 3
    assert len(lost) >= 1
    assert len(world.left) >= 5
    assert len({run.worker.partition(":")[0] for run in runs}) == 3


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, memory: Path) -> str:
    """An empty database, on SQLite one that costs no disk."""
    return str(memory / "x.db") if request.param == "sqlite" else str(request.getfixturevalue("postgresql_url"))


def test_hours_of_daemons(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play(where, monkeypatch, SHORT)


@pytest.mark.torture
def test_thirty_days_of_daemons(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play(where, monkeypatch, timedelta(days=30))


# what must make it fail


def anybody_takes(tx: Transaction, name: str, holder: str, *, now: int, seconds: float) -> bool:
    """A lease that keeps nobody out."""
    tx.connection.execute(delete(leases).where(leases.c.name == name))
    return take_lease(tx, name, holder, now=now, seconds=seconds)


def makes_up_for_each(tx: Transaction, peer: str, worker: str, *, now: int) -> int:
    """Missed runs are made up for one by one: a run counts for the moment that it was planned for."""
    before = last_runs(tx).get(peer)
    return start_run(tx, peer, worker, now=now if before is None else min(now, before.started_at + 300_000_000))


def goes_on(self: Keeper) -> None:
    """A run that has lost its lease goes on."""


def waits_for_it(self: _Pool, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """One peer after the other."""
    future: Future[T] = Future()
    try:
        future.set_result(fn(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - as a pool does
        future.set_exception(error)
    return future


BREAKS: dict[str, tuple[object, str, object, str]] = {
    "the lease": (sync_run, "take_lease", anybody_takes, "two at once|while another had"),
    "coalescing": (sync_run, "start_run", makes_up_for_each, "too early"),
    "the keeping of the lease": (Keeper, "keep", goes_on, "two at once"),
    "peers beside each other": (_Pool, "submit", waits_for_it, "late by"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_it_fails_when_something_is_broken(what: str, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead, words = BREAKS[what]
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError, match=words):
        play(str(memory / "x.db"), monkeypatch, SHORT)
