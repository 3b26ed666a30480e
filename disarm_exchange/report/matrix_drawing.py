"""What every picture of the matrix has in common: banner, heading, columns of cells, and below them what is apart.

What a cell shows is the matter of the picture (`heatmap`, `comparison_picture`), which says it by a `Look`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from disarm_exchange.report.drawing import FONTS, element, lines_of
from disarm_exchange.report.matrix import Cell, Column, Matrix
from disarm_exchange.report.palette import DARK, LIGHT, TLP_GROUND, TLP_TEXT, Palette, Theme
from disarm_exchange.report.text_width import width as width_of
from disarm_exchange.stix.markings import Tlp

_MARGIN = 24
_COLUMN = 176
_GAP = 10
_INDENT = 12
_SPARE = 16
"""Room for readers whose font is wider than ours."""
_DOTS = 72
_LEAST_WIDTH = 760
_BANNER = 26
_NAME = 11.5
_HEADING = 13
_LINE = 14
_REMARK = 12

CONFIDENCE = ((0, 29, "low"), (30, 69, "medium"), (70, 100, "high"))
"""STIX 2.1, appendix A, the scale None / Low / Med / High."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG and its size in pixels."""

    svg: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks.

    Attributes:
        shape, ink: classes of the style sheet, for the ground and for text.
        title: all that is known of the cell, in words.
        right: what stands at the upper right; large, unless `small`.
        dots: the highest confidence, as dots; None: no dots.
        note: a line below the name.
        data: numbers for programs, by name.
    """

    shape: str
    ink: str
    title: str
    right: str = ""
    small: bool = False
    dots: int | None = None
    note: str = ""
    data: Mapping[str, int] = field(default_factory=dict)


class MatrixDrawing(ABC):
    """A picture of a matrix in the making.

    Args:
        whole: the matrix with all cells.
        shown: the part that is drawn.
        heading: harmless text.
        marking: the strictest of what is in the picture.
        theme: light, dark, or as the reader's system is.
    """

    def __init__(self, whole: Matrix, shown: Matrix, *, heading: str, marking: Tlp, theme: Theme) -> None:
        self.whole = whole
        self.shown = shown
        self.heading = heading
        self.marking = marking
        self.theme = theme
        self.width = max(_LEAST_WIDTH, 2 * _MARGIN + len(shown.columns) * (_COLUMN + _GAP) - _GAP)
        self.parts: list[str] = []
        self._whole_columns = {column.tactic_id: column for column in whole.columns}
        self._heading_lines = max(
            (len(lines_of(c.name, _HEADING, _COLUMN - _SPARE, 3)) for c in shown.columns), default=0
        )

    @abstractmethod
    def introduction(self) -> list[str]:
        """The sentences under the heading."""

    @abstractmethod
    def description(self) -> str:
        """The picture in words, for those who cannot see it."""

    @abstractmethod
    def legend(self, x: float, y: float) -> float:
        """Draw the legend from a place on; how far down it goes."""

    @abstractmethod
    def look(self, column: Column, cell: Cell) -> Look:
        """How a cell looks."""

    @abstractmethod
    def apart(self) -> Iterator[str]:
        """What is used and not in the release, a paragraph each."""

    def picture(self, *, in_page: bool = False) -> Picture:
        """Draw; in a page, which has banner and heading itself, without these."""
        banner = 0 if in_page else _BANNER
        y = banner + 34.0 if banner else 18.0
        if not in_page:
            self._banner(0)
            for line in lines_of(self.heading, 20, self.width - 2 * _MARGIN, 2):
                self.text(line, _MARGIN, y, 20, "ink", bold=True)
                y += 26
        for sentence in self.introduction():
            for line in lines_of(sentence, 13, self.width - 2 * _MARGIN, 3):
                self.text(line, _MARGIN, y, 13, "soft")
                y += 18
        y = self.legend(_MARGIN, y + 6) + 18
        if not self.shown.columns:
            self.text("No technique is used.", _MARGIN, y + 16, 14, "ink")
            y += 30
        bottom = max((self._column(column, place, y) for place, column in enumerate(self.shown.columns)), default=y)
        bottom = self._apart(bottom + 10)
        height = round(bottom + 16 + banner)
        if not in_page:
            self._banner(height - banner)
        svg = "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{height}" '
                f'viewBox="0 0 {self.width} {height}" role="img" aria-labelledby="matrix-title matrix-text" '
                f'font-family="{FONTS}">',
                element("title", f"{self.heading} ({self.marking.label})", id="matrix-title"),
                element("desc", self.description(), id="matrix-text"),
                f"<style>{style(self.theme)}</style>",
                element("rect", class_="paper", width=self.width, height=height),
                *self.parts,
                "</svg>\n",
            )
        )
        return Picture(svg, self.width, height)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        class_: str,
        *,
        bold: bool = False,
        anchor: str | None = None,
    ) -> None:
        """Draw a line of text from a place on, or with `anchor` around or up to it."""
        weight = "bold" if bold else None
        self.parts.append(
            element("text", text, x=x, y=y, font_size=size, text_anchor=anchor, class_=class_, font_weight=weight)
        )

    def wrapped(self, x: float, y: float, width: float) -> tuple[float, float]:
        """Where a part of a legend goes: here, or at the start of the next row where it does not fit here."""
        return (float(_MARGIN), y + 28) if x + width > self.width - _MARGIN and x > _MARGIN else (x, y)

    def swatch(self, label: str, shape: str, ink: str, x: float, y: float) -> tuple[float, float]:
        """Draw a box with a label in it as part of a legend; where the next part goes."""
        width = max(44.0, width_of(label, 12) + 16)
        x, y = self.wrapped(x, y, width)
        self.parts.append(element("rect", x=x, y=y, width=width, height=22, rx=3, class_=shape))
        self.text(label, x + width / 2, y + 15.5, 12, ink, anchor="middle")
        return x + width + 4, y

    def remark(self, label: str, x: float, y: float) -> tuple[float, float]:
        """Draw a text as part of a legend; where the next part goes."""
        x, y = self.wrapped(x, y, width_of(label, 12))
        self.text(label, x, y + 15.5, 12, "soft")
        return x + width_of(label, 12) + 20, y

    def dots(self, confidence: int, x: float, y: float, class_: str) -> None:
        """Draw a confidence as one to three full dots."""
        full = next(place for place, (_, most, _word) in enumerate(CONFIDENCE, 1) if confidence <= most)
        for place in range(3):
            shape = f"dot {class_}" if place < full else f"ring {class_}"
            self.parts.append(element("circle", cx=x + 4 + place * 8.0, cy=y, r=2.6, class_=shape))

    def folded(self, cell: Cell) -> int:
        """How many sub-techniques a cell has that are not drawn."""
        drawn = {child.technique_id for child in cell.children}
        for column in self._whole_columns.values():
            for top in column.cells:
                if top.technique_id == cell.technique_id:
                    return sum(child.technique_id not in drawn for child in top.children)
        return 0

    def _banner(self, y: float) -> None:
        self.parts.append(element("rect", y=y, width=self.width, height=_BANNER, fill=TLP_GROUND))
        self.parts.append(
            element(
                "text", self.marking.label, x=self.width / 2, y=y + 18, text_anchor="middle", font_size=14,
                font_weight="bold", fill=TLP_TEXT[self.marking],
            )
        )  # fmt: skip

    def _column(self, column: Column, place: int, y: float) -> float:
        x = float(_MARGIN + place * (_COLUMN + _GAP))
        cells = [cell for top in self._whole_columns[column.tactic_id].cells for cell in top]
        lines = lines_of(column.name, _HEADING, _COLUMN - _SPARE, 3)
        y += 16 * self._heading_lines
        for row, line in enumerate(reversed(lines)):
            self.text(line, x, y - 3 - row * 16, _HEADING, "ink", bold=True)
        used = sum(cell.count.used for cell in cells)
        self.text(f"{column.tactic_id} · {used} of {len(cells)} used", x, y + 14, 11, "soft")
        y += 24
        for cell in column.cells:
            y = self._cell(column, cell, x, y, _COLUMN)
            for child in cell.children:
                y = self._cell(column, child, x + _INDENT, y, _COLUMN - _INDENT)
        return y

    def _cell(self, column: Column, cell: Cell, x: float, y: float, width: float) -> float:
        look = self.look(column, cell)
        name = lines_of(cell.name, _NAME, width - 14 - _SPARE / 2, 5)
        height = 26 + _LINE * (len(name) + bool(look.note))
        data = "".join(f' data-{key}="{value}"' for key, value in look.data.items())
        self.parts += [
            f'<g id="{column.tactic_id}-{cell.technique_id}" class="cell" data-technique="{cell.technique_id}"{data}>',
            element("title", look.title),
            element("rect", x=x, y=y, width=width, height=height, rx=3, class_=look.shape),
        ]
        self.text(cell.technique_id, x + 7, y + 16, 11, look.ink)
        if look.dots is not None:
            self.dots(look.dots, x + _DOTS, y + 12, look.ink)
        if look.right and look.small:
            self.text(look.right, x + width - 7, y + 16, 10.5, look.ink, anchor="end")
        elif look.right:
            taken = _DOTS + (30 if look.dots is not None else 0) + 12
            size = next((size for size in (15, 12, 10) if width_of(look.right, size) <= width - taken), 8)
            self.text(look.right, x + width - 7, y + 18, size, look.ink, bold=True, anchor="end")
        for row, line in enumerate(name):
            self.text(line, x + 7, y + 31 + row * _LINE, _NAME, look.ink)
        if look.note:
            self.text(look.note, x + 7, y + 31 + len(name) * _LINE, 10.5, look.ink, bold=True)
        self.parts.append("</g>")
        return y + height + 4

    def _apart(self, y: float) -> float:
        paragraphs = list(self.apart())
        if not paragraphs:
            return y
        y += 22
        self.text(f"Not in DISARM {self.whole.release}", _MARGIN, y, 15, "ink", bold=True)
        for told in paragraphs:
            y += 10
            for row, line in enumerate(lines_of(told, _REMARK, self.width - 2 * _MARGIN, 6)):
                y += 12 if row == 0 else 16
                self.text(line, _MARGIN, y, _REMARK, "ink")
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
        f".named,.both{{stroke:{palette.ink}}}.named{{stroke-dasharray:4 2}}",
        f".ring{{fill-opacity:0;stroke:{palette.soft};stroke-width:1}}",
    ]
    for step, (ground, text) in enumerate(palette.steps, 1):
        rules += [f".s{step}{{fill:{ground}}}", f".t{step}{{fill:{text}}}", f".ring.t{step}{{stroke:{text}}}"]
    for name, (ground, text) in (("a", palette.less), ("b", palette.more)):
        rules += [f".only-{name}{{fill:{ground}}}", f".ink-{name}{{fill:{text}}}"]
    return "".join(rules)
