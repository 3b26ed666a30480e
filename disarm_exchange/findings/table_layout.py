"""The plain table: one record, one finding. A label path, a value, a note, perhaps a type and a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from disarm_exchange.findings.accounts import read_on_platform
from disarm_exchange.findings.columns import Column, Header, column_of, columns_of, optional_columns_of, texts_of
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.rows import RowContext, no_incidents, raw_row
from disarm_exchange.findings.values import Kind, Value, led_to, read_cell, read_typed_list, redirect_targets
from disarm_exchange.findings.values.characters import tidy

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile

_WORDS = frozenset({Kind.TEXT, Kind.NAME, Kind.EMPTY})
_PATHS_REMEMBERED = 100_000
_ACCOUNTS = re.compile(r"\baccounts?\b", re.IGNORECASE)
_NOTES_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class TableShape:
    """The columns of a plain table."""

    labels: tuple[Column, ...]
    values: tuple[Column, ...]
    """One column; or several, of which each filled cell is a finding of its own."""

    type: Column | None = None
    platform: Column | None = None
    note: Column | None = None
    reported: Column | None = None
    private: tuple[Column, ...] = ()
    """Columns that stay in the account: their cells are in the raw text of a finding and nowhere else."""

    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    least_labels: int = 0
    """How many columns of labels a header must have, whichever they are."""

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        single = (self.type, self.platform, self.note, self.reported)
        return (*self.labels, *self.values, *(column for column in single if column is not None), *self.private)

    def layout(self, cells: Sequence[str], profile: SourceProfile) -> TableLayout | None:
        """Where the columns stand under that header; None if a required one is missing."""
        header = Header(cells)
        labels = [(column, header.take(column, misspelt=self.least_labels > 0)) for column in self.labels]
        values = [(place, column) for column in self.values if (place := header.take(column)) is not None]
        single = [header.take(column) for column in (self.type, self.platform, self.note, self.reported)]
        private = header.take_all(self.private)
        named = [place for _, place in labels if place is not None]
        if not header.complete or not values or len(named) < self.least_labels:
            return None
        return TableLayout(
            profile=profile,
            shape=self,
            header=header.cells,
            labels=tuple(named),
            steps=tuple(
                step for column, place in labels if (step := column.constant if place is None else place) is not None
            ),
            values=tuple(values),
            type=single[0],
            platform=single[1],
            note=single[2],
            reported=single[3],
            private=tuple(place for place, _ in private),
            others=header.rest(),
            unnamed=header.unnamed(),
        )


def table_shape_from(content: dict[str, object], columns: dict[str, object]) -> TableShape:
    """The shape of a profile file (schema `source-profile`) with the layout `table` or `markdown-report`."""
    value = column_of(columns.get("value"))
    values = columns_of(columns.get("values")) if value is None else (value,)
    return TableShape(
        labels=columns_of(columns.get("labels")),
        values=values,
        type=column_of(columns.get("type")),
        platform=column_of(columns.get("platform")),
        note=column_of(columns.get("note")),
        reported=column_of(columns.get("reported")),
        private=optional_columns_of(columns.get("private")),
        date_formats=texts_of(content.get("date_formats")) or ("%Y-%m-%d",),
        least_labels=int(str(content.get("least_labels", 0))),
    )


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The place of each column under one header."""

    profile: SourceProfile
    shape: TableShape
    header: tuple[str, ...]
    labels: tuple[int, ...]
    steps: tuple[int | str, ...]
    """The label path: places, and constant labels between them."""

    values: tuple[tuple[int, Column], ...]
    type: int | None
    platform: int | None
    note: int | None
    reported: int | None
    private: tuple[int, ...]
    others: tuple[tuple[int, str], ...]
    """Columns the profile does not know: they are kept in the note."""

    unnamed: tuple[int, ...]
    """Columns without a heading: what stands in them is kept in the note too."""

    @property
    def value(self) -> int:
        """The place of the (first) value."""
        return self.values[0][0]

    @property
    def matched(self) -> int:
        """How many columns of the file the profile knows."""
        return len(self.header) - len(self.others)

    def reader(self, context: RowContext) -> TableRows:
        """A reader for the rows below this header.

        Raises:
            UserError: one incident is asked for, and the rows are no incidents.
        """
        if context.row is not None:
            raise no_incidents()
        return TableRows(self, context)


class TableRows:
    """Reads rows as findings; the few distinct label paths are folded once and shared."""

    def __init__(self, layout: TableLayout, context: RowContext) -> None:
        self._layout = layout
        self._file = context.file
        self._steps = layout.steps if layout.type is None else (*layout.steps, layout.type)
        self._paths: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._led: dict[str, tuple[Value, ...]] = {}
        self._others = (
            *layout.others,
            *((place, layout.header[place].strip() or f"column {place + 1}") for place in layout.unnamed),
        )
        only = layout.values[0][1]
        self._plain = len(layout.values) == 1 and only.type is None and only.label is None

    def read(self, row: list[str], number: int) -> Iterable[Record]:
        """The finding of the row, or several where several columns hold values."""
        layout = self._layout
        if self._plain:
            written = row[layout.type].strip() if layout.type is not None else None
            return (self._record(row, layout.value, written, None, number),)
        filled = [(place, column) for place, column in layout.values if row[place].strip()]
        return [
            self._record(row, place, column.type, column.label, number) for place, column in filled or layout.values[:1]
        ]

    def pass_over(self, row: list[str], number: int) -> None:
        """Nothing is to be remembered."""

    def close(self) -> None:
        """Nothing is left to say."""

    def _record(self, row: list[str], place: int, written: str | None, label: str | None, number: int) -> Record:
        layout = self._layout
        raw = row[place]
        more: tuple[Value, ...] = ()
        if written is not None and (layout.type is not None or raw.strip()):
            value, *others = read_typed_list(raw, written)
            more = tuple(others)
            if value.kind in _WORDS:
                reason = f"no {written or 'value'} is in the cell" + (f": {value.problem}" if value.problem else "")
                return Unreadable(raw_row(row), reason, self._file, number)
        else:
            values = (
                read_on_platform(raw, row[layout.platform]) if layout.platform is not None else self._read(raw, row)
            )
            value, more = values[0], values[1:]
        note = self._note(row)
        if note and ("/" in note or "[" in note):
            more = (*more, *self._targets(note))
        if value.embedded and value.guard is not None and value.guard.list == "shorteners":
            more = (*more, *(each for each in led_to(raw) if each not in more))
        reported = None
        if layout.reported is not None:
            reported = read_date(row[layout.reported], layout.shape.date_formats)
            if reported is None and (text := tidy(row[layout.reported])[0]):
                said = f"{layout.header[layout.reported].strip()}: {text}"
                note = f"{note}; {said}" if note else said
        labels = self._path(row)
        return Finding(
            labels=(*labels, label) if label else labels,
            raw=raw_row(row) if layout.private else raw,
            value=value,
            note=note,
            file=self._file,
            record=number,
            reported=reported,
            more=more,
        )

    def _read(self, raw: str, row: list[str]) -> tuple[Value, ...]:
        """The values of a cell. Under a label that speaks of accounts `forum.example/name` is one."""
        if "/" in raw:
            labels = self._path(row)
            if labels and _ACCOUNTS.search(labels[-1]) and len(raw.split()) == 1:
                return read_cell(raw, expect=Kind.ACCOUNT)
        return read_cell(raw)

    def _targets(self, note: str) -> tuple[Value, ...]:
        """Where the note says that a link leads; notes repeat, so the answers are kept."""
        found = self._led.get(note)
        if found is None:
            found = redirect_targets(note)
            if len(self._led) < _NOTES_REMEMBERED:
                self._led[note] = found
        return found

    def _path(self, row: list[str]) -> tuple[str, ...]:
        cells = tuple([row[step] if isinstance(step, int) else step for step in self._steps])
        folded = self._paths.get(cells)
        if folded is None:
            folded = tuple(text for cell in cells if (text := tidy(cell)[0]))
            if len(self._paths) < _PATHS_REMEMBERED:
                self._paths[cells] = folded
        return folded

    def _note(self, row: list[str]) -> str:
        place = self._layout.note
        note = tidy(row[place])[0] if place is not None else ""
        for other, title in self._others:
            text = tidy(row[other])[0]
            if text:
                note = f"{note}; {title}: {text}" if note else f"{title}: {text}"
        return note


def read_date(cell: str, formats: Sequence[str]) -> date | None:
    """The day that a cell names in one of these forms (those of `strptime`); None if it names none."""
    text = cell.strip()
    for form in formats:
        try:
            if form == "%Y-%m-%d":
                return date.fromisoformat(text[:10] if text[10:11] in ("T", " ") else text)
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
