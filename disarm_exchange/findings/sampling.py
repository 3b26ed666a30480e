"""The first rows of a table that no profile knows, whatever file it stands in: what a profile is drafted from."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from disarm_exchange.findings.json_input import BadValueError, JsonCursor, Spot, open_json, parse_json
from disarm_exchange.findings.json_outline import JsonShape
from disarm_exchange.findings.json_records import cell_text, own_members
from disarm_exchange.findings.markdown_text import TableHeader, TableRow, blocks, plain_text
from disarm_exchange.findings.reader import Source
from disarm_exchange.findings.rows import MAX_COLUMNS
from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.xlsx_reader import first_rows

SAMPLE_ROWS = 300
OBSERVED = frozenset(Kind) - {
    Kind.NAME, Kind.TEXT, Kind.EMPTY, Kind.ASSET_COUNT, Kind.AUDIENCE_COUNT, Kind.AD_SPEND, Kind.PHONE,
}  # fmt: skip
"""Kinds that a column of values is told by."""

_LINES = 2000
_DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class Sample:
    """A header and the rows below it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def has_header(self) -> bool:
        """Whether the first row can be one: headings are no domains, addresses or accounts."""
        return not any(read_cell(cell)[0].kind in OBSERVED for cell in self.header)

    def column(self, place: int) -> list[str]:
        """The filled cells of a column."""
        return [cell for row in self.rows if place < len(row) and (cell := row[place].strip())]


def sample_of(source: Source) -> Sample | None:
    """The first table of a file; None if it has none.

    Raises:
        UserError: the file cannot be read.
    """
    if source.json is not None:
        return _of_records(source, source.json.shape)
    rows = first_rows(source, SAMPLE_ROWS + 20)
    if rows is None:
        rows = _of_report(source) or _of_text(source)
    table = [row for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in table), default=0)
    while len(table) > 1 and len([cell for cell in table[0] if cell.strip()]) < 2 <= width:
        table.pop(0)  # a title above the header
    if not table or len(table[0]) > MAX_COLUMNS:
        return None
    return Sample(tuple(table[0]), tuple(tuple(row) for row in table[1 : SAMPLE_ROWS + 1]))


def _of_text(source: Source) -> list[list[str]]:
    """The rows of the delimiter that gives most rows the same number of cells."""
    lines = source.text.splitlines()[:_LINES]
    best: list[list[str]] = []
    score = (0, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        if not rows:
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        if width > 1 and (count, width) > score:
            best, score = rows, (count, width)
    if not best:
        single = [[line] for line in lines if line.strip()]
        observed = [row for row in single[1:] if read_cell(row[0])[0].kind in OBSERVED]
        best = single if 2 * len(observed) >= len(single) > 1 else []
    return best


def _of_report(source: Source) -> list[list[str]]:
    rows: list[list[str]] = []
    for block in blocks(source.text.splitlines()):
        if isinstance(block, TableHeader):
            if rows:
                break
            rows.append([plain_text(cell) for cell in block.cells])
        elif isinstance(block, TableRow):
            rows.append([plain_text(cell) for cell in block.cells])
    return rows


def _of_records(source: Source, shape: JsonShape) -> Sample | None:
    names: dict[str, None] = {}
    records: list[dict[str, object]] = []
    found = _lines(source) if shape is JsonShape.LINES else _first_list(source)
    for whole in islice(found, SAMPLE_ROWS):
        record = own_members(whole)
        records.append(record)
        names.update(dict.fromkeys(list(record)[:MAX_COLUMNS]))
    if not records or len(names) > MAX_COLUMNS:
        return None
    return Sample(tuple(names), tuple(tuple(cell_text(record.get(name)) for name in names) for record in records))


def _lines(source: Source) -> Iterator[dict[str, object]]:
    for line in source.head.splitlines():
        try:
            item = parse_json(line, Spot(1, 1))
        except BadValueError:
            continue
        if isinstance(item, dict):
            yield item


def _first_list(source: Source) -> Iterator[dict[str, object]]:
    with open_json(source.path) as cursor:
        path = source.json.path if source.json is not None else ()
        if cursor.kind() == "object" and not path:
            item = cursor.value()
            if isinstance(item, dict):
                yield item
            return
        yield from _at(cursor, path)


def _at(cursor: JsonCursor, path: tuple[str, ...]) -> Iterator[dict[str, object]]:
    if path:
        for name in cursor.members():
            if name == path[0]:
                yield from _at(cursor, path[1:])
                return
        return
    for _ in cursor.elements():
        try:
            item = cursor.value()
        except BadValueError:
            continue
        if isinstance(item, dict):
            yield item
