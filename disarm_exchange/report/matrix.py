"""The DISARM matrix over some objects: tactics as columns in the order of the framework, techniques as cells.

Built from objects (`matrix_of`) or from counts done elsewhere, such as by SQL (`matrix_from_counts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from disarm_exchange.disarm.catalogue import DEFAULT_RELEASE, Catalogue, Retired, Technique, known_releases
from disarm_exchange.report.counting import Counted, TechniqueCount, count_techniques
from disarm_exchange.stix.bundle import StixObject

_NOTHING = TechniqueCount()


class Measure(StrEnum):
    """Which number a picture shows first."""

    OBJECTS = "objects"
    """How many objects (cases, indicators, ...) use the technique."""
    FINDINGS = "findings"
    """How many findings support those uses."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A technique of the release under one tactic, with its sub-techniques under the same tactic.

    Its numbers are its own: those of sub-techniques are not added.
    """

    technique_id: str
    name: str
    url: str
    count: TechniqueCount
    children: tuple[Cell, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the technique or one of its sub-techniques is used."""
        return self.count.used or any(child.used for child in self.children)

    def __iter__(self) -> Iterator[Cell]:
        """The cell, then its sub-techniques."""
        yield self
        yield from self.children


@dataclass(frozen=True, slots=True)
class Column:
    """A tactic with its techniques in order of id."""

    tactic_id: str
    name: str
    shortname: str
    order: int
    cells: tuple[Cell, ...]

    @property
    def used(self) -> bool:
        """Whether any technique of the tactic is used."""
        return any(cell.used for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Outside:
    """A technique that the objects name and the release does not have.

    Attributes:
        name: as the objects or earlier releases call it; foreign text.
        remark: why it is not in the matrix, and what took its place.
    """

    technique_id: str
    name: str
    count: TechniqueCount
    remark: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """All techniques of a release with their numbers, and apart from them those that it does not have.

    Attributes:
        release: of DISARM.
        columns: all tactics in the order of the framework.
        outside: techniques that are used and not in the release; never dropped.
        other_releases: which other releases the objects name.
    """

    release: str
    columns: tuple[Column, ...]
    outside: tuple[Outside, ...]
    other_releases: tuple[str, ...] = ()

    def cells(self) -> Iterator[tuple[Column, Cell]]:
        """Every cell with its tactic, sub-techniques behind their technique."""
        for column in self.columns:
            for top in column.cells:
                for cell in top:
                    yield column, cell

    def counts(self) -> dict[str, TechniqueCount]:
        """The numbers of every technique that is used, those outside the release too, by id."""
        found = {cell.technique_id: cell.count for _, cell in self.cells() if cell.count.used}
        return found | {one.technique_id: one.count for one in self.outside if one.count.used}

    def highest(self, measure: Measure) -> int:
        """The largest number in a cell; 0 in an empty matrix."""
        return max((number(cell.count, measure) for _, cell in self.cells()), default=0)

    @property
    def usual_measure(self) -> Measure:
        """The number that says more: findings where no technique is used by two objects (one case), else objects."""
        counts = [cell.count for _, cell in self.cells()]
        one_case = all(count.objects <= 1 for count in counts) and any(count.findings for count in counts)
        return Measure.FINDINGS if one_case else Measure.OBJECTS

    def only_used(self) -> Matrix:
        """The matrix without tactics, techniques and sub-techniques that nothing uses."""
        columns = tuple(
            Column(
                column.tactic_id,
                column.name,
                column.shortname,
                column.order,
                tuple(
                    Cell(cell.technique_id, cell.name, cell.url, cell.count, tuple(c for c in cell.children if c.used))
                    for cell in column.cells
                    if cell.used
                ),
            )
            for column in self.columns
            if column.used
        )
        return Matrix(self.release, columns, self.outside, self.other_releases)


def number(count: TechniqueCount, measure: Measure) -> int:
    """The number of a count that a picture shows."""
    return count.objects if measure is Measure.OBJECTS else count.findings


def matrix_of(
    objects: Iterable[StixObject], catalogue: Catalogue | None = None, *, revoked: Iterable[str] = ()
) -> Matrix:
    """The matrix over some objects, in one pass.

    Args:
        objects: each in its newest version (`Source.objects`).
        catalogue: the release; by default the newest one that the objects name and that is here.
        revoked: ids of objects that are revoked (`Source.revoked`).
    """
    counted = count_techniques(objects, revoked=revoked)
    return matrix_from_counts(
        counted.techniques,
        catalogue or Catalogue.load(named_release(counted)),
        names=counted.names,
        releases=counted.releases,
    )


def named_release(counted: Counted) -> str:
    """The newest release that is named and known here; without one, the usual release."""
    named = [release for release in known_releases() if release in counted.releases]
    return named[-1] if named else DEFAULT_RELEASE


def matrix_from_counts(
    counts: Mapping[str, TechniqueCount],
    catalogue: Catalogue,
    *,
    names: Mapping[str, str] | None = None,
    releases: Iterable[str] = (),
) -> Matrix:
    """The matrix from numbers by technique id.

    Args:
        counts: what is missing counts as not used.
        catalogue: the release.
        names: what techniques are called that the release does not have.
        releases: the releases that the objects name.
    """
    children: dict[str, list[Technique]] = {}
    tops: dict[str, list[Technique]] = {}
    for technique in catalogue.techniques():
        for tactic_id in technique.tactic_ids:
            parent = catalogue.get(technique.parent_id) if technique.parent_id is not None else None
            if parent is not None and tactic_id in parent.tactic_ids:
                children.setdefault(f"{tactic_id} {parent.id}", []).append(technique)
            else:
                tops.setdefault(tactic_id, []).append(technique)

    def cell(technique: Technique, tactic_id: str) -> Cell:
        below = tuple(cell(child, tactic_id) for child in children.get(f"{tactic_id} {technique.id}", ()))
        return Cell(technique.id, technique.name, technique.url, counts.get(technique.id, _NOTHING), below)

    columns = tuple(
        Column(
            tactic.id,
            tactic.name,
            tactic.shortname,
            tactic.order,
            tuple(cell(technique, tactic.id) for technique in tops.get(tactic.id, ())),
        )
        for tactic in sorted(catalogue.tactics, key=lambda tactic: tactic.order)
    )
    outside = tuple(
        _outside(technique_id, counts[technique_id], catalogue, names or {})
        for technique_id in sorted(counts)
        if catalogue.get(technique_id) is None and (counts[technique_id].used or technique_id in (names or {}))
    )
    others = tuple(sorted({release for release in releases if release != catalogue.release}))
    return Matrix(catalogue.release, columns, outside, others)


def _outside(technique_id: str, count: TechniqueCount, catalogue: Catalogue, names: Mapping[str, str]) -> Outside:
    found = catalogue.lookup(technique_id)
    if isinstance(found, Technique):  # an id that is only written otherwise
        return Outside(technique_id, found.name, count, f"{found.id} in DISARM {catalogue.release}")
    name = found.name if isinstance(found, Retired) else names.get(technique_id, "")
    return Outside(technique_id, name, count, catalogue.explain(found))
