"""`disarm-exchange framework`, run as a user runs it."""

from __future__ import annotations

import json

from tests.cli.running import run


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
    rows = [line.split("\t")[:3] for line in run("framework", "releases").out.splitlines()]
    assert rows == [["1.6", "2024-11-22", "391"], ["1.7", "2026-01-21", "445"]]


def test_search_prints_the_best_first_and_ends_with_1_for_nothing() -> None:
    done = run("framework", "search", "typosquated", "domain")
    assert done.code == 0
    assert done.out.splitlines()[0] == "T0149.003\tLookalike Domain\tEstablish Assets"
    assert run("framework", "search", "xyzzy").code == 1


def test_list_takes_a_tactic_by_id_or_name() -> None:
    by_id, by_name = run("framework", "list", "--tactic", "ta5"), run("framework", "list", "--tactic", "micro")
    assert by_id.out == by_name.out
    assert "T0101\tCreate Localised Content\tMicrotarget" in by_id.out.splitlines()
    assert len(run("framework", "list").out.splitlines()) == 445
    assert run("framework", "list", "--tactic", "gardening").code == 2
    assert len(run("framework", "list", "--retired").out.splitlines()) == 62
    assert len(json.loads(run("framework", "tactics", "--json").out)) == 15
