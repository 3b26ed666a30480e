"""kill -9 at every step of a pull, then run it again: the same objects, nothing doubled, nothing lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from disarm_exchange.store import Database, get_checkpoint, iter_objects, list_quarantine
from disarm_exchange.store import find_collection as find_local
from disarm_exchange.sync.pull import pull_into_database
from tests.faults.killing import run_apart, steps, warm_up
from tests.sync.case import domain
from tests.sync.test_pull import COLLECTION, connect, feed, site
from tests.taxii.client.scripted import ScriptedServer, scripted

OBJECTS = [domain(0), domain(1), {**domain(2), "value": 7}, domain(3), domain(4), {"type": "url"}, domain(5)]
TABLES = "mentions object_versions quarantine checkpoints collections"


def state(location: str, peer: str) -> tuple[list[bytes], list[tuple[str | None, bytes]], str | None]:
    with Database.open(location) as database:
        with database.read() as tx:
            local = find_local(tx, "feed")
            checkpoint = get_checkpoint(tx, peer, COLLECTION)
            aside = [(one.stix_id, one.body) for one in list_quarantine(tx)]
        objects = [] if local is None else [one.body for one in iter_objects(database, local.number)]
    return objects, aside, None if checkpoint is None else checkpoint.added_after


def empty(location: str) -> None:
    with Database.open(location) as database, database.write() as tx:
        for table in TABLES.split():
            tx.connection.execute(text(f"DELETE FROM {table}"))


def killed_and_run_again(location: str, most: int | None) -> None:
    """Kill at every step, or at `most` of them spread over the whole."""
    warm_up()
    with scripted(site(feed(*OBJECTS))) as server:

        def action() -> None:
            pull(server, location)

        def reset() -> None:
            empty(location)

        reset()
        assert run_apart(action)
        whole = state(location, f"{server.url}/api/")
        assert (len(whole[0]), len(whole[1])) == (5, 2)
        last = steps(action, reset)
        assert last > 30
        for step in range(1, last + 1, 1 if most is None else last // most):
            reset()
            assert not run_apart(action, die_at=step)
            broken = state(location, f"{server.url}/api/")
            assert set(broken[0]) <= set(whole[0])
            assert run_apart(action)
            assert state(location, f"{server.url}/api/") == whole, f"after a kill at step {step}"


def test_a_pull_killed_anywhere_and_run_again_ends_the_same(location: str) -> None:
    killed_and_run_again(location, most=6)


@pytest.mark.torture
def test_a_pull_killed_at_any_step_and_run_again_ends_the_same(location: str) -> None:
    killed_and_run_again(location, most=None)


def pull(server: ScriptedServer, location: str) -> None:
    with Database.open(location) as database:
        pull_into_database(*connect(server), database, alias="feed", limit=2, overlap=0)
