"""The wide sheet: one incident to a row, one technique to a column, ticked with 1 (as DISINFOX keeps them).

Each ticked column is a finding whose innermost label is the column's heading; what the id in it means, and what became
of a retired one, is for the mapping to say. The incident itself is one more finding, with all that the sheet tells of
it. Who is behind an incident stays in the account: a sheet's guess at an actor is not passed on as a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_exchange.errors import UserError
from disarm_exchange.findings.columns import (
    Column,
    Header,
    column_from,
    column_of,
    columns_of,
    fold_header,
    optional_columns_of,
)
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.rows import RowContext, fold_blank, raw_row
from disarm_exchange.findings.values import Kind, Value
from disarm_exchange.findings.values.characters import tidy

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile

INCIDENT = "Incident"
"""The innermost label of the finding that describes the incident itself."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Ticked columns that are told together in the note: `Platforms: Facebook, Telegram`."""

    title: str
    column: Column


@dataclass(frozen=True, slots=True)
class WideShape:
    """The columns of a wide sheet."""

    labels: tuple[str, ...]
    """The outer labels of every finding."""

    name: tuple[Column, ...]
    """The columns that make the incident's name, in this order."""

    ticks: Column
    """The technique columns."""

    least: int
    """How many technique columns a header must have to be taken for this layout."""

    yes: frozenset[str]
    no: frozenset[str]
    """What a ticked and an unticked cell hold, folded by `fold_blank`; an empty cell is unticked."""

    listings: tuple[Listing, ...] = ()
    description: Column | None = None
    references: Column | None = None
    private: tuple[Column, ...] = ()
    """Columns that stay in the account."""

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        optional = (self.description, self.references)
        listed = (listing.column for listing in self.listings)
        return (*self.name, self.ticks, *listed, *(column for column in optional if column), *self.private)

    def layout(self, cells: Sequence[str], profile: SourceProfile) -> WideLayout | None:
        """Where the columns stand; None if too few are technique columns, or none names the incident."""
        header = Header(cells)
        name = tuple(place for column in self.name if (place := header.take(column)) is not None)
        ticks = header.take_all((self.ticks,))
        if not header.complete or not name or len(ticks) < self.least:
            return None
        description = header.take(self.description)
        references = header.take_all((self.references,)) if self.references else ()
        private = header.take_all(self.private)
        listings = tuple(
            (each.title, tuple(place for place, _ in header.take_all((each.column,)))) for each in self.listings
        )
        return WideLayout(
            profile=profile,
            shape=self,
            header=header.cells,
            name=name,
            ticks=tuple(place for place, _ in ticks),
            listings=listings,
            description=description,
            references=tuple(place for place, _ in references),
            private=tuple(place for place, _ in private),
            others=header.rest(),
        )


def wide_shape_from(_content: dict[str, object], columns: dict[str, object]) -> WideShape:
    """The shape of a profile file (schema `source-profile`) with the layout `wide-table`."""
    ticks, lists = columns["ticks"], columns.get("lists", [])
    assert isinstance(ticks, dict)
    assert isinstance(lists, list)
    return WideShape(
        labels=tuple(str(column.constant) for column in columns_of(columns.get("labels"))),
        name=columns_of(columns["name"]),
        ticks=column_from({"pattern": ticks["pattern"], "title": "columns headed by technique ids"}),
        least=int(ticks.get("at_least", 3)),
        yes=frozenset(map(fold_blank, ticks.get("yes", ["1"]))),
        no=frozenset(map(fold_blank, ticks.get("no", ["0"]))),
        listings=tuple(Listing(str(entry["title"]), column_from({**entry, "required": False})) for entry in lists),
        description=column_of(columns.get("description")),
        references=next(iter(optional_columns_of([columns["references"]])), None) if "references" in columns else None,
        private=optional_columns_of(columns.get("private")),
    )


@dataclass(frozen=True, slots=True)
class WideLayout:
    """The place of each column under one header."""

    profile: SourceProfile
    shape: WideShape
    header: tuple[str, ...]
    name: tuple[int, ...]
    ticks: tuple[int, ...]
    listings: tuple[tuple[str, tuple[int, ...]], ...]
    description: int | None
    references: tuple[int, ...]
    private: tuple[int, ...]
    others: tuple[tuple[int, str], ...]

    @property
    def matched(self) -> int:
        """How many columns of the file the profile knows."""
        return len(self.header) - len(self.others)

    def reader(self, context: RowContext) -> WideRows:
        """A reader for the rows below this header."""
        return WideRows(self, context)


class WideRows:
    """Reads rows as incidents."""

    def __init__(self, layout: WideLayout, context: RowContext) -> None:
        self._layout = layout
        self._shape = layout.shape
        self._context = context
        self._wanted = None if context.row is None else fold_header(context.row)
        self._taken: list[int] = []
        self._seen = 0
        self._names: dict[str, None] = {}
        self._headings = {place: tidy(layout.header[place])[0] for place in layout.ticks}

    def read(self, row: list[str], number: int) -> Iterable[Record]:
        """The incident, and one finding for each technique that is ticked."""
        name = " ".join(text for place in self._layout.name if (text := tidy(row[place])[0])) or f"row {number}"
        self._seen += 1
        if not self._is_wanted(name, number):
            return
        self._taken.append(number)
        value = Value(Kind.NAME, name)
        note = self._note(row)
        yield self._finding(INCIDENT, value, self._story(row, note), raw_row(row), number)
        for place in self._layout.ticks:
            answer = self._answer(row[place])
            if answer is None:
                raw = f"{self._headings[place]}: {row[place].strip()}"
                reason = f"the cell is neither ticked nor empty; a tick is written {sorted(self._shape.yes)[0]!r}"
                yield Unreadable(raw, reason, self._context.file, number)
            elif answer:
                yield self._finding(self._headings[place], value, note, row[place], number)

    def pass_over(self, row: list[str], number: int) -> None:
        """The row counts as an incident all the same."""
        for _ in self.read(row, number):
            pass

    def close(self) -> None:
        """Say how many incidents became one case.

        Raises:
            UserError: the incident that was asked for is not there, or its name is that of several.
        """
        asked = self._context.row
        if asked is None:
            if self._seen > 1:
                self._context.say(
                    f"the sheet has {self._seen:,} incidents, one to a row, and all of them are taken as one case; "
                    "take one with --row NAME or --row NUMBER"
                )
            return
        if not self._taken:
            raise UserError(
                f"no incident {asked!r}", where="--row", fix=f"the sheet has, among others: {'; '.join(self._names)}"
            )
        if len(self._taken) > 1:
            numbers = ", ".join(str(number) for number in self._taken[:20])
            raise UserError(
                f"{asked!r} names several incidents", where="--row", fix=f"give one of the numbers {numbers}"
            )

    def _is_wanted(self, name: str, number: int) -> bool:
        if self._wanted is None:
            return True
        if len(self._names) < 8:
            self._names[f"{number} {name}"] = None
        return self._wanted in (fold_header(name), str(number))

    def _answer(self, cell: str) -> bool | None:
        text = fold_blank(cell)
        if text in self._shape.yes:
            return True
        return False if not text or text in self._shape.no else None

    def _finding(self, label: str, value: Value, note: str, raw: str, number: int) -> Finding:
        return Finding((*self._shape.labels, label), raw, value, note, self._context.file, number)

    def _note(self, row: list[str]) -> str:
        """What goes with every finding of the incident: where it was seen, and who wrote of it."""
        parts = []
        for title, places in self._layout.listings:
            named = [text for place in places if (text := self._listed(place, row[place]))]
            if named:
                parts.append(f"{title}: {', '.join(named)}")
        sources = [text for place in self._layout.references if (text := tidy(row[place])[0])]
        if sources:
            parts.append(f"Sources: {' '.join(sources)}")
        return "; ".join(parts)

    def _listed(self, place: int, cell: str) -> str:
        answer = self._answer(cell)
        if answer is False:
            return ""
        heading = tidy(self._layout.header[place])[0].rpartition(": ")[
            2
        ]  # `Attribution Source: Platform` is told as `Platform`
        return heading if answer else f"{heading} ({tidy(cell)[0]})"

    def _story(self, row: list[str], note: str) -> str:
        """The incident's description and the columns nobody else took, before what goes with every finding."""
        parts = []
        if self._layout.description is not None:
            parts.append(tidy(row[self._layout.description])[0])
        for place, title in self._layout.others:
            text = tidy(row[place])[0]
            if text and text != "0":
                parts.append(f"{title}: {text}")
        return "; ".join(part for part in (*parts, note) if part)
