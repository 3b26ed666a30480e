"""`disarm-exchange purge`: what is gone is gone from the file, and what is left is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Finished, run
from tests.store.objects import domain, indicator, relationship, stix_id

NAME = "Zanzibarov"
ACCOUNT = {
    "type": "user-account",
    "id": stix_id("user-account", 21),
    "account_login": NAME.lower(),
    "display_name": NAME,
    "object_marking_refs": indicator(1)["object_marking_refs"],
}


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "x.db"
    bundle = tmp_path / "b.json"
    old = indicator(1, valid_until="2026-02-01T00:00:00Z", name=f"{NAME} site")
    objects = [ACCOUNT, old, domain(11), relationship(101, ACCOUNT["id"], stix_id("domain-name", 11))]
    bundle.write_text(json.dumps({"type": "bundle", "id": stix_id("bundle", 1), "objects": objects}))
    for arguments in (("collection", "add", "Findings", "--alias", "findings"), ("object", "add", "findings", bundle)):
        done = run(*arguments, "--db", path)
        assert done.code == 0, done.err
    assert run("db", "reindex", "--db", path).code == 0
    return path


def purge(db: Path, *arguments: str) -> Finished:
    return run("purge", *arguments, "--db", db)


def left(db: Path) -> list[str]:
    return sorted(row["id"] for row in json.loads(run("object", "list", "findings", "--json", "--db", db).out))


def test_nothing_of_it_is_left_in_the_files(db: Path) -> None:
    assert any(NAME.lower().encode() in path.read_bytes().lower() for path in db.parent.glob("x.db*"))
    done = purge(db, "--personal-for", "0", "--expired-for", "30")
    assert done.code == 0, done.err
    assert "3 objects erased: 1 indicator, 1 relationship, 1 user-account." in done.out
    assert left(db) == [stix_id("domain-name", 11)]
    for path in db.parent.glob("x.db*"):
        assert NAME.lower().encode() not in path.read_bytes().lower(), path.name
    event = json.loads(run("audit", "list", "--json", "--db", db).out)[-1]
    assert (event["action"], list(event["detail"]["erased"].values())) == ("purge", [3])


def test_a_dry_run_says_the_same_and_writes_nothing(db: Path) -> None:
    before = left(db)
    dry = json.loads(purge(db, "--personal-for", "0", "--dry-run", "--json").out)
    assert left(db) == before
    done = json.loads(purge(db, "--personal-for", "0", "--json").out)
    assert (dry["dry_run"], done["dry_run"]) == (True, False)
    assert dry["erased"] == done["erased"]
    assert {row["reason"] for row in done["erased"]} == {
        "holds personal values (display-name, handle)",
        f"speaks of {ACCOUNT['id']}",
    }


def test_young_objects_stay(db: Path) -> None:
    assert "0 objects erased." in purge(db, "findings", "--personal-for", "1").out
    assert len(left(db)) == 4


def test_an_erased_object_is_refused_by_name(db: Path) -> None:
    assert purge(db, "--id", stix_id("domain-name", 11)).code == 0
    again = run("object", "add", "findings", db.parent / "b.json", "--json", "--db", db)
    assert json.loads(again.out)["erased"] == 2  # the relationship went along


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--expired-for"),
        (("--id", "indicator--nowhere"), "no such object in the collections"),
        (("elsewhere", "--expired-for", "1"), "no such collection"),
        (("--expired-for", "-1"), "-1"),
    ],
)
def test_wrong_use_is_told(db: Path, arguments: tuple[str, ...], told: str) -> None:
    done = purge(db, *arguments)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err
