"""`disarm-exchange db`: the database itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from disarm_exchange.cli.administration import database_option, json_option, show_one
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.progress import progress, working
from disarm_exchange.store.checking import check_database
from disarm_exchange.store.copying import backup, copy_database
from disarm_exchange.store.database import Database
from disarm_exchange.store.indexing import rebuild_index


@click.group("db")
def command() -> None:
    """Upgrade, check, compact, back up and move a database."""


@command.command("upgrade", epilog="Example: disarm-exchange db upgrade --db exchange.db")
@database_option
@json_option
def upgrade(location: str, as_json: bool) -> None:
    """Bring a database's tables to this program's version. Stop the servers first, and make a backup."""
    with Database.open(location, create=False, any_version=True) as database, working("upgrading"):
        before, after = database.upgrade()
    sentence = "Nothing to do." if before == after else f"Upgraded from {before} to {after}."
    show_one({"from": before, "to": after}, as_json=as_json, sentence=sentence)


@command.command("check", epilog="Example: disarm-exchange db check --db backup.db")
@database_option
@json_option
def check(location: str, as_json: bool) -> None:
    """Read everything once and report what is wrong. Exit code 1 if anything is."""
    with Database.open(location, create=False, any_version=True) as database, progress() as on_step:
        problems = list(check_database(database, on_step=on_step))
    for problem in [] if as_json else problems:
        click.echo(problem)
    show_one({"problems": problems}, as_json=as_json, sentence="" if problems else "All is well.")
    sys.exit(1 if problems else 0)


@command.command("reindex", epilog="Example: disarm-exchange db reindex --db exchange.db")
@database_option
@json_option
def reindex(location: str, as_json: bool) -> None:
    """Build the index behind the web pages' search and counts anew. Servers may go on meanwhile."""
    with Database.open(location, create=False) as database, progress() as on_step:
        versions = rebuild_index(database, on_step=on_step)
    show_one({"versions": versions}, as_json=as_json, sentence=f"Indexed {counted(versions, 'object version')}.")


@command.command("compact", epilog="Example: disarm-exchange db compact --db exchange.db")
@database_option
@json_option
def compact(location: str, as_json: bool) -> None:
    """Give back the room of what was deleted (VACUUM). SQLite: stop the servers first; it needs the size once more."""
    with Database.open(location, create=False) as database:
        database.compact()
        name = database.name
    show_one({"database": name}, as_json=as_json, sentence="Compacted.")


@command.command("backup", epilog="Example: disarm-exchange db backup backup.db --db exchange.db")
@click.argument("file", type=click.Path(path_type=Path))
@database_option
@json_option
def back_up(file: Path, location: str, as_json: bool) -> None:
    """Copy a database, as it is at one moment, into a new SQLite file; servers may go on meanwhile."""
    with Database.open(location, create=False) as database, progress() as on_step:
        rows = backup(database, file, on_step=on_step)
    show_one({"file": str(file), "rows": rows}, as_json=as_json, sentence=f"Wrote {counted(rows, 'row')} to {file}.")


@command.command(
    "copy", epilog="Example: disarm-exchange db copy postgresql://disarm@db.example/exchange --db exchange.db"
)
@click.argument("target")
@database_option
@json_option
def copy(target: str, location: str, as_json: bool) -> None:
    """Copy a database into an empty one at TARGET: from SQLite to PostgreSQL, or back."""
    with Database.open(location, create=False) as database, Database.open(target) as other, progress() as on_step:
        rows = copy_database(database, other, on_step=on_step)
    show_one({"target": other.name, "rows": rows}, as_json=as_json, sentence=f"Copied {rows:,} rows to {other.name}.")
