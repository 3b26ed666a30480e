"""Rows of tables, whatever file they stand in: from a CSV file, a sheet, a list of JSON records, a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from disarm_exchange.errors import UserError
from disarm_exchange.findings.columns import Column, Header, column_from, texts_of
from disarm_exchange.findings.model import Unreadable
from disarm_exchange.findings.reader import OnRemark, Record, RecordBlock, Remark

if TYPE_CHECKING:
    from disarm_exchange.findings.profile import SourceProfile

RAW_KEPT = 2000
"""Characters kept of a record that cannot be read."""

MAX_COLUMNS = 4096
"""The most columns that a table may have; wider ones are no tables of findings."""

_ROWS = 100

Row = tuple[int, list[str]]
"""The number of a record and its cells."""


@dataclass(frozen=True, slots=True)
class RowContext:
    """What a row reader needs to know beside its layout."""

    file: str
    remark: OnRemark
    row: str | None = None
    """The only incident to take, by name or by record number."""

    def say(self, text: str, record: int | None = None) -> None:
        """Remark on the table."""
        self.remark(Remark(text, self.file, record))


def no_incidents() -> UserError:
    """What to raise where one incident is asked for and records are no incidents."""
    return UserError("no sheet with one incident to a row", where="--row", fix="leave --row out")


class RowReader(Protocol):
    """Turns the rows of one table into findings."""

    def read(self, row: list[str], number: int) -> Iterable[Record]:
        """What one row says; the row has at least as many cells as the header."""
        ...

    def pass_over(self, row: list[str], number: int) -> None:
        """A row of this table is read elsewhere: remember what `close` must know of it."""
        ...

    def close(self) -> None:
        """The table is at its end: say what can only be said now.

        Raises:
            UserError: something that was asked for is not in the table.
        """
        ...


class Layout(Protocol):
    """A profile applied to one header."""

    @property
    def profile(self) -> SourceProfile:
        """The profile."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """The header's cells as they stand."""
        ...

    @property
    def others(self) -> tuple[tuple[int, str], ...]:
        """Columns that the profile does not know."""
        ...

    @property
    def matched(self) -> int:
        """How many columns of the file the profile knows."""
        ...

    def reader(self, context: RowContext) -> RowReader:
        """A reader for the rows below this header."""
        ...


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are no findings: those with one of these texts (folded) in this column."""

    column: Column
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowRules:
    """What a profile says of rows in general."""

    skips: tuple[Skip, ...] = ()
    comment: str | None = None
    """Rows whose first cell begins with this are remarks of the table's author."""

    blanks: frozenset[str] = frozenset()
    """Texts (folded by `fold_blank`) that stand for an empty cell: `n/a`, `#NAME?`."""

    def is_empty(self) -> bool:
        """Whether the profile says nothing."""
        return not (self.skips or self.comment or self.blanks)


NO_RULES = RowRules()


def row_rules_from(content: dict[str, object]) -> RowRules:
    """What a profile file (schema `source-profile`) says of rows in general."""
    skips = content.get("skip", [])
    assert isinstance(skips, list)
    comment = content.get("comment")
    return RowRules(
        skips=tuple(
            Skip(column_from({"names": each["names"], "required": False}), frozenset(map(fold_blank, each["texts"])))
            for each in skips
        ),
        comment=None if comment is None else str(comment),
        blanks=frozenset(map(fold_blank, texts_of(content.get("blanks")))),
    )


_SUMS_BEGIN = frozenset(("", " ", "\t", "\n", "T", "t", "G", "g", "S", "s"))
_SUM = re.compile(r"(?:(?:grand|sub|overall)[ -]?)?totals?(?: (?!of\b)[a-z]+)?\s*[:=]?\s*[\d.,\s]*", re.IGNORECASE)
_NUMBER = re.compile(r"[~<>]?\d[\d.,\s]*(?: [a-z]+)?", re.IGNORECASE)


def _is_sum(row: list[str]) -> bool:
    """Whether a row is a total below a table: the word, numbers, and nothing else."""
    first, *others = [text for cell in row if (text := cell.strip())]
    if _SUM.fullmatch(first) is None:
        return False
    return all(_NUMBER.fullmatch(text) for text in others) and any(map(str.isdigit, "".join((first, *others))))


def fold_blank(cell: str) -> str:
    """A cell as it is compared with the texts that stand for an empty one."""
    return cell.strip().casefold()


class RowFeed:
    """Takes the rows of one table: what is blank is passed over, what does not fit the header is unreadable."""

    def __init__(self, layout: Layout, context: RowContext) -> None:
        self.layout = layout
        self._context = context
        self._reader = layout.reader(context)
        self._read = self._reader.read
        self._width = len(layout.header)
        self._heading = list(layout.header)
        rules = layout.profile.rules
        self._rules = None if rules.is_empty() else rules
        header = Header(layout.header)
        self._skips = [(place, skip.texts) for skip in rules.skips if (place := header.take(skip.column)) is not None]
        self._skipped: Counter[str] = Counter()

    def feed(self, number: int, row: list[str]) -> Iterable[Record]:
        """What one row says."""
        admitted = self._admitted(number, row)
        if admitted is None:
            return ()
        return (admitted,) if isinstance(admitted, Unreadable) else self._read(admitted, number)

    def pass_over(self, number: int, row: list[str]) -> None:
        """A row that somebody else reads: only what is said of the table as a whole is noted."""
        admitted = self._admitted(number, row)
        if isinstance(admitted, list):
            self._reader.pass_over(admitted, number)

    def _admitted(self, number: int, row: list[str]) -> list[str] | Unreadable | None:
        """The row as it is to be read; None where it is no finding."""
        if not (row and row[0].strip()) and not "".join(row).strip():
            return None
        width = self._width
        if len(row) != width:
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                reason = f"the row has {len(row)} cells, the header {width}; check its quotes and separators"
                return Unreadable(raw_row(row), reason, self._context.file, number)
            row = (row + [""] * width)[:width]
        if row[0] == self._heading[0] and row == self._heading:
            self._skipped["it repeats the header"] += 1
            return None
        if row[0][:1] in _SUMS_BEGIN and _is_sum(row):
            self._skipped["it is a total"] += 1
            return None
        if self._rules is not None:
            if self._is_skipped(row, self._rules):
                return None
            if self._rules.blanks:
                row = ["" if fold_blank(cell) in self._rules.blanks else cell for cell in row]
        return row

    def close(self) -> None:
        """The table is at its end.

        Raises:
            UserError: as `RowReader.close`.
        """
        for why, count in self._skipped.items():
            rows = "row is" if count == 1 else "rows are"
            self._context.say(f"{count:,} {rows} passed over: {why}")
        self._reader.close()

    def _is_skipped(self, row: list[str], rules: RowRules) -> bool:
        if rules.comment is not None and row[0].lstrip().startswith(rules.comment):
            self._skipped[f"as the profile says, the first cell begins with {rules.comment!r}"] += 1
            return True
        for place, texts in self._skips:
            if fold_blank(row[place]) in texts:
                self._skipped[
                    f"as the profile says, {self.layout.header[place].strip()!r} is {row[place].strip()!r}"
                ] += 1
                return True
        return False


def read_rows(rows: Iterable[Row | Unreadable], layout: Layout, context: RowContext) -> Iterator[Record]:
    """The records of a table's rows.

    Raises:
        UserError: as `RowReader.close`, at the end.
    """
    for block in row_blocks(rows, layout, context, _ROWS):
        yield from block.records()


def row_blocks(
    rows: Iterable[Row | Unreadable],
    layout: Layout,
    context: RowContext,
    size: int,
    position: Callable[[], int] = lambda: 0,
) -> Iterator[RecordBlock]:
    """The same in blocks of so many rows; `position` tells how many bytes of the source were read.

    Raises:
        UserError: as `RowReader.close`, at the end.
    """
    feed = RowFeed(layout, context)
    ahead = iter(rows)
    while taken := list(islice(ahead, size)):
        block = _RowBlock(taken, feed, position())
        yield block
        block.pass_over()
    feed.close()


class _RowBlock:
    """Rows that stand together."""

    def __init__(self, rows: list[Row | Unreadable], feed: RowFeed, position: int) -> None:
        self.position = position
        self._rows = rows
        self._feed = feed

    def records(self) -> Iterator[Record]:
        """What the rows say, read now."""
        feed = self._feed.feed
        rows, self._rows = self._rows, []
        for item in rows:
            if isinstance(item, Unreadable):
                yield item
            else:
                yield from feed(*item)

    def pass_over(self) -> None:
        """Unless the rows were read: note what is said of the table as a whole."""
        for item in self._rows:
            if not isinstance(item, Unreadable):
                self._feed.pass_over(*item)


def raw_row(row: list[str]) -> str:
    """A row as it is kept for the account."""
    return "\t".join(row)[:RAW_KEPT]
