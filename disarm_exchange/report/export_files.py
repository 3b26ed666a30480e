"""Tables as files (CSV, TSV, Excel), row by row in bounded memory; equal input gives equal bytes."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from disarm_exchange.report.export_tables import Cell, Sheet, safe_text
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.timestamps import format_timestamp

_MOST_ROWS = 1_048_575
"""Rows that a sheet of Excel may have below its headings."""
_READ_OTHERWISE = ("=", "#")
"""Beginnings of text that openpyxl takes for a formula or an error (`#N/A`)."""
_LARGEST_NUMBER = 10**15
"""Excel keeps fifteen digits of a number; larger ones are written as text."""
_FIRST_YEAR = 1900
_BORN = datetime(2026, 1, 1, tzinfo=UTC)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_CHUNK = 1 << 20


def write_delimited(stream: IO[bytes], sheet: Sheet, *, delimiter: str, live: bool) -> int:
    """Write one table as CSV or TSV in UTF-8; the number of rows below the headings."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(sheet.headings)
    count = 0
    for row in sheet.rows():
        writer.writerow(_delimited_cell(cell, live=live) for cell in row)
        count += 1
    text.flush()
    text.detach()
    return count


def _delimited_cell(cell: Cell, *, live: bool) -> str:
    if isinstance(cell, datetime):
        return format_timestamp(cell)
    return safe_text(cell, live=live) if isinstance(cell, str) else "" if cell is None else str(cell)


def write_workbook(
    stream: IO[bytes], sheets: Sequence[Sheet], marking: Tlp, *, live: bool, note: str = ""
) -> dict[str, int]:
    """Write tables as an Excel workbook, a sheet each; the number of rows below the headings, by table.

    Every printed page has the marking above and below, and the note (`Source.note`) if there is one. Numbers are
    numbers, moments are dates in UTC, and no cell is a formula.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "disarm-exchange"
    book.properties.created = _BORN.replace(tzinfo=None)
    counts: dict[str, int] = {}
    for sheet in sheets:
        counts[sheet.name] = _write_sheet(book, sheet, marking, note, live=live)
    with tempfile.TemporaryFile() as raw:
        book.save(raw)
        raw.seek(0)
        _write_again(raw, stream)
    return counts


def _write_sheet(book: Workbook, sheet: Sheet, marking: Tlp, note: str, *, live: bool) -> int:
    target = _new_sheet(book, sheet, sheet.name, marking, note)
    dates = _date_style(target)
    count = 0
    for row in sheet.rows():
        if count and count % _MOST_ROWS == 0:
            target = _new_sheet(book, sheet, f"{sheet.name} {count // _MOST_ROWS + 1}", marking, note)
        target.append(list(_sheet_cells(target, row, dates, live=live)))
        count += 1
    return count


def _new_sheet(book: Workbook, sheet: Sheet, name: str, marking: Tlp, note: str) -> WriteOnlyWorksheet:
    target = book.create_sheet(name)
    target.freeze_panes = "A2"
    target.page_setup.orientation = "landscape"
    target.oddHeader.center.text = f"{marking.label}\n{note}".rstrip()
    target.oddFooter.center.text = f"{marking.label}   &P / &N"
    for place, heading in enumerate(sheet.headings):
        width = 40 if heading in _BROAD else 22 if heading in _DATES else 16
        target.column_dimensions[_letter(place)].width = width
    cells = []
    for heading in sheet.headings:
        cell = WriteOnlyCell(target, heading)
        cell.font = Font(bold=True)
        cells.append(cell)
    target.append(cells)
    return target


_BROAD = frozenset({"name", "pattern", "description", "value", "technique", "source", "target", "remark"})
_DATES = frozenset({"valid_from", "valid_until", "created", "modified", "start_time", "stop_time"})


def _letter(place: int) -> str:
    return chr(ord("A") + place)


def _sheet_cells(target: WriteOnlyWorksheet, row: Iterable[Cell], dates: StyleArray, *, live: bool) -> Iterator[object]:
    for value in row:
        if isinstance(value, int) and abs(value) < _LARGEST_NUMBER:
            yield value
        elif isinstance(value, datetime) and value.year >= _FIRST_YEAR:
            cell = WriteOnlyCell(target, value.replace(tzinfo=None))
            cell._style = dates
            yield cell
        else:
            text = _delimited_cell(value, live=live)
            if text.startswith(_READ_OTHERWISE):
                cell = WriteOnlyCell(target, text)
                cell.data_type = "s"
                yield cell
            else:
                yield text or None


def _date_style(target: WriteOnlyWorksheet) -> StyleArray:
    cell = WriteOnlyCell(target)
    cell.number_format = "yyyy-mm-dd hh:mm:ss"
    return cell._style


def _write_again(raw: IO[bytes], stream: IO[bytes]) -> None:
    """The workbook without the times at which its parts were written."""
    with zipfile.ZipFile(raw) as given, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == _CORE:
                target.writestr(entry, _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z", given.read(name)))
                continue
            with given.open(name) as source, target.open(entry, "w", force_zip64=True) as copy:
                while chunk := source.read(_CHUNK):
                    copy.write(chunk)
