"""What is remembered of peers, on both databases."""

from __future__ import annotations

import orjson
from sqlalchemy import func, select

from disarm_exchange.store import Database, add_collection, add_to_quarantine, read_object
from disarm_exchange.store.markings import nobody
from disarm_exchange.store.peer_tables import push_failures
from disarm_exchange.store.peers import (
    Conflict,
    Holding,
    count_failures,
    forget_failures,
    held_versions,
    holders_of,
    holdings_of,
    list_conflicts,
    newest_anywhere,
    note_conflicts,
    note_failures,
    note_holdings,
    push_mark,
    set_push_mark,
)
from disarm_exchange.store.quota import add_to_total, count_total, total_of
from disarm_exchange.store.runs import (
    end_run,
    last_runs,
    last_success,
    list_runs,
    release_lease,
    start_run,
    take_lease,
)
from disarm_exchange.store.writer import add_objects
from tests.sync.case import campaign

ONE, TWO = Holding("url--1", "v1", "url--1"), Holding("url--x", "v1", "url--2")


def test_holdings_are_noted_once_and_the_first_word_stands(database: Database) -> None:
    with database.write() as tx:
        note_holdings(tx, "acme", [ONE], policy="p")
        note_holdings(tx, "acme", [Holding("url--1", "v1", "url--1", "pulled"), TWO, TWO])
        note_holdings(tx, "other", [ONE])
    with database.read() as tx:
        assert holdings_of(tx, "acme") == [ONE, TWO]
        assert held_versions(tx, "acme", ["url--1", "url--x", "url--9"]) == {("url--1", "v1"), ("url--x", "v1")}
        assert holders_of(tx, "url--2") == [("acme", TWO)]
        assert [peer for peer, _ in holders_of(tx, "url--1")] == ["acme", "other"]


def test_marks_are_replaced(database: Database) -> None:
    with database.write() as tx:
        assert push_mark(tx, "acme", 1) is None
        set_push_mark(tx, "acme", 1, 5, "p")
        set_push_mark(tx, "acme", 1, 7, "q")
        assert push_mark(tx, "acme", 1) == (7, "q")
        assert push_mark(tx, "acme", 2) is None


def test_failures_are_counted_and_forgotten(database: Database) -> None:
    with database.write() as tx:
        note_failures(tx, "acme", [("url--1", "v1", "no"), ("url--2", "v1", "no")])
        note_failures(tx, "acme", [("url--1", "v1", "still no")])
        assert count_failures(tx, "acme") == 2
        forget_failures(tx, "acme", [("url--1", "v1")])
        assert count_failures(tx, "acme") == 1
        assert count_failures(tx, "other") == 0


def test_many_failures_at_once_keep_their_number_of_attempts(database: Database) -> None:
    many = [(f"url--{number}", "v1", "no") for number in range(60)]
    with database.write() as tx:
        note_failures(tx, "acme", many[:30])
        note_failures(tx, "acme", [*many, *many])
        query = select(push_failures.c.attempts, func.count()).group_by(push_failures.c.attempts)
        assert sorted(tuple(row) for row in tx.connection.execute(query)) == [(1, 30), (2, 30)]
        forget_failures(tx, "acme", [(stix_id, version) for stix_id, version, _ in many])
        assert count_failures(tx, "acme") == 0


def test_what_came_from_a_peer_is_counted(database: Database) -> None:
    body = orjson.dumps(campaign())
    with database.write() as tx:
        findings = add_collection(tx, "Findings")
        assert total_of(tx, "acme") is None
        add_to_total(tx, "acme", 5, 500)  # nothing is noted before the first count
        add_objects(tx, findings.number, [read_object(body)], source="peer:acme", level_of=nobody)
        add_to_quarantine(tx, b"123", "why", peer="acme")
        note_conflicts(tx, [Conflict("acme", "url--1", "v1", "risen", "why", b"d" * 16, b"{}")])
        assert count_total(tx, "other") == (0, 0)
        assert count_total(tx, "acme") == total_of(tx, "acme") == (3, len(body) + 5)
        add_to_total(tx, "acme", 5, 500)
        assert total_of(tx, "acme") == (8, len(body) + 505)
        assert count_total(tx, "acme") == (3, len(body) + 5)


def test_a_conflict_is_on_record_once(database: Database) -> None:
    conflict = Conflict("acme", "url--1", "v1", "risen", "why", b"d" * 16, b"{}")
    with database.write() as tx:
        assert note_conflicts(tx, [conflict, conflict]) == 1
        assert note_conflicts(tx, [conflict]) == 0
        found = list_conflicts(tx, peer="acme")
    assert [(one.stix_id, one.kind, one.body) for one in found] == [("url--1", "risen", b"{}")]


def test_the_newest_version_of_an_object_is_found_in_every_collection(database: Database) -> None:
    old, new = campaign(), campaign(modified="2026-04-01T00:00:00.000Z")
    with database.write() as tx:
        numbers = [add_collection(tx, name).number for name in ("one", "two")]
        add_objects(
            tx, numbers[0], [read_object(orjson.dumps(item)) for item in (new, old)], source="local", level_of=nobody
        )
        add_objects(tx, numbers[1], [read_object(orjson.dumps(old))], source="local", level_of=nobody)
        found = newest_anywhere(tx, [str(old["id"]), "url--9"])
    assert {number: orjson.loads(body) for number, body in found[str(old["id"])]} == {numbers[0]: new, numbers[1]: old}


def test_a_lease_is_held_by_one_until_it_expires_or_is_given_back(database: Database) -> None:
    second = 1_000_000
    with database.write() as tx:
        assert take_lease(tx, "sync acme", "a", now=0, seconds=10)
        assert not take_lease(tx, "sync acme", "b", now=9 * second, seconds=10)
        assert take_lease(tx, "sync acme", "a", now=9 * second, seconds=10)
        assert not take_lease(tx, "sync acme", "b", now=11 * second, seconds=10)
        assert take_lease(tx, "sync acme", "b", now=19 * second, seconds=10)
        release_lease(tx, "sync acme", "a")
        assert not take_lease(tx, "sync acme", "a", now=20 * second, seconds=10)
        release_lease(tx, "sync acme", "b")
        assert take_lease(tx, "sync acme", "a", now=20 * second, seconds=10)
        assert take_lease(tx, "sync other", "b", now=20 * second, seconds=10)


def test_runs_are_history(database: Database) -> None:
    with database.write() as tx:
        first = start_run(tx, "acme", "w", now=1)
        end_run(tx, first, now=2, outcome="ok", counts={"new": 3})
        second = start_run(tx, "acme", "w", now=5)
        start_run(tx, "other", "w", now=6)
        assert [run.outcome for run in list_runs(tx, peer="acme")] == ["running", "ok"]
        assert list_runs(tx, peer="acme")[1].counts == {"new": 3}
        assert {peer: run.started_at for peer, run in last_runs(tx).items()} == {"acme": 5, "other": 6}
        end_run(tx, second, now=7, outcome="failed", counts={}, reason="down")
        assert last_success(tx, "acme") == 2
        assert last_success(tx, "other") is None
