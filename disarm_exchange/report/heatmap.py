"""The heat map of techniques as SVG: tactics as columns, techniques as cells with their number.

Each cell says its number, id, name, and by three dots the highest confidence; its colour only repeats the number. The
picture names the strictest marking of what is in it, above and below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from disarm_exchange.report.counting import TechniqueCount
from disarm_exchange.report.matrix import Cell, Column, Matrix, Measure, number
from disarm_exchange.report.matrix_drawing import CONFIDENCE, Look, MatrixDrawing, Picture
from disarm_exchange.report.palette import Scale, Theme, scale_to
from disarm_exchange.report.shown import one_line
from disarm_exchange.report.text_width import width as width_of
from disarm_exchange.stix.markings import Tlp

MEANING = {
    Measure.OBJECTS: "objects that use the technique",
    Measure.FINDINGS: "distinct findings behind the use of the technique",
}


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
        note: how objects without a marking were treated (`Source.note`); empty: nothing to tell.
    """

    title: str
    marking: Tlp
    measure: Measure | None = None
    only_used: bool = False
    all_subtechniques: bool = False
    theme: Theme = Theme.AUTO
    note: str = ""


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


def heatmap(matrix: Matrix, view: View, *, in_page: bool = False) -> Picture:
    """Draw a matrix; for use in a page that has banner and heading itself, without these."""
    return _Drawing(matrix, view).picture(in_page=in_page)


class _Drawing(MatrixDrawing):
    def __init__(self, matrix: Matrix, view: View) -> None:
        self.measure = view.measure or matrix.usual_measure
        self.scale: Scale = scale_to(matrix.highest(self.measure))
        heading = f"DISARM techniques: {one_line(view.title, 160)}"
        self.note = view.note
        super().__init__(matrix, chosen(matrix, view), heading=heading, marking=view.marking, theme=view.theme)

    def introduction(self) -> list[str]:
        told = f"{summary_of(self.whole)}. The number in a cell: {MEANING[self.measure]}."
        return [told, self.note] if self.note else [told]

    def description(self) -> str:
        cells = {cell.technique_id: cell for _, cell in self.whole.cells() if number(cell.count, self.measure)}
        first = sorted(cells.values(), key=lambda cell: (-number(cell.count, self.measure), cell.technique_id))[:10]
        told = ", ".join(f"{cell.technique_id} {cell.name} {number(cell.count, self.measure):,}" for cell in first)
        most = f"Most by number of {self.measure.value}: {told}." if first else "No technique is used."
        return f"{summary_of(self.whole)}. {most}"

    def legend(self, x: float, y: float) -> float:
        if self.scale.bounds:
            x, y = self.swatch("0", "s0", "t0", x, y)
        for step, least, most in self.scale.classes():
            label = f"{least:,}" if least == most else f"{least:,} to {most:,}"
            x, y = self.swatch(label, f"s{step}", f"t{step}", x, y)
        x += 16
        if any(cell.count.highest is not None for _, cell in self.whole.cells()):
            for least, most, word in CONFIDENCE:
                label = f"confidence {word}, {least} to {most}"
                x, y = self.wrapped(x, y, 30 + width_of(label, 12))
                self.dots(most, x, y + 11, "soft")
                x, y = self.remark(label, x + 30, y)
        if any(self.folded(cell) for column in self.shown.columns for cell in column.cells):
            x, y = self.remark("+2 sub: sub-techniques that nothing uses", x, y)
        return y + 22

    def look(self, column: Column, cell: Cell) -> Look:
        value, used = number(cell.count, self.measure), cell.count.used
        step = self.scale.step(value)
        folded = 0 if used else self.folded(cell)
        return Look(
            shape="s0 named" if used and not value else f"s{step}",
            ink=f"t{step}" if step else "ink" if used else "soft",
            title=f"{cell.technique_id} {cell.name} ({column.name}): {words_of(cell.count)}",
            right=f"{value:,}" if used else f"+{folded} sub" if folded else "",
            small=not used,
            dots=cell.count.highest,
            data={"objects": cell.count.objects, "findings": cell.count.findings},
        )

    def apart(self) -> Iterator[str]:
        for one in self.whole.outside:
            name, why = one_line(one.name, 120), one_line(one.remark, 400)
            yield f"{one.technique_id} {name}: {words_of(one.count)}. {why}."
