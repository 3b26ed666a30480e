"""The plain table: one record, one finding. A label path, a value, a note, perhaps a type and a date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from disarm_exchange.findings.accounts import read_account, read_on_platform
from disarm_exchange.findings.columns import Column, Header, column_of, columns_of, optional_columns_of, texts_of
from disarm_exchange.findings.labelling import labels_of_role
from disarm_exchange.findings.model import UNCLEAR, Unreadable, quick_finding
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.roles import fold_role, is_role, role_in_note, role_said
from disarm_exchange.findings.rows import RowContext, no_incidents, raw_row
from disarm_exchange.findings.values import Kind, Value, led_to, read_cell, read_typed_list, redirect_targets
from disarm_exchange.findings.values.characters import tidy

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile

_WORDS = frozenset({Kind.TEXT, Kind.NAME, Kind.EMPTY})
_WORDS_REMEMBERED = 100_000
_ROWS_REMEMBERED = 10_000
_LONGEST_REMEMBERED = 2_000
"""Characters of a row beside its value."""

_ACCOUNTS = re.compile(r"\baccounts?\b", re.IGNORECASE)
_WORDS_SHOWN = 5
_NOWHERE = ((-1, Column(frozenset(), "")),)
"""The place of the values where a header has no column of them: accounts have columns of their own then."""


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
    role: Column | None = None
    """The column that says whose the values are."""

    roles: Mapping[str, str] = field(default_factory=dict)
    """What the profile says of words in it, folded (see `roles.role_said`)."""

    login: Column | None = None
    user_id: Column | None = None
    """Columns that name an account beside its address, or instead of it."""

    notes: tuple[Column, ...] = ()
    """Further columns that are told in the note, each as `Title: cell`."""

    private: tuple[Column, ...] = ()
    """Columns that stay in the account: their cells are in the raw text of a finding and nowhere else."""

    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    least_labels: int = 0
    """How many columns of labels a header must have, whichever they are."""

    least_columns: int = 1
    """How many of value, login, id and platform a header must have, whichever they are; one that is no platform."""

    others_private: bool = False
    """Whether columns that the profile does not know stay in the account, too."""

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        single = (self.type, self.platform, self.login, self.user_id, self.role, self.note, self.reported)
        named = (column for column in single if column is not None)
        return (*self.labels, *self.values, *named, *self.notes, *self.private)

    def layout(self, cells: Sequence[str], profile: SourceProfile) -> TableLayout | None:
        """Where the columns stand under that header; None if a required one is missing."""
        header = Header(cells)
        labels = [(column, header.take(column, misspelt=self.least_labels > 0)) for column in self.labels]
        values = [(place, column) for column in self.values if (place := header.take(column)) is not None]
        single = [header.take(column) for column in (self.type, self.platform, self.note, self.reported)]
        account = [header.take(column) for column in (self.login, self.user_id)]
        role = header.take(self.role)
        notes = [(place, column.title) for column in self.notes if (place := header.take(column)) is not None]
        private = [place for place, _ in header.take_all(self.private)]
        named = [place for _, place in labels if place is not None]
        naming = [place for place in (*(place for place, _ in values), *account) if place is not None]
        if not header.complete or not naming or len(named) < self.least_labels:
            return None
        if len(naming) + (single[1] is not None) < self.least_columns:
            return None
        others = header.rest()
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
            role=role,
            login=account[0],
            user_id=account[1],
            notes=tuple(notes) if self.others_private else (*notes, *others),
            private=(*private, *(place for place, _ in others)) if self.others_private else tuple(private),
            others=others,
            unnamed=() if self.others_private else header.unnamed(),
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
        role=column_of(columns.get("role")),
        roles=_own_words(columns.get("role")),
        login=column_of(columns.get("login")),
        user_id=column_of(columns.get("user_id")),
        notes=optional_columns_of(columns.get("notes")),
        private=optional_columns_of(columns.get("private")),
        date_formats=texts_of(content.get("date_formats")) or ("%Y-%m-%d",),
        least_labels=int(str(content.get("least_labels", 0))),
        least_columns=int(str(content.get("least_columns", 1))),
        others_private=content.get("others") == "private",
    )


def _own_words(column: object) -> dict[str, str]:
    words = column.get("words", {}) if isinstance(column, dict) else {}
    return {fold_role(text): str(role) for text, role in words.items()}


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
    role: int | None
    login: int | None
    user_id: int | None
    notes: tuple[tuple[int, str], ...]
    """Columns that are told in the note, with their titles."""

    private: tuple[int, ...]
    others: tuple[tuple[int, str], ...]
    """Columns the profile does not know: they are kept in the note, unless it keeps them private."""

    unnamed: tuple[int, ...]
    """Columns without a heading: what stands in them is kept in the note too."""

    @property
    def value(self) -> int | None:
        """The place of the (first) value; None where only columns of accounts name it."""
        return self.values[0][0] if self.values else None

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


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a row says beside its value. Rows that differ in their value alone are many."""

    labels: tuple[str, ...]
    note: str
    reported: date | None
    targets: tuple[Value, ...]
    """Where the note says that a link leads."""

    of_accounts: bool
    """Whether the innermost label speaks of accounts."""


class TableRows:
    """Reads rows as findings; what repeats beside their values is read once and shared."""

    def __init__(self, layout: TableLayout, context: RowContext) -> None:
        self._layout = layout
        self._file = context.file
        self._context = context
        self._steps = layout.steps if layout.type is None else (*layout.steps, layout.type)
        self._beside: dict[tuple[str, ...], _Beside] = {}
        self._others = (
            *layout.notes,
            *((place, layout.header[place].strip() or f"column {place + 1}") for place in layout.unnamed),
        )
        self._values = layout.values or _NOWHERE
        only = self._values[0][1]
        self._plain = len(self._values) == 1 and only.type is None and only.label is None
        column = layout.shape.platform
        self._on = None if column is None else column.constant
        self._accounts = layout.login is not None or layout.user_id is not None
        self._roles: dict[str, str | None] = {}
        self._unknown: Counter[str] = Counter()

    def read(self, row: list[str], number: int) -> Iterable[Record]:
        """The finding of the row, or several where several columns hold values."""
        layout = self._layout
        role = self._role(row) if layout.role is not None else None
        if self._plain:
            written = row[layout.type].strip() if layout.type is not None else None
            return (self._record(row, self._values[0][0], written, None, number, role),)
        filled = [(place, column) for place, column in layout.values if row[place].strip()]
        return [
            self._record(row, place, column.type, column.label, number, role)
            for place, column in filled or self._values[:1]
        ]

    def pass_over(self, row: list[str], number: int) -> None:
        """The words of its role are noted."""
        self._role(row)

    def close(self) -> None:
        """Say which words of the column of roles nobody knows."""
        for word, count in self._unknown.most_common(_WORDS_SHOWN):
            self._context.say(
                f"{word[:80]!r} in the column {self._layout.header[self._layout.role or 0].strip()!r} is no known role "
                f"({count:,} {'record' if count == 1 else 'records'}): whose the values are stays unclear"
            )

    def _role(self, row: list[str]) -> str | None:
        place = self._layout.role
        if place is None:
            return None
        cell = row[place]
        if cell not in self._roles:
            if len(self._roles) >= _WORDS_REMEMBERED:  # a hostile file may bring endless words
                self._roles.clear()
            self._roles[cell] = role_said(cell, self._layout.shape.roles)
        role = self._roles[cell]
        if role == UNCLEAR and not is_role(cell) and fold_role(cell) not in self._layout.shape.roles:
            word = " ".join(cell.split())
            if word in self._unknown or len(self._unknown) < _WORDS_REMEMBERED:
                self._unknown[word] += 1
        return role

    def _record(
        self, row: list[str], place: int, written: str | None, label: str | None, number: int, role: str | None
    ) -> Record:
        layout = self._layout
        raw = row[place] if place >= 0 else ""
        cells = (*row[:place], *row[place + 1 :], label or "") if place >= 0 else tuple(row)
        beside = self._beside.get(cells) or self._read_beside(cells, row, label, role)
        if written is not None and (layout.type is not None or raw.strip()):
            values = read_typed_list(raw, written)
            if values[0].kind in _WORDS:
                problem = values[0].problem
                reason = f"no {written or 'value'} is in the cell" + (f": {problem}" if problem else "")
                return Unreadable(raw_row(row), reason, self._file, number)
        else:
            if layout.platform is not None or self._on is not None:
                values = read_on_platform(raw, self._platform(row))
            elif beside.of_accounts and "/" in raw and len(raw.split()) == 1:
                values = read_cell(raw, expect=Kind.ACCOUNT)  # under such a label `forum.example/name` is one
            else:
                values = read_cell(raw)
            if self._accounts:
                values, raw = self._account(values, raw, row)
        value = values[0]
        more = (*values[1:], *beside.targets)
        if value.embedded and value.guard is not None and value.guard.list == "shorteners":
            more = (*more, *(each for each in led_to(raw) if each not in more))
        if layout.private:
            raw = raw_row(row)
        return quick_finding(
            beside.labels, raw, value, beside.note, self._file, number, reported=beside.reported, more=more, role=role
        )

    def _read_beside(self, cells: tuple[str, ...], row: list[str], label: str | None, role: str | None) -> _Beside:
        """What a row says beside the value under that label; remembered by its cells."""
        layout = self._layout
        note = self._note(row)
        targets = redirect_targets(note) if "/" in note or "[" in note else ()
        reported = None
        if layout.reported is not None:
            reported = read_date(row[layout.reported], layout.shape.date_formats)
            if reported is None and (text := tidy(row[layout.reported])[0]):
                said = f"{layout.header[layout.reported].strip()}: {text}"
                note = f"{note}; {said}" if note else said
        steps = [row[step] if isinstance(step, int) else step for step in self._steps]
        labels = tuple([text for step in steps if (text := tidy(step)[0])])
        of_accounts = bool(labels) and _ACCOUNTS.search(labels[-1]) is not None
        if label:
            labels = (*labels, label)
        elif layout.role is not None and not labels:
            # A victim's account proves nothing of the operation's assets, whatever the column says.
            labels = labels_of_role(role_in_note(note) or role, row[layout.role])
        beside = _Beside(labels, note, reported, targets, of_accounts)
        if sum(map(len, cells)) <= _LONGEST_REMEMBERED:
            if len(self._beside) >= _ROWS_REMEMBERED:
                self._beside.clear()
            self._beside[cells] = beside
        return beside

    def _platform(self, row: list[str]) -> str:
        """What names the platform: the profile, or the row's cell; empty where nothing does."""
        place = self._layout.platform
        return self._on or (row[place] if place is not None else "")

    def _account(self, values: tuple[Value, ...], raw: str, row: list[str]) -> tuple[tuple[Value, ...], str]:
        """The values of a row whose account has columns of its own, and the cell they stand in."""
        layout = self._layout
        platform = self._platform(row)
        login, user_id = (row[place] if place is not None else "" for place in (layout.login, layout.user_id))
        found = read_account(values, platform, login, user_id)
        if raw.strip() or found is values:
            return found, raw
        return found, login if login.strip() else user_id

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
