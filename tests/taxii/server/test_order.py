"""Nothing missing, nothing doubled: for readers of every paging style, while writers write and servers are killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from tests.taxii.server.fire import STYLES, Battle, Style, Target
from tests.taxii.server.medallion import AUTH as MEDALLION_AUTH
from tests.taxii.server.medallion import PATH as MEDALLION_PATH
from tests.taxii.server.medallion import medallion
from tests.taxii.server.processes import ServerProcess
from tests.taxii.server.world import PASSWORD


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "x.db") if request.param == "sqlite" else request.getfixturevalue("postgresql_url")


@pytest.fixture
def path(location: str) -> str:
    """The path of a collection that the user "both" may read and write."""
    with Database.open(location) as database, database.write() as tx:
        root = add_api_root(tx, "exchange", "Exchange")
        organisation = add_organisation(tx, "both", clearance=Tlp.RED)
        add_user(tx, organisation, "both", password=PASSWORD)
        made = add_collection(tx, "Fire", api_root=root)
        set_grant(tx, made, organisation.id, can_read=True, can_write=True)
    return f"/exchange/collections/{made.id}/"


@pytest.fixture
def servers(location: str, path: str, tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Two server processes on one database."""
    processes = [ServerProcess(location, tmp_path / f"server{number}.log") for number in range(2)]
    for process in processes:
        process.start()
    yield processes
    for process in processes:
        process.kill()


@contextmanager
def killing(processes: list[ServerProcess], every: float) -> Iterator[list[int]]:
    """Kill the processes in turn, and start each again at once."""
    done = threading.Event()
    killed: list[int] = []

    def kill() -> None:
        while not done.wait(every):
            victim = processes[len(killed) % len(processes)]
            victim.kill()
            victim.start()
            killed.append(victim.port)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def test_short_fire(servers: list[ServerProcess], path: str) -> None:
    battle = Battle(Target([server.url for server in servers], path, ("both", PASSWORD)))
    with killing(servers, 0.3) as killed:
        results = battle.fight(writers=3, styles=STYLES, until=lambda rounds: rounds < 12 or not killed)
    assert battle.faults == []
    assert len(killed) >= 1
    assert len(battle.written) > 300
    assert battle.verdict(results) == dict.fromkeys(results, (0, 0))


@pytest.mark.torture
def test_long_fire(servers: list[ServerProcess], path: str, record_property: Callable[[str, object], None]) -> None:
    battle = Battle(Target([server.url for server in servers], path, ("both", PASSWORD)))
    end = time.monotonic() + 60
    with killing(servers, 4) as killed:
        results = battle.fight(writers=8, styles=STYLES, until=lambda _: time.monotonic() < end)
    assert battle.faults == []
    assert len(killed) > 5
    assert battle.verdict(results) == dict.fromkeys(results, (0, 0))
    record_property("objects", len(battle.written))
    record_property("kills", len(killed))


def test_the_same_checker_finds_what_medallion_loses(tmp_path: Path) -> None:
    with medallion(tmp_path) as url:
        battle = Battle(Target([url], MEDALLION_PATH, MEDALLION_AUTH))
        by_date = [Style("objects", False, 7), Style("manifest", False, 7)]
        results = battle.fight(writers=2, styles=by_date, until=lambda rounds: rounds < 4)
    missed = sum(missing for missing, _ in battle.verdict(results).values())
    assert missed > 0
