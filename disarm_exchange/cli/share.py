"""`disarm-exchange share`: what would go to a peer, before it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from disarm_exchange.cli.completing import peers
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.syncing import read_setup, setup_options
from disarm_exchange.cli.table_style import add_row, folding, print_table, table_of, whole
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Withheld
from disarm_exchange.stix.progress import Step
from disarm_exchange.sync.preview import Preview, preview

_SHOWN = 50


@click.group("share")
def command() -> None:
    """What would be shared with a peer."""


@command.command("preview", epilog="Example: disarm-exchange share preview --to acme")
@click.option("--to", "name", required=True, metavar="PEER", help="The recipient.", shell_complete=peers)
@setup_options
@click.option("--json", "as_json", is_flag=True, help="Everything, each object in the form in which it would go.")
def show_preview(name: str, config_file: Path, location: str | None, as_json: bool) -> None:
    """Show exactly what would go to PEER now, what would not, and which rule decided. Writes and sends nothing."""
    setup = read_setup(config_file, location)
    peer = setup.config.peer(name)
    if peer.policy is None:
        raise UserError(f"nothing is pushed to {name!r}", where=str(config_file), fix="give it push, from and policy")
    with setup.open() as database:
        found = preview(database, setup.config, peer, now=datetime.now(UTC))
        if as_json:
            for piece in found.json():
                click.echo(piece, nl=False)
        else:
            _print(found)


def _print(found: Preview) -> None:
    outgoing = found.outgoing
    going = table_of(
        f"Would go to {found.peer} under policy {found.policy}",
        whole("object"),
        whole("version"),
        folding("form"),
        folding("to"),
    )
    staying = table_of("Would stay", whole("object"), folding("rule"), folding("reason"))
    with progress() as on_step:
        on_step(Step("deciding", 0))
        for count, one in enumerate(found.decisions(), 1):
            on_step(Step("deciding", count))
            if isinstance(one, Withheld):
                if staying.row_count < _SHOWN:
                    add_row(staying, one.id, one.rule, one.reason)
            elif going.row_count < _SHOWN:
                form = "recalled" if one.holding.how == "recalled" else "changed" if one.changed else "as it is"
                add_row(going, one.parcel.id, one.parcel.version, form, one.to)
    print_table(going)
    for stix_id, reason in outgoing.refused[:_SHOWN]:
        add_row(staying, stix_id, "not valid", reason)
    for stix_id, reason in outgoing.unrecallable[:_SHOWN]:
        add_row(staying, stix_id, "cannot be recalled", reason)
    print_table(staying)
    rules = ", ".join(f"{count:,} by {rule}" for rule, count in sorted(found.rules.items())) or "none"
    elsewhere = f", {outgoing.unaddressed:,} are no feedback on its objects" if outgoing.unaddressed else ""
    considered = counted(outgoing.considered, "object")
    click.echo(
        f"{considered} considered: {found.going:,} would go, {outgoing.held:,} are there already, "
        f"{outgoing.theirs:,} are the peer's own{elsewhere}; withheld: {rules}"
    )
    if outgoing.stays_there:
        click.echo(f"{outgoing.stays_there:,} of what a filter keeps home went before: the peer keeps it")
    if found.going > _SHOWN or found.rules.total() > _SHOWN:
        click.echo(f"(the first {_SHOWN} of each are shown; --json has all)")
