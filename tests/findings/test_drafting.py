"""Drafts of source profiles: guessed from headings and cells, valid as they stand, and never inventing meaning."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from disarm_exchange.datafiles import checked
from disarm_exchange.findings.drafting import draft_profile
from disarm_exchange.findings.inspect import Inspection, inspect_file
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.reader import Source
from disarm_exchange.findings.sampling import Sample, sample_of


def sample(text: str) -> Sample:
    header, *rows = csv.reader(io.StringIO(text))
    return Sample(tuple(header), tuple(tuple(row) for row in rows))


def draft(text: str) -> dict[str, object]:
    content = draft_profile(sample(text))
    checked(content, "source-profile", where="draft")
    return content


def columns(text: str) -> dict[str, object]:
    found = draft(text)["columns"]
    assert isinstance(found, dict)
    return found


def inspected(folder: Path, content: str | bytes) -> Inspection:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_file(path, shipped_profiles())


def test_one_column_of_values_among_labels_and_notes() -> None:
    text = (
        "Category,Asset,Remarks\nFake shop,evil.example,a\nFake shop,https://x.com/some_name,b\nNews,other.example,c\n"
    )
    assert columns(text) == {
        "labels": [{"names": ["Category"]}],
        "value": {"names": ["Asset"]},
        "note": {"names": ["Remarks"], "required": False},
    }


def test_several_columns_of_values_get_their_types() -> None:
    found = columns("Domain,Server,Link to report\nevil.example,198.51.100.7,https://news.example/a\nb.example,,\n")
    assert found == {
        "values": [
            {"names": ["Domain"], "type": "domain_name", "label": "domain_name"},
            {"names": ["Server"], "required": False, "type": "ip", "label": "ip"},
        ]
    }


def test_a_column_of_types_makes_one_column_of_values() -> None:
    found = columns(
        "Indicator Type,Indicator,Analyst\ndomain,evil.example,kim\nmd5,9e107d9d372bb6826bd81d3542a419d6,kim\n"
    )
    assert found["type"] == {"names": ["Indicator Type"]}
    assert found["value"] == {"names": ["Indicator"]}


def test_logins_beside_their_platform() -> None:
    found = columns("Platform,Handle,Display name\nTwitter,some_name,Jane Roe\nTelegram,other_name,John Doe\n")
    assert found["value"] == {"names": ["Handle"]}
    assert found["platform"] == {"names": ["Platform"], "required": False}
    assert found["private"] == [{"names": ["Display name"]}]


@pytest.mark.parametrize(
    ("cells", "forms"),
    [
        (("2026-05-01", "2026-05-02"), ["%Y-%m-%d"]),
        (("1.5.2026", "13.5.2026"), ["%d.%m.%Y"]),
        (("3/4/2026", "13/4/2026"), ["%d/%m/%Y"]),
        (("3/4/2026", "3/14/2026"), ["%m/%d/%Y"]),
        (("1 May 2026", "2 May 2026"), ["%d %B %Y"]),
    ],
)
def test_dates_are_told_by_their_form(cells: tuple[str, ...], forms: list[str]) -> None:
    rows = "".join(f"evil{number}.example,{cell}\n" for number, cell in enumerate(cells))
    found = draft("IOC,Noted\n" + rows)
    assert found["date_formats"] == forms
    assert "guess" not in str(found["description"])


def test_dates_that_do_not_tell_day_from_month_are_called_a_guess() -> None:
    found = draft("IOC,Noted\nevil.example,3/4/2026\nother.example,5/6/2026\n")
    assert "Nothing tells day from month" in str(found["description"])


def test_logins_and_days_are_no_labels_however_few_they_are() -> None:
    text = (
        "username,first_seen,url,kind of asset\nsome_name,2026-01-05,https://x.com/some_name,fake account\n"
        "other,January 2026,https://t.me/other_name,fake account\n"
    )
    assert columns(text)["labels"] == [{"names": ["kind of asset"]}]


def test_a_table_without_labels_says_that_nothing_can_be_mapped() -> None:
    assert "No column of labels was told" in str(draft("IOC\nevil.example\n")["description"])


def test_a_wide_sheet_is_drafted_as_one() -> None:
    found = draft("Case,T0001 One,T0002_Two,T0003: Three,Owner\nFirst case,x,,x,kim\nSecond case,,x,,kim\n")
    assert found["layout"] == "wide-table"
    assert isinstance(found["columns"], dict)
    assert found["columns"]["name"] == [{"names": ["Case"], "required": False}]
    assert found["columns"]["ticks"]["yes"] == ["x"]  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        "Site;Why\nevil.example;a\nother.example;b\n",
        "Site\tWhy\nevil.example\ta\nother.example\tb\n",
        "Export of May\n\nSite,Why\nevil.example,a\nother.example,b\n",
        "Site\nevil.example\nother.example\n",
        json.dumps([{"Site": "evil.example", "Why": "a"}, {"Site": "other.example"}]),
        json.dumps({"data": {"rows": [{"Site": "evil.example"}, {"Site": "other.example", "Why": "b"}]}}),
        '{"Site": "evil.example"}\n{"Site": "other.example"}\n',
        "# Report\n\n| Site | Why |\n|---|---|\n| `evil[.]example` | a |\n| other.example | b |\n",
    ],
    ids=["semicolons", "tabs", "title", "one column", "json", "wrapped", "lines", "markdown"],
)
def test_a_draft_reads_the_file_that_it_was_made_from(tmp_path: Path, content: str) -> None:
    found = inspected(tmp_path, content)
    assert found.draft is not None
    assert [each.value.text for each in found.first] == ["evil.example", "other.example"]  # type: ignore[union-attr]


def test_a_draft_for_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Takedown of May"], ["Site", "Why"], ["evil.example", "a"], ["other.example", None]):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    found = inspect_file(tmp_path / "book.xlsx", shipped_profiles())
    assert found.draft is not None
    assert [each.value.text for each in found.first] == ["evil.example", "other.example"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "has_header"),
    [("Site,Why\na.example,x\n", True), ("a.example,x\nb.example,y\n", False), ("https://a.example/x;y\nb;c\n", False)],
)
def test_a_first_row_of_values_is_no_header(tmp_path: Path, text: str, has_header: bool) -> None:
    path = tmp_path / "f"
    path.write_text(text)
    found = sample_of(Source(path, ()))
    assert found is not None
    assert found.has_header() is has_header


def test_words_are_no_table(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("Dear all,\nplease find below nothing.\n")
    found = sample_of(Source(path, ()))
    assert found is None or not found.rows


def test_a_column_of_roles_is_told_by_its_words_and_accounts_by_their_columns() -> None:
    found = columns(
        "Seen,Link,Handle,Status,Page ID\n2026-01-01,https://x.com/one_two,one_two,asset,1\n"
        "2026-01-02,https://x.com/three_four,three_four,Victim,\n2026-01-03,,five.six,amplifier,3\n"
    )
    assert found["role"] == {"names": ["Status"], "required": False}
    assert found["login"] == {"names": ["Handle"], "required": False}
    assert found["user_id"] == {"names": ["Page ID"], "required": False}
    assert found["value"] == {"names": ["Link"]}


def test_a_status_that_says_nothing_of_roles_is_none() -> None:
    assert "role" not in columns("Link,Status\nhttps://x.com/one_two,active\nhttps://x.com/three_four,suspended\n")


def test_a_draft_without_a_role_says_what_to_do() -> None:
    assert "--role" in str(
        draft("Link,Followers\nhttps://x.com/one_two,5\nhttps://x.com/three_four,6\n")["description"]
    )


def test_titles_and_languages_are_no_labels_and_logins_beside_addresses_no_values() -> None:
    found = columns("account,url,language\n@one_two,https://x.com/one_two,de\n@three_f,https://x.com/three_f,de\n")
    assert found == {
        "value": {"names": ["url"]},
        "login": {"names": ["account"], "required": False},
    }
