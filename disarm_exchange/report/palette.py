"""Colours of pictures in light and dark, and which class of the scale a number falls into.

Every text stands on its colour with a contrast of at least 4.5 to 1 (WCAG 2.1, 1.4.3; a test holds them to it), and no
picture says anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from disarm_exchange.stix.markings import Tlp


class Theme(StrEnum):
    """How a picture looks."""

    AUTO = "auto"
    """Light or dark as the reader's system is; for SVG and HTML."""
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme.

    Attributes:
        paper, panel, line: the ground, that of cells without number, and borders.
        ink, soft: text, and text of less weight.
        steps: (ground, text) of the classes from little to much.
        less, more: (ground, text) of what only the first, or only the second, of two things has.
    """

    paper: str
    panel: str
    line: str
    ink: str
    soft: str
    steps: tuple[tuple[str, str], ...]
    less: tuple[str, str]
    more: tuple[str, str]


LIGHT = Palette(
    paper="#ffffff",
    panel="#f4f6f8",
    line="#c3ccd5",
    ink="#14202b",
    soft="#55636f",
    steps=(
        ("#dceaf7", "#10243a"),
        ("#b3d3ec", "#10243a"),
        ("#7db3dd", "#0b1c2e"),
        ("#2a6cab", "#ffffff"),
        ("#0b3d75", "#ffffff"),
    ),
    less=("#f6d9b8", "#3d2503"),
    more=("#cfe3f7", "#0d2a4a"),
)
DARK = Palette(
    paper="#12171c",
    panel="#1b222a",
    line="#3a4652",
    ink="#e8edf2",
    soft="#9aa8b5",
    steps=(
        ("#1d3550", "#dbe9f7"),
        ("#22507f", "#eef5fc"),
        ("#2f6fae", "#ffffff"),
        ("#7cb5e6", "#06131f"),
        ("#c4e0f8", "#06131f"),
    ),
    less=("#5a3a12", "#ffe6c4"),
    more=("#173f66", "#dcecfb"),
)

TLP_GROUND = "#000000"
TLP_TEXT: Mapping[Tlp, str] = {
    Tlp.CLEAR: "#ffffff",
    Tlp.GREEN: "#33ff00",
    Tlp.AMBER: "#ffc000",
    Tlp.AMBER_STRICT: "#ffc000",
    Tlp.RED: "#ff2b2b",
}
"""FIRST, TLP 2.0: the colours of the labels, on black."""

_SPREAD = {1: (3,), 2: (2, 4), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of numbers, from the least to the most.

    Attributes:
        bounds: the largest number of each class; empty where there is no number but 0.
        steps: the step of the palette of each class, from 1 to 5.
    """

    bounds: tuple[int, ...]
    steps: tuple[int, ...]

    def step(self, number: int) -> int:
        """The step of a number; 0 for 0."""
        if number <= 0:
            return 0
        for bound, step in zip(self.bounds, self.steps, strict=True):
            if number <= bound:
                return step
        return self.steps[-1] if self.steps else 0

    def classes(self) -> list[tuple[int, int, int]]:
        """Step, smallest and largest number of each class."""
        least = 1
        found = []
        for bound, step in zip(self.bounds, self.steps, strict=True):
            found.append((step, least, bound))
            least = bound + 1
        return found


def scale_to(highest: int) -> Scale:
    """Up to five classes: one for each number up to 5, beyond that each class about as many times the one before."""
    if highest <= 5:
        bounds = tuple(range(1, highest + 1))
    else:
        roots = {_root(highest, step) for step in range(1, 5)}
        bounds = (*sorted(roots - {highest}), highest)
    return Scale(bounds, _SPREAD[len(bounds)] if bounds else ())


def _root(highest: int, step: int) -> int:
    """The smallest whole number whose fifth power is not below `highest ** step`; exact on every machine."""
    low, high = 1, highest
    while low < high:
        middle = (low + high) // 2
        if middle**5 >= highest**step:
            high = middle
        else:
            low = middle + 1
    return low
