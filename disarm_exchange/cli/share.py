"""`disarm-exchange share`: what would go to a peer, before it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from disarm_exchange.cli.syncing import read_setup, setup_options
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Withheld
from disarm_exchange.sync.preview import Preview, preview

_SHOWN = 50


@click.group("share")
def command() -> None:
    """What would be shared with a peer."""


@command.command("preview", epilog="Example: disarm-exchange share preview --to acme")
@click.option("--to", "name", required=True, metavar="PEER", help="The recipient.")
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
    console = Console()
    going = Table(title=f"Would go to {found.peer} under policy {found.policy}", title_justify="left")
    for column in ("object", "version", "form"):
        going.add_column(column, overflow="fold")
    staying = Table(title="Would stay", title_justify="left")
    for column in ("object", "rule", "reason"):
        staying.add_column(column, overflow="fold")
    for one in found.decisions():
        if isinstance(one, Withheld):
            if staying.row_count < _SHOWN:
                staying.add_row(escape(one.id), one.rule, escape(one.reason))
        elif going.row_count < _SHOWN:
            form = "recalled" if one.holding.how == "recalled" else "changed" if one.changed else "as it is"
            going.add_row(escape(one.parcel.id), escape(one.parcel.version), form)
    console.print(going)
    for stix_id, reason in outgoing.refused[:_SHOWN]:
        staying.add_row(escape(stix_id), "not valid", escape(reason))
    for stix_id, reason in outgoing.unrecallable[:_SHOWN]:
        staying.add_row(escape(stix_id), "cannot be recalled", escape(reason))
    console.print(staying)
    rules = ", ".join(f"{count:,} by {rule}" for rule, count in sorted(found.rules.items())) or "none"
    console.print(
        f"{outgoing.considered:,} objects considered: {found.going:,} would go, {outgoing.held:,} are there "
        f"already, {outgoing.theirs:,} are the peer's own; withheld: {rules}",
        highlight=False,
    )
    if found.going > _SHOWN or found.rules.total() > _SHOWN:
        console.print(f"(the first {_SHOWN} of each are shown; --json has all)", highlight=False)
