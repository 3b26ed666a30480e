"""The heat map of techniques as SVG: tactics as columns, techniques as cells with their number.

Each cell says its number, id, name, and by three dots the highest confidence; its colour only repeats the number. The
picture names the strictest marking of what is in it, above and below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from disarm_exchange.report.counting import TechniqueCount
from disarm_exchange.report.drawing import FONTS, element, lines_of
from disarm_exchange.report.matrix import Cell, Column, Matrix, Measure, number
from disarm_exchange.report.palette import DARK, LIGHT, TLP_GROUND, TLP_TEXT, Palette, Scale, Theme, scale_to
from disarm_exchange.report.shown import one_line
from disarm_exchange.report.text_width import width as width_of
from disarm_exchange.stix.markings import Tlp

_MARGIN = 24
_COLUMN = 176
_GAP = 10
_INDENT = 12
_LEAST_WIDTH = 760
_BANNER = 26
_NAME = 11.5
_HEADING = 13
_LINE = 14
_REMARK = 12

MEANING = {
    Measure.OBJECTS: "objects that use the technique",
    Measure.FINDINGS: "findings behind the use of the technique",
}
CONFIDENCE = ((0, 29, "low"), (30, 69, "medium"), (70, 100, "high"))
"""STIX 2.1, appendix A, the scale None / Low / Med / High."""


@dataclass(frozen=True, slots=True)
class View:
    """What of a matrix is shown, and how.

    Attributes:
        title: foreign text.
        marking: the strictest of what is in the picture.
        measure: which number stands in the cells; None: the one that says more.
        only_used: leave out what nothing uses.
        all_subtechniques: show sub-techniques that nothing uses too.
        theme: light, dark, or as the reader's system is.
    """

    title: str
    marking: Tlp
    measure: Measure | None = None
    only_used: bool = False
    all_subtechniques: bool = False
    theme: Theme = Theme.AUTO


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG and its size in pixels."""

    svg: str
    width: int
    height: int


def chosen(matrix: Matrix, view: View) -> Matrix:
    """The part of a matrix that a view shows."""
    if view.only_used:
        return matrix.only_used()
    if view.all_subtechniques:
        return matrix
    columns = tuple(
        replace(
            column,
            cells=tuple(
                replace(cell, children=tuple(child for child in cell.children if child.used)) for cell in column.cells
            ),
        )
        for column in matrix.columns
    )
    return replace(matrix, columns=columns)


def summary_of(matrix: Matrix) -> str:
    """How much of the framework is used, in a sentence."""
    cells = {cell.technique_id: cell.count.used for _, cell in matrix.cells()}
    tactics = sum(column.used for column in matrix.columns)
    return (
        f"DISARM {matrix.release}: {sum(cells.values()):,} of {len(cells):,} techniques used, "
        f"in {tactics} of {len(matrix.columns)} tactics"
    )


def confidence_of(count: TechniqueCount) -> str:
    """The range of confidence in words: `40 to 80`, `60`, or empty."""
    if count.lowest is None or count.highest is None:
        return ""
    return str(count.highest) if count.lowest == count.highest else f"{count.lowest} to {count.highest}"


def words_of(count: TechniqueCount) -> str:
    """All numbers of a technique in words."""
    told = [f"{count.objects:,} {'object' if count.objects == 1 else 'objects'}"]
    if count.findings:
        told.append(f"{count.findings:,} {'finding' if count.findings == 1 else 'findings'}")
    if count.lists:
        told.append(f"named in {count.lists:,} {'list' if count.lists == 1 else 'lists'}")
    if count.highest is not None:
        told.append(f"confidence {confidence_of(count)}")
    return ", ".join(told)


def heatmap(matrix: Matrix, view: View) -> Picture:
    """Draw a matrix."""
    return _Drawing(matrix, view).picture()


class _Drawing:
    def __init__(self, matrix: Matrix, view: View) -> None:
        self.whole = matrix
        self.matrix = chosen(matrix, view)
        self.view = view
        self.measure = view.measure or matrix.usual_measure
        self.scale: Scale = scale_to(matrix.highest(self.measure))
        count = len(self.matrix.columns)
        self.width = max(_LEAST_WIDTH, 2 * _MARGIN + count * (_COLUMN + _GAP) - _GAP)
        self.parts: list[str] = []
        self.heading_lines = max((len(lines_of(c.name, _HEADING, _COLUMN, 3)) for c in self.matrix.columns), default=0)
        self.hidden = {
            cell.technique_id: len(cell.children) for column in matrix.columns for cell in column.cells if cell.children
        }

    def picture(self) -> Picture:
        title = one_line(self.view.title, 160)
        summary = summary_of(self.whole)
        self._banner(0)
        y = _BANNER + 34.0
        for line in lines_of(f"DISARM techniques: {title}", 20, self.width - 2 * _MARGIN, 2):
            self._text(line, _MARGIN, y, 20, "ink", bold=True)
            y += 26
        told = f"{summary}. The number in a cell: {MEANING[self.measure]}."
        for line in lines_of(told, 13, self.width - 2 * _MARGIN, 3):
            self._text(line, _MARGIN, y, 13, "soft")
            y += 18
        y = self._legend(y + 6) + 18
        if not self.matrix.columns:
            self._text("No technique is used.", _MARGIN, y + 16, 14, "ink")
            y += 30
        bottom = max((self._column(column, place, y) for place, column in enumerate(self.matrix.columns)), default=y)
        bottom = self._outside(bottom + 10)
        height = round(bottom + 16 + _BANNER)
        self._banner(height - _BANNER)
        svg = "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{height}" '
                f'viewBox="0 0 {self.width} {height}" role="img" aria-labelledby="heatmap-title heatmap-text" '
                f'font-family="{FONTS}">',
                element("title", f"DISARM techniques: {title} ({self.view.marking.label})", id="heatmap-title"),
                element("desc", f"{summary}. {self._most()}", id="heatmap-text"),
                f"<style>{style(self.view.theme)}</style>",
                element("rect", class_="paper", width=self.width, height=height),
                *self.parts,
                "</svg>\n",
            )
        )
        return Picture(svg, self.width, height)

    def _most(self) -> str:
        cells = {cell.technique_id: cell for _, cell in self.whole.cells() if number(cell.count, self.measure)}
        first = sorted(cells.values(), key=lambda cell: (-number(cell.count, self.measure), cell.technique_id))[:10]
        if not first:
            return "No technique is used."
        told = ", ".join(f"{cell.technique_id} {cell.name} {number(cell.count, self.measure):,}" for cell in first)
        return f"Most by number of {self.measure.value}: {told}."

    def _banner(self, y: float) -> None:
        tlp = self.view.marking
        self.parts.append(element("rect", y=y, width=self.width, height=_BANNER, fill=TLP_GROUND))
        self.parts.append(
            element(
                "text", tlp.label, x=self.width / 2, y=y + 18, text_anchor="middle", font_size=14, font_weight="bold",
                fill=TLP_TEXT[tlp],
            )
        )  # fmt: skip

    def _text(self, text: str, x: float, y: float, size: float, class_: str, *, bold: bool = False) -> None:
        weight = "bold" if bold else None
        self.parts.append(element("text", text, x=x, y=y, font_size=size, class_=class_, font_weight=weight))

    def _anchored(
        self, text: str, x: float, y: float, size: float, class_: str, anchor: str, *, bold: bool = False
    ) -> None:
        weight = "bold" if bold else None
        self.parts.append(
            element("text", text, x=x, y=y, font_size=size, text_anchor=anchor, class_=class_, font_weight=weight)
        )

    def _legend(self, y: float) -> float:
        x = float(_MARGIN)
        entries = [(0, "0")] if self.scale.bounds else []
        entries += [
            (step, f"{least:,}" if least == most else f"{least:,} to {most:,}")
            for step, least, most in self.scale.classes()
        ]
        for step, label in entries:
            width = max(44.0, width_of(label, 12) + 16)
            x, y = self._wrapped(x, y, width)
            self.parts.append(element("rect", x=x, y=y, width=width, height=22, rx=3, class_=f"s{step}"))
            self.parts.append(
                element(
                    "text", label, x=x + width / 2, y=y + 15.5, font_size=12, text_anchor="middle", class_=f"t{step}"
                )
            )
            x += width + 4
        if any(cell.count.highest is not None for _, cell in self.whole.cells()):
            x += 20
            for least, most, word in CONFIDENCE:
                label = f"confidence {word}, {least} to {most}"
                x, y = self._wrapped(x, y, 40 + width_of(label, 12))
                self._dots(most, x, y + 11, "soft")
                self._text(label, x + 30, y + 15.5, 12, "soft")
                x += 30 + width_of(label, 12) + 16
        if any(self.hidden.get(cell.technique_id, 0) > len(cell.children) for _, cell in self.matrix.cells()):
            label = "+2 sub: sub-techniques that nothing uses"
            x, y = self._wrapped(x, y, width_of(label, 12))
            self._text(label, x, y + 15.5, 12, "soft")
        return y + 22

    def _wrapped(self, x: float, y: float, width: float) -> tuple[float, float]:
        return (float(_MARGIN), y + 28) if x + width > self.width - _MARGIN and x > _MARGIN else (x, y)

    def _dots(self, confidence: int, x: float, y: float, class_: str) -> None:
        full = next(place for place, (_, most, _word) in enumerate(CONFIDENCE, 1) if confidence <= most)
        for place in range(3):
            shape = f"dot {class_}" if place < full else f"ring {class_}"
            self.parts.append(element("circle", cx=x + 4 + place * 8.0, cy=y, r=2.6, class_=shape))

    def _column(self, column: Column, place: int, y: float) -> float:
        x = float(_MARGIN + place * (_COLUMN + _GAP))
        whole = next(one for one in self.whole.columns if one.tactic_id == column.tactic_id)
        cells = [cell for top in whole.cells for cell in top]
        lines = lines_of(column.name, _HEADING, _COLUMN, 3)
        y += 16 * self.heading_lines
        for row, line in enumerate(reversed(lines)):
            self._text(line, x, y - 3 - row * 16, _HEADING, "ink", bold=True)
        used = sum(cell.count.used for cell in cells)
        self._text(f"{column.tactic_id} · {used} of {len(cells)} used", x, y + 14, 11, "soft")
        y += 24
        for cell in column.cells:
            y = self._cell(column, cell, x, y, _COLUMN)
            for child in cell.children:
                y = self._cell(column, child, x + _INDENT, y, _COLUMN - _INDENT)
        return y

    def _cell(self, column: Column, cell: Cell, x: float, y: float, width: float) -> float:
        value = number(cell.count, self.measure)
        step = self.scale.step(value)
        named = cell.count.used and not value
        text = f"t{step}" if step else "soft"
        name = lines_of(cell.name, _NAME, width - 14, 5)
        height = 26 + _LINE * len(name)
        shape = "s0 named" if named else f"s{step}"
        self.parts += [
            f'<g id="{column.tactic_id}-{cell.technique_id}" class="cell" data-technique="{cell.technique_id}" '
            f'data-objects="{cell.count.objects}" data-findings="{cell.count.findings}">',
            element("title", f"{cell.technique_id} {cell.name} ({column.name}): {words_of(cell.count)}"),
            element("rect", x=x, y=y, width=width, height=height, rx=3, class_=shape),
        ]
        self._text(cell.technique_id, x + 7, y + 16, 11, text)
        if cell.count.highest is not None:
            self._dots(cell.count.highest, x + 10 + width_of(cell.technique_id, 11), y + 12, text)
        if cell.count.used:
            self._anchored(f"{value:,}", x + width - 7, y + 18, 15, text if step else "ink", "end", bold=True)
        elif self.hidden.get(cell.technique_id, 0) > len(cell.children):
            more = self.hidden[cell.technique_id] - len(cell.children)
            self.parts.append(
                element(
                    "text", f"+{more} sub", x=x + width - 7, y=y + 16, font_size=10.5, text_anchor="end", class_="soft"
                )
            )
        for row, line in enumerate(name):
            self._text(line, x + 7, y + 31 + row * _LINE, _NAME, text)
        self.parts.append("</g>")
        return y + height + 4

    def _outside(self, y: float) -> float:
        if not self.whole.outside:
            return y
        y += 22
        self._text(f"Not in DISARM {self.whole.release}", _MARGIN, y, 15, "ink", bold=True)
        for one in self.whole.outside:
            y += 10
            name = one_line(one.name, 120)
            told = f"{one.technique_id} {name}: {words_of(one.count)}. {one_line(one.remark, 400)}."
            for row, line in enumerate(lines_of(told, _REMARK, self.width - 2 * _MARGIN, 6)):
                y += 12 if row == 0 else 16
                self._text(line, _MARGIN, y, _REMARK, "ink")
        return y + 8


def style(theme: Theme) -> str:
    """The style sheet of a theme; `auto` is light unless the reader's system is dark."""
    if theme is Theme.DARK:
        return _rules(DARK)
    light = _rules(LIGHT)
    return light if theme is Theme.LIGHT else f"{light}@media (prefers-color-scheme: dark){{{_rules(DARK)}}}"


def _rules(palette: Palette) -> str:
    rules = [
        f".paper{{fill:{palette.paper}}}",
        f".ink{{fill:{palette.ink}}}",
        f".soft{{fill:{palette.soft}}}",
        f".s0{{fill:{palette.panel};stroke:{palette.line};stroke-width:1}}",
        f".t0{{fill:{palette.soft}}}",
        f".named{{stroke:{palette.ink};stroke-dasharray:4 2}}",
        f".ring{{fill-opacity:0;stroke:{palette.soft};stroke-width:1}}",
    ]
    for step, (ground, text) in enumerate(palette.steps, 1):
        rules += [f".s{step}{{fill:{ground}}}", f".t{step}{{fill:{text}}}", f".ring.t{step}{{stroke:{text}}}"]
    return "".join(rules)
