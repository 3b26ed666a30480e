"""`disarm-exchange framework`, run as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.disarm.official import official_bundle


def columns(out: str) -> list[list[str]]:
    """The cells of a table in a pipe: two spaces or more stand between them."""
    return [re.split(r" {2,}", line) for line in out.splitlines()]


def test_show_prints_a_technique() -> None:
    done = run("framework", "show", "t143.2")
    assert done.code == 0
    assert "T0143.002 Fabricated Persona" in done.out
    assert "TA16 Establish Legitimacy" in done.out
    assert "\x1b" not in done.out


def test_a_retired_id_is_explained_and_ends_with_1() -> None:
    done = run("framework", "show", "T0090")
    assert done.code == 1
    assert "T0090 Create Inauthentic Accounts" in done.out
    assert "T0146 Account Asset, T0143.002 Fabricated Persona" in done.out


def test_an_unknown_id_ends_with_2_and_one_line() -> None:
    done = run("framework", "show", "T0143.009")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "T0143.009 is no technique of DISARM 1.7; nearest: T0143" in done.err


def test_json_says_which_of_the_three_it_is() -> None:
    for typed, status, code in [("T0146", "current", 0), ("T0007", "retired", 1), ("T9999", "unknown", 2)]:
        done = run("framework", "show", typed, "--json")
        assert (done.code, json.loads(done.out)["status"]) == (code, status)


def test_releases_stand_side_by_side() -> None:
    assert run("framework", "show", "T0023", "--release", "1.6").code == 0
    assert run("framework", "show", "T0023").code == 1
    assert run("framework", "show", "T0023", "--release", "3.0").code == 2
    rows = [line.split()[:3] for line in run("framework", "releases").out.splitlines()[1:]]
    assert rows == [["1.6", "2024-11-22", "391"], ["1.7", "2026-01-21", "445"]]


def test_search_prints_the_best_first_and_ends_with_1_for_nothing() -> None:
    done = run("framework", "search", "typosquated", "domain")
    assert done.code == 0
    assert columns(done.out)[:2] == [
        ["id", "name", "tactic"],
        ["T0149.003", "Lookalike Domain", "Establish Assets"],
    ]
    assert run("framework", "search", "xyzzy").code == 1


def test_list_takes_a_tactic_by_id_or_name() -> None:
    by_id, by_name = run("framework", "list", "--tactic", "ta5"), run("framework", "list", "--tactic", "micro")
    assert by_id.out == by_name.out
    assert ["T0101", "Create Localised Content", "Microtarget"] in columns(by_id.out)
    assert len(run("framework", "list").out.splitlines()) == 1 + 445
    assert run("framework", "list", "--tactic", "gardening").code == 2
    assert len(run("framework", "list", "--retired").out.splitlines()) == 1 + 62
    assert len(json.loads(run("framework", "tactics", "--json").out)) == 15


def test_an_official_bundle_is_brought_in_and_used_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISARM_EXCHANGE_DATA", str(tmp_path / "data"))
    bundle = official_bundle(tmp_path / "any name.json", ("T0146", "Account Asset", "TA15"), ("T0199", "New", "TA06"))
    done = run("framework", "import", bundle)
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "data" / "disarm" / "1.8.json"))
    assert "DISARM 1.8 of 2026-05-04: 3 tactics, 2 techniques" in done.err
    assert run("framework", "show", "T0199", "--release", "1.8").code == 0
    assert run("framework", "show", "T0199").code == 2
    rows = json.loads(run("framework", "releases", "--json").out)
    assert [(row["release"], row["imported"]) for row in rows] == [("1.6", None), ("1.7", None), ("1.8", done.out[:-1])]
    assert run("mapping", "test", "T0199_ New", "--framework", "1.8").code == 0
    assert run("framework", "import", bundle).code == 0  # the same again changes nothing
    other = official_bundle(tmp_path / "other.json", ("T0146", "Account Asset", "TA15"))
    refused = run("framework", "import", other, "--release", "1.8")
    assert (refused.code, "exists already" in refused.err) == (2, True)
    assert run("framework", "import", other, "--release", "1.8", "--replace").code == 0
    assert run("framework", "show", "T0199", "--release", "1.8").code == 2


def test_a_release_is_written_elsewhere_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISARM_EXCHANGE_DATA", str(tmp_path / "data"))
    bundle = official_bundle(tmp_path / "b.json", ("T0146", "Account Asset", "TA15"), site="https://example.org/t")
    assert "does not say which release" in run("framework", "import", bundle).err
    done = run("framework", "import", bundle, "--release", "1.8", "--output", tmp_path / "here.json")
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "here.json"))
    assert "only release files in" in done.err
    assert run("framework", "show", "T0146", "--release", "1.8").code == 2
    shipped = run("framework", "import", bundle, "--release", "1.7")
    assert (shipped.code, "comes with this program" in shipped.err) == (2, True)
    assert run("framework", "import", tmp_path / "nothing.json").code == 2


def test_two_releases_are_compared() -> None:
    done = run("framework", "diff", "1.6", "1.7")
    assert done.code == 0
    rows = columns(done.out)
    assert ["Added (67)"] in rows
    use = "use T0169 Edit Open-Source Content (documented: master change note)"
    assert ["T0023.002", "Edit Open-Source Content", use] in rows
    assert ["T0020", "Trial Content", "TA08", "TA09"] in rows
    found = json.loads(run("framework", "diff", "1.6", "1.7", "--json").out)
    assert [row["successors"] for row in found["removed"] if row["id"] == "T0045"] == [["T0097.108", "T0143.002"]]
    assert [len(found[key]) for key in ("added", "removed", "renamed", "reused", "moved", "new_parent")] == [
        67,
        13,
        0,
        0,
        2,
        0,
    ]
    assert run("framework", "diff", "1.7", "1.7").err.strip() == "DISARM 1.7 and 1.7 say the same"
    assert run("framework", "diff", "1.7", "9.9").code == 2
