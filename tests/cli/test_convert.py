"""`disarm-exchange convert` as a user meets it: outputs, exit codes, one clear line for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.resources import data_folder
from tests.cli.running import run

SAMPLE = data_folder("samples") / "harbour-echo" / "findings.csv"
CASE = ("--case-name", "X", "--producer", "P", "--published", "2026-01-01")


def test_a_case_file_beside_the_input_is_enough(tmp_path: Path) -> None:
    done = run("convert", SAMPLE, "-o", tmp_path / "bundle.json", "--json")
    assert (done.code, done.err) == (0, "")
    summary = json.loads(done.out)
    objects = json.loads((tmp_path / "bundle.json").read_text())["objects"]
    assert summary["objects_total"] == len(objects)
    assert sum(summary["outcomes"].values()) == summary["records"]
    assert [item["name"] for item in objects if item["type"] == "campaign"] == ["Harbour Echo"]


def test_the_summary_for_people_goes_to_stderr_and_quiet_means_quiet(tmp_path: Path) -> None:
    loud = run("convert", SAMPLE, "-o", tmp_path / "bundle.json")
    assert (loud.code, loud.out) == (0, "")
    assert "Findings by outcome" in loud.err
    quiet = run("convert", SAMPLE, "-o", tmp_path / "bundle.json", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_options_name_the_case_and_ignore_the_file_beside(tmp_path: Path) -> None:
    done = run("convert", SAMPLE, "-o", tmp_path / "b.json", *CASE, "--tlp", "red", "--kind", "intrusion-set", "--json")
    assert done.code == 0
    objects = json.loads((tmp_path / "b.json").read_text())["objects"]
    (case,) = [item for item in objects if item["type"] == "intrusion-set"]
    assert case["name"] == "X"
    assert "aliases" not in case
    assert case["object_marking_refs"] == ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]


def test_records_in_quarantine_give_exit_code_1(tmp_path: Path) -> None:
    source = tmp_path / "f.csv"
    source.write_text("Tactic,Technique,Procedure,Indicator\n0,0.6,0.6.2,a[.]example,too,many\n")
    done = run("convert", source, "-o", tmp_path / "b.json", *CASE)
    assert done.code == 1
    assert "b.json.quarantine.jsonl" in done.err.replace("\n", "")


BAD: dict[str, tuple[bytes, str]] = {
    "binary": (b"\x7fELF\x00\x01", "is a binary file"),
    "empty": (b"", "is empty"),
    "header": (b"a,b,c\n1,2,3\n", "no source profile knows this header"),
    "no-table": (b"just some words\n", "no source profile knows this header"),
    "encoding": (b"Tactic,Technique,Procedure,Indicator\n\xff,b,c,d\n", "is not UTF-8 text"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_line_and_exit_code_2(tmp_path: Path, name: str) -> None:
    content, complaint = BAD[name]
    source = tmp_path / "f.csv"
    source.write_bytes(content)
    check_refused(tmp_path, (str(source), *CASE), complaint)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((".", *CASE), "is a directory"),
        (("none.csv", *CASE), "no such file"),
        ((str(SAMPLE), "--case-name", " "), "the case name is blank"),
        ((str(SAMPLE), "--case", "none.toml"), "no such file"),
        ((str(SAMPLE), *CASE, "--framework", "9.9"), "9.9"),
        ((str(SAMPLE), *CASE, "--source", "none"), "no source profile 'none'"),
        ((str(SAMPLE), *CASE, "--mapping", "none.json"), "none.json"),
        ((str(SAMPLE), *CASE, "--published", "soon"), "is no date"),
        ((str(SAMPLE), *CASE, "--tlp", "purple"), "purple"),
    ],
)
def test_wrong_use_gets_a_clear_word_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    check_refused(tmp_path, arguments, complaint)


def test_a_missing_case_name_is_named(tmp_path: Path) -> None:
    source = tmp_path / "f.csv"
    source.write_text("Tactic,Technique,Procedure,Indicator\n0,0.6,0.6.2,a[.]example\n")
    check_refused(tmp_path, (str(source),), "the case has no name")


def test_a_line_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    source = tmp_path / "f.csv"
    with source.open("wb") as stream:  # sparse: 2 GiB that take no disk; NUL bytes begin after the sniffed head
        stream.write(b"Tactic,Technique,Procedure,Indicator\n0,0.6,0.6.2," + b"x" * 10_000)
        stream.truncate(2 * 1024**3)
    check_refused(tmp_path, (str(source), *CASE), "line is longer than")


def check_refused(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run(
        "convert", *arguments, "-o", tmp_path / "out.json", "--account", tmp_path / "account.jsonl", cwd=tmp_path
    )
    assert done.code == 2, done
    assert complaint in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    if not done.err.startswith("Usage:"):
        assert done.err.count("\n") == 1, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
