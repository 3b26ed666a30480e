"""`disarm-exchange quarantine`: received objects that were put aside, and why."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from disarm_exchange.cli.administration import json_option, reading, show, show_one, writing
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.syncing import find_setup, setup_options, shown_moment
from disarm_exchange.errors import UserError
from disarm_exchange.store import Database
from disarm_exchange.store.pull import Quarantined, list_quarantine, remove_from_quarantine
from disarm_exchange.sync.release_quarantine import retry

_ALL = 1_000_000


@click.group("quarantine")
def command() -> None:
    """Received objects that were put aside, and why."""


@command.command("list", epilog="Example: disarm-exchange quarantine list")
@click.option("--peer", help="Only what came from this peer.")
@setup_options
@json_option
def list_all(peer: str | None, config_file: Path, location: str | None, as_json: bool) -> None:
    """List what is in quarantine, oldest first."""
    with reading(find_setup(config_file, location).location) as tx:
        found = list_quarantine(tx, peer=peer, limit=_ALL)
    show([_row(one, as_json=as_json) for one in found], as_json=as_json, title="In quarantine")


@command.command("show", epilog="Example: disarm-exchange quarantine show 12")
@click.argument("number", type=int)
@setup_options
@json_option
def show_object(number: int, config_file: Path, location: str | None, as_json: bool) -> None:
    """Print the object of that number as it was received; on a terminal without characters that could deceive it."""
    with reading(find_setup(config_file, location).location) as tx:
        found = [one for one in list_quarantine(tx, limit=_ALL) if one.id == number]
    if not found:
        raise UserError(f"no number {number} in quarantine", fix="see: disarm-exchange quarantine list")
    one = found[0]
    if as_json:
        row = {**_row(one, as_json=True), "object": one.body.decode("utf-8", "replace")}
        click.echo(orjson.dumps(row, option=orjson.OPT_INDENT_2))
    else:
        tell(visible(f"{one.peer}: {one.reason}"))
        click.echo(visible(one.body.decode("utf-8", "replace")) if sys.stdout.isatty() else one.body)


@command.command("retry", epilog="Example: disarm-exchange quarantine retry")
@click.argument("numbers", nargs=-1, type=int)
@click.option("--peer", help="Only what came from this peer.")
@setup_options
@json_option
def try_again(
    numbers: tuple[int, ...], peer: str | None, config_file: Path, location: str | None, as_json: bool
) -> int:
    """Look again at the objects of these NUMBERS, or at all; let in what is fine now. Exit code 1: some are not."""
    setup = find_setup(config_file, location)
    with Database.open(setup.location, create=False) as database:
        results = retry(database, setup.config, ids=numbers, peer=peer)
    rows: list[dict[str, object]] = [
        {"number": one.id, "id": one.stix_id, "let_in": one.let_in, "reason": one.reason} for one in results
    ]
    show(rows, as_json=as_json, title="Looked at again")
    return 0 if all(one.let_in for one in results) else 1


@command.command("drop", epilog="Example: disarm-exchange quarantine drop 12")
@click.argument("numbers", nargs=-1, type=int, required=True)
@setup_options
@json_option
def drop(numbers: tuple[int, ...], config_file: Path, location: str | None, as_json: bool) -> None:
    """Throw the objects of these NUMBERS away."""
    with writing(find_setup(config_file, location).location, "quarantine drop", ", ".join(map(str, numbers))) as tx:
        missing = [number for number in numbers if not remove_from_quarantine(tx, number)]
        if missing:
            raise UserError(f"no number {missing[0]} in quarantine", fix="see: disarm-exchange quarantine list")
    show_one({"dropped": list(numbers)}, as_json=as_json, sentence=f"{len(numbers):,} dropped")


def _row(one: Quarantined, *, as_json: bool) -> dict[str, object]:
    return {
        "number": one.id,
        "peer": one.peer,
        "id": one.stix_id,
        "reason": one.reason,
        "received": shown_moment(one.received_at, as_json=as_json),
    }
