"""The bar that commands show on standard error while they work: how much, how fast, how much longer.

Nobody sees one without a terminal, on one that cannot move its cursor, with `--quiet` or with `--json`. At its end it
is gone without a trace.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

from disarm_exchange.cli.quiet import is_quiet
from disarm_exchange.stix.progress import OnStep, Step, unwatched

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_LINES = 8
_SECONDS = 0.1
"""The bar is not told of more often than that."""


@contextmanager
def progress() -> Iterator[OnStep]:
    """What to tell the steps of the work in the block; `unwatched` where nobody would see them."""
    if not is_watched():
        yield unwatched
        return
    with Bars() as bars:
        yield bars.take


@contextmanager
def working(doing: str) -> Iterator[None]:
    """A bar without figures, for what cannot say how far it is."""
    with progress() as on_step:
        on_step(Step(doing, 0))
        yield


@contextmanager
def progress_beside_data() -> Iterator[tuple[OnStep, Callable[[str], object]]]:
    """The same for works that print data as they go: what to tell the steps, and what takes the lines of data."""
    if not is_watched():
        yield unwatched, sys.stdout.write
        return
    with Bars() as bars:
        yield bars.take, bars.print if sys.stdout.isatty() else sys.stdout.write


def is_watched() -> bool:
    """Whether somebody would see a bar."""
    if is_quiet() or not sys.stderr.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return False
    context = click.get_current_context(silent=True)
    return context is None or not context.params.get("as_json")


class Bars:
    """A line for each kind of step; use it in a `with` block."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress = _new_progress(console)
        self._tasks: dict[str, tuple[TaskID, float]] = {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def take(self, step: Step) -> None:
        """Show a step; from any thread."""
        now = monotonic()
        known = self._tasks.get(step.doing)
        if known is None:
            known = self._tasks[step.doing] = (self._begin(step.doing), now)
        elif now - self._last[step.doing] < _SECONDS and step.done != step.total:
            return
        self._last[step.doing] = now
        task, begun = known
        done, total = (step.read, step.size) if step.size else (step.done, step.total)
        told = f"{step.done:,} {step.things}" if step.done else ""
        if step.done and now - begun > _SECONDS:
            told += f", {step.done / (now - begun):,.0f}/s"
        self._progress.update(task, completed=done or 0, total=total, told=told)

    def print(self, lines: str) -> None:
        """Lines of data above the bar, as they are; for a terminal that has both."""
        self._progress.console.out(lines.removesuffix("\n"), highlight=False)

    def _begin(self, doing: str) -> TaskID:
        shown = [task.id for task in self._progress.tasks if task.visible]
        for task in shown[: len(shown) - _LINES + 1]:
            self._progress.update(task, visible=False)
        return self._progress.add_task(doing, total=None, told="")


def _new_progress(console: Console | None) -> Progress:
    from rich.console import Console as NewConsole  # noqa: PLC0415 - takes long to import
    from rich.progress import (  # noqa: PLC0415 - likewise
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console or NewConsole(stderr=True),
        transient=True,
        redirect_stdout=False,  # data goes where it was sent
        redirect_stderr=True,
    )
