"""Machines that share one database under a clock of our own: each with real daemons, one thread at work at a time.

Whatever waits (a daemon that sleeps, a run that takes its time) hands over to whatever is due next, so that a month
passes in minutes and comes out the same each time. Machines are killed in the middle of what they do, frozen, switched
off, and have clocks that differ.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from disarm_exchange.store import Database, Transaction
from disarm_exchange.store.peer_tables import leases as tables
from disarm_exchange.sync import run as sync_run
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.daemon import Daemon
from disarm_exchange.sync.run import Terms, lease_of
from disarm_exchange.taxii.client.retry import RetryPolicy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
P = ParamSpec("P")
T = TypeVar("T")


class Died(BaseException):
    """The process is gone: it ends nothing and gives nothing back."""


@dataclass(eq=False)
class Machine:
    """One machine.

    Args:
        name: of it.
        skew: by how much its clock is ahead.
    """

    name: str
    skew: timedelta = timedelta(0)
    generation: int = 0
    frozen_until: datetime | None = None
    stopping: bool = False


@dataclass(eq=False)
class Actor:
    """A thread of a machine; it works only while it has the baton."""

    machine: Machine
    generation: int
    baton: threading.Event = field(default_factory=threading.Event)

    @property
    def dead(self) -> bool:
        return self.generation != self.machine.generation


@dataclass(eq=False)
class Activity:
    """A run at work: from when to when, and on which machine. A frozen machine is not at work."""

    peer: str
    machine: str
    since: datetime
    until: datetime
    open: bool = True


@dataclass(frozen=True)
class Left:
    """A lease that nobody gives back, since its worker was stopped in its tracks: when, and how long it holds."""

    peer: str
    at: datetime
    until: datetime


class Unsteady(Database):
    """A database that can be away."""

    away = False

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        self._see()
        with super().read() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._see()
        with super().write() as tx:
            yield tx

    def _see(self) -> None:
        if self.away:
            raise OperationalError("", {}, ConnectionRefusedError("no database there"))


@dataclass(eq=False)
class World:
    """The clock, the machines, and who works when."""

    database: Unsteady
    config: SyncConfig
    now: datetime
    machines: dict[str, Machine]
    takes: Callable[[str], timedelta]
    """How long a run of a peer takes, beside its real work."""
    activities: list[Activity] = field(default_factory=list)
    began: dict[int, datetime] = field(default_factory=dict)
    """By the run's number when it really began, by the clock of its machine."""
    left: list[Left] = field(default_factory=list)
    up: list[tuple[datetime, datetime]] = field(default_factory=list)
    """From when to when some machine was at the ready."""
    told: list[str] = field(default_factory=list)
    _ready: set[str] = field(default_factory=set)
    faults: list[BaseException] = field(default_factory=list)
    _waiting: list[tuple[datetime, int, Actor | Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _local: threading.local = field(default_factory=threading.local)
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _threads: list[threading.Thread] = field(default_factory=list)

    # what machines go through

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Let something happen."""
        heapq.heappush(self._waiting, (moment, next(self._numbers), action))

    def switch_on(self, name: str) -> None:
        machine = self.machines[name]
        machine.stopping = False
        self._is_ready(name, True)
        self._spawn(machine, lambda: self._daemon(machine))

    def at_it(self, peer: str) -> str:
        """The machine that runs a peer now; any, if none does."""
        found = [one.machine for one in self.activities[-20:] if one.open and one.peer == peer]
        return found[0] if found else next(iter(self.machines))

    def stop(self, name: str) -> None:
        """Ask its daemon to stop, as a service manager does."""
        self.machines[name].stopping = True
        self._is_ready(name, False)

    def kill(self, name: str) -> None:
        """The machine is gone, and what it was doing with it."""
        self._leave(name)
        self.machines[name].generation += 1
        self._is_ready(name, False)

    def freeze(self, name: str, span: timedelta) -> None:
        """Nothing on the machine moves for so long: a laptop that is shut, a virtual machine that is moved."""
        self._leave(name)
        self.machines[name].frozen_until = self.now + span
        self._is_ready(name, False)
        self.at(self.now + span, lambda: self._is_ready(name, True))

    def lose_database(self, span: timedelta) -> None:
        """Nobody can read or write for so long."""
        ready = frozenset(self._ready)
        for name in self.machines:
            self._leave(name)
            self._is_ready(name, False)
        self.database.away = True

        def back() -> None:
            self.database.away = False
            for name in ready:
                self._is_ready(name, True)

        self.at(self.now + span, back)

    def _leave(self, name: str) -> None:
        """What the machine is doing is cut off; note its leases."""
        doing = [one for one in self.activities[-20:] if one.open and one.machine == name]
        if not doing:
            return
        with self.database.read() as tx:
            rows = tx.connection.execute(select(tables.c.name, tables.c.expires_at))
            leases = {str(row.name): int(row.expires_at) for row in rows}
        for one in doing:
            one.open, one.until = False, self.now
            until = leases.get(lease_of(one.peer))
            if until is not None:
                self.left.append(Left(one.peer, self.now, EPOCH + timedelta(microseconds=until)))

    def _is_ready(self, name: str, ready: bool) -> None:
        before = bool(self._ready)
        (self._ready.add if ready else self._ready.discard)(name)
        if self._ready and not before:
            self.up.append((self.now, datetime.max.replace(tzinfo=UTC)))
        elif before and not self._ready:
            self.up[-1] = (self.up[-1][0], self.now)

    # how time passes

    def run(self, until: datetime) -> None:
        """Let time pass."""
        while self._waiting and self._waiting[0][0] < until:
            moment, _, one = heapq.heappop(self._waiting)
            self.now = max(self.now, moment)
            if not isinstance(one, Actor):
                one()
                continue
            frozen = one.machine.frozen_until
            if not one.dead and frozen is not None and frozen > self.now:
                heapq.heappush(self._waiting, (frozen, next(self._numbers), one))
                continue
            self._hand_over(one)
        self.now = until
        for machine in self.machines.values():
            machine.generation += 1
        for _, _, one in self._waiting:
            if isinstance(one, Actor):
                self._hand_over(one)
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise self.faults[0]

    def wait(self, span: timedelta) -> None:
        """What an actor calls to let time pass."""
        actor: Actor = self._local.actor
        heapq.heappush(self._waiting, (self.now + span, next(self._numbers), actor))
        self._back.release()
        actor.baton.wait()
        actor.baton.clear()
        self.see_alive()

    def see_alive(self) -> None:
        """Go no further on a machine that is gone."""
        if self._local.actor.dead:
            raise Died

    @property
    def machine(self) -> Machine:
        """The machine at work."""
        return self._local.actor.machine

    def _hand_over(self, actor: Actor) -> None:
        actor.baton.set()
        self._back.acquire()

    def _spawn(self, machine: Machine, action: Callable[[], None]) -> None:
        actor = Actor(machine, machine.generation)

        def live() -> None:
            actor.baton.wait()
            actor.baton.clear()
            self._local.actor = actor
            try:
                if not actor.dead:
                    action()
            except Died:
                pass
            except BaseException as error:  # noqa: BLE001 - shown by `run`
                self.faults.append(error)
            finally:
                self._back.release()

        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        heapq.heappush(self._waiting, (self.now, next(self._numbers), actor))

    # what runs on machines

    def _daemon(self, machine: Machine) -> None:
        terms = Terms(
            worker=f"{machine.name}:{machine.generation}",
            clock=lambda: self.now + machine.skew,
            retry=RetryPolicy(attempts=1, sleep=lambda _seconds: None),
        )

        def sleep(seconds: float) -> bool:
            self.wait(timedelta(seconds=seconds))
            return machine.stopping

        Daemon(
            self.database,
            self.config,
            terms,
            2,
            sleep,
            lambda report: self.told.append(report.peer),
            pool=_Pool(self, machine),
        ).run()

    @contextmanager
    def at_work(self, peer: str) -> Iterator[None]:
        """Notes when a run is at work; what was cut off is not."""
        activity = Activity(peer, self.machine.name, self.now, datetime.max.replace(tzinfo=UTC))
        self.activities.append(activity)
        try:
            yield
        finally:
            if activity.open:
                activity.open, activity.until = False, self.now

    @contextmanager
    def played(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Make real runs take their time, and the dead leave everything as it is."""
        whole, end, release = sync_run._Run.steps, sync_run.end_run, sync_run.release_lease
        world = self

        def steps(run: sync_run._Run) -> None:
            peer, number = run._peer.name, run._report.run_id
            assert number is not None
            world.began[number] = world.now + world.machine.skew
            span = world.takes(peer)
            for _ in range(3):
                with world.at_work(peer):
                    world.wait(span / 3)
                run._keeper.keep()
            with world.at_work(peer):
                whole(run)

        def alive(action: Callable[P, T]) -> Callable[P, T]:
            def act(*args: P.args, **kwargs: P.kwargs) -> T:
                world.see_alive()
                return action(*args, **kwargs)

            return act

        with monkeypatch.context() as patch:
            patch.setattr(sync_run._Run, "steps", steps)
            patch.setattr(sync_run, "end_run", alive(end))
            patch.setattr(sync_run, "release_lease", alive(release))
            yield


class _Pool(Executor):
    """Gives each run a thread of its machine."""

    def __init__(self, world: World, machine: Machine) -> None:
        self._world = world
        self._machine = machine

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - as a pool does
                future.set_exception(error)

        self._world._spawn(self._machine, work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Threads end by themselves."""
