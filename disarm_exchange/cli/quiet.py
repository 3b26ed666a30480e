"""`--quiet`, which every command has and takes before or after its name, and what is told on standard error.

Quiet are progress and summaries. Errors, warnings and data come all the same, and exit codes are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_QUIET = "disarm_exchange.quiet"
_HELP = "No progress and no summary on stderr; errors, warnings and data come all the same."


def _note(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.meta[_QUIET] = True


def quiet_option() -> click.Option:
    """The option; the command itself is not given it: see `is_quiet`."""
    return click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_note, help=_HELP)


def with_quiet(command: click.Command) -> click.Command:
    """The command, which has the option from now on, and so has every command in it."""
    if not any("--quiet" in parameter.opts for parameter in command.params):
        command.params.append(quiet_option())
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_quiet(inner)
    return command


def is_quiet() -> bool:
    """Whether the command that runs in this thread was asked to be quiet."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_QUIET))


def tell(text: str) -> None:
    """A line of summary on standard error, unless quiet."""
    if not is_quiet():
        click.echo(text, err=True)


def people() -> Console:
    """Where summaries go that are more than a line: standard error, or nowhere when quiet."""
    from rich.console import Console  # noqa: PLC0415 - takes long to import

    return Console(stderr=True, quiet=is_quiet(), highlight=False, markup=False)
