"""Where the boxes of a picture stand: four columns, techniques to the left of the cases, what was found to the right.

Everything follows from the order of the boxes, so the same objects give the same picture. Lengths are in pixels.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from disarm_exchange.report.grouping import Box, Picture, Wire
from disarm_exchange.report.kinds import Section

BOX_WIDTH = 236.0
GAP = 92.0
MARGIN = 16.0
HEIGHT = 38.0
_SPACE = 7.0
_HEADING = 24.0
_BETWEEN_SECTIONS = 12.0


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its upper left corner."""

    box: Box
    column: int
    x: float
    y: float

    @property
    def middle(self) -> float:
        """The height at which wires leave and arrive."""
        return self.y + HEIGHT / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + BOX_WIDTH


@dataclass(frozen=True, slots=True)
class PlacedHeading:
    """The heading of a section; `y` is the base line."""

    section: Section
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedWire:
    """A wire as a cubic curve from the box that stands further left (or higher) to the other.

    Attributes:
        wire: what it stands for.
        points: start, two control points, end.
        to_end: whether the arrow is at the end of the curve rather than at its start.
        label: text beside it, where this wire speaks for its like; else empty.
        label_at: where the label stands.
        label_to_left: whether the label ends there rather than starting there.
    """

    wire: Wire
    points: tuple[tuple[float, float], ...]
    to_end: bool
    label: str
    label_at: tuple[float, float]
    label_to_left: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture with all its places."""

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    headings: tuple[PlacedHeading, ...]
    wires: tuple[PlacedWire, ...]


def layout_of(picture: Picture) -> Layout:
    """Place a picture. Columns without boxes take no room; each column is centred against the highest."""
    sections: dict[int, dict[Section, list[Box]]] = defaultdict(dict)
    for box in picture.boxes:
        sections[box.section.column].setdefault(box.section, []).append(box)
    heights = {column: _height(found) for column, found in sections.items()}
    highest = max(heights.values(), default=HEIGHT)
    boxes: list[PlacedBox] = []
    headings: list[PlacedHeading] = []
    x = MARGIN
    for place, column in enumerate(sorted(sections)):
        x = MARGIN + place * (BOX_WIDTH + GAP)
        y = MARGIN + (highest - heights[column]) / 2
        for section, members in sections[column].items():
            headings.append(PlacedHeading(section, x, y + 14))
            y += _HEADING
            for box in members:
                boxes.append(PlacedBox(box, place, x, y))
                y += HEIGHT + _SPACE
            y += _BETWEEN_SECTIONS
    wires = _placed_wires(picture, {placed.box.key: placed for placed in boxes})
    right = x + BOX_WIDTH
    if any(point[0] > right for wire in wires for point in wire.points):  # a bulge at the side of a single column
        right += GAP
    return Layout(right + MARGIN, highest + 2 * MARGIN, tuple(boxes), tuple(headings), wires)


def _height(sections: dict[Section, list[Box]]) -> float:
    rows = sum(len(members) for members in sections.values())
    return rows * (HEIGHT + _SPACE) + len(sections) * (_HEADING + _BETWEEN_SECTIONS) - _SPACE - _BETWEEN_SECTIONS


def _placed_wires(picture: Picture, places: dict[str, PlacedBox]) -> tuple[PlacedWire, ...]:
    found: list[PlacedWire] = []
    said: set[tuple[Section, str, Section]] = set()
    taken: dict[tuple[float, bool], list[float]] = defaultdict(list)
    for wire in picture.wires:
        source, target = places[wire.source.key], places[wire.target.key]
        first, second = sorted((source, target), key=lambda placed: (placed.column, placed.y))
        far = first if second.box.section is Section.CASES and first.box.section is not Section.CASES else second
        near = second if far is first else first
        bundle = (near.box.section, wire.relation, far.box.section)
        label = "" if bundle in said else wire.relation
        said.add(bundle)
        to_left = far.column > near.column
        if first.column == second.column:
            points, at, to_left = _beside(first, second)
        else:
            points = _across(first, second)
            at = (far.x - 9, far.middle - 4) if to_left else (far.right + 9, far.middle - 4)
        if label:
            at = _free(at, taken[at[0], to_left])
        found.append(PlacedWire(wire, points, second is target, label, at, to_left))
    return tuple(found)


def _across(first: PlacedBox, second: PlacedBox) -> tuple[tuple[float, float], ...]:
    start, end = (first.right, first.middle), (second.x, second.middle)
    bend = min(GAP * 0.6, (end[0] - start[0]) / 2)
    if second.column - first.column > 1:
        bend = (end[0] - start[0]) / 2
    return (start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end)


def _beside(first: PlacedBox, second: PlacedBox) -> tuple[tuple[tuple[float, float], ...], tuple[float, float], bool]:
    """A wire within a column bulges into the gap at its side: to the left, but from the first column to the right."""
    bulge = min(GAP * 0.55, 18 + (second.y - first.y) / 12)
    to_left = first.column > 0
    x = first.x if to_left else first.right
    out = x - bulge if to_left else x + bulge
    points = ((x, first.middle), (out, first.middle), (out, second.middle), (x, second.middle))
    return points, ((x - 9) if to_left else x + 9, second.middle - 4), to_left


def _free(at: tuple[float, float], taken: list[float]) -> tuple[float, float]:
    """The place, or the nearest above it where no other label stands."""
    y = at[1]
    while any(abs(y - other) < 10 for other in taken):
        y -= 11
    taken.append(y)
    return (at[0], y)
