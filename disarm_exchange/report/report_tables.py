"""The tables of a report: headings and rows of harmless text and numbers. What a page cannot show travels packed."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from disarm_exchange.report.content import Content, Told
from disarm_exchange.report.kinds import Section, section_of, words_for
from disarm_exchange.report.shown import cut, one_line

Row = tuple[str | int, ...]
ROWS_IN_PAGE = 50
MOST_ROWS = 100_000
_PACKED_TEXT = 300
_MODELLED = frozenset({Section.NARRATIVES, Section.CHANNELS, Section.PERSONAS, Section.CONTENT})
_DESCRIBED = ("Kind", "Name", "Description")


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        key: `observables`; the anchor of its place in the page.
        title: its heading.
        headings: of the columns.
        numbers: which columns hold numbers (from 0).
        values: which column holds addresses and the like, to be set in a typewriter face; None: none.
        rows: all of them.
        note: a sentence on what stands in it.
        export: the table of the command `export` that has all rows; empty: none has.
    """

    key: str
    title: str
    headings: tuple[str, ...]
    rows: Sequence[Row]
    numbers: frozenset[int] = frozenset()
    values: int | None = None
    note: str = ""
    export: str = ""

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that stand in the page."""
        return self.rows[:ROWS_IN_PAGE]

    @property
    def more(self) -> int:
        """How many rows do not stand in the page."""
        return max(0, len(self.rows) - ROWS_IN_PAGE)

    @property
    def left_out(self) -> int:
        """How many rows are not even packed into the page: it must stay fit for a mail."""
        return max(0, len(self.rows) - MOST_ROWS)

    @property
    def packed(self) -> str:
        """The rows that do not stand in the page: JSON, gzipped, in base64; long texts cut."""
        rest = [[_short(cell) for cell in row] for row in self.rows[ROWS_IN_PAGE:MOST_ROWS]]
        return base64.b64encode(gzip.compress(orjson.dumps(rest), 9, mtime=0)).decode("ascii")


def _short(cell: str | int) -> str | int:
    return cell if isinstance(cell, int) else cut(cell, _PACKED_TEXT)


def tables_of(content: Content) -> tuple[Table, ...]:
    """All tables that have rows, in the order in which they stand."""
    return tuple(table for table in _tables(content) if table.rows)


def _tables(content: Content) -> Iterator[Table]:
    if len(content.cases) > 1:
        yield Table(
            "cases",
            "Cases",
            ("Name", "Kind", "First seen", "Last seen", "Producer", "Techniques"),
            [
                (one.name, one.kind, one.first_seen, one.last_seen, one.producer, one.techniques)
                for one in content.cases
            ],
            frozenset({5}),
        )
    yield Table(
        "techniques",
        "Techniques",
        ("Id", "Technique", "Tactic", "Findings", "Objects", "Confidence"),
        list(_techniques(content)),
        frozenset({3, 4}),
        export="techniques",
        note="Findings support the call; objects are the cases and others that use the technique.",
    )
    yield Table(
        "observables",
        "Observables",
        ("Kind", "Platform", "Value", "Indicator"),
        list(_observables(content)),
        values=2,
        export="observables",
        note="Values are defanged. An indicator is something to detect by; the rest belongs to the case all the same.",
    )
    yield Table(
        "indicators",
        "Indicators without an observable here",
        ("Name", "Pattern", "Valid from", "Confidence"),
        [tuple(row) for row in content.loose_indicators],
        values=1,
        export="indicators",
    )
    modelled = [told for told in content.others if section_of(told.type) in _MODELLED]
    yield Table("modelled", "Narratives, channels and personas", _DESCRIBED, _described(modelled))
    rest = [told for told in content.others if section_of(told.type) not in _MODELLED]
    yield Table("others", "Other objects", _DESCRIBED, _described(rest))
    yield Table(
        "notes",
        "Notes",
        ("Filed under", "Text"),
        [(note.title, note.text) for note in content.notes],
        note="Findings in words, as the source has them.",
    )


def _described(told: Iterable[Told]) -> list[Row]:
    return [(words_for(one.type, 1), one.title, one.text) for one in told]


def _techniques(content: Content) -> Iterator[Row]:
    for column, cell in content.matrix.cells():
        if cell.count.used:
            yield (
                cell.technique_id,
                cell.name,
                column.name,
                cell.count.findings,
                cell.count.objects,
                confidence(cell.count.lowest, cell.count.highest),
            )
    for one in content.matrix.outside:
        count = one.count
        told = confidence(count.lowest, count.highest)
        name = one_line(one.name)
        yield (one.technique_id, name, f"not in DISARM {content.matrix.release}", count.findings, count.objects, told)


def confidence(lowest: int | None, highest: int | None) -> str:
    """`85`, or `60 to 85` where calls differ; empty where none is stated."""
    if lowest is None or highest is None:
        return ""
    return str(highest) if lowest == highest else f"{lowest} to {highest}"


def _observables(content: Content) -> Iterator[Row]:
    for row in content.observables:
        yield (words_for(row.type, 1), row.platform, row.value, "yes" if row.indicated else "")
