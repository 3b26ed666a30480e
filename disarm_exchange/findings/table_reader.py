"""Tables (CSV, TSV, semicolon or pipe separated) as a stream of findings."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from disarm_exchange.errors import UserError
from disarm_exchange.findings.model import Unreadable
from disarm_exchange.findings.profile import SourceProfile, expected_columns, recognise
from disarm_exchange.findings.reader import Recognition, Record, RecordBlock, Source
from disarm_exchange.findings.rows import MAX_COLUMNS, Layout, Row, RowContext, row_blocks
from disarm_exchange.findings.text_input import bounded_lines, bytes_read, open_text

MAX_CELL_CHARACTERS = 1024 * 1024
MAX_RECORD_CHARACTERS = 8 * 1024 * 1024
"""A record may go over several lines, but not for ever."""

MAX_LINES_ABOVE_HEADER = 20
"""How many lines that are not blank may stand above the header: titles, dates, remarks of an export."""

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_ROWS = 100
_BLANK = " \t\r\n,;|\ufeff"


class TableReader:
    """Reads tables of text."""

    title = "table of text (CSV, TSV)"

    def recognises(self, source: Source) -> Recognition | None:
        """By its header alone."""
        with open_text(source.path) as stream:
            found = _find_header(bounded_lines(stream, source.path), source.profiles, source.path)
        if found.layout is None:
            return None
        profile = found.layout.profile
        return Recognition(
            why=f"line {found.number} is the header of {profile.id}, separated by {_DELIMITERS[found.delimiter]}s",
            profile=profile.id,
            header=found.layout.header,
            delimiter=found.delimiter,
        )

    def read(self, source: Source) -> Iterator[Record]:
        """Every non-blank record below the header, in order.

        Raises:
            UserError: no file, not text, or a header that no profile knows. It is raised by the first `next`.
        """
        for block in self.blocks(source, _ROWS):
            yield from block.records()

    def blocks(self, source: Source, size: int) -> Iterator[RecordBlock]:
        """The same in blocks of so many rows.

        Raises:
            UserError: as `read`.
        """
        with open_text(source.path) as stream:
            lines = bounded_lines(stream, source.path)
            found = _find_header(lines, source.profiles, source.path)
            if found.layout is None:
                raise _unknown(found, source)
            if found.above:
                source.say("what stands above the header is not read", record=found.number)
            csv.field_size_limit(MAX_CELL_CHARACTERS)
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
            if found.delimiter == "\t" and not found.layout.profile.tab_quoting:
                quoting = csv.QUOTE_NONE
            meter = _Meter(chain(found.waiting, lines), source.path)
            rows = csv.reader(meter, delimiter=found.delimiter, quoting=quoting, strict=True)
            context = RowContext(source.file, source.remark, source.row)
            numbered = _numbered(rows, meter, source.file, found.number)
            yield from row_blocks(numbered, found.layout, context, size, lambda: bytes_read(stream))


def table_header(source: Source) -> Layout | None:
    """The layout of the table that the file is, by its header; None if no profile knows one."""
    with open_text(source.path) as stream:
        return _find_header(bounded_lines(stream, source.path), source.profiles, source.path).layout


def read_table(path: Path, profiles: Sequence[SourceProfile]) -> Iterator[Record]:
    """Every non-blank record of a table below its header; as `TableReader.read`, for those who have a path."""
    return TableReader().read(Source(path, profiles))


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    """How many lines the file has up to and with the header (or its first line, where no header is known)."""

    delimiter: str
    cells: tuple[str, ...]
    layout: Layout | None
    above: int = 0
    waiting: tuple[str, ...] = ()
    """Lines below the header that were read already."""


def _find_header(lines: Iterator[str], profiles: Sequence[SourceProfile], path: Path) -> _Header:
    """The header of the table; the lines are read up to and with it.

    Raises:
        UserError: nothing but blanks, or a line with too many columns.
    """
    first: _Header | None = None
    above = number = 0
    waiting: deque[str] = deque()
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        number += 1
        if not line.strip(_BLANK):
            continue
        found = _split_header(line, number, profiles, path)
        if line.count('"') % 2:
            # A heading in quotes may go over several lines.
            more = _rest_of_quote(line, waiting, lines)
            joined = _split_header(line + "".join(more), number, profiles, path)
            if joined.layout is not None:
                return replace(joined, number=number + len(more), above=above, waiting=tuple(waiting))
            waiting.extendleft(reversed(more))
        if found.layout is not None:
            return replace(found, above=above, waiting=tuple(waiting))
        first = first or found
        above += 1
        if above > MAX_LINES_ABOVE_HEADER:
            break
    if first is None:
        raise UserError("is empty", where=str(path), fix="there is nothing to convert in it")
    return first


def _rest_of_quote(line: str, waiting: deque[str], lines: Iterator[str]) -> list[str]:
    """The lines, few as they may be, up to the one that closes the quote that a line leaves open."""
    more: list[str] = []
    quotes = line.count('"')
    while quotes % 2 and len(more) < MAX_LINES_ABOVE_HEADER:
        further = waiting.popleft() if waiting else next(lines, None)
        if further is None:
            break
        more.append(further)
        quotes += further.count('"')
    return more


def _split_header(line: str, number: int, profiles: Sequence[SourceProfile], path: Path) -> _Header:
    whole = line.strip().removeprefix("\ufeff")
    best = _Header(number, ",", (whole[:80],), recognise([whole], profiles))  # a table of one column
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        try:
            cells = next(csv.reader(line.splitlines(keepends=True), delimiter=delimiter))
        except csv.Error:
            continue
        if len(cells) > MAX_COLUMNS:
            raise UserError(f"the header has more than {MAX_COLUMNS:,} columns", where=f"{path}:{number}")
        layout = recognise(cells, profiles)
        if _rank(layout, cells) > _rank(best.layout, best.cells):
            best = _Header(number, delimiter, tuple(cells), layout)
    return best


def _rank(layout: Layout | None, cells: Sequence[str]) -> tuple[int, int]:
    return (0 if layout is None else layout.matched, len(cells))


def _unknown(found: _Header, source: Source) -> UserError:
    shown = ", ".join(cell.strip() for cell in found.cells[:8])
    return UserError(
        f"no source profile knows this header: {shown[:200]}",
        where=f"{source.path}:{found.number}",
        fix=f"expected one of: {expected_columns(source.profiles)}; "
        "or draft a profile with `disarm-exchange inspect` and give it with --source",
    )


class _Meter:
    """Lines for the csv module, and how much of them the record at hand has used: an open quote must end some time."""

    def __init__(self, lines: Iterator[str], path: Path) -> None:
        self._lines = lines
        self._path = path
        self.used = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.used += len(line)
        if self.used > MAX_RECORD_CHARACTERS:
            raise UserError(
                f"a record is longer than {MAX_RECORD_CHARACTERS:,} characters",
                where=str(self._path),
                fix="a quote is opened and not closed; check the export",
            )
        return line


def _numbered(rows: Iterator[list[str]], meter: _Meter, file: str, number: int) -> Iterator[Row | Unreadable]:
    while True:
        number += 1
        meter.used = 0
        try:
            yield number, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable("", f"not a readable row: {error}; check its quotes", file, number)
