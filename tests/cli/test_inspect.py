"""`inspect`: what a file is taken for, its first records, and a draft for an unknown table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.cli.safe_text import visible
from disarm_exchange.findings.profile import load_profile
from disarm_exchange.resources import data_folder
from tests.cli.running import run

SAMPLES = data_folder("samples")
UNKNOWN = """Domain,Hash,Seen,Comment
evil.example,9e107d9d372bb6826bd81d3542a419d6,2026-05-01,x
other.example,,2026-05-02,y
"""


@pytest.mark.parametrize(
    ("sample", "format_", "profile", "records"),
    [
        ("harbour-echo/findings.csv", "table of text", "meta-kill-chain", None),
        ("paper-lantern/findings.tsv", "table of text", "flat-indicators", None),
        ("grey-heron/incidents.csv", "table of text", "disinfox-sheet", 14),
        ("glass-orchard/accounts.csv", "table of text", "x-account-archive", 3),
        ("quiet-ferry/report.md", "report in Markdown", "meta-markdown-report", 5),
        ("tin-whistle/findings.jsonl", "finding JSON Lines", None, 5),
    ],
)
def test_every_sample_is_recognised_and_its_records_are_counted(
    sample: str, format_: str, profile: str | None, records: int | None
) -> None:
    done = run("inspect", str(SAMPLES / sample), "--json", "--rows", "2")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["format"].startswith(format_)
    assert found["profile"] == profile
    assert found["why"]
    assert found["draft"] is None
    assert found["problem"] is None
    assert len(found["first"]) == 2
    assert found["records"] == sum(found["kinds"].values())
    assert records is None or found["records"] == records


def test_a_person_reads_it_on_stderr_and_stdout_stays_empty() -> None:
    done = run("inspect", str(SAMPLES / "tin-whistle" / "findings.jsonl"))
    assert done.code == 0
    assert done.out == ""
    said = " ".join(done.err.split())
    assert "finding JSON Lines (UTF-8)" in said
    assert "its first line has the members 'labels' and 'value' of a finding" in said
    assert "tin-whistle.example" in said
    assert "5" in said


def test_an_unknown_table_gets_a_draft_that_reads_it(tmp_path: Path) -> None:
    table, draft = tmp_path / "table", tmp_path / "ours.json"
    table.write_text(UNKNOWN)
    done = run("inspect", str(table), "--draft", str(draft))
    assert done.code == 1
    assert done.out == ""
    assert "no source profile knows this header: Domain, Hash, Seen, Comment" in " ".join(done.err.split())
    assert load_profile(draft).id == "drafted-layout"
    again = run("inspect", str(table), "--source", str(draft), "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["kinds"] == {"domain": 2, "md5": 1}


@pytest.mark.parametrize("name", ["table", "ours.json"])
def test_a_draft_never_replaces_the_table_or_an_edited_profile(tmp_path: Path, name: str) -> None:
    (tmp_path / "table").write_text(UNKNOWN)
    (tmp_path / "ours.json").write_text("edited by hand")
    before = (tmp_path / name).read_bytes()
    done = run("inspect", "table", "--draft", name, cwd=tmp_path)
    assert (done.code, (tmp_path / name).read_bytes()) == (2, before)
    assert f"{name}: exists already" in done.err


def test_a_draft_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "table").write_text(UNKNOWN)
    done = run("inspect", "table", "--draft", "none/ours.json", cwd=tmp_path)
    assert done.code == 2
    assert "none/ours.json: cannot be written: No such file or directory" in done.err


def test_without_a_file_the_draft_is_on_stdout(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text(UNKNOWN)
    draft = json.loads(run("inspect", str(table)).out)
    assert draft["layout"] == "table"
    found = json.loads(run("inspect", str(table), "--json").out)
    assert found["draft"] == draft
    assert [each["value"]["text"] for each in found["first"]] == [
        "evil.example",
        "9e107d9d372bb6826bd81d3542a419d6",
        "other.example",
    ]


def test_unreadable_records_are_shown_and_end_with_one(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text("indicator_type,indicator_value\nmd5,hello\ndomain,evil.example\n")
    done = run("inspect", str(table))
    assert done.code == 1
    assert "unreadable 2: no md5 is in the cell" in " ".join(done.err.split())
    assert json.loads(run("inspect", str(table), "--json").out)["unreadable"][0]["record"] == 2


def test_one_incident_of_a_wide_sheet() -> None:
    found = json.loads(run("inspect", str(SAMPLES / "grey-heron" / "incidents.csv"), "--row", "3", "--json").out)
    assert {each["record"] for each in found["first"]} == {3}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is a binary file"),
        (b"evil.example,1\nother.example,2\n", "looks like a record, not like a header"),
        (b"a file of words\nand nothing else\n", "no source profile knows this header"),
        (b"<html><body>x</body></html>", "is XML or HTML"),
    ],
)
def test_what_holds_no_findings_is_refused_in_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    done = run("inspect", str(path))
    assert done.code == 2
    assert complaint in done.err
    assert "Traceback" not in done.err


def test_a_file_that_breaks_on_the_way_shows_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"indicator_type,indicator_value\n" + b"domain,evil.example\n" * 20_000 + b"domain,\xff\n")
    done = run("inspect", str(path), "--json")
    found = json.loads(done.out)
    assert done.code == 1
    assert "not UTF-8" in found["problem"]
    assert found["first"][0]["value"]["text"] == "evil.example"


def test_nothing_in_a_cell_reaches_the_terminal_live(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(
        "Tactic,Technique,Procedure,Indicator,Comments,More\x1b[31m\n"
        "0,0.1,[red]0.1.1[/red],\x1b]0;title\x07evil\u202emoc.example and more,\x1b[2J[link=file:///etc]x[/link],\n"
        "0,0.1,0.1.1,a,b,c,\x1b[31m\n"
    )
    done = run("inspect", str(path))
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert "[red]0.1.1[/red]" in done.err
    assert "More\\u001b[31m" in done.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("ยืนยัน می\u200cخواهم", "ยืนยัน می\u200cخواهم"),
        ("a\tb\nc", "a\\u0009b\\u000ac"),
        ("a\u00a0b", "a b"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_hidden_characters_are_shown_by_number(text: str, shown: str) -> None:
    assert visible(text) == shown
