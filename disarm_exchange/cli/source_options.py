"""The options that tell pictures and reports where their objects come from, and the note on what stays out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypedDict, TypeVar

import click
from rich.console import Console

from disarm_exchange.cli.administration import TlpType
from disarm_exchange.cli.completing import cases, collections
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.policy.clearance import NO_MARKING
from disarm_exchange.report.source import Source, open_source
from disarm_exchange.stix.markings import Tlp

Command = TypeVar("Command", bound=Callable[..., object])

_REASONS_SHOWN = 5


class SourceOptions(TypedDict):
    """What `source_options` gives to a command."""

    collections: tuple[str, ...]
    case: str | None
    max_tlp: Tlp
    unmarked_as: Tlp | None


max_tlp_option = click.option(
    "--max-tlp",
    type=TlpType(),
    default=Tlp.AMBER.token,
    show_default=True,
    help="The strictest marking that may be shown; what is above it, or has none, stays out.",
)
unmarked_option = click.option(
    "--unmarked-as",
    type=TlpType(),
    help="Treat objects that carry no marking as if they had this TLP colour; what is made of them says so.",
)


def source_options(command: Command) -> Command:
    """Add `--collection`, `--case`, `--max-tlp` and `--unmarked-as`."""
    for option in (
        unmarked_option,
        max_tlp_option,
        click.option("--case", shell_complete=cases, help="Of a database: this case of its ledger (name or id)."),
        click.option(
            "--collection",
            "collections",
            multiple=True,
            shell_complete=collections,
            help="Of a database: only this collection (repeatable).",
        ),
    ):
        command = option(command)
    return command


def read_source(location: str, options: SourceOptions) -> Source:
    """The source, and on standard error what of it stays out and why; nothing of that gets into a file.

    Raises:
        UserError: it cannot be read.
        click.exceptions.Exit: with 1, where all of it stays out: a picture of nothing would say that there is nothing.
    """
    with progress() as on_step:
        source = open_source(
            location,
            collections=options["collections"],
            case=options["case"],
            max_tlp=options["max_tlp"],
            unmarked_as=options["unmarked_as"],
            on_step=on_step,
        )
    if source.withheld:
        tell_withheld(source)
    if source.holds_nothing:
        click.echo(f"Nothing is left to show, so nothing is written. {_way_out(source)}", err=True)
        raise click.exceptions.Exit(1)
    return source


def _way_out(source: Source) -> str:
    if source.unmarked is None and any(one.reason == NO_MARKING for one in source.withheld):
        return (
            "If you may decide how objects without a marking are treated, say so: --unmarked-as green "
            "(what is made of them says that you did)."
        )
    return "If you may show more, raise --max-tlp."


def tell_withheld(source: Source) -> None:
    """Say on standard error how many objects stay out, and why."""
    console = Console(stderr=True)
    reasons = Counter(f"{one.rule}: {one.reason}" for one in source.withheld)
    console.print(
        f"{len(source.withheld):,} {'object stays' if len(source.withheld) == 1 else 'objects stay'} out "
        f"(ceiling {source.ceiling.label}):",
        highlight=False,
        markup=False,
    )
    for reason, count in reasons.most_common(_REASONS_SHOWN):
        console.print(f"  {count:,}  {visible(reason)}", highlight=False, markup=False, soft_wrap=True)
    if len(reasons) > _REASONS_SHOWN:
        console.print(f"  and {len(reasons) - _REASONS_SHOWN:,} other reasons", highlight=False)
