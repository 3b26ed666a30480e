"""The same findings in the ways in which other teams and other programs write the same layout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from tests.findings.reading_files import read_text

TACTIC = "0. Acquiring assets"
DOMAINS = "0.6 Acquiring domains"
DOMAIN = "0.6.2 Acquiring domains to support influence operations"
ACCOUNTS = "0.9 Acquiring social media accounts"
ON_X = "0.9.4 Acquiring X / Twitter accounts"
HEADER = "Tactic,Technique,Procedure,Indicator,Comments"
FIRST = f"{TACTIC},{DOMAINS},{DOMAIN},evil[.]example,seen"
SECOND = f"{TACTIC},{ACCOUNTS},{ON_X},https://x[.]com/some_login,"
FLAT = "indicator_type,indicator_value,comment,ds"
FLAT_ROW = "domain_name,evil.example,seen,2026-01-02"


def lines(*rows: str, end: str = "\n", mark: str = "", encoding: str = "utf-8") -> bytes:
    return (mark + end.join((*rows, ""))).encode(encoding)


def separated(by: str, *rows: str, end: str = "\n") -> bytes:
    return lines(*(row.replace(",", by) for row in rows), end=end)


KILL_CHAIN = {
    "as published": lines(HEADER, FIRST, SECOND),
    "capitals": lines(HEADER.upper(), FIRST, SECOND),
    "spaces and marks in the header": lines(" Tactic , Technique ,Procedure : ,Indicator* ,  Comments ", FIRST, SECOND),
    "hidden characters in the header": lines(
        "Tactic\u00a0,Technique,Procedure,Indicator\u200b,Comments", FIRST, SECOND
    ),
    "byte order mark and CRLF": lines(HEADER, FIRST, SECOND, end="\r\n", mark="\ufeff"),
    "CR alone": lines(HEADER, FIRST, SECOND, end="\r"),
    "UTF-16": lines(HEADER, FIRST, SECOND, mark="\ufeff", encoding="utf-16-le"),
    "semicolons": separated(";", HEADER, FIRST, SECOND),
    "semicolons, announced": b"sep=;\r\n" + separated(";", HEADER, FIRST, SECOND, end="\r\n"),
    "bars": separated("|", HEADER, FIRST, SECOND),
    "tabs": separated("\t", HEADER, FIRST, SECOND),
    "everything in quotes": lines(
        *(",".join(f'"{cell}"' for cell in row.split(",")) for row in (HEADER, FIRST, SECOND))
    ),
    "another order": lines(
        "Indicator,Comments,Procedure,Technique,Tactic",
        f"evil[.]example,seen,{DOMAIN},{DOMAINS},{TACTIC}",
        f"https://x[.]com/some_login,,{ON_X},{ACCOUNTS},{TACTIC}",
    ),
    "a heading over two lines": lines('Tactic,Technique,Procedure,"Indicator\nvalue",Comments', FIRST, SECOND),
    "headings with asides": lines('"Tactic\n",Technique,"Procedure\n(TTP)",Indicator(s),Comment(s)', FIRST, SECOND),
    "other words in the header": lines("Tactics,Techniques,Procedures,IOC,Remark", FIRST, SECOND),
    "still other words": lines(
        "tactic_name,technique_name,procedure_name,Indicators of Compromise,Analyst notes", FIRST, SECOND
    ),
    "typing errors in the header": lines("Tatic,Tecnique,Proceedure,Indicater,Comments", FIRST, SECOND),
    "a line above the header": lines("Kill chain,,,Findings,", HEADER, FIRST, SECOND),
    "a title with a quote above the header": lines('Takedown 12" of March', "", HEADER, FIRST, SECOND),
    "the header once more": lines(HEADER, FIRST, HEADER, SECOND),
    "a total below": lines(HEADER, FIRST, SECOND, "Total,,,2,"),
    "a total in the last column": lines(HEADER, FIRST, SECOND, ",,,Total: 2,", "Grand total,1,1,,"),
    "blank rows between": lines(HEADER, ",,,,", FIRST, ",,,,", "", SECOND, ",,,,"),
    "columns without end": lines(f"{HEADER},,,", f"{FIRST},,,", f"{SECOND},,,"),
    "rows cut short": lines(HEADER, FIRST, SECOND.rstrip(",")),
    "line breaks in cells": lines(
        HEADER,
        f'{TACTIC},{DOMAINS},"{DOMAIN}\n","evil[.]example\n","seen\n"',
        f'{TACTIC},{ACCOUNTS},{ON_X},"\nhttps://x[.]com/some_login ",',
    ),
}


@pytest.mark.parametrize("content", KILL_CHAIN.values(), ids=KILL_CHAIN.keys())
def test_a_kill_chain_table_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    reading = read_text(tmp_path, content)
    assert reading.unreadable == []
    assert [(each.labels, each.value.kind.value, each.value.text, each.note) for each in reading.findings] == [
        ((TACTIC, DOMAINS, DOMAIN), "domain", "evil.example", "seen"),
        ((TACTIC, ACCOUNTS, ON_X), "account", "https://x.com/some_login", ""),
    ]


@pytest.mark.parametrize(
    ("header", "row", "labels"),
    [
        ("Technique,Procedure,Indicator", f"{DOMAINS},{DOMAIN},evil[.]example", (DOMAINS, DOMAIN)),
        ("Tactic,Technique,Indicator", f"{TACTIC},{DOMAINS},evil[.]example", (TACTIC, DOMAINS)),
        ("Procedure,Indicator", f"{DOMAIN},evil[.]example", (DOMAIN,)),
    ],
)
def test_labels_may_be_missing_but_not_all(tmp_path: Path, header: str, row: str, labels: tuple[str, ...]) -> None:
    (finding,) = read_text(tmp_path, lines(header, row)).findings
    assert (finding.labels, finding.value.text) == (labels, "evil.example")


def test_further_columns_are_kept_in_the_note(tmp_path: Path) -> None:
    content = lines(f"No.,{HEADER},Platform,First seen", f"1,{FIRST},Web,03/04/2026")
    (finding,) = read_text(tmp_path, content).findings
    assert finding.note == "seen; No.: 1; Platform: Web; First seen: 03/04/2026"


def test_passed_over_rows_are_counted(tmp_path: Path) -> None:
    reading = read_text(tmp_path, lines(HEADER, FIRST, HEADER, "Total: 1,,,,"))
    assert reading.said().splitlines() == [
        "1 row is passed over: it repeats the header",
        "1 row is passed over: it is a total",
    ]


@pytest.mark.parametrize("row", ["Total war,,,evil[.]example,", "Total,,,evil[.]example,", "Total,,,,as told by A"])
def test_what_is_more_than_a_total_is_a_finding(tmp_path: Path, row: str) -> None:
    assert len(read_text(tmp_path, lines(HEADER, row)).findings) == 1


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("evil(.)example", "domain", "evil.example"),
        ("evil[dot]example", "domain", "evil.example"),
        ("evil (dot) com", "domain", "evil.com"),
        ("evil [.] com", "domain", "evil.com"),
        ("evil{.}example", "domain", "evil.example"),
        ("evil[.example", "domain", "evil.example"),
        (r"evil\.com", "domain", "evil.com"),
        (r"a\.evil\.com", "domain", "a.evil.com"),
        ("hXXps[:]//evil[.]example/a", "url", "https://evil.example/a"),
        ("h**p://evil.example/a", "url", "http://evil.example/a"),
        ("http[:]//evil[.]example/a", "url", "http://evil.example/a"),
        ("<evil.example>", "domain", "evil.example"),
        ("EVIL[.]EXAMPLE.", "domain", "evil.example"),
        ("info[at]evil[.]example", "email", "info@evil.example"),
        ("info(at)evil(dot)com", "email", "info@evil.com"),
        ("info (at) evil (dot) com", "email", "info@evil.com"),
        ("198[.]51[.]100[.]7", "ipv4", "198.51.100.7"),
        ("we met (at) evil (dot) com", "text", "we met (at) evil (dot) com"),
        (r"the pattern a\.b in c", "text", r"the pattern a\.b in c"),
    ],
)
def test_values_in_every_style_of_defanging(tmp_path: Path, cell: str, kind: str, text: str) -> None:
    (finding,) = read_text(tmp_path, lines(HEADER, f"{TACTIC},{DOMAINS},{DOMAIN},{cell},")).findings
    assert (finding.value.kind.value, finding.value.text) == (kind, text)


FLAT_LISTS = {
    "as published": lines(FLAT, FLAT_ROW),
    "words for names": lines("Indicator Type,Indicator Value,Comment,DS", FLAT_ROW),
    "other words": lines("Type,IOC,Remarks,Report date", FLAT_ROW),
    "another order": lines("ds,comment,indicator_value,indicator_type", "2026-01-02,seen,evil.example,domain_name"),
    "semicolons and CRLF": separated(";", FLAT, FLAT_ROW, end="\r\n"),
    "a time with the day": lines(FLAT, "domain_name,evil.example,seen,2026-01-02T10:00:00Z"),
    "slashes, year first": lines(FLAT, "domain_name,evil.example,seen,2026/01/02"),
    "day and month by dots": lines(FLAT, "domain_name,evil.example,seen,02.01.2026"),
    "the month in words": lines(FLAT, "domain_name,evil.example,seen,2 January 2026"),
    "the month in words, first": lines(FLAT, 'domain_name,evil.example,seen,"Jan 2, 2026"'),
    "JSON": b'[{"Indicator Type":"Domain","Indicator Value":"evil[.]example","Comment":"seen","DS":"2026-01-02"}]',
    "JSON in an object": b'{"n":1,"data":[{"ds":"2026-01-02","comment":"seen","indicator_value":"evil.example",'
    b'"indicator_type":"domain_name"}]}',
    "JSON with a byte order mark": b'\xef\xbb\xbf[{"type":"domain_name","value":"evil.example","comment":"seen",'
    b'"date":"2026-01-02"}]',
    "JSON Lines": b'{"type":"domain_name","value":"evil.example","comment":"seen","date":"2026-01-02"}\r\n',
}


@pytest.mark.parametrize("content", FLAT_LISTS.values(), ids=FLAT_LISTS.keys())
def test_a_flat_list_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    reading = read_text(tmp_path, content)
    assert reading.unreadable == []
    (finding,) = reading.findings
    assert (finding.value.kind.value, finding.value.text, finding.note) == ("domain", "evil.example", "seen")
    assert str(finding.reported) == "2026-01-02"


@pytest.mark.parametrize("written", ["1/2/2026", "13/2/2026", "n/a", "Jan 2026", "32.01.2026"])
def test_a_date_that_can_be_read_two_ways_or_none_is_kept_as_it_stands(tmp_path: Path, written: str) -> None:
    (finding,) = read_text(tmp_path, lines(FLAT, f"domain_name,evil.example,seen,{written}")).findings
    assert (finding.reported, finding.note) == (None, f"seen; ds: {written}")


def test_a_file_in_an_old_encoding_is_refused_with_a_word_on_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not UTF-8") as caught:
        read_text(tmp_path, lines(HEADER, FIRST.replace("seen", "gesehen für"), encoding="latin-1"))
    assert "--encoding cp1252" in caught.value.fix


SHEET = (
    "Year,Target Country,Event,Event description,T0002_Facilitate State Propaganda,T0072.002_Demographic Segmentation,"
    "T0049.002_Flood Existing Hashtag,T0114_Deliver Ads,T0085.001_Develop AI-Generated Text,Facebook,Source 1"
)
SHEET_ROW = "2024,Freedonia,Referendum,No description,1,0,1,,0,1,https://news.example/a"
SHEETS = {
    "as published": lines(SHEET, SHEET_ROW),
    "semicolons": separated(";", SHEET, SHEET_ROW, end="\r\n"),
    "ids in small letters, other separators": lines(
        SHEET.replace("T0002_", "t0002 - ").replace("T0049.002_", "T0049.002: "), SHEET_ROW
    ),
    "ids alone": lines(
        SHEET.replace("_Facilitate State Propaganda", "").replace("_Flood Existing Hashtag", ""), SHEET_ROW
    ),
    "stray accents": lines(SHEET, SHEET_ROW.replace(",1,0,1,", ",`1,`0,`1,")),
    "words": lines(SHEET, SHEET_ROW.replace(",1,0,1,,0,1,", ",TRUE,FALSE,Yes,,n,x,")),
    "signs": lines(SHEET, SHEET_ROW.replace(",1,0,1,,0,1,", ",✓,✗,X,-,,✔,")),
    "numbers of a spreadsheet": lines(SHEET, SHEET_ROW.replace(",1,0,1,,0,1,", ",1.0,0.0,1.0,,0.0,1.0,")),
    "empty columns at the end": lines(f"{SHEET},,,", f"{SHEET_ROW},,,"),
    "another order": lines(
        ",".join(reversed(SHEET.split(","))), ",".join(reversed(SHEET_ROW.split(","))), ",".join("," for _ in range(5))
    ),
}


@pytest.mark.parametrize("content", SHEETS.values(), ids=SHEETS.keys())
def test_a_wide_sheet_however_it_is_ticked(tmp_path: Path, content: bytes) -> None:
    reading = read_text(tmp_path, content)
    assert reading.unreadable == []
    named = {re.match(r"[\w.]*?(?=[_ :]|$)", each.labels[-1]) for each in reading.findings}
    assert {found[0].upper() for found in named if found} == {"INCIDENT", "T0002", "T0049.002"}
    assert all("Platforms: Facebook" in each.note for each in reading.findings)


ARCHIVES = {
    "as published": lines("userid,user_display_name,user_screen_name", "123456789,Jane Doe,some_login"),
    "another order": lines("user_screen_name,user_display_name,userid", "some_login,Jane Doe,123456789"),
    "capitals and an at sign": lines("USERID,USER_DISPLAY_NAME,USER_SCREEN_NAME", "123456789,Jane Doe,@some_login"),
    "words": lines("User ID,Display Name,Screen Name", "123456789,Jane Doe,Some_Login"),
    "a number of a spreadsheet": lines("userid,user_display_name,user_screen_name", "123456789.0,Jane Doe,some_login"),
    "JSON": b'[{"userid":123456789,"user_display_name":"Jane Doe","user_screen_name":"some_login"}]',
}


@pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES.keys())
def test_an_archive_of_accounts_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    (finding,) = read_text(tmp_path, content).findings
    assert (finding.value.platform, finding.value.login, finding.value.user_id) == ("x", "some_login", "123456789")
    assert "Jane" not in finding.note


def test_an_id_that_a_spreadsheet_rounded_is_left_out_and_said(tmp_path: Path) -> None:
    content = lines("userid,user_screen_name", "1.23457E+17,some_login", "1.23457E+17,")
    reading = read_text(tmp_path, content)
    (finding,) = reading.findings
    assert (finding.value.login, finding.value.user_id) == ("some_login", None)
    assert "rounded by a spreadsheet" in (finding.value.problem or "")
    assert len(reading.unreadable) == 1


TITLE = "# Indicators of Compromise: Sylvania-Based Network Targeting Freedonia"
ROWS = ("| Indicator Type | Indicator Value |", "| :--- | :--- |", "| Domain | `quiet[.]example` |")
REPORTS = {
    "as published": lines(TITLE, "", *ROWS),
    "byte order mark and CRLF": lines(TITLE, "", *ROWS, end="\r\n", mark="\ufeff"),
    "no bars at the ends": lines(
        TITLE, "", "Indicator Type | Indicator Value", "--- | ---", "Domain | quiet[.]example"
    ),
    "marks in the header": lines(TITLE, "", "| INDICATOR TYPE | **Indicator value** |", *ROWS[1:]),
    "another order": lines(TITLE, "", "| IOC | Type |", "|:-:|--:|", "| quiet[.]example | Domain |"),
    "indented": lines(TITLE, "", *(f"   {row}" for row in ROWS)),
    "a link of its own": lines(TITLE, "", *ROWS[:2], "| Domain | <https://quiet.example> |"),
    "a link under its name": lines(TITLE, "", *ROWS[:2], "| Domain | [quiet[.]example](https://quiet.example) |"),
    "escaped": lines(TITLE, "", *ROWS[:2], r"| Domain | quiet\[.\]example |"),
    "an entity": lines(TITLE, "", *ROWS[:2], "| Domain | quiet&#46;example |"),
    "a total below": lines(TITLE, "", *ROWS, "| **Total** | 1 |"),
    "a table in code above": lines(TITLE, "", "```", *ROWS[:2], "| Domain | no.example |", "```", "", *ROWS),
    "front matter": lines("---", 'title: "Quiet"', "---", "", *ROWS),
}


@pytest.mark.parametrize("content", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    reading = read_text(tmp_path, content)
    assert reading.unreadable == []
    assert [(each.labels, each.value.text) for each in reading.findings] == [(("Domain",), "quiet.example")]


@pytest.mark.parametrize(
    "content",
    [
        lines(TITLE, "", *ROWS[:2], "| Domain | `quiet[.]example`<br>`loud[.]example` |"),
        lines(FLAT, '"domain_name","quiet[.]example, loud[.]example",,'),
        lines(FLAT, '"domain_name","quiet.example\nloud.example",,'),
    ],
)
def test_several_values_in_a_typed_cell_are_all_kept(tmp_path: Path, content: bytes) -> None:
    (finding,) = read_text(tmp_path, content).findings
    assert finding.value.text == "quiet.example"
    assert [value.text for value in finding.more] == ["loud.example"]
