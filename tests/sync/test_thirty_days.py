"""Thirty days of a five-minute schedule on two machines that share a database, under a clock of our own.

The real daemon's steps (`run_due`) on every tick of both machines; machines stop for hours, a worker dies with its
lease in hand, the peer is down for a while; the clocks of the two machines differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from disarm_exchange.store import Database
from disarm_exchange.store.runs import GONE, Run, list_runs
from disarm_exchange.sync import run as sync_run
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.run import LEASE_SECONDS, Terms
from disarm_exchange.sync.schedule import run_due
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.sync.case import campaign
from tests.sync.test_pull import feed, site
from tests.taxii.client.scripted import scripted

START = datetime(2026, 11, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(minutes=5)
SKEW = timedelta(seconds=40)
"""By which the second machine's clock is ahead."""

# by ticks in one day; machine: from which tick to which it is off
OFF = {"one": [(34, 47), (166, 168)], "two": [(38, 50), (100, 101)]}
BOTH_OFF = (38, 47)
DEATHS = {66: "two", 200: "two"}
"""Ticks at which a machine's worker dies in the middle of its run."""
PEER_DOWN = (133, 137)


class Died(BaseException):
    """The process is gone: it neither ends its run nor gives its lease back."""


@dataclass
class World:
    """Two machines, one database, one clock."""

    database: Database
    config: SyncConfig
    now: datetime = START
    peer_is_down: bool = False
    running: int = 0
    most_running: int = 0
    died: list[datetime] = field(default_factory=list)
    began: list[datetime] = field(default_factory=list)

    def tick(self, machine: str) -> None:
        skew = SKEW if machine == "two" else timedelta(0)
        terms = Terms(
            worker=f"{machine}:{len(self.died)}",  # a process that takes the place of a dead one is another worker
            clock=lambda: self.now + skew,
            retry=RetryPolicy(attempts=1, sleep=lambda _seconds: None),
        )
        run_due(self.database, self.config, terms)


def configuration(url: str) -> SyncConfig:
    text = f'[peers.them]\nurl = "{url}"\npull = ["Feed"]\noverlap = "0s"\nevery = "5m"\n'
    return parse_config(text, Path("sync.toml"))


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever runs now dies on its way, before it can tidy up."""

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(sync_run._Run, "steps", die)
        patch.setattr(sync_run, "end_run", die)
        yield


def moments(runs: list[Run]) -> list[datetime]:
    return [EPOCH + timedelta(microseconds=run.started_at) for run in runs]


def play(folder: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    ticks, scale = days * 288, days
    peer_down = range(PEER_DOWN[0] * scale, PEER_DOWN[1] * scale)
    both_off = range(BOTH_OFF[0] * scale, BOTH_OFF[1] * scale)
    deaths = {number * scale: machine for number, machine in DEATHS.items()}
    whole_steps = sync_run._Run.steps
    with scripted(site(feed(campaign()))) as server, Database.open(folder / "x.db") as database:
        world = World(database, configuration(f"{server.url}/api/"))

        def steps(run: sync_run._Run) -> None:
            world.running += 1
            world.most_running = max(world.most_running, world.running)
            if world.running == 1:  # the other machine looks at the very same time
                world.tick("two" if run._terms.worker.startswith("one") else "one")
            try:
                if world.peer_is_down:
                    run._peer = configuration("http://127.0.0.1:9/").peer("them")
                whole_steps(run)
            finally:
                world.running -= 1

        monkeypatch.setattr(sync_run._Run, "steps", steps)
        for number in range(ticks):
            world.now = START + number * TICK
            world.peer_is_down = number in peer_down
            for machine in ("one", "two") if number % 2 else ("two", "one"):
                if any(since * scale <= number < until * scale for since, until in OFF[machine]):
                    continue
                if deaths.get(number) == machine:
                    with dying(monkeypatch), pytest.raises(Died):
                        world.tick(machine)
                    world.died.append(world.now)
                else:
                    world.tick(machine)
        with database.read() as tx:
            runs = sorted(list_runs(tx, limit=100_000), key=lambda run: run.id)
    assert world.most_running == 1
    assert len(world.died) == len(deaths)
    gaps = [later - earlier for earlier, later in pairwise(moments(runs))]
    wanted = [gap for gap in gaps if abs(gap - TICK) <= SKEW]
    others = [gap for gap in gaps if abs(gap - TICK) > SKEW]
    # the outage of both is made up for by one run; a dead worker keeps others out until its lease is over; where the
    # machine whose clock is ahead goes off, the other one finds the peer due a tick later
    outage = (len(both_off) + 1) * TICK
    lost = timedelta(seconds=LEASE_SECONDS)
    others = sorted(gap for gap in others if abs(gap - 2 * TICK) > SKEW)
    assert sum(abs(gap - outage) <= 2 * SKEW for gap in others) == 1, others
    assert sum(lost <= gap + SKEW <= lost + 2 * TICK for gap in others) == len(deaths), others
    assert len(others) == 1 + len(deaths)
    assert len(wanted) >= ticks - len(both_off) - 20
    broken_off = [run.reason for run in runs].count(GONE)
    assert broken_off == len(deaths)
    assert [run.outcome for run in runs].count("failed") == len(peer_down) + broken_off


def test_the_right_runs_at_the_right_times(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(memory, monkeypatch, days=1)


@pytest.mark.torture
def test_the_right_runs_at_the_right_times_for_thirty_days(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(memory, monkeypatch, days=30)
