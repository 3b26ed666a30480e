"""Columns of a source profile, and where they stand under a header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def fold_header(cell: str) -> str:
    """A header cell as profiles compare it: letter case, inner spacing and punctuation at the ends do not matter."""
    return _EDGE.sub("", " ".join(cell.casefold().replace("_", " ").split()))


_PLURAL = re.compile(r"\(e?s\)")
_ASIDE = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]")
_SHORTEST_MISSPELT = 6
_LONG_NAME = 9


def loose_header(cell: str) -> str:
    """A folded heading without what stands in brackets: `Indicator(s)`, `Procedure (TTP)`."""
    return fold_header(_ASIDE.sub("", _PLURAL.sub("s", cell)))


def _is_misspelt(folded: str, name: str) -> bool:
    """Whether a heading is a name with a typing error: one letter, or two of a long name; numbers are none."""
    if len(name) < _SHORTEST_MISSPELT or not folded or folded[0] != name[0]:
        return False
    if any(character.isdigit() for character in folded + name):
        return False
    allowed = 1 if len(name) < _LONG_NAME else 2
    return OSA.distance(folded, name, score_cutoff=allowed) <= allowed


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a profile: the folded names it goes by, or a text that stands in for a column."""

    names: frozenset[str]
    title: str
    required: bool = True
    constant: str | None = None
    """The same text in every record, instead of a column."""

    type: str | None = None
    """For a column of values: of what type they all are."""

    label: str | None = None
    """For a column of values: the innermost label that its values get."""

    pattern: re.Pattern[str] | None = None
    """Instead of names: every column whose heading it finds."""

    def knows(self, folded: str, heading: str) -> bool:
        """Whether a column under that heading is meant."""
        if self.pattern is not None:
            return self.pattern.search(heading) is not None
        return folded in self.names

    def may_know(self, folded: str) -> bool:
        """Whether the column may be meant, its heading misspelt."""
        return any(_is_misspelt(folded, name) for name in self.names)


def texts_of(value: object) -> tuple[str, ...]:
    """A list of texts in a profile file; nothing where it is left out."""
    return tuple(str(text) for text in value) if isinstance(value, list) else ()


def columns_of(value: object) -> tuple[Column, ...]:
    """A list of columns in a profile file; nothing where it is left out."""
    return tuple(column_from(entry) for entry in value) if isinstance(value, list) else ()


def optional_columns_of(value: object) -> tuple[Column, ...]:
    """A list of columns in a profile file that no header need have."""
    return tuple(replace(column, required=False) for column in columns_of(value))


def column_of(value: object) -> Column | None:
    """A column in a profile file; None where it is left out."""
    return column_from(value) if isinstance(value, dict) else None


def column_from(entry: dict[str, object]) -> Column:
    """A column of a profile file (schema `source-profile`, `$defs`)."""
    names = texts_of(entry.get("names"))
    constant, pattern, kind, label = (entry.get(key) for key in ("constant", "pattern", "type", "label"))
    title = entry.get("title") or (names[0] if names else constant or pattern)
    return Column(
        names=frozenset(fold_header(name) for name in names),
        title=str(title),
        required=bool(entry.get("required", True)) and constant is None,
        constant=None if constant is None else str(constant),
        type=None if kind is None else str(kind),
        label=None if label is None else str(label),
        pattern=None if pattern is None else re.compile(str(pattern)),
    )


class Header:
    """A header row in which the columns of a profile take their places; each place is taken once."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = tuple(cells)
        self._folded = [fold_header(cell) for cell in cells]
        self._taken: set[int] = set()
        self.complete = True
        """Whether every required column found its place so far."""

    @property
    def width(self) -> int:
        """How many columns the header has."""
        return len(self.cells)

    def has(self, folded: str) -> bool:
        """Whether some heading folds to this."""
        return folded in self._folded

    def take(self, column: Column | None, *, misspelt: bool = False) -> int | None:
        """The first place of a column, if it has one.

        Args:
            column: the column; None has no place.
            misspelt: a typing error in its heading is overlooked, as it always is where the column is required.
        """
        if column is None or column.constant is not None:
            return None
        place = self._place(column, misspelt=misspelt or column.required)
        if place is not None:
            self._taken.add(place)
        elif column.required:
            self.complete = False
        return place

    def _place(self, column: Column, *, misspelt: bool) -> int | None:
        """Where the column stands: by its very name, by its name with something in brackets, by its name misspelt."""
        free = [place for place in range(len(self._folded)) if place not in self._taken]
        for place in free:
            if column.knows(self._folded[place], self.cells[place]):
                return place
        if column.pattern is not None:
            return None
        loose = [(place, loose_header(self.cells[place])) for place in free]
        for place, folded in loose:
            if folded in column.names:
                return place
        near = [place for place, folded in loose if misspelt and column.may_know(folded)]
        return near[0] if len(near) == 1 else None

    def take_all(self, columns: Iterable[Column]) -> tuple[tuple[int, Column], ...]:
        """Every place of every one of these columns, in the header's order."""
        found = [
            (place, column)
            for column in columns
            for place, folded in enumerate(self._folded)
            if place not in self._taken and folded and column.knows(folded, self.cells[place])
        ]
        self._taken.update(place for place, _ in found)
        return tuple(sorted(dict(reversed(found)).items()))

    def rest(self) -> tuple[tuple[int, str], ...]:
        """The places nobody took, with their headings; columns without a heading are left out."""
        return tuple(
            (place, " ".join(self.cells[place].split()))
            for place, folded in enumerate(self._folded)
            if folded and place not in self._taken
        )

    def unnamed(self) -> tuple[int, ...]:
        """The places that have no heading."""
        return tuple(place for place, folded in enumerate(self._folded) if not folded and place not in self._taken)
