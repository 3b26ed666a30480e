"""`disarm-exchange migrate`, run as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from disarm_exchange.resources import data_folder
from tests.cli.running import run

FINDINGS = data_folder("samples") / "harbour-echo" / "findings.csv"
X_ACCOUNTS, FACEBOOK = "0.9.4 Acquiring X/Twitter accounts", "0.9.1 Acquiring Facebook accounts"


def rules(path: Path, release: str, **called: tuple[str, list[str]]) -> Path:
    """A rule file: rules by name, each a label and the techniques it calls."""
    content = [
        {
            "id": f"own.{name}",
            "labels": [label],
            "techniques": [{"id": one, "confidence": "high", "reason": "because we say so"} for one in ids],
        }
        for name, (label, ids) in called.items()
    ]
    path.write_text(json.dumps({"source": "own", "title": "Ours", "release": release, "rules": content}))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A case converted under 1.6 with techniques that 1.7 has retired."""
    own = rules(tmp_path / "own16.json", "1.6", a=(X_ACCOUNTS, ["T0023", "T0045"]), b=(FACEBOOK, ["T0023.001"]))
    bundle = tmp_path / "old.json"
    done = run("convert", FINDINGS, "-o", bundle, "--framework", "1.6", "--mapping", own, "--quiet")
    assert done.code == 0, done.err
    return bundle


def test_a_case_goes_to_another_release_and_what_is_open_is_listed(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    done = run("migrate", old, "--to", "1.7", "-o", new, "--as-of", "2026-12-01")
    assert done.code == 1
    lines = [re.split(r" {2,}", line)[:3] for line in done.out.splitlines()]
    assert lines[0] == ["what", "technique", "to"]
    assert ["moved", "T0023 Distort Facts", "T0162"] in lines
    assert [line[:2] for line in lines if line[0] == "left"] == [["left", "T0045 Use Fake Experts"]]
    assert "DISARM 1.7: 2 new, 2 revoked" in done.err
    before = {item["id"]: item for item in json.loads(old.read_text())["objects"]}
    after = {item["id"]: item for item in json.loads(new.read_text())["objects"]}
    assert before.keys() <= after.keys()
    changed = {item["type"] for key, item in after.items() if before.get(key) != item}
    assert changed == {"attack-pattern", "relationship", "report"}
    assert {item["modified"] for key, item in after.items() if item["type"] == "report"} == {"2026-12-01T00:00:00.000Z"}
    checked = json.loads(run("validate", new, "--format", "json").out)
    # what is revoked, and what only that refers to, is in no report any more
    assert {issue["code"] for issue in checked["issues"]} <= {"DX805"}


def test_the_same_again_gives_the_same_bytes_and_a_second_step_changes_nothing(old: Path, tmp_path: Path) -> None:
    first, again, second = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "3.json"
    for target in (first, again):
        run("migrate", old, "--to", "1.7", "-o", target, "--as-of", "2026-12-01")
    assert first.read_bytes() == again.read_bytes()
    run("migrate", first, "--to", "1.7", "-o", second)
    assert first.read_bytes().splitlines()[1:] == second.read_bytes().splitlines()[1:]


def test_a_rule_of_ones_own_decides_and_json_tells_everything(old: Path, tmp_path: Path) -> None:
    own = rules(tmp_path / "own17.json", "1.7", fake=("T0045 Use Fake Experts", ["T0097.108"]))
    done = run("migrate", old, "--to", "1.7", "-o", tmp_path / "new.json", "--mapping", own, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert {(move["technique"], tuple(move["successors"]), move["by"]) for move in told["moved"]} == {
        ("T0023", ("T0162",), "successor"),
        ("T0023.001", ("T0162",), "successor"),
        ("T0045", ("T0097.108",), "own-rule"),
    }
    assert (told["left"], told["conflicts"], told["release"]) == ([], [], "1.7")


def test_migrating_gives_the_relationship_that_converting_anew_gives(old: Path, tmp_path: Path) -> None:
    run("migrate", old, "--to", "1.7", "-o", tmp_path / "new.json")
    own = rules(tmp_path / "own17.json", "1.7", a=(X_ACCOUNTS, ["T0162"]))
    run("convert", FINDINGS, "-o", tmp_path / "anew.json", "--mapping", own, "--quiet")

    def uses(path: Path) -> set[str]:
        objects = json.loads(path.read_text())["objects"]
        (wanted,) = [
            item["id"] for item in objects if item.get("external_references", [{}])[0].get("external_id") == "T0162"
        ]
        return {item["id"] for item in objects if item.get("target_ref") == wanted}

    assert uses(tmp_path / "new.json") == uses(tmp_path / "anew.json")


def test_somebody_elses_case_is_listed_and_left(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    done = run("migrate", old, "--to", "1.7", "-o", new, "--as", "Another Organisation")
    assert done.code == 1
    assert {line.split()[0] for line in done.out.splitlines()[1:]} == {"conflict"}
    before = {item["id"]: item for item in json.loads(old.read_text())["objects"]}
    after = {item["id"]: item for item in json.loads(new.read_text())["objects"]}
    assert {key for key in before if before[key] != after[key]} == {
        key for key, item in before.items() if item["type"] == "attack-pattern" and after[key] != item
    }
    (producer,) = [item for item in before.values() if item.get("identity_class") == "organization"]
    assert (
        run("migrate", old, "--to", "1.7", "-o", new, "--as", producer["name"].upper())
        .out.splitlines()[1]
        .startswith("moved")
    )
    assert run("migrate", old, "--to", "1.7", "-o", new, "--as", producer["id"]).out.splitlines()[1].startswith("moved")


def test_wrong_use_is_explained_in_one_line(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    for arguments, message in [
        ((old, "--to", "9.9", "-o", new), "no DISARM release '9.9'"),
        ((old, "--to", "1.7", "-o", old), "would overwrite the bundle"),
        (("-", "--to", "1.7", "-o", new), "read several times"),
        ((tmp_path / "none.json", "--to", "1.7", "-o", new), "no such file"),
        ((FINDINGS, "--to", "1.7", "-o", new), "findings.csv"),
        ((old, "--to", "1.7", "-o", tmp_path / "no" / "such.json"), "cannot be written"),
        ((old, "--to", "1.7", "-o", new, "--as-of", "soon"), "is no date"),
    ]:
        done = run("migrate", *arguments)
        assert (done.code, done.out) == (2, "")
        assert message in done.err
        assert "Traceback" not in done.err
    assert not new.exists()
