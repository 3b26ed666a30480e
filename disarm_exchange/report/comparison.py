"""Two matrices side by side: which techniques only one has, and both numbers of those that both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.counting import Counted, TechniqueCount
from disarm_exchange.report.matrix import Column, Matrix, Measure, matrix_from_counts, named_release, number
from disarm_exchange.stix.markings import Tlp

_NOTHING = TechniqueCount()


class Side(StrEnum):
    """Who has a technique."""

    ONLY_A = "only A"
    ONLY_B = "only B"
    BOTH = "A and B"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Pair:
    """The numbers of one technique on both sides."""

    a: TechniqueCount
    b: TechniqueCount

    @property
    def side(self) -> Side:
        """Who has it."""
        if self.a.used and self.b.used:
            return Side.BOTH
        return Side.ONLY_A if self.a.used else Side.ONLY_B if self.b.used else Side.NEITHER


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison: what it is called (foreign text), its marking, its counts, and `Source.note`."""

    name: str
    marking: Tlp
    counted: Counted
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A technique that at least one side has. `tactic` is None for one that the release does not have."""

    tactic: Column | None
    technique_id: str
    name: str
    url: str
    pair: Pair
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides over one release.

    Attributes:
        a, b: the sides.
        matrix: all techniques of the release, with the sums of both sides.
        pairs: the numbers of both sides, by technique id.
    """

    a: Compared
    b: Compared
    matrix: Matrix
    pairs: Mapping[str, Pair]

    @property
    def marking(self) -> Tlp:
        """The stricter of the two."""
        return max(self.a.marking, self.b.marking)

    @property
    def note(self) -> str:
        """How objects without a marking were treated on either side."""
        notes = {"A": self.a.note, "B": self.b.note}
        if self.a.note == self.b.note:
            return self.a.note
        return " ".join(f"{side}: {note}" for side, note in notes.items() if note)

    @property
    def usual_measure(self) -> Measure:
        """Findings where no side has a technique that two objects use and both count findings, else objects."""
        counts = [count for pair in self.pairs.values() for count in (pair.a, pair.b)]
        found = [any(count.findings for count in side) for side in (self._counts("a"), self._counts("b"))]
        return Measure.FINDINGS if all(count.objects <= 1 for count in counts) and all(found) else Measure.OBJECTS

    def _counts(self, side: str) -> list[TechniqueCount]:
        return [pair.a if side == "a" else pair.b for pair in self.pairs.values()]

    def pair(self, technique_id: str) -> Pair:
        """The numbers of a technique on both sides; of nothing where neither has it."""
        return self.pairs.get(technique_id, Pair(_NOTHING, _NOTHING))

    def rows(self) -> list[Row]:
        """All techniques that a side has, in the order of the matrix, those outside the release last."""
        found = [
            Row(column, cell.technique_id, cell.name, cell.url, self.pair(cell.technique_id))
            for column, cell in self.matrix.cells()
            if cell.count.used
        ]
        return found + [
            Row(None, one.technique_id, one.name, "", self.pair(one.technique_id), one.remark)
            for one in self.matrix.outside
            if one.count.used
        ]

    def totals(self) -> dict[Side, int]:
        """How many techniques each side has alone, and how many both have."""
        sides = [pair.side for pair in self.pairs.values()]
        return {side: sides.count(side) for side in (Side.ONLY_A, Side.ONLY_B, Side.BOTH)}


def compare(a: Compared, b: Compared, catalogue: Catalogue | None = None) -> Comparison:
    """Compare two sides.

    Args:
        a, b: the sides.
        catalogue: the release; by default the newest that either side names.
    """
    releases = {**a.counted.releases, **b.counted.releases}
    catalogue = catalogue or Catalogue.load(named_release(Counted({}, {}, releases)))
    ids = sorted({*a.counted.techniques, *b.counted.techniques})
    found = {one: Pair(_count(a, one), _count(b, one)) for one in ids}
    pairs = {one: pair for one, pair in found.items() if pair.side is not Side.NEITHER}
    sums = {one: _sum(pair) for one, pair in pairs.items()}
    used_names = {one: min(filter(None, (_name(a, one), _name(b, one))), default="") for one in pairs}
    return Comparison(a, b, matrix_from_counts(sums, catalogue, names=used_names, releases=releases), pairs)


def difference(pair: Pair, measure: Measure) -> int:
    """How much more B has than A."""
    return number(pair.b, measure) - number(pair.a, measure)


def _count(side: Compared, technique_id: str) -> TechniqueCount:
    return side.counted.techniques.get(technique_id, _NOTHING)


def _name(side: Compared, technique_id: str) -> str:
    return side.counted.names.get(technique_id, "")


def _sum(pair: Pair) -> TechniqueCount:
    a, b = pair.a, pair.b
    return TechniqueCount(a.objects + b.objects, a.findings + b.findings, a.lists + b.lists)
