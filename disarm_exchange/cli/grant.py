"""`disarm-exchange grant`: what an organisation may do with a collection."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import (
    database_option,
    json_option,
    need_collection,
    need_organisation,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.completing import collections
from disarm_exchange.store.access import list_grants, set_grant

_RIGHTS = {"read": (True, False), "write": (False, True), "both": (True, True), "none": (False, False)}


@click.group("grant")
def command() -> None:
    """What an organisation may do with a collection; without a grant it does not see it at all."""


@command.command("set", epilog="Example: disarm-exchange grant set partner takedowns read")
@click.argument("organisation")
@click.argument("collection", shell_complete=collections)
@click.argument("rights", type=Choice(list(_RIGHTS)))
@database_option
@json_option
def set_rights(organisation: str, collection: str, rights: str, location: str, as_json: bool) -> None:
    """Give an organisation read, write, both or none on a collection, in place of what it had."""
    can_read, can_write = _RIGHTS[rights]
    with writing(location, "grant set", f"{organisation}: {rights} on {collection}") as tx:
        found = need_collection(tx, collection)
        set_grant(tx, found, need_organisation(tx, organisation).id, can_read=can_read, can_write=can_write)
    row: dict[str, object] = {
        "organisation": organisation,
        "collection": found.id,
        "can_read": can_read,
        "can_write": can_write,
    }
    show_one(row, as_json=as_json, sentence=f"{organisation} has {rights} on {found.title}.")


@command.command("list", epilog="Example: disarm-exchange grant list")
@database_option
@json_option
def list_all(location: str, as_json: bool) -> None:
    """List all grants."""
    with reading(location) as tx:
        rows: list[dict[str, object]] = [
            {
                "organisation": organisation,
                "collection": access.collection.id,
                "title": access.collection.title,
                "can_read": access.can_read,
                "can_write": access.can_write,
            }
            for organisation, access in list_grants(tx)
        ]
    show(rows, as_json=as_json, title="Grants")
