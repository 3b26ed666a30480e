"""The ledger: unchanged stays byte-identical, changed gets a new `modified`, vanished is revoked when asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Database
from disarm_exchange.store.clock import from_text
from disarm_exchange.store.ledger import open_ledger
from disarm_exchange.store.ledger_reading import (
    case_objects,
    changes_of_run,
    find_case,
    runs_of,
    source_lines,
    versions_of,
)

CASE = "campaign--00000000-0000-4000-8000-000000000001"
OWN = "identity--00000000-0000-4000-8000-000000000002"
OTHER = "identity--00000000-0000-4000-8000-000000000003"
BORN = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "ledger.db") as opened:
        yield opened


def thing(number: int, name: str, creator: str = OWN) -> StixObject:
    return {
        "type": "note", "id": f"note--00000000-0000-4000-8000-{number:012}", "created_by_ref": creator,
        "created": BORN, "modified": BORN, "content": name,
    }  # fmt: skip


def observable(number: int) -> StixObject:
    return {"type": "url", "id": f"url--00000000-0000-5000-8000-{number:012}", "value": f"https://{number}.example/"}


def link(number: int, target: StixObject) -> StixObject:
    item = thing(number, "link")
    return {**item, "object_refs": [target["id"]]}


def run(
    database: Database, items: list[StixObject], at: str = "2026-02-01T00:00:00.000Z", *, revoke: bool = False
) -> list[StixObject]:
    with database.write() as tx:
        ledger = open_ledger(tx, CASE, "Case", at=from_text(at), release="1.7", inputs=["f.csv"])
        settled = list(ledger.settle(items, shared=[OTHER]))
        for number, item in enumerate(items):
            ledger.note_record(f"line {number}".encode(), [str(item["id"])])
        return settled + list(ledger.close(revoke_missing=revoke))


def test_the_same_again_is_byte_identical(database: Database) -> None:
    items = [thing(1, "a"), observable(2)]
    assert run(database, items) == items
    # Another date of publication is no change of what is said.
    later = [{**items[0], "created": "2026-03-03T00:00:00.000Z", "modified": "2026-03-03T00:00:00.000Z"}, items[1]]
    assert orjson.dumps(run(database, later)) == orjson.dumps(items)
    with database.read() as tx:
        assert [r.changes for r in runs_of(tx, CASE)] == [{"new": 2, "missing": 0}, {"unchanged": 2, "missing": 0}]


def test_what_says_something_new_gets_a_new_version_and_nothing_else_does(database: Database) -> None:
    run(database, [thing(1, "a"), thing(2, "b")])
    changed, same = run(database, [thing(1, "A"), thing(2, "b")], "2026-02-02T10:00:00.000Z")
    assert (changed["created"], changed["modified"]) == (BORN, "2026-02-02T10:00:00.000Z")
    assert same == thing(2, "b")
    with database.read() as tx:
        assert changes_of_run(tx, CASE, 2) == [("changed", changed["id"])]


def test_a_slow_clock_still_gives_a_later_version(database: Database) -> None:
    run(database, [thing(1, "a")])
    (changed,) = run(database, [thing(1, "b")], "2020-01-01T00:00:00.000Z")
    assert changed["modified"] == "2026-01-01T00:00:00.001Z"


def test_what_vanished_is_kept_until_its_revocation_is_asked_for(database: Database) -> None:
    run(database, [thing(1, "a"), thing(2, "b"), observable(3)])
    assert run(database, [thing(1, "a")]) == [thing(1, "a")]
    with database.read() as tx:
        assert {known.object_id for known in case_objects(tx, CASE)} == {
            thing(1, "")["id"], thing(2, "")["id"], observable(3)["id"]
        }  # fmt: skip
    _, revoked = run(database, [thing(1, "a")], revoke=True)
    assert revoked["id"] == thing(2, "")["id"]
    assert (revoked["revoked"], revoked["modified"]) == (True, "2026-02-01T00:00:00.000Z")
    with database.read() as tx:
        assert runs_of(tx, CASE)[-1].changes == {"unchanged": 1, "missing": 2, "revoked": 1}
    assert run(database, [thing(1, "a")], revoke=True) == [thing(1, "a")]


def test_what_was_revoked_comes_back_under_a_successor_id_everywhere(database: Database) -> None:
    run(database, [thing(1, "a")])
    run(database, [], revoke=True)
    back, mention = run(database, [thing(1, "a"), link(9, thing(1, "a"))])
    assert back["id"] != thing(1, "a")["id"]
    assert mention["object_refs"] == [back["id"]]
    assert run(database, [thing(1, "a"), link(9, thing(1, "a"))]) == [back, mention]
    run(database, [], revoke=True)
    (again,) = run(database, [thing(1, "a")])
    assert again["id"] not in {thing(1, "a")["id"], back["id"]}
    with database.read() as tx:
        assert [change for _, _, change in versions_of(tx, CASE, str(back["id"]))] == ["new", "revoked"]


def test_vocabulary_of_others_passes_unrecorded(database: Database) -> None:
    foreign = thing(5, "technique", OTHER)
    assert run(database, [foreign]) == [foreign]
    with database.read() as tx:
        assert list(case_objects(tx, CASE)) == []


def test_objects_know_the_records_they_come_from(database: Database) -> None:
    run(database, [thing(1, "a"), thing(2, "b")])
    with database.read() as tx:
        assert source_lines(tx, CASE, str(thing(2, "b")["id"])) == [b"line 1"]


def test_a_run_that_fails_leaves_nothing(database: Database) -> None:
    run(database, [thing(1, "a")])
    with pytest.raises(ZeroDivisionError), database.write() as tx:
        ledger = open_ledger(tx, CASE, "Case", at=1, release="1.7", inputs=[])
        list(ledger.settle([thing(1, "z")]))
        _ = 1 / 0
    with database.read() as tx:
        assert len(runs_of(tx, CASE)) == 1
        assert source_lines(tx, CASE, str(thing(1, "a")["id"])) == [b"line 0"]


def test_many_objects_settle_in_order(database: Database) -> None:
    items = [thing(number, str(number)) for number in range(1300)]
    assert run(database, items) == items
    items[700]["content"] = "new"
    settled = run(database, items)
    assert [item["id"] for item in settled] == [item["id"] for item in items]
    assert [item["id"] for item in settled if item["modified"] != BORN] == [items[700]["id"]]


def test_a_case_is_found_by_id_or_name(database: Database) -> None:
    run(database, [])
    with database.read() as tx:
        assert find_case(tx, "case") == (CASE, "Case") == find_case(tx, CASE)
        with pytest.raises(UserError, match="no case 'other'"):
            find_case(tx, "other")
