"""Excel workbooks: sheets by their headers, stored results only, and nothing hostile gets to run or to grow."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from disarm_exchange.errors import UserError
from disarm_exchange.findings import xlsx_reader, zip_guard
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import Reading, profile, read, read_text

FLAT = ["indicator_type", "indicator_value", "comment", "ds"]
HIDDEN = "xl/worksheets/sheet1.xml"


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    """A workbook under a name that says nothing; one sheet for each name."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / "file"
    book.save(path)
    return path


def rewritten(path: Path, member: str, change: Callable[[str], str]) -> Path:
    """The workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def values(reading: Reading) -> list[str]:
    return [each.value.text for each in reading.findings]


def test_a_sheet_gives_the_findings_of_its_csv_twin(tmp_path: Path) -> None:
    rows = [
        FLAT,
        ["md5", "9e107d9d372bb6826bd81d3542a419d6", "Plugin", date(2023, 5, 3)],
        [],
        ["url", "hxxp://a[.]example/x"],
    ]
    one = read(workbook(tmp_path, Sheet=rows))
    text = (
        f"{','.join(FLAT)}\nmd5,9e107d9d372bb6826bd81d3542a419d6,Plugin,2023-05-03\n,,,\nurl,hxxp://a[.]example/x,,\n"
    )
    other = read_text(tmp_path, text)
    assert one.told() == other.told()
    assert [each.record for each in one.findings] == [each.record for each in other.findings] == [2, 4]


def test_every_known_sheet_is_read_and_others_are_named(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "Cover": [["Report"], ["of May"]],
        "One": [FLAT, ["domain", "a.example"]],
        "Empty": [],
        "Two": [["Export of May"], [], FLAT, ["domain", "b.example"]],
    }
    reading = read(workbook(tmp_path, **sheets))
    assert [(each.record, each.value.text) for each in reading.findings] == [(2, "a.example"), (4, "b.example")]
    assert "the sheet 'Cover' (Report) is known to no profile" in reading.said()
    assert "sheet 'Two': what stands above the header is not read" in reading.said()
    assert "Empty" not in reading.said()


def test_a_workbook_of_unknown_sheets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"knows a sheet of this workbook: 'Cover' \(a, b\)"):
        read(workbook(tmp_path, Cover=[["a", "b"], [1, 2]]))


def test_dates_numbers_and_truth_are_plain_text(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["v"]}, "reported": {"names": ["d"]}}})
    rows: list[list[object]] = [
        ["v", "d", "n"],
        ["a.example", datetime(2024, 5, 3), 3.0],
        ["b.example", "2024-05-04", 2.5],
        ["c.example", None, True],
        ["d.example", None, datetime(2024, 5, 3, 4, 5)],
        ["e.example", None, time(4, 5)],
    ]
    reading = read(workbook(tmp_path, S=rows), ours)
    assert [each.reported for each in reading.findings][:2] == [date(2024, 5, 3), date(2024, 5, 4)]
    assert [each.note for each in reading.findings] == [
        "n: 3", "n: 2.5", "n: true", "n: 2024-05-03T04:05:00", "n: 04:05:00",
    ]  # fmt: skip


def test_a_formula_is_its_stored_result_and_without_one_its_own_text(tmp_path: Path) -> None:
    ours = profile(tmp_path, {"columns": {"value": {"names": ["v"]}, "note": {"names": ["n"]}}})
    path = workbook(tmp_path, S=[["v", "n"], ["a.example", "=cmd|' /C calc'!A0"], ["b.example", "=6*7"]])
    stored = rewritten(path, HIDDEN, lambda text: re.sub("6[*]7</f><v ?/?>(</v>)?", "6*7</f><v>42</v>", text))
    reading = read(stored, ours)
    assert [each.note for each in reading.findings] == ["=cmd|' /C calc'!A0", "42"]
    assert "1 formulas have no stored result" in reading.said()


def test_a_wide_sheet_in_a_workbook(tmp_path: Path) -> None:
    text = (data_folder("samples") / "grey-heron" / "incidents.csv").read_text(encoding="utf-8").splitlines()[0]
    header = text.split(",")
    row: list[object] = [2024, "Freedonia", "Vote", *[None] * 5, True, 1, 0, None, "`1", 0, 0, 0, 0]
    reading = read(workbook(tmp_path, S=[list(header), row]))
    assert [each.labels[-1].partition("_")[0] for each in reading.findings] == [
        "Incident", "T0002", "T0072.002", "T0085.001",
    ]  # fmt: skip
    assert {each.value.text for each in reading.findings} == {"2024 Freedonia Vote"}


def test_a_sheet_that_lies_about_its_size_is_read_all_the_same(tmp_path: Path) -> None:
    path = workbook(tmp_path, S=[FLAT, ["domain", "a.example"]])
    rewritten(path, HIDDEN, lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text))
    assert values(read(path)) == ["a.example"]


def test_a_row_number_beyond_the_end_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, S=[FLAT, ["domain", "a.example"], ["domain", "b.example"]])
    rewritten(path, HIDDEN, lambda text: re.sub(r'<row r="3"', '<row r="99999999999"', text))
    with pytest.raises(UserError, match="more than 1,048,576 rows"):
        read(path)


def test_too_many_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_reader, "MAX_COLUMNS", 100)
    with pytest.raises(UserError, match="row 2 has more than 100 columns"):
        read(workbook(tmp_path, S=[FLAT, ["x"] * 101]))


@pytest.mark.parametrize(
    "declaration",
    ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!DOCTYPE lolz [<!ENTITY a "&b;&b;"><!ENTITY b "&c;&c;"><!ENTITY c "ha">]>'],
)
def test_entities_are_refused_before_anything_expands_them(tmp_path: Path, declaration: str) -> None:
    path = workbook(tmp_path, S=[FLAT, ["domain", "a.example"]])
    rewritten(path, HIDDEN, lambda text: text.replace("<worksheet", f"{declaration}<worksheet", 1))
    with pytest.raises(UserError, match="declares a document type or entities"):
        read(path)


def test_a_part_that_packs_too_well_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_guard, "RATIO_FROM_BYTES", 100_000)
    path = workbook(tmp_path, S=[FLAT])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"\0" * 1_000_000)
    with pytest.raises(UserError, match=r"'xl/media/bomb.bin' would unpack to 1,000,000 bytes"):
        read(path)


@pytest.mark.parametrize(
    ("limit", "number", "complaint"),
    [("MAX_TOTAL_BYTES", 1000, "would unpack to"), ("MAX_MEMBERS", 3, "has more than 3 parts")],
)
def test_a_workbook_larger_than_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, number: int, complaint: str
) -> None:
    monkeypatch.setattr(zip_guard, limit, number)
    with pytest.raises(UserError, match=complaint):
        read(workbook(tmp_path, S=[FLAT]))


@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/worksheets/sheet7.xml"])
def test_a_part_that_must_be_held_is_bounded_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = workbook(tmp_path, S=[FLAT, *[["domain", f"{number}.example"] for number in range(500)]])
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = "".join(f"<si><t>text {number}</t></si>" for number in range(500))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
    rewritten(path, "[Content_Types].xml", lambda text: text.replace("</Types>", override))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f'<sst xmlns="{main}">{texts}</sst>')
        sheet, held = (archive.getinfo(each).file_size for each in (HIDDEN, name))
    assert len(values(read(path))) == 500
    monkeypatch.setattr(xlsx_reader, "MAX_HELD_BYTES", held - 1)
    assert sheet > held  # the sheet itself is streamed and may be larger
    with pytest.raises(UserError, match=f"its part '{name}'"):
        read(path)


@pytest.mark.parametrize("damage", ["cut", "no sheet", "bad xml", "bad number"])
def test_a_damaged_workbook_is_refused(tmp_path: Path, damage: str) -> None:
    path = workbook(tmp_path, S=[FLAT, ["domain", "a.example", 5]])
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "no sheet":
        rewritten(path, "xl/_rels/workbook.xml.rels", lambda text: text.replace("sheet1.xml", "sheet9.xml"))
    elif damage == "bad xml":
        rewritten(path, HIDDEN, lambda text: text.replace("</row>", "</wor>"))
    else:
        rewritten(path, HIDDEN, lambda text: text.replace("<v>5</v>", "<v>five</v>"))
    with pytest.raises(UserError, match=r"workbook|zip"):
        read(path)


def test_a_zip_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("findings.csv", "a,b")
    with pytest.raises(UserError, match="is a zip file, and no Excel workbook"):
        read(path)


def test_kinds_are_those_of_any_table(tmp_path: Path) -> None:
    reading = read(workbook(tmp_path, S=[FLAT, ["md5", "not a hash"], ["ip", "198.51.100.7"]]))
    assert [each.value.kind for each in reading.findings] == [Kind.IPV4]
    assert reading.unreadable[0].record == 2


def test_a_hidden_sheet_is_read_and_said(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Indicator type", "Indicator"])
    book.active.append(["domain", "seen.example"])
    hidden = book.create_sheet("Old")
    hidden.append(["Indicator type", "Indicator"])
    hidden.append(["domain", "hidden.example"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    book.save(path)
    reading = read(path)
    assert [one.value.text for one in reading.findings] == ["seen.example", "hidden.example"]
    assert "sheet 'Old' is hidden, and is read all the same" in reading.said()
