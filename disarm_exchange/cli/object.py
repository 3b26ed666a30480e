"""`disarm-exchange object`: the objects of a collection, for the server's administrator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import orjson

from disarm_exchange import policy
from disarm_exchange.cli.administration import (
    TlpType,
    database_option,
    json_option,
    need_collection,
    reading,
    show,
    show_one,
    writing,
)
from disarm_exchange.cli.completing import collections
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.progress import progress
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance, release
from disarm_exchange.stix.bundle import StixObject, atomic_writer, write_bundle
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, derived_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.progress import OnStep
from disarm_exchange.stix.reading import read_records
from disarm_exchange.store import Collection, Database, Keyword, Outcome, StoredObject, iter_objects
from disarm_exchange.store.incoming import Incoming, ObjectError, read_object
from disarm_exchange.store.markings import EVERYTHING
from disarm_exchange.store.query import chosen_versions
from disarm_exchange.store.writer import add_objects, delete_versions
from disarm_exchange.taxii.server.checking import refusal_of

_OBJECTS_A_TRANSACTION = 2000


@click.group("object")
def command() -> None:
    """Objects of a collection, by the server's administrator, who sees all of them."""


@command.command("list", epilog="Example: disarm-exchange object list takedowns --type indicator")
@click.argument("collection", shell_complete=collections)
@click.option("--type", "types", multiple=True, help="Only of this type (repeatable).")
@click.option("--all-versions", is_flag=True, help="Every version, not only the latest of each object.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="How many at most.")
@database_option
@json_option
def list_all(
    *, collection: str, types: tuple[str, ...], all_versions: bool, limit: int, location: str, as_json: bool
) -> None:
    """List objects in the order in which they were added."""
    versions = (Keyword.ALL,) if all_versions else (Keyword.LAST,)
    with Database.open(location, create=False) as database:
        found = iter_objects(database, _find(database, collection).number, versions=versions, types=types or None)
        show([_row(item) for item in islice(found, limit)], as_json=as_json, title="Objects")


@command.command(
    "show", epilog="Example: disarm-exchange object show takedowns indicator--2f6e3f4d-2a3c-5c3e-9d57-6d0f3c1e7a55"
)
@click.argument("collection", shell_complete=collections)
@click.argument("object_id")
@database_option
@json_option
def show_versions(collection: str, object_id: str, location: str, as_json: bool) -> None:
    """Print every stored version of an object, one a line, the oldest first; with --json as one array."""
    with Database.open(location, create=False) as database:
        number = _find(database, collection).number
        found = list(iter_objects(database, number, versions=(Keyword.ALL,), ids=(object_id,)))
    if not found:
        raise UserError("no such object", where=object_id)
    if as_json:
        click.echo(orjson.dumps([item.parse() for item in found], option=orjson.OPT_INDENT_2))
        return
    for item in found:
        click.echo(orjson.dumps(item.parse()))


@command.command(
    "export", epilog="Example: disarm-exchange object export takedowns --clearance green -o takedowns.json"
)
@click.argument("collection", shell_complete=collections)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The bundle to write.")
@click.option("--clearance", type=TlpType(), required=True, help="For a reader cleared up to this TLP colour.")
@database_option
@json_option
def export(*, collection: str, output: Path, clearance: Tlp, location: str, as_json: bool) -> None:
    """Write what a reader may have, the latest version of each object, as a STIX bundle."""
    with Database.open(location, create=False) as database:
        found = _find(database, collection)
        released = release(
            (item.parse() for item in iter_objects(database, found.number)), Clearance(ceiling=clearance)
        )
    bundle_id = derived_id("bundle", PROJECT_NAMESPACE, "export", found.id, clearance.token)
    with atomic_writer(output) as stream:
        count = write_bundle(stream.write, bundle_id, released.objects)
    row: dict[str, object] = {"file": str(output), "objects": count, "withheld": len(released.withheld)}
    sentence = f"Wrote {count:,} objects to {output}; {len(released.withheld):,} stay home."
    show_one(row, as_json=as_json, sentence=sentence)


@command.command("add", epilog="Example: disarm-exchange object add takedowns bundle.json")
@click.argument("collection", shell_complete=collections)
@click.argument("file")
@database_option
@json_option
def add(collection: str, file: str, location: str, as_json: bool) -> None:
    """Add the objects of a bundle or of JSON Lines (`-`: standard input). Invalid ones are named and left out."""
    counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    refused: list[str] = []
    with Database.open(location, create=False) as database, progress() as on_step:
        number = _find(database, collection).number
        for some in _batches(_readable(file, refused, on_step)):
            with writing(location, "object add", f"{len(some)} to {collection}") as tx:
                for stored in add_objects(tx, number, some, source="local", level_of=policy.sharing_level):
                    counts[stored.outcome.value] += 1
    for line in refused:
        click.echo(line, err=True)
    row: dict[str, object] = {**counts, "refused": len(refused)}
    show_one(row, as_json=as_json, sentence=", ".join(f"{name}: {count:,}" for name, count in row.items()))
    sys.exit(1 if refused else 0)


@command.command(
    "delete", epilog="Example: disarm-exchange object delete takedowns indicator--2f6e3f4d-2a3c-5c3e-9d57-6d0f3c1e7a55"
)
@click.argument("collection", shell_complete=collections)
@click.argument("object_id")
@database_option
@json_option
def delete(collection: str, object_id: str, location: str, as_json: bool) -> None:
    """Delete every version of an object. It stays deleted only until somebody sends it again."""
    with reading(location) as tx:
        number = need_collection(tx, collection).number
    with writing(location, "object delete", f"{object_id} from {collection}") as tx:
        gone = delete_versions(tx, number, object_id, chosen_versions((Keyword.ALL,), EVERYTHING))
        if not gone:
            raise UserError("no such object", where=object_id)
    show_one(
        {"id": object_id, "versions": gone},
        as_json=as_json,
        sentence=f"Deleted {counted(gone, 'version')} of {object_id}.",
    )


def _find(database: Database, name: str) -> Collection:
    with database.read() as tx:
        return need_collection(tx, name)


def _readable(file: str, refused: list[str], on_step: OnStep) -> Iterator[Incoming]:
    for record in read_records(file, on_step=on_step):
        try:
            incoming = read_object(record.raw)
        except ObjectError as error:
            refused.append(f"{error.stix_id or record.place}: {error.reason}")
            continue
        reason = refusal_of(incoming.item)
        if reason is None:
            yield incoming
        else:
            refused.append(f"{incoming.stix_id}: {reason}")


def _batches(objects: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    while some := list(islice(objects, _OBJECTS_A_TRANSACTION)):
        yield some


def _row(item: StoredObject) -> dict[str, object]:
    level = Tlp(item.level).token if item.level < EVERYTHING else "nobody"
    return {
        "id": item.stix_id,
        "version": item.version,
        "shared_up_to": level,
        "source": item.source,
        "bytes": len(item.body),
        "name": _name(item.parse()),
    }


def _name(item: StixObject) -> str:
    return str(item.get("name") or item.get("value") or "")[:60]
