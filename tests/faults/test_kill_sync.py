"""kill -9 at every step of a sync run, pull and push, then run it again: both sides end the same, nothing doubled."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Database, add_collection, find_collection, iter_objects, read_object
from disarm_exchange.store.peers import holdings_of, list_conflicts
from disarm_exchange.store.runs import list_runs
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.run import Terms, run_peer
from disarm_exchange.taxii.client.push import PushSettings
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.faults.killing import run_apart, steps, warm_up
from tests.sync.case import domain
from tests.sync.organisations import Organisation, organisations, peer_text

TABLES = (
    "mentions object_versions quarantine checkpoints peer_objects push_marks push_failures conflicts leases sync_runs"
)
LINES = ('pull = ["findings"]', 'overlap = "0s"', "limit = 2", 'push = "inbox"', 'from = ["mine"]', 'policy = "p"')


def keep(database: Database, items: list[StixObject]) -> None:
    with database.write() as tx:
        mine = find_collection(tx, "mine") or add_collection(tx, "Mine", alias="mine")
        read = [read_object(orjson.dumps(item)) for item in items]
        add_objects(tx, mine.number, read, source="local", level_of=sharing_level)


def reset(location: str, theirs: Organisation, ours: list[StixObject]) -> None:
    with theirs.database.write() as tx:
        inbox = find_collection(tx, "inbox")
        assert inbox is not None
        for table in ("mentions", "object_versions"):
            tx.connection.execute(text(f"DELETE FROM {table} WHERE collection = {inbox.number}"))
    with Database.open(location) as database:
        with database.write() as tx:
            for table in TABLES.split():
                tx.connection.execute(text(f"DELETE FROM {table}"))
        keep(database, ours)


def state(location: str, theirs: Organisation) -> tuple[object, ...]:
    with Database.open(location) as database:
        with database.read() as tx:
            peers = find_collection(tx, "peers")
            held = holdings_of(tx, "anna", how=("pulled", "pushed"))
            conflicts = len(list_conflicts(tx))
        objects = [] if peers is None else [one.body for one in iter_objects(database, peers.number)]
    return objects, theirs.holds("inbox"), held, conflicts


def sync(location: str, config: SyncConfig) -> None:
    terms = Terms(retry=RetryPolicy(attempts=1, sleep=lambda _seconds: None), settings=PushSettings(most_objects=2))
    with Database.open(location) as database:
        # the lease of a run that was killed has not expired; here it is taken over at once
        with database.write() as tx:
            tx.connection.execute(text("DELETE FROM leases"))
        report = run_peer(database, config, config.peer("anna"), terms)
    assert report.outcome == "ok", report.reasons


def killed_and_run_again(location: str, folder: Path, most: int | None) -> None:
    warm_up()
    with organisations(folder, "anna", "bert") as (anna, bert):
        anna.keep(*(domain(number) for number in range(5)), anna.campaign())
        ours = [domain(number) for number in range(20, 24)] + [bert.campaign()]
        bert.configure(peer_text("anna", anna.url, "bert", *LINES) + '[policies.p]\nmax_tlp = "amber"\n')
        config = parse_config(f'identities = ["{bert.identity}"]\n{bert.settings}', folder / "sync.toml")

        def action() -> None:
            sync(location, config)

        def again() -> None:
            reset(location, anna, ours)

        again()
        assert run_apart(action)
        whole = state(location, anna)
        assert whole[3] == 0
        last = steps(action, again)
        assert last > 60
        for step in range(1, last + 1, 1 if most is None else last // most):
            again()
            assert not run_apart(action, die_at=step)
            assert run_apart(action)
            assert state(location, anna) == whole, f"after a kill at step {step}"
        with Database.open(location) as database, database.read() as tx:
            assert {run.outcome for run in list_runs(tx)} == {"failed", "ok"}


def test_a_sync_run_killed_anywhere_and_run_again_ends_the_same(location: str, tmp_path: Path) -> None:
    killed_and_run_again(location, tmp_path, most=6)


@pytest.mark.torture
def test_a_sync_run_killed_at_any_step_and_run_again_ends_the_same(location: str, tmp_path: Path) -> None:
    killed_and_run_again(location, tmp_path, most=None)
