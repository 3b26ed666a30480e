"""The living case as its analyst sees it: convert with a ledger, correct, revoke, look back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Finished, run

HEADER = "Tactic,Technique,Procedure,Indicator,Comments\n"
MAIL = "0. Acquiring assets,0.2 Acquiring email addresses,0.2.1 Acquiring email addresses on owned domains"
DOMAIN = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.csv").write_text(f"{HEADER}{MAIL},desk[at]a[.]example,\n{DOMAIN},a[.]example,\n")
    (tmp_path / "two.csv").write_text(f"{HEADER}{DOMAIN},a[.]example,\n{DOMAIN},b[.]example,\n")
    return tmp_path


def convert(folder: Path, name: str, day: int, *more: str) -> Finished:
    return run(
        "convert", f"{name}.csv", "-o", f"{name}.json", "--case-name", "Harbour [red]Echo", "--producer", "T",
        "--published", "2026-01-01", "--tlp", "green", "--ledger", "l.db", "--as-of", f"2026-02-0{day}", *more,
        cwd=folder,
    )  # fmt: skip


def case(folder: Path, verb: str, *more: str) -> Finished:
    return run("case", verb, "Harbour [red]Echo", "--ledger", "l.db", *more, cwd=folder)


def test_a_case_is_converted_corrected_and_revoked_and_its_history_told(folder: Path) -> None:
    assert convert(folder, "one", 1).code == 0
    assert "2 changed" not in convert(folder, "one", 2).err
    assert convert(folder, "two", 3, "--revoke-missing").code == 0
    history = json.loads(case(folder, "history", "--json").out)
    assert [each["inputs"] for each in history] == [["one.csv"], ["one.csv"], ["two.csv"]]
    assert [each["changes"].get("revoked", 0) > 0 for each in history] == [False, False, True]
    told = json.loads(case(folder, "diff", "--json").out)["objects"]
    revoked = {each["title"] for each in told if each["change"] == "revoked"}
    assert "desk[@]a[.]example" in revoked
    assert "b[.]example" in {each["title"] for each in told if each["change"] == "new"}


def test_names_and_titles_stand_as_they_are_written(folder: Path) -> None:
    convert(folder, "one", 1)
    shown = case(folder, "diff").out
    assert "desk[@]a[.]example" in shown
    assert "Harbour [red]Echo, run 1" in shown
    assert "Harbour [red]Echo: 1 run at 2026-02-01T00:00:00Z" in " ".join(case(folder, "show").out.split())
    assert "[red]" in run("case", "list", "--ledger", "l.db", cwd=folder).out


def test_whole_ids_can_be_copied_from_a_narrow_terminal(folder: Path) -> None:
    convert(folder, "one", 1)
    ids = {each["id"] for each in json.loads(case(folder, "diff", "--json").out)["objects"]}
    shown = case(folder, "diff").out
    assert "…" not in shown
    assert all(any(line.endswith(f" {each}") for line in shown.splitlines()) for each in ids)


def test_where_no_terminal_says_how_wide_it_is_each_id_stands_on_one_line(folder: Path) -> None:
    convert(folder, "one", 1)
    ids = {each["id"] for each in json.loads(case(folder, "diff", "--json").out)["objects"]}
    assert ids
    shown = case(folder, "diff").out
    assert [one for one in ids if one not in shown] == []


@pytest.mark.parametrize("verb", ["show", "diff", "history"])
def test_a_case_or_ledger_that_is_not_there_is_said(folder: Path, verb: str) -> None:
    convert(folder, "one", 1)
    unknown = run("case", verb, "Nobody", "--ledger", "l.db", cwd=folder)
    assert (unknown.code, "no case 'Nobody'" in unknown.err) == (2, True)
    nowhere = run("case", verb, "Nobody", "--ledger", "none.db", cwd=folder)
    assert (nowhere.code, "--ledger" in nowhere.err) == (2, True)
    assert not (folder / "none.db").exists()
