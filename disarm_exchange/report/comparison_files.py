"""A comparison as a picture (SVG), a page (HTML), Markdown, JSON and rows for a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import orjson

from disarm_exchange.report.comparison import Comparison, Row, Side, difference
from disarm_exchange.report.export_tables import Cell as TableCell
from disarm_exchange.report.export_tables import Sheet
from disarm_exchange.report.heatmap import MEANING, View, confidence_of, words_of
from disarm_exchange.report.heatmap_page import page, table
from disarm_exchange.report.heatmap_page import table_row as html_row
from disarm_exchange.report.matrix import Cell, Column, Measure, number
from disarm_exchange.report.matrix_drawing import Look, MatrixDrawing, Picture
from disarm_exchange.report.matrix_text import numbers, plain, table_row
from disarm_exchange.report.palette import Theme
from disarm_exchange.report.shown import one_line
from disarm_exchange.stix.bundle import StixObject

_SHAPES = {
    Side.ONLY_A: ("only-a", "ink-a"),
    Side.ONLY_B: ("only-b", "ink-b"),
    Side.BOTH: ("s0 both", "ink"),
    Side.NEITHER: ("s0", "soft"),
}
_HEADINGS = (
    "tactic", "technique", "name", "who", "objects A", "objects B", "findings A", "findings B", "confidence A",
    "confidence B",
)  # fmt: skip
_COLUMNS = (
    "tactic_id", "tactic", "technique_id", "technique", "framework", "who", "objects_a", "objects_b", "findings_a",
    "findings_b", "lists_a", "lists_b", "confidence_lowest_a", "confidence_highest_a", "confidence_lowest_b",
    "confidence_highest_b", "remark", "marking",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """How a comparison is shown.

    Attributes:
        measure: which number stands in the cells; None: the one that says more.
        theme: light, dark, or as the reader's system is.
        title: what it is about; None: both names.
    """

    measure: Measure | None = None
    theme: Theme = Theme.AUTO
    title: str | None = None


def title_of_comparison(comparison: Comparison, frame: Frame) -> str:
    """What it is about, as harmless text."""
    if frame.title:
        return one_line(frame.title, 160)
    return f"{one_line(comparison.a.name, 80)} (A) and {one_line(comparison.b.name, 80)} (B)"


def totals_text(comparison: Comparison) -> str:
    """How many techniques each side has, in a sentence."""
    totals = comparison.totals()
    return (
        f"DISARM {comparison.matrix.release}: {totals[Side.BOTH]:,} techniques in A and B, "
        f"{totals[Side.ONLY_A]:,} only in A, {totals[Side.ONLY_B]:,} only in B"
    )


def comparison_picture(comparison: Comparison, frame: Frame, *, in_page: bool = False) -> Picture:
    """The matrix of what either side has; for use in a page, without banner and heading."""
    return _Drawing(comparison, frame).picture(in_page=in_page)


class _Drawing(MatrixDrawing):
    def __init__(self, comparison: Comparison, frame: Frame) -> None:
        self.comparison = comparison
        self.measure = frame.measure or comparison.usual_measure
        super().__init__(
            comparison.matrix,
            comparison.matrix.only_used(),
            heading=f"DISARM techniques: {title_of_comparison(comparison, frame)}",
            marking=comparison.marking,
            theme=frame.theme,
        )

    def introduction(self) -> list[str]:
        told = f"{totals_text(self.comparison)}. The numbers in a cell: A : B, {MEANING[self.measure]}."
        return [told, self.comparison.note] if self.comparison.note else [told]

    def description(self) -> str:
        told = [
            f"{row.technique_id} {one_line(row.name, 120)} {row.pair.side.value} {self._both(row.technique_id)}"
            for row in self.comparison.rows()[:20]
        ]
        return f"{totals_text(self.comparison)}. {', '.join(told)}"

    def legend(self, x: float, y: float) -> float:
        for side in (Side.ONLY_A, Side.ONLY_B, Side.BOTH):
            x, y = self.swatch(side.value, *_SHAPES[side], x, y)
        x += 16
        for label, one in (("A", self.comparison.a), ("B", self.comparison.b)):
            x, y = self.remark(f"{label}: {one_line(one.name, 80)} ({one.marking.label})", x, y)
        return y + 22

    def look(self, column: Column, cell: Cell) -> Look:
        pair = self.comparison.pair(cell.technique_id)
        shape, ink = _SHAPES[pair.side]
        has = pair.side is not Side.NEITHER
        return Look(
            shape=shape,
            ink=ink,
            title=f"{cell.technique_id} {cell.name} ({column.name}): A {words_of(pair.a)}; B {words_of(pair.b)}",
            right=self._both(cell.technique_id) if has else "",
            note=pair.side.value if has else "",
            data={
                "a-objects": pair.a.objects,
                "a-findings": pair.a.findings,
                "b-objects": pair.b.objects,
                "b-findings": pair.b.findings,
            },
        )

    def apart(self) -> Iterator[str]:
        for row in self.comparison.rows():
            if row.tactic is None:
                yield _apart(row)

    def _both(self, technique_id: str) -> str:
        pair = self.comparison.pair(technique_id)
        return f"{number(pair.a, self.measure):,} : {number(pair.b, self.measure):,}"


def _apart(row: Row) -> str:
    told = f"A {words_of(row.pair.a)}; B {words_of(row.pair.b)}"
    return f"{row.technique_id} {one_line(row.name, 120)}: {told}. {one_line(row.remark, 400)}."


def comparison_page(comparison: Comparison, frame: Frame) -> str:
    """The picture and the table of it as one page."""
    title = title_of_comparison(comparison, frame)
    rows = "\n".join(_html_row(row) for row in comparison.rows())
    body = (
        f"<h1>DISARM techniques: {escape(title)}</h1>\n"
        '<div class="picture" tabindex="0" role="region" aria-label="Heat map of both">\n'
        f"{comparison_picture(comparison, frame, in_page=True).svg}</div>\n<h2>The numbers as a table</h2>\n"
        f"{table(_HEADINGS, rows)}"
    )
    view = View(title, comparison.marking, frame.measure, theme=frame.theme, note=comparison.note)
    return page(f"DISARM techniques: {title}", view, body)


def _cells(row: Row) -> tuple[str, ...]:
    a, b = row.pair.a, row.pair.b
    return (
        row.pair.side.value,
        f"{a.objects:,}",
        f"{b.objects:,}",
        f"{a.findings:,}",
        f"{b.findings:,}",
        confidence_of(a),
        confidence_of(b),
    )


def _html_row(row: Row) -> str:
    tactic = row.tactic.name if row.tactic else one_line(row.remark, 400)
    side, *told = _cells(row)
    name = escape(row.technique_id)
    link = f'<a href="{escape(row.url)}" rel="noreferrer">{name}</a>' if row.url else name
    cells = (escape(tactic), link, escape(one_line(row.name, 120)), side, *map(escape, told))
    return html_row(_HEADINGS, cells, 4)


def comparison_markdown(comparison: Comparison, frame: Frame) -> str:
    """A table for each of: only A, only B, both."""
    return "\n".join(_markdown(comparison, frame)) + "\n"


def _markdown(comparison: Comparison, frame: Frame) -> Iterator[str]:
    yield f"**{comparison.marking.label}**"
    yield ""
    yield f"# DISARM techniques: {plain(title_of_comparison(comparison, frame))}"
    yield ""
    yield f"{totals_text(comparison)}."
    if comparison.note:
        yield ""
        yield plain(comparison.note)
    rows = comparison.rows()
    for side in (Side.ONLY_A, Side.ONLY_B, Side.BOTH):
        yield ""
        yield f"## {side.value[:1].upper()}{side.value[1:]}"
        yield ""
        yield table_row(heading for heading in _HEADINGS if heading != "who")
        yield table_row(["---"] * 3 + ["---:"] * 6)
        for row in rows:
            if row.pair.side is side:
                tactic = row.tactic.name if row.tactic else one_line(row.remark, 400)
                names = (plain(tactic), plain(row.technique_id), plain(one_line(row.name, 120)))
                yield table_row((*names, *_cells(row)[1:]))
    yield ""
    yield f"**{comparison.marking.label}**"


def comparison_json(comparison: Comparison, frame: Frame) -> bytes:
    """The numbers of both sides for programs."""
    measure = frame.measure or comparison.usual_measure
    content: StixObject = {
        "title": title_of_comparison(comparison, frame),
        "a": {"name": one_line(comparison.a.name, 80), "marking": comparison.a.marking.label},
        "b": {"name": one_line(comparison.b.name, 80), "marking": comparison.b.marking.label},
        "marking": comparison.marking.label,
        **({"note": comparison.note} if comparison.note else {}),
        "release": comparison.matrix.release,
        "measure": measure.value,
        "totals": {side.value: count for side, count in comparison.totals().items()},
        "techniques": [
            {
                "tactic": row.tactic.tactic_id if row.tactic else None,
                "id": row.technique_id,
                "name": one_line(row.name, 120),
                "who": row.pair.side.value,
                "difference": difference(row.pair, measure),
                "a": numbers(row.pair.a),
                "b": numbers(row.pair.b),
                **({"remark": one_line(row.remark, 400)} if row.remark else {}),
            }
            for row in comparison.rows()
        ],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def comparison_sheet(comparison: Comparison) -> Sheet:
    """The rows for CSV or TSV."""
    return Sheet("comparison", _COLUMNS, lambda: _sheet_rows(comparison))


def _sheet_rows(comparison: Comparison) -> Iterator[tuple[TableCell, ...]]:
    for row in comparison.rows():
        a, b = row.pair.a, row.pair.b
        yield (
            row.tactic.tactic_id if row.tactic else "",
            row.tactic.name if row.tactic else "",
            row.technique_id,
            row.name,
            comparison.matrix.release if row.tactic else "",
            row.pair.side.value,
            *(a.objects, b.objects, a.findings, b.findings, a.lists, b.lists),
            *(a.lowest, a.highest, b.lowest, b.highest),
            row.remark,
            f"{comparison.marking.label} (some unmarked)" if comparison.note else comparison.marking.label,
        )
