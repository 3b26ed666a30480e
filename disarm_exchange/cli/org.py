"""`disarm-exchange org`: the organisations that have access."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import (
    TlpType,
    database_option,
    json_option,
    need_organisation,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.accounts import (
    Organisation,
    add_organisation,
    change_organisation,
    find_organisation,
    list_organisations,
)
from disarm_exchange.store.operators import set_operator


@click.group("org")
def command() -> None:
    """Organisations that have access, and the TLP colour each is cleared for."""


@command.command("add", epilog="Example: disarm-exchange org add partner --clearance green --rate 600")
@click.argument("name")
@click.option(
    "--clearance",
    type=TlpType(),
    default="green",
    show_default=True,
    help="Strictest TLP colour they may read: clear, green, amber, amber+strict, red.",
)
@click.option(
    "--rate", type=click.IntRange(1), help="Requests a minute that a server takes from them; no limit by default."
)
@database_option
@json_option
def add(name: str, clearance: Tlp, rate: int | None, location: str, as_json: bool) -> None:
    """Add an organisation."""
    with writing(location, "org add", name) as tx:
        made = add_organisation(tx, name, clearance=clearance, requests_per_minute=rate)
    show_one(_row(made), as_json=as_json, sentence=f"Added {name}, cleared for {clearance.label}.")


@command.command("list", epilog="Example: disarm-exchange org list")
@database_option
@json_option
def list_all(location: str, as_json: bool) -> None:
    """List all organisations."""
    with reading(location) as tx:
        show([_row(found) for found in list_organisations(tx)], as_json=as_json, title="Organisations")


@command.command("set", epilog="Example: disarm-exchange org set partner --clearance amber")
@click.argument("name")
@click.option("--clearance", type=TlpType(), help="New clearance; it counts at once.")
@click.option("--disable/--enable", "disabled", default=None, help="Shut all its users out, or let them in again.")
@click.option("--rate", type=click.IntRange(0), help="Requests a minute that a server takes; 0: no limit.")
@click.option(
    "--operator/--no-operator",
    "operates",
    default=None,
    help="Whether it runs the server: its people, if cleared for red, see peers, quarantine and audit on the pages.",
)
@database_option
@json_option
def change(
    *,
    name: str,
    clearance: Tlp | None,
    disabled: bool | None,
    rate: int | None,
    operates: bool | None,
    location: str,
    as_json: bool,
) -> None:
    """Change an organisation's clearance or rate, or shut it out."""
    with writing(location, "org set", name) as tx:
        found = need_organisation(tx, name)
        change_organisation(tx, found, clearance=clearance, disabled=disabled, requests_per_minute=rate)
        if operates is not None:
            set_operator(tx, found.id, operates=operates)
        changed = find_organisation(tx, name)
    assert changed is not None
    state = "shut out" if changed.disabled else f"cleared for {changed.clearance.label}"
    show_one(_row(changed), as_json=as_json, sentence=f"{name} is {state}.")


def _row(found: Organisation) -> dict[str, object]:
    return {
        "name": found.name,
        "clearance": found.clearance.token,
        "requests_per_minute": found.requests_per_minute,
        "disabled": found.disabled,
    }
