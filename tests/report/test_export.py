from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from disarm_exchange.cli.app import app
from disarm_exchange.report.export_files import write_delimited, write_workbook
from disarm_exchange.report.export_tables import LONGEST, SHEETS, safe_text, sheets_of
from disarm_exchange.report.source import Source, open_source, source_of
from disarm_exchange.stix.markings import Tlp
from tests.report.making import HOSTILE, RED, SECRET, hostile_objects, item, sample, technique, use, write

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(source: Path, target: Path, *more: str) -> Path:
    app.main(["export", str(source), "-o", str(target), "--quiet", *more], standalone_mode=False)
    return target


def read_delimited(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t" if path.suffix == ".tsv" else ","))


def read_sheet(path: Path, name: str) -> list[dict[str, object]]:
    rows = list(load_workbook(path)[name].iter_rows(values_only=True))
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_what_is_written_live_reads_back_as_the_objects_have_it(tmp_path: Path, ending: str) -> None:
    bundle = json.loads(sample("harbour-echo").read_text())["objects"]
    for kind, table in (("indicator", "indicators"), ("relationship", "relationships")):
        target = export(sample("harbour-echo"), tmp_path / f"{table}.{ending}", "--table", table, "--live")
        rows = read_sheet(target, table) if ending == "xlsx" else read_delimited(target)
        objects = [one for one in bundle if one["type"] == kind]
        assert objects
        assert [row["id"] for row in rows] == [one["id"] for one in objects]
        for row, one in zip(rows, objects, strict=True):
            assert row["marking"] == "TLP:AMBER"
            told = ("pattern",) if kind == "indicator" else ("relationship_type", "source_ref", "target_ref")
            assert [row[name] for name in told] == [one[name] for name in told]
            if ending == "xlsx":
                created = row["created"]
                assert isinstance(created, datetime)
                assert created.isoformat() == one["created"].removesuffix(".000Z")
            else:
                assert row["created"] == one["created"]
            assert row.get("confidence", "") in (one.get("confidence"), str(one.get("confidence", "")))


def test_numbers_are_numbers_and_dates_are_dates(tmp_path: Path) -> None:
    rows = read_sheet(export(sample("harbour-echo"), tmp_path / "x.xlsx"), "techniques")
    assert {type(row[name]) for row in rows for name in ("objects", "findings", "lists", "confidence_highest")} == {int}
    assert {(row["technique_id"], row["findings"]) for row in rows} >= {("T0146", 7)}


def test_values_are_defanged_unless_told_otherwise(tmp_path: Path) -> None:
    source = sample("harbour-echo")
    rows = read_delimited(export(source, tmp_path / "a.csv", "--table", "observables"))
    live = read_delimited(export(source, tmp_path / "b.csv", "--table", "observables", "--live"))
    values = {one["value"] for one in json.loads(source.read_text())["objects"] if one["type"] == "domain-name"}
    assert {row["value"] for row in live if row["type"] == "domain-name"} == values
    assert {row["value"] for row in rows if row["type"] == "domain-name"} == {one.replace(".", "[.]") for one in values}
    assert not any(value in (tmp_path / "a.csv").read_text() for value in values)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_or_hides_anything(text: str, live: bool) -> None:
    cell = safe_text(text, live=live)
    assert not cell.startswith(FORMULA)
    assert cell.isprintable() or "\u200c" in cell
    assert 0 < len(cell) <= LONGEST
    if text.lstrip().startswith(FORMULA[:4]):
        assert cell.startswith("'")


@pytest.fixture(scope="module")
def hostile() -> Source:
    return source_of(hostile_objects())


@pytest.mark.parametrize("live", [False, True])
def test_hostile_objects_are_text_in_every_cell_of_every_table(hostile: Source, live: bool) -> None:
    sheets = sheets_of(hostile)
    stream = io.BytesIO()
    write_workbook(stream, list(sheets.values()), hostile.marking, live=live)
    book = load_workbook(stream)
    assert book.sheetnames == list(SHEETS)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and cell.value.startswith(FORMULA))
    for table, sheet in sheets.items():
        for delimiter in (",", "\t"):
            stream = io.BytesIO()
            count = write_delimited(stream, sheet, delimiter=delimiter, live=live)
            rows = list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline=""), delimiter=delimiter))
            assert len(rows) == count == book[table].max_row - 1 > 0
            for row in rows:
                assert None not in row
                assert not any(value.startswith(FORMULA) for value in row.values())
                assert all(value.isprintable() for value in row.values())


def test_nothing_above_the_ceiling_is_in_a_table(tmp_path: Path) -> None:
    campaign = item("campaign", 1, name="open")
    secrets = [
        item(kind, 9, name=SECRET, description=SECRET, pattern=SECRET, value=SECRET, object_marking_refs=RED)
        for kind in ("campaign", "indicator", "domain-name", "relationship")
    ]
    del secrets[2]["created"], secrets[2]["modified"]
    unmarked = item("indicator", 10, name=SECRET)
    del unmarked["object_marking_refs"]
    common = [campaign, technique("T0114"), use(1, str(campaign["id"]), "T0114", 3)]
    full, less = write(tmp_path / "f.json", [*common, *secrets, unmarked]), write(tmp_path / "l.json", common)
    for ending in ("xlsx", "csv"):
        with_secrets = export(full, tmp_path / f"f.{ending}").read_bytes()
        assert with_secrets == export(less, tmp_path / f"l.{ending}").read_bytes()
        assert SECRET.encode() not in with_secrets
    assert export(full, tmp_path / "red.csv", "--max-tlp", "red").read_text().count(SECRET) == 3


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for ending in ("csv", "tsv", "xlsx"):
        first = export(sample("harbour-echo"), tmp_path / f"a.{ending}").read_bytes()
        assert first == export(sample("harbour-echo"), tmp_path / f"b.{ending}").read_bytes()


def test_rows_are_made_one_at_a_time_and_again() -> None:
    sheets = sheets_of(open_source(sample("harbour-echo"), max_tlp=Tlp.AMBER))
    for sheet in sheets.values():
        rows = sheet.rows()
        first = next(rows)
        assert len(first) == len(sheet.headings)
        assert next(sheet.rows()) == first


def test_two_tables_do_not_fit_into_one_csv(tmp_path: Path) -> None:
    told = ["export", str(sample("harbour-echo")), "-o", str(tmp_path / "x.csv"), "--table", "indicators"]
    with pytest.raises(Exception, match="holds one table"):
        app.main([*told, "--table", "observables"], standalone_mode=False)
    with pytest.raises(Exception, match="cannot tell the kind of file"):
        export(sample("harbour-echo"), tmp_path / "x.pdf")
