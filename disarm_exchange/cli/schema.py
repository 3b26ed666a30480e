"""`disarm-exchange schema`: the JSON Schemas that files and objects must meet."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import add_row, folding, print_table, table_of, whole
from disarm_exchange.validate.schema_catalogue import entries, export, found


@click.group(name="schema")
def command() -> None:
    """List, show and export the JSON Schemas of this project and of STIX 2.1."""


@command.command("list", epilog="Example: disarm-exchange schema list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_schemas(*, as_json: bool) -> int:
    """Every schema by its short name, with its title."""
    if as_json:
        rows = [
            {"name": entry.name, "id": entry.id, "title": entry.title, "origin": entry.origin} for entry in entries()
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return 0
    table = table_of("", whole("name"), folding("origin"), folding("title"))
    for entry in entries():
        add_row(table, entry.name, entry.origin, entry.title)
    print_table(table)
    return 0


@command.command("show", epilog="Example: disarm-exchange schema show finding")
@click.argument("name")
def show(*, name: str) -> int:
    """The schema of that short name or `$id`, as validate uses it."""
    click.echo(orjson.dumps(found(name).schema, option=orjson.OPT_INDENT_2))
    return 0


@command.command("export", epilog="Example: disarm-exchange schema export schemas-of-2026")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def export_schemas(*, folder: Path, as_json: bool) -> int:
    """Write all schemas into a folder, ready for other validators: one file each, references by `$id`."""
    count = export(folder)
    if as_json:
        click.echo(orjson.dumps({"folder": str(folder), "schemas": count}, option=orjson.OPT_INDENT_2))
    else:
        tell(f"{count:,} schemas in {folder}")
    return 0
