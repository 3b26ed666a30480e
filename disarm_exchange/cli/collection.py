"""`disarm-exchange collection`: collections and API roots."""

from __future__ import annotations

import click

from disarm_exchange.cli.administration import (
    TlpType,
    database_option,
    json_option,
    need_api_root,
    need_collection,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.cli.completing import collections
from disarm_exchange.cli.counted import counted
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.access import (
    DEFAULT_MAX_CONTENT_LENGTH,
    Collection,
    add_api_root,
    add_collection,
    change_collection,
    delete_collection,
    list_api_roots,
    list_collections,
)


@click.group("collection")
def command() -> None:
    """Collections, and the API roots that they are in."""


@command.command("add", epilog='Example: disarm-exchange collection add "Takedowns" --alias takedowns')
@click.argument("title")
@click.option("--alias", help="Short name, for paths and commands.")
@click.option("--description", help="What it holds.")
@click.option("--root", help="API root to put it in; the first one by default.")
@click.option("--local", is_flag=True, help="In no API root: for what is pulled, shown by no server.")
@click.option("--id", "collection_id", help="A version 4 UUID; a new one by default.")
@click.option(
    "--unmarked-as",
    type=TlpType(),
    help="Share objects that carry no marking, or terms alone, as if they had this TLP colour; by default nobody does.",
)
@database_option
@json_option
def add(
    *,
    title: str,
    alias: str | None,
    description: str | None,
    root: str | None,
    local: bool,
    collection_id: str | None,
    unmarked_as: Tlp | None,
    location: str,
    as_json: bool,
) -> None:
    """Add a collection. Nobody sees it until a grant says so."""
    with writing(location, "collection add", title) as tx:
        made = add_collection(
            tx,
            title,
            api_root=None if local else need_api_root(tx, root),
            description=description,
            alias=alias,
            collection_id=collection_id,
            unmarked_level=unmarked_as,
        )
        names = {found.id: found.name for found in list_api_roots(tx)}
    show_one(_row(made, names), as_json=as_json, sentence=f"Added {title}: {made.id}")


@command.command("list", epilog="Example: disarm-exchange collection list --json")
@database_option
@json_option
def list_all(location: str, as_json: bool) -> None:
    """List all collections."""
    with reading(location) as tx:
        names = {found.id: found.name for found in list_api_roots(tx)}
        show([_row(found, names) for found in list_collections(tx)], as_json=as_json, title="Collections")


@command.command("set", epilog="Example: disarm-exchange collection set takedowns --disable")
@click.argument("name", shell_complete=collections)
@click.option("--title", help="New title.")
@click.option("--description", help="New description.")
@click.option("--alias", help="New alias.")
@click.option("--disable/--enable", "disabled", default=None, help="Hide it from all, or show it again.")
@database_option
@json_option
def change(
    *,
    name: str,
    title: str | None,
    description: str | None,
    alias: str | None,
    disabled: bool | None,
    location: str,
    as_json: bool,
) -> None:
    """Change a collection, or hide it from everyone; its objects stay."""
    with writing(location, "collection set", name) as tx:
        changed = change_collection(
            tx, need_collection(tx, name), title=title, description=description, alias=alias, disabled=disabled
        )
        names = {root.id: root.name for root in list_api_roots(tx)}
    sentence = f"{changed.title} is {'hidden' if changed.disabled else 'shown'}."
    show_one(_row(changed, names), as_json=as_json, sentence=sentence)


@command.command("delete", epilog="Example: disarm-exchange collection delete takedowns")
@click.argument("name", shell_complete=collections)
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
@json_option
def delete(name: str, yes: bool, location: str, as_json: bool) -> None:
    """Delete a collection with all its objects. There is no way back but a backup."""
    if not yes:
        click.confirm(f"Delete {name} and everything in it?", abort=True, err=True)
    with writing(location, "collection delete", name) as tx:
        found = need_collection(tx, name)
        gone = delete_collection(tx, found)
    row: dict[str, object] = {"id": found.id, "versions": gone}
    show_one(row, as_json=as_json, sentence=f"Deleted {found.title} with {counted(gone, 'object version')}.")


@command.command("add-root", epilog='Example: disarm-exchange collection add-root partners --title "For partners"')
@click.argument("name")
@click.option("--title", help="Title; the name by default.")
@click.option("--description", help="What it is for.")
@click.option(
    "--max-content-length",
    type=click.IntRange(1),
    default=DEFAULT_MAX_CONTENT_LENGTH,
    show_default=True,
    help="The most octets that one request may have.",
)
@database_option
@json_option
def add_root(
    *, name: str, title: str | None, description: str | None, max_content_length: int, location: str, as_json: bool
) -> None:
    """Add an API root at /NAME/, a group of collections."""
    with writing(location, "collection add-root", name) as tx:
        made = add_api_root(tx, name, title or name, description=description, max_content_length=max_content_length)
    row: dict[str, object] = {"name": made.name, "title": made.title, "max_content_length": made.max_content_length}
    show_one(row, as_json=as_json, sentence=f"Added the API root /{name}/.")


def _row(found: Collection, root_names: dict[int, str]) -> dict[str, object]:
    return {
        "id": found.id,
        "title": found.title,
        "alias": found.alias,
        "root": None if found.api_root_id is None else root_names.get(found.api_root_id),
        "unmarked_as": None if found.unmarked_level is None else Tlp(found.unmarked_level).token,
        "disabled": found.disabled,
    }
