"""What a profile can say of a table without a line of Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.values import Kind
from tests.findings.reading_files import profile, read_text


def test_each_filled_value_column_is_a_finding_of_its_own(tmp_path: Path) -> None:
    ours = profile(
        tmp_path,
        {
            "columns": {
                "labels": [{"constant": "Acquired assets"}],
                "values": [
                    {"names": ["Domain"], "type": "domain_name", "label": "Acquiring domains"},
                    {"names": ["Server"], "type": "ip", "required": False},
                ],
            }
        },
    )
    reading = read_text(tmp_path, "Domain,Server\nevil.example,198.51.100.7\n,198.51.100.8\n", ours)
    assert [(each.record, each.labels, each.value.kind, each.value.text) for each in reading.findings] == [
        (2, ("Acquired assets", "Acquiring domains"), Kind.DOMAIN, "evil.example"),
        (2, ("Acquired assets",), Kind.IPV4, "198.51.100.7"),
        (3, ("Acquired assets",), Kind.IPV4, "198.51.100.8"),
    ]


def test_a_value_that_contradicts_its_columns_type_is_unreadable(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"values": [{"names": ["Hash"], "type": "md5"}, {"names": ["Domain"]}]}})
    reading = read_text(tmp_path, "Hash,Domain\nhello,evil.example\n", ours)
    assert [each.value.text for each in reading.findings] == ["evil.example"]
    assert "no md5 is in the cell" in reading.unreadable[0].reason


def test_a_bare_login_gets_its_platform_from_the_column_beside_it(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["Handle"]}, "platform": {"names": ["Network"]}}})
    reading = read_text(tmp_path, "Handle,Network\n@Some_Name,Twitter\nsome_name,Telegram\nJohn Doe,X\n", ours)
    assert [(each.value.kind, each.value.platform, each.value.login) for each in reading.findings] == [
        (Kind.ACCOUNT, "x", "some_name"),
        (Kind.ACCOUNT, "telegram", "some_name"),
        (Kind.NAME, None, None),
    ]


def test_private_columns_are_in_the_raw_text_and_nowhere_else(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["URL"]}, "private": [{"names": ["Owner"]}]}})
    (finding,) = read_text(tmp_path, "URL,Owner,Shift\nhttps://evil.example/a,Jane Roe,night\n", ours).findings
    assert finding.note == "Shift: night"
    assert "Jane Roe" in finding.raw
    assert "Jane Roe" not in f"{finding.note}{finding.value}{finding.labels}"


def test_rows_to_skip_are_passed_over_and_counted(tmp_path: Path) -> None:
    ours = profile(
        tmp_path,
        {
            "columns": {"value": {"names": ["Indicator"]}},
            "skip": [{"names": ["Status"], "texts": ["False positive"]}],
            "comment": "#",
        },
    )
    text = "Indicator,Status\na.example,open\nb.example,FALSE POSITIVE\n# c.example,\nd.example,open\n"
    reading = read_text(tmp_path, text, ours)
    assert [(each.record, each.value.text) for each in reading.findings] == [(2, "a.example"), (5, "d.example")]
    assert "1 row is passed over: as the profile says, 'Status' is 'FALSE POSITIVE'" in reading.said()
    assert "the first cell begins with '#'" in reading.said()


def test_texts_that_stand_for_nothing_are_blank(tmp_path: Path) -> None:
    ours = profile(
        tmp_path, {"columns": {"labels": [{"names": ["TTP"]}], "value": {"names": ["IOC"]}}, "blanks": ["not known"]}
    )
    (finding,) = read_text(tmp_path, "TTP,IOC\nNOT known,evil.example\n", ours).findings
    assert finding.labels == ()


@pytest.mark.parametrize(
    ("form", "cell"), [("%d.%m.%Y", "3.5.2024"), ("%d %B %Y", "3 May 2024"), ("%Y-%m-%d", "2024-05-03")]
)
def test_dates_are_read_in_the_profiles_forms(tmp_path: Path, form: str, cell: str) -> None:
    columns = {"value": {"names": ["IOC"]}, "reported": {"names": ["When"]}}
    ours = profile(tmp_path, {"columns": columns, "date_formats": [form]})
    (finding,) = read_text(tmp_path, f"IOC,When\nevil.example,{cell}\n", ours).findings
    assert finding.reported == date(2024, 5, 3)


def test_cells_under_no_heading_are_kept_in_the_note(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["IOC"]}}})
    (finding,) = read_text(tmp_path, "IOC,,#\nevil.example,seen twice,7\n", ours).findings
    assert finding.note == "column 2: seen twice; #: 7"


def test_a_title_above_the_header_is_passed_over_with_a_word(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["IOC"]}, "note": {"names": ["Remark"]}}})
    reading = read_text(tmp_path, "Export of 3 May\n\nIOC,Remark\nevil.example,x\n", ours)
    assert [(each.record, each.value.text) for each in reading.findings] == [(4, "evil.example")]
    assert reading.said() == "what stands above the header is not read"


def test_a_table_of_one_column(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["Indicators"]}}})
    assert [each.value.text for each in read_text(tmp_path, "indicators\nevil[.]example\n", ours).findings] == [
        "evil.example"
    ]


def test_hidden_characters_do_not_reach_labels_and_notes(tmp_path: Path) -> None:
    header = "Tactic,Technique,Procedure,Indicator,Comments\n"
    text = header + "0. A\x07,0.1 \u202eB,0.1.1 C,evil.example,no\u202ete\x1b[31m\n"
    (finding,) = read_text(tmp_path, text).findings
    assert finding.labels == ("0. A", "0.1 B", "0.1.1 C")
    assert finding.note == "note[31m"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"columns": {}}, "value"),
        ({"columns": {"value": {"names": ["a"]}, "platform": {"names": []}}}, "at /columns/platform/names"),
        ({"columns": {"value": {"names": ["a"]}}, "platform": "x"}, "at /platform"),
        ({"layout": "wide-table", "columns": {"name": [{"names": ["a"]}]}}, "ticks"),
        ({"layout": "account-archive", "columns": {"user_id": {"names": ["a"]}}}, "platform"),
        (
            {"layout": "wide-table", "columns": {"name": [{"names": ["a"]}], "ticks": {"pattern": "("}}},
            "is no regular expression",
        ),
    ],
)
def test_what_a_profile_may_not_say(tmp_path: Path, content: dict[str, object], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        profile(tmp_path, content)


def test_a_row_reads_alike_whatever_stands_above_it(tmp_path: Path) -> None:
    header = "Label,Indicator,Comments,Reported"
    ours = profile(
        tmp_path,
        {
            "columns": {
                "labels": [{"names": ["Label"]}],
                "value": {"names": ["Indicator"]},
                "note": {"names": ["Comments"]},
                "reported": {"names": ["Reported"]},
            }
        },
    )
    beside = [
        ("Acquiring domains", "", "2026-01-02"),
        ("Acquiring forum accounts", "", "2026-01-02"),
        ("Acquiring domains", "redirects to https://target.example/x", "no date"),
        ("", "Acquiring domains", ""),
        (" Acquiring  domains ", "x" * 3_000, ""),
    ]
    values = (
        "a.example",
        "forum.example/name",
        "",
        "https://bit.ly/a -> https://b.example/c",
        "40 accounts",
        "b.example",
    )
    rows = [f"{label},{value},{note},{day}" for value in values for label, note, day in beside] * 2
    together = read_text(tmp_path, "\n".join((header, *rows)), ours).told()
    single = [read_text(tmp_path, f"{header}\n{row}\n", ours).told() for row in rows]
    assert together == [each for one in single for each in one]
    assert len(together) == len(rows)
