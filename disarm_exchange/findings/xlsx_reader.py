"""Excel workbooks (.xlsx): every sheet that a profile recognises.

A workbook is judged as a zip file first (`zip_guard`), then streamed row by row; only its table of shared texts is
held, and that is bounded. Formulas are never evaluated: the result that the saving program stored is the cell; where
none was stored the formula's own text is.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, TYPE_CHECKING

from disarm_exchange.errors import UserError
from disarm_exchange.findings.profile import expected_columns, recognise
from disarm_exchange.findings.reader import Recognition, Record, Source
from disarm_exchange.findings.rows import MAX_COLUMNS, Layout, Row, RowContext, RowFeed
from disarm_exchange.findings.zip_guard import open_zip, refuse_declarations

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAX_ROWS = 1_048_576
"""The rows that a sheet can have in Excel; a row with a higher number is a trick to keep readers busy."""

MAX_HELD_BYTES = 128 * 1024 * 1024
"""The most bytes that a part which must be held in memory (the table of texts, the styles) may have."""

MAX_CONTENT_TYPES_BYTES = 4 * 1024 * 1024

MAX_ROWS_ABOVE_HEADER = 20
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_OVERRIDE = re.compile(r"<(?:\w+:)?Override\b([^>]*)>")
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*[\"']([^\"']*)[\"']")
_MAGIC = b"PK\x03\x04"


class XlsxReader:
    """Reads Excel workbooks."""

    title = "Excel workbook (.xlsx)"

    def recognises(self, source: Source) -> Recognition | None:
        """A zip file that holds a workbook."""
        if not source.head.startswith(_MAGIC):
            return None
        with open_zip(source.path) as archive:
            names = {name.casefold() for name in archive.namelist()}
        if "xl/workbook.xml" not in names:
            return None
        with _workbook(source) as book:
            for sheet in book.sheets():
                layout = sheet.find_header(source)
                if layout is not None:
                    why = f"it is a workbook, and the sheet {sheet.title!r} has the header of {layout.profile.id}"
                    return Recognition(why, layout.profile.id, layout.header)
        return Recognition("it is a workbook, and no profile knows a sheet of it")

    def read(self, source: Source) -> Iterator[Record]:
        """The records of every sheet that a profile recognises, sheet by sheet; a record's number is its row's.

        Raises:
            UserError: no workbook, a hostile one, or no sheet of it is known.
        """
        unknown: list[str] = []
        known = 0
        with _workbook(source) as book:
            for sheet in book.sheets():
                layout = sheet.find_header(source)
                if layout is None:
                    if sheet.first:
                        unknown.append(f"{sheet.title!r} ({', '.join(sheet.first[:8])[:120]})")
                    continue
                known += 1
                if sheet.hidden:
                    source.say(f"sheet {sheet.title!r} is hidden, and is read all the same")
                if sheet.above:
                    source.say(f"sheet {sheet.title!r}: what stands above the header is not read")
                yield from sheet.records(layout, source)
        if not known:
            raise UserError(
                f"no source profile knows a sheet of this workbook: {'; '.join(unknown) or 'all are empty'}",
                where=str(source.path),
                fix=f"expected one of: {expected_columns(source.profiles)}; or give a profile with --source",
            )
        for each in unknown:
            source.say(f"the sheet {each} is known to no profile and is not read")


def first_rows(source: Source, count: int) -> list[list[str]] | None:
    """The first rows (that are not blank) of the first sheet that has any; None if the file is no workbook.

    Raises:
        UserError: it is hostile or damaged.
    """
    if not source.head.startswith(_MAGIC):
        return None
    with _workbook(source) as book:
        for sheet in book.sheets():
            rows = sheet.first_rows(count)
            if rows:
                return rows
    return []


@dataclass
class _Book:
    """A workbook opened twice: once for stored results, once for formulas."""

    source: Source
    results: Workbook
    formulas: Workbook | None
    """Only where the workbook has formulas."""

    def sheets(self) -> Iterator[_Sheet]:
        for sheet in self.results.worksheets:
            formulas = self.formulas[sheet.title] if self.formulas is not None else None
            yield _Sheet(sheet.title, self.source, sheet, formulas)


class _Sheet:
    """One sheet, read once from top to bottom."""

    def __init__(
        self, title: str, source: Source, results: ReadOnlyWorksheet, formulas: ReadOnlyWorksheet | None
    ) -> None:
        self.title = title
        self.first: list[str] = []
        """The cells of the first row that is not blank."""
        self.above = 0
        self.hidden = results.sheet_state != "visible"
        self._source = source
        self._unresolved = 0
        self._rows = self._numbered(results, formulas)

    def find_header(self, source: Source) -> Layout | None:
        """Read up to and with the header; None if no profile knows one."""
        for _, row in self._rows:
            if not any(cell.strip() for cell in row):
                continue
            layout = recognise(row, source.profiles)
            if layout is not None:
                return layout
            self.first = self.first or row
            self.above += 1
            if self.above > MAX_ROWS_ABOVE_HEADER:
                break
        return None

    def first_rows(self, count: int) -> list[list[str]]:
        """The first rows that are not blank."""
        return list(islice((row for _, row in self._rows if any(cell.strip() for cell in row)), count))

    def records(self, layout: Layout, source: Source) -> Iterator[Record]:
        """The records below the header."""
        feed = RowFeed(layout, RowContext(source.file, source.remark, source.row))
        for number, row in self._rows:
            yield from feed.feed(number, row)
        feed.close()
        if self._unresolved:
            source.say(
                f"sheet {self.title!r}: {self._unresolved:,} formulas have no stored result and stand as their own text"
            )

    def _numbered(self, results: ReadOnlyWorksheet, formulas: ReadOnlyWorksheet | None) -> Iterator[Row]:
        other = _rows_of(formulas, self._source) if formulas is not None else None
        for number, cells in enumerate(_rows_of(results, self._source), start=1):
            if number > MAX_ROWS:
                raise UserError(
                    f"a sheet has more than {MAX_ROWS:,} rows", where=f"{self._source.path} sheet {self.title!r}"
                )
            row = [cell if isinstance(cell, str) else _text(cell) for cell in cells]
            if other is not None:
                self._put_formulas(row, next(other, ()))
            while row and not row[-1]:
                row.pop()
            if len(row) > MAX_COLUMNS:
                raise UserError(
                    f"row {number} has more than {MAX_COLUMNS:,} columns",
                    where=f"{self._source.path} sheet {self.title!r}",
                )
            yield number, row

    def _put_formulas(self, row: list[str], formulas: tuple[object, ...]) -> None:
        for place, formula in enumerate(formulas[: len(row)]):
            if not row[place] and isinstance(formula, str) and formula.startswith("="):
                row[place] = formula
                self._unresolved += 1


@contextmanager
def _workbook(source: Source) -> Iterator[_Book]:
    """The workbook, judged and opened.

    Raises:
        UserError: it is hostile, damaged, or no workbook.
    """
    path = source.path
    with open_zip(path) as archive:
        refuse_declarations(archive, path)
        _check_held_parts(archive, source)
        formulas = _sheets_with_formulas(archive)
    with path.open("rb") as first, path.open("rb") as second:
        results = _opened(first, source, data_only=True)
        yield _Book(source, results, _opened(second, source, data_only=False) if formulas else None)


def _opened(stream: IO[bytes], source: Source, *, data_only: bool) -> Workbook:
    from openpyxl import load_workbook  # noqa: PLC0415  (half a second that other formats need not spend)

    try:
        return load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
    except _OPENPYXL_FAULTS as error:
        raise _unreadable(source, error) from None


def _rows_of(sheet: ReadOnlyWorksheet, source: Source) -> Iterator[tuple[object, ...]]:
    sheet.reset_dimensions()  # what a sheet says of its size is not to be believed
    rows = sheet.iter_rows(values_only=True)
    while True:
        try:
            row = next(rows, None)
        except _OPENPYXL_FAULTS as error:
            raise _unreadable(source, error) from None
        if row is None:
            return
        yield row


_OPENPYXL_FAULTS = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, EOFError, OverflowError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl raises on damaged workbooks; it has no error of its own for most of them."""


def _unreadable(source: Source, error: Exception) -> UserError:
    said = " ".join(str(error).split())[:200]
    return UserError(f"is no readable workbook: {said}", where=str(source.path), fix="save it again, or as CSV")


def _check_held_parts(archive: zipfile.ZipFile, source: Source) -> None:
    """Only sheets are streamed; whatever else is XML is held in memory by the library, under whatever name it goes."""
    types = _content_types(archive)
    sheets = {name for name, kinds in types.items() if kinds == {_SHEET_TYPE}}
    for member in archive.infolist():
        if member.file_size > MAX_HELD_BYTES and f"/{member.filename}".casefold() not in sheets:
            raise UserError(
                f"its part {member.filename!r} has {member.file_size:,} bytes",
                where=str(source.path),
                fix="save it as CSV",
            )


def _content_types(archive: zipfile.ZipFile) -> dict[str, set[str]]:
    """What each part says it is (lower case)."""
    found: dict[str, set[str]] = {}
    try:
        with archive.open("[Content_Types].xml") as stream:
            text = stream.read(MAX_CONTENT_TYPES_BYTES).decode(errors="replace")
    except KeyError:
        return found
    for override in _OVERRIDE.findall(text):
        attributes = {name.casefold(): value for name, value in _ATTRIBUTE.findall(override)}
        name, kind = attributes.get("partname", ""), attributes.get("contenttype", "")
        found.setdefault(name.casefold(), set()).add(kind.casefold())
    return found


def _sheets_with_formulas(archive: zipfile.ZipFile) -> bool:
    for member in archive.infolist():
        if member.filename.casefold().startswith("xl/worksheets/") and member.filename.endswith(".xml"):
            with archive.open(member) as stream:
                tail = b""
                while chunk := stream.read(io.DEFAULT_BUFFER_SIZE * 16):
                    if b"<f>" in tail + chunk or b"<f " in tail + chunk or b":f>" in tail + chunk:
                        return True
                    tail = chunk[-3:]
    return False


def _text(cell: object) -> str:
    """A cell as text: days and moments in ISO 8601, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return str(cell)
