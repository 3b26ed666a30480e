"""Reports in Markdown: rows of their tables are findings, contradictions are remarked on, nothing is invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import Reading, read, read_text
from tests.shared_data import SHARED_DATA, needs_shared_data

HEADING = "# Indicators of Compromise: Sylvania-Based Influence Operation Network Targeting Freedonia\n\n"
TABLE = "| Indicator Type | Indicator Value |\n| :--- | :--- |\n| Domain | `evil[.]example` |\n"


def test_rows_of_a_typed_table_are_findings_numbered_by_line(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + TABLE + "| Social Media Account | `hxxp://x[.]com/some_name` |\n")
    assert [(each.record, each.labels, each.value.kind, each.raw) for each in reading.findings] == [
        (5, ("Domain",), Kind.DOMAIN, "evil[.]example"),
        (6, ("Social Media Account",), Kind.ACCOUNT, "hxxp://x[.]com/some_name"),
    ]


def test_a_kill_chain_table_in_a_report(tmp_path: Path) -> None:
    text = (
        "Tactic | Technique | Procedure | Indicator | Comments\n---|---|---|---|---\n0. A | 0.1 B | | a.example | x\n"
    )
    (finding,) = read_text(tmp_path, f"## Findings\n\n{text}").findings
    assert (finding.labels, finding.note) == (("0. A", "0.1 B"), "x")


def test_a_comment_and_a_date_in_further_columns(tmp_path: Path) -> None:
    header = "| Type | Indicator | Notes | Date | Analyst |\n|---|---|---|---|---|\n"
    text = header + "| URL | <https://a.example/x> | n | 2026-05-01 | k |\n"
    (finding,) = read_text(tmp_path, text).findings
    assert (finding.note, finding.reported) == ("n; Analyst: k", date(2026, 5, 1))


def test_no_indicators_is_a_fine_result(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + "*No IOCs associated with this report.*\n")
    assert reading.records == []
    assert "the report says of itself that it has no findings" in reading.said()


@pytest.mark.parametrize("text", ["Only prose.\n", TABLE.rsplit("\n", 2)[0] + "\n"])
def test_a_report_without_findings_says_so(tmp_path: Path, text: str) -> None:
    reading = read_text(tmp_path, HEADING + text)
    assert reading.records == []
    assert "table of findings" in reading.said()


def test_numbers_in_prose_are_no_findings(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + "We removed 4,789 accounts and spent around $300.\n\n" + TABLE)
    assert [each.value.kind for each in reading.findings] == [Kind.DOMAIN]


def test_a_table_and_a_text_that_denies_it(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + "No indicators of compromise are available.\n\n" + TABLE)
    assert len(reading.findings) == 1
    assert "the text says that there are no findings, but tables have 1" in reading.said()


def test_values_that_the_text_names_and_no_table_lists(tmp_path: Path) -> None:
    prose = "It used evil[.]example, `hxxps://other[.]example/a` and sub[.]evil[.]example. Replace `[.]` with `.`.\n"
    said = read_text(tmp_path, HEADING + TABLE + "\n" + prose).said()
    assert "the text names 2 values that no table lists" in said
    assert "hxxps://other[.]example/a, sub[.]evil[.]example" in said


def test_heading_and_front_matter_are_compared(tmp_path: Path) -> None:
    front = "---\norigin: Osterlich\ntargets:\n  - Freedonia\n---\n"
    said = read_text(tmp_path, front + HEADING + TABLE).said()
    assert "the heading says origin 'Sylvania', the front matter 'Osterlich'" in said
    assert "targets 'Freedonia', the front matter" not in said


def test_what_a_report_says_of_the_case_is_not_taken_over(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + TABLE)
    assert "not taken over (origin: Sylvania; targets: Freedonia)" in reading.said()
    (finding,) = reading.findings
    assert "Sylvania" not in f"{finding}"


def test_a_link_without_a_target_is_remarked_on(tmp_path: Path) -> None:
    said = read_text(tmp_path, HEADING + TABLE + "\n- [Full report](TBD), [Web](https://a.example)\n").said()
    assert "the link 'Full report' has no target yet (TBD)" in said
    assert "Web" not in said


def test_other_tables_are_named_and_left_alone(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + "| Country | Posts |\n|---|---|\n| A | 3 |\n\n" + TABLE)
    assert len(reading.findings) == 1
    assert "the table with the columns Country, Posts is known to no profile" in reading.said()


def test_a_report_of_which_no_table_is_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source profile knows a table of this report: Country, Posts") as caught:
        read_text(tmp_path, HEADING + "| Country | Posts |\n|---|---|\n| A | 3 |\n")
    assert caught.value.where.endswith(":3")


def test_tables_in_code_are_examples(tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"{HEADING}```\n{TABLE}```\n\n~~~\n{TABLE}~~~\n")
    assert reading.records == []
    assert "the text names 1 values that no table lists" in reading.said()


def test_a_code_block_that_swallows_the_rest_is_remarked_on(tmp_path: Path) -> None:
    reading = read_text(tmp_path, f"{HEADING}```\nmore\n\n{TABLE}")
    assert reading.records == []
    assert "a code block is never closed" in reading.said()


def test_a_row_of_the_wrong_width_is_unreadable(tmp_path: Path) -> None:
    reading = read_text(tmp_path, HEADING + TABLE + "| Domain | `a.example` | more |\n| Domain | `b.example` |\n")
    assert [each.value.text for each in reading.findings] == ["evil.example", "b.example"]
    assert reading.unreadable[0].record == 6


def test_the_sample_disagrees_with_itself_once() -> None:
    reading = read(data_folder("samples") / "quiet-ferry" / "report.md")
    assert [each.value.text for each in reading.findings] == [
        "quiet-ferry.example",
        "timetables.quiet-ferry.example",
        "https://t.me/quiet_ferry_sample_channel",
        "198.51.100.24",
        "https://quiet-ferry.example/press|kit",
    ]


def real_reports() -> list[Path]:
    return sorted((SHARED_DATA / "meta").glob("*.md"))


def marked_rows(path: Path) -> list[str]:
    return [
        line.split("`")[1]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "`" in line
    ]


@needs_shared_data
def test_every_row_of_every_real_report_is_read() -> None:
    assert real_reports()
    for path in real_reports():
        reading = read(path)
        assert [each.raw for each in reading.records] == marked_rows(path), path
        assert all(isinstance(each, Finding) for each in reading.records), path
        assert "has no target yet (TBD)" in reading.said()
        assert bool(reading.records) is ("has no findings" not in reading.said())


@needs_shared_data
def test_a_real_report_and_its_table_name_the_same_values() -> None:
    def named(reading: Reading) -> set[str]:
        return {each.value.url or each.value.text for each in reading.findings if each.value.kind in kinds}

    kinds = {Kind.DOMAIN, Kind.ACCOUNT, Kind.CHANNEL, Kind.GROUP, Kind.PAGE}
    folder = SHARED_DATA / "meta" / "csv" / "Q2-3_2025"
    for country in ("BELARUS", "MOLDOVA"):
        report = next(path for path in real_reports() if country.casefold() in path.name)
        table = next(path for path in folder.iterdir() if country in path.name)
        assert named(read(report)) <= named(read(table)), country


LISTS = (
    "# Report\n\nWe saw https://x.com/mentioned in [news](https://linked.example/a).\n\n"
    "## Indicators of compromise\n\n### Domains\n- evil.example\n"
    "- `other[.]example` (spoof of a paper)\n- 150 accounts\n\n"
    "## Victims\n- sad.example\n- https://x.com/real_person\n"
)


def test_lists_below_a_heading_of_indicators_are_read_and_others_named(tmp_path: Path) -> None:
    reading = read_text(tmp_path, LISTS.encode())
    assert [(one.labels, one.value.text, one.record) for one in reading.findings] == [
        (("Domains",), "evil.example", 8),
        (("Domains",), "other.example", 9),
    ]
    assert "3 undefanged values in text were not taken: https://x.com/mentioned, sad.example," in reading.said()
    assert "linked.example" not in reading.said()


def test_a_list_of_victims_is_never_one_of_indicators(tmp_path: Path) -> None:
    reading = read_text(tmp_path, b"# R\n\n## Indicators seen at victims\n- sad.example\n")
    assert reading.findings == []
    assert "1 undefanged value in text was not taken: sad.example" in reading.said()
