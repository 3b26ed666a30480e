"""How tables look, the same for all commands: on a terminal, where it is too narrow for them, and in pipes and files.

Where what must stay whole (ids) does not fit beside the rest, each row is printed as lines of name and value. Without a
terminal there are no lines and no cuts: aligned columns, one row to a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from disarm_exchange.cli.quiet import people
from disarm_exchange.cli.safe_text import visible

_GAP = 2
_LEAST = 12
"""Cells that a column of words needs before folding makes it unreadable."""


def folding(name: str) -> Column:
    """A column of text, which folds."""
    return Column(name, overflow="fold")


def whole(name: str) -> Column:
    """A column of ids and moments, which are never folded or cut."""
    return Column(name, no_wrap=True, overflow="fold")


def number(name: str) -> Column:
    """A column of numbers."""
    return Column(name, justify="right", no_wrap=True)


def table_of(title: str, *columns: Column) -> Table:
    """A table without rows."""
    shown = Text(visible(title)) if title else None
    return Table(
        *columns, title=shown, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, show_edge=False,
    )  # fmt: skip


def add_row(table: Table, *cells: object) -> None:
    """Add a row; what could move the cursor or be taken for markup is shown as text."""
    table.add_row(*(Text(visible(cell_text(cell))) for cell in cells))


def cell_text(value: object) -> str:
    """A value in a cell: numbers with separators, nothing for none, yes and no, members side by side."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {cell_text(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(cell_text, value))
    return "" if value is None else str(value)


def print_table(table: Table, *, summary: bool = False) -> None:
    """Print a table: data on stdout, or a summary for people on stderr (not when quiet)."""
    console = people() if summary else Console(highlight=False, markup=False)
    if not console.is_terminal:
        for line in plain_lines(table):
            console.print(line, soft_wrap=True)
    elif console.width >= _least_width(table):
        _print_titled(console, table)
    else:
        for pair in _stacked(table):
            console.print(pair, soft_wrap=True)


def _print_titled(console: Console, table: Table) -> None:
    """Title and caption on lines of their own: inside a narrow table they would be folded."""
    title, caption = table.title, table.caption
    if title:
        console.print(Text(str(title), style="bold"), soft_wrap=True)
    table.title = table.caption = None
    console.print(table)
    table.title, table.caption = title, caption
    if caption:
        console.print(Text(str(caption), style="dim"), soft_wrap=True)
    if title:
        console.print()


def plain_lines(table: Table) -> Iterator[str]:
    """The table as aligned text, one row to a line."""
    heads, rows = _heads(table), list(_rows(table))
    widths = [max(map(cell_len, column), default=0) for column in zip(*([heads, *rows]), strict=True)]
    right = [column.justify == "right" for column in table.columns]
    if table.title:
        yield str(table.title)
    for row in [heads, *rows] if any(heads) else rows:
        cells = (_padded(cell, width, right=r) for cell, width, r in zip(row, widths, right, strict=True))
        yield (" " * _GAP).join(cells).rstrip()
    if table.caption:
        yield str(table.caption)


def _stacked(table: Table) -> Iterator[Text]:
    """Each row as lines of name and value."""
    heads = _heads(table)
    width = max(map(cell_len, heads), default=0) + _GAP
    if table.title:
        yield Text(str(table.title), style="bold")
    for row in _rows(table):
        for head, cell in zip(heads, row, strict=True):
            if cell:
                yield Text(_padded(head, width, right=False), style="dim").append(cell, style="not dim")
        yield Text()
    if table.caption:
        yield Text(str(table.caption), style="dim")


def _least_width(table: Table) -> int:
    needed = 0
    for column, *cells in zip(table.columns, *_rows(table), strict=True):
        longest = max((cell_len(cell) for cell in cells), default=0)
        head = max((cell_len(word) for word in str(column.header).split()), default=0)
        needed += max(head, longest if column.no_wrap else min(longest, _LEAST)) + _GAP
    return needed


def _heads(table: Table) -> list[str]:
    return [str(column.header) for column in table.columns]


def _rows(table: Table) -> Iterable[tuple[str, ...]]:
    return zip_longest(*([str(cell) for cell in column.cells] for column in table.columns), fillvalue="")


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
