"""Tables (CSV, TSV, semicolon or pipe separated) as a stream of findings."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import Layout, SourceProfile, recognise
from disarm_exchange.findings.text_input import bounded_lines, open_text
from disarm_exchange.findings.values import Kind, read_cell, read_typed, redirect_targets

MAX_CELL_CHARACTERS = 1024 * 1024
MAX_COLUMNS = 4096
_DELIMITERS = ",\t;|"
_RAW_KEPT = 2000
_WORDS = frozenset({Kind.TEXT, Kind.NAME, Kind.EMPTY})


def read_table(path: Path, profiles: Sequence[SourceProfile]) -> Iterator[Finding | Unreadable]:
    """Every non-blank record of a table below its header, in order, as a finding or as an unreadable record.

    Raises:
        UserError: no file, not text, or a header that no profile knows. It is raised by the first `next`.
    """
    with open_text(path) as stream:
        lines = bounded_lines(stream, path)
        header_number, header_line = _header_line(lines, path)
        delimiter, layout = _recognise(header_line, profiles, path)
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        if delimiter == "\t" and not layout.profile.tab_quoting:
            rows = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
        else:
            rows = csv.reader(lines, delimiter=delimiter, strict=True)
        yield from _findings(rows, layout, path.name, header_number)


def _header_line(lines: Iterator[str], path: Path) -> tuple[int, str]:
    """The first line that is not blank, and how many records the file has up to and with it."""
    for number, line in enumerate(lines, start=1):
        if line.strip(" \t\r\n,;|\ufeff"):
            return number, line
    raise UserError("is empty", where=str(path), fix="there is nothing to convert in it")


def _recognise(line: str, profiles: Sequence[SourceProfile], path: Path) -> tuple[str, Layout]:
    found: list[tuple[str, Layout]] = []
    header: list[str] = []
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            continue
        if len(cells) > MAX_COLUMNS:
            raise UserError(f"the header has more than {MAX_COLUMNS:,} columns", where=f"{path}:1")
        if len(cells) > len(header):
            header = cells
        layout = recognise(cells, profiles)
        if layout is not None:
            found.append((delimiter, layout))
    if found:
        return max(found, key=lambda item: item[1].matched)
    shown = ", ".join(cell.strip() for cell in header[:8]) or line.strip()[:80]
    wanted = "; ".join(f"{p.id}: {', '.join(c.title for c in p.columns() if c.required)}" for p in profiles)
    raise UserError(
        f"no source profile knows this header: {shown[:200]}",
        where=f"{path}:1",
        fix=f"expected one of: {wanted}; or give a profile of your own with --source",
    )


def _findings(
    rows: Iterator[list[str]], layout: Layout, file: str, header_number: int
) -> Iterator[Finding | Unreadable]:
    number = header_number
    width = layout.width
    paths = _LabelPaths(layout)
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable("", f"not a readable row: {error}; check its quotes", file, number)
            continue
        if not any(row) or not any(cell.strip() for cell in row):
            continue
        if len(row) != width:
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                reason = f"the row has {len(row)} cells, the header {width}; check its quotes and separators"
                yield Unreadable("\t".join(row)[:_RAW_KEPT], reason, file, number)
                continue
            row = (row + [""] * width)[:width]
        finding = _finding(row, layout, paths.of(row), file, number)
        if layout.type is not None and finding.value.kind in _WORDS:
            kind = row[layout.type].strip()
            reason = f"no {kind or 'value'} is in the cell" + (
                f": {finding.value.problem}" if finding.value.problem else ""
            )
            yield Unreadable("\t".join(row)[:_RAW_KEPT], reason, file, number)
        else:
            yield finding


class _LabelPaths:
    """Label paths of rows; the few distinct ones are folded once and shared."""

    def __init__(self, layout: Layout) -> None:
        places = layout.labels if layout.type is None else (*layout.labels, layout.type)
        self._places = places
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, row: list[str]) -> tuple[str, ...]:
        cells = tuple([row[place] for place in self._places])
        folded = self._known.get(cells)
        if folded is None:
            folded = tuple(text for cell in cells if (text := " ".join(cell.split())))
            if len(self._known) < 100_000:
                self._known[cells] = folded
        return folded


def _finding(row: list[str], layout: Layout, labels: tuple[str, ...], file: str, number: int) -> Finding:
    raw = row[layout.value]
    note = " ".join(row[layout.note].split()) if layout.note is not None else ""
    for place, title in layout.others:
        text = " ".join(row[place].split())
        if text:
            note = f"{note}; {title}: {text}" if note else f"{title}: {text}"
    if layout.type is not None:
        value, *others = (read_typed(raw, row[layout.type].strip()),)
    else:
        value, *others = read_cell(raw)
    if note and ("/" in note or "[" in note):
        others.extend(redirect_targets(note))
    return Finding(
        labels=labels,
        raw=raw,
        value=value,
        note=note,
        file=file,
        record=number,
        reported=_date(row[layout.reported], layout.profile.date_formats) if layout.reported is not None else None,
        more=tuple(others),
    )


def _date(cell: str, formats: Sequence[str]) -> date | None:
    text = cell.strip()
    for form in formats:
        try:
            if form == "%Y-%m-%d":
                return date.fromisoformat(text)
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
