"""The account archive: one account of a takedown to a row, as platforms publish them for research.

Display names, descriptions and whatever else a person wrote about themselves stay in the account of the run (in the
finding's raw text): only the columns that the profile calls notes leave with the finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_exchange.findings.accounts import account_value, is_hashed
from disarm_exchange.findings.columns import (
    Column,
    Header,
    column_of,
    columns_of,
    fold_header,
    optional_columns_of,
    texts_of,
)
from disarm_exchange.findings.model import HASHED, Finding, Unreadable
from disarm_exchange.findings.reader import Record
from disarm_exchange.findings.rows import RowContext, no_incidents, raw_row
from disarm_exchange.findings.table_layout import read_date
from disarm_exchange.findings.values.characters import tidy

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile


@dataclass(frozen=True, slots=True)
class AccountShape:
    """The columns of an account archive."""

    platform: str
    """The platform's key in `mappings/values/platforms.json`."""

    labels: tuple[str, ...]
    user_id: Column | None = None
    login: Column | None = None
    notes: tuple[Column, ...] = ()
    """The columns that may leave with the finding, each told as `Title: cell`."""

    private: tuple[Column, ...] = ()
    """Columns that stay in the account; so do columns that the profile does not know."""

    without: frozenset[str] = frozenset()
    """Folded headings that make a table something else (an archive of posts)."""

    reported: Column | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)

    def columns(self) -> tuple[Column, ...]:
        """All columns of the profile."""
        single = (self.user_id, self.login, self.reported)
        return (*(column for column in single if column), *self.notes, *self.private)

    def layout(self, cells: Sequence[str], profile: SourceProfile) -> AccountLayout | None:
        """Where the columns stand under that header; None if a required one is missing or a forbidden one there."""
        header = Header(cells)
        if any(header.has(folded) for folded in self.without):
            return None
        user_id = header.take(self.user_id)
        login = header.take(self.login)
        reported = header.take(self.reported)
        notes = tuple((place, column.title) for column in self.notes if (place := header.take(column)) is not None)
        private = header.take_all(self.private)
        if not header.complete or (user_id is None and login is None):
            return None
        return AccountLayout(
            profile, self, header.cells, user_id, login, notes, reported, tuple(p for p, _ in private), header.rest()
        )


def account_shape_from(content: dict[str, object], columns: dict[str, object]) -> AccountShape:
    """The shape of a profile file (schema `source-profile`) with the layout `account-archive`."""
    return AccountShape(
        platform=str(content["platform"]),
        labels=tuple(str(column.constant) for column in columns_of(columns.get("labels"))),
        user_id=column_of(columns.get("user_id")),
        login=column_of(columns.get("login")),
        notes=columns_of(columns.get("notes")),
        private=optional_columns_of(columns.get("private")),
        without=frozenset(map(fold_header, texts_of(content.get("without")))),
        reported=column_of(columns.get("reported")),
        date_formats=texts_of(content.get("date_formats")) or ("%Y-%m-%d",),
    )


@dataclass(frozen=True, slots=True)
class AccountLayout:
    """The place of each column under one header."""

    profile: SourceProfile
    shape: AccountShape
    header: tuple[str, ...]
    user_id: int | None
    login: int | None
    notes: tuple[tuple[int, str], ...]
    reported: int | None
    private: tuple[int, ...]
    others: tuple[tuple[int, str], ...]
    """Columns the profile does not know: they stay in the account."""

    @property
    def matched(self) -> int:
        """How many columns of the file the profile knows."""
        return len(self.header) - len(self.others)

    def reader(self, context: RowContext) -> AccountRows:
        """A reader for the rows below this header.

        Raises:
            UserError: one incident is asked for, and the rows are no incidents.
        """
        if context.row is not None:
            raise no_incidents()
        return AccountRows(self, context)


class AccountRows:
    """Reads rows as accounts."""

    def __init__(self, layout: AccountLayout, context: RowContext) -> None:
        self._layout = layout
        self._file = context.file
        self._context = context

    def read(self, row: list[str], number: int) -> Iterable[Record]:
        """The account of the row."""
        layout = self._layout
        login = row[layout.login] if layout.login is not None else ""
        user_id = row[layout.user_id] if layout.user_id is not None else ""
        value = account_value(layout.shape.platform, login, user_id)
        if value is None:
            reason = "the row has neither an id nor a login that the platform could have given"
            return (Unreadable(raw_row(row), reason, self._file, number),)
        told = ((title, tidy(row[place])[0]) for place, title in layout.notes)
        return (
            Finding(
                labels=layout.shape.labels,
                raw=raw_row(row),
                value=value,
                note="; ".join(f"{title}: {text}" for title, text in told if text),
                file=self._file,
                record=number,
                role=HASHED if value.login is None and is_hashed(value.user_id or "") else None,
                reported=None
                if layout.reported is None
                else read_date(row[layout.reported], layout.shape.date_formats),
            ),
        )

    def pass_over(self, row: list[str], number: int) -> None:
        """Nothing is to be remembered."""

    def close(self) -> None:
        """Say which columns stayed at home, so that nobody looks for them in the bundle."""
        kept = [self._layout.header[place].strip() for place in self._layout.private]
        kept += [title for _, title in self._layout.others]
        if kept:
            self._context.say(
                f"kept in the account of the run only, since it may say who a person is: {', '.join(kept)}"
            )
