"""What the administration commands share: which database, how things are named and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click
import orjson
from rich.table import Column

from disarm_exchange.cli.choices import suggestion
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of, whole
from disarm_exchange.errors import UserError, did_you_mean, nearest
from disarm_exchange.stix.markings import Tlp, parse_tlp
from disarm_exchange.store.access import (
    ApiRoot,
    Collection,
    add_api_root,
    find_api_root,
    find_collection,
    list_api_roots,
    list_collections,
)
from disarm_exchange.store.accounts import (
    Organisation,
    User,
    find_organisation,
    find_user,
    list_organisations,
    list_users,
)
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.first_start import API_ROOT

_WHOLE = frozenset(
    {"id", "alias", "collection", "version", "created", "expires", "revoked", "at", "received", "started", "ended"}
)

DEFAULT_DATABASE = "disarm-exchange.db"

Command = TypeVar("Command", bound=Callable[..., object])

database_option = click.option(
    "--db",
    "location",
    default=DEFAULT_DATABASE,
    show_default=True,
    envvar="DISARM_EXCHANGE_DB",
    show_envvar=True,
    help="SQLite file or postgresql:// URL; keep passwords out of it (PGPASSWORD, ~/.pgpass).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


class TlpType(click.ParamType[Tlp]):
    """A TLP colour as an option's value."""

    name = "colour"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Tlp:
        """Read the colour, or fail with the list of colours."""
        if isinstance(value, Tlp):
            return value
        try:
            return parse_tlp(str(value))
        except ValueError as error:
            self.fail(f"{error}. {suggestion(str(value), (tlp.token for tlp in Tlp))}".rstrip(". "), param, ctx)


@contextmanager
def reading(location: str) -> Iterator[Transaction]:
    """A transaction that reads an existing database."""
    with Database.open(location, create=False) as database, database.read() as tx:
        yield tx


@contextmanager
def writing(location: str, action: str, subject: str) -> Iterator[Transaction]:
    """A transaction that writes; a database that does not exist yet is made. It goes into the audit log.

    Args:
        location: the database.
        action: what is done: `org add`.
        subject: to whom or what.
    """
    with Database.open(location) as database, database.write() as tx:
        yield tx
        record(tx, AuditEvent(action, "done", client="command line", detail={"subject": subject}))


def need_organisation(tx: Transaction, name: str) -> Organisation:
    """The organisation of that name.

    Raises:
        UserError: there is none.
    """
    found = find_organisation(tx, name)
    if found is None:
        raise UserError(
            "no such organisation",
            where=name,
            fix=did_you_mean(name, (one.name for one in list_organisations(tx)), "see: disarm-exchange org list"),
        )
    return found


def need_user(tx: Transaction, name: str) -> User:
    """The user of that name.

    Raises:
        UserError: there is none.
    """
    found = find_user(tx, name)
    if found is None:
        raise UserError(
            "no such user",
            where=name,
            fix=did_you_mean(name, (one.name for one in list_users(tx)), "see: disarm-exchange user list"),
        )
    return found


def need_collection(tx: Transaction, name: str) -> Collection:
    """The collection of that id or alias.

    Raises:
        UserError: there is none, or several have that alias.
    """
    found = find_collection(tx, name)
    if found is None:
        there = list_collections(tx)
        named = {one.title: one.alias or one.id for one in there} | {one.alias: one.alias for one in there if one.alias}
        near = nearest(name, named)
        fix = "see: disarm-exchange collection list" if near is None else f"did you mean {named[near]}?"
        raise UserError("no such collection", where=name, fix=fix)
    return found


def need_api_root(tx: Transaction, name: str | None) -> ApiRoot:
    """The API root of that name; without a name the oldest one, made if there is none yet.

    Raises:
        UserError: there is none of that name.
    """
    if name is None:
        roots = list_api_roots(tx)
        return roots[0] if roots else add_api_root(tx, API_ROOT, "Exchange")
    found = find_api_root(tx, name)
    if found is None:
        names = [one.name for one in list_api_roots(tx)]
        raise UserError("no such API root", where=name, fix=did_you_mean(name, names, f"there are: {', '.join(names)}"))
    return found


def show(rows: Sequence[dict[str, object]], *, as_json: bool, title: str) -> None:
    """Print a list: a JSON array, or a table."""
    if as_json:
        click.echo(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2))
        return
    if not rows:
        tell(f"{title}: nothing yet")
        return
    table = table_of(title, *(_column(name, [row[name] for row in rows]) for name in rows[0]))
    for row in rows:
        # what is typed into the next command stands there without separators
        add_row(table, *(str(value) if name == "number" else value for name, value in row.items()))
    print_table(table)


def _column(name: str, values: Sequence[object]) -> Column:
    head = name.replace("_", " ")
    if name in _WHOLE:
        return whole(head)
    return number(head) if all(type(value) is int or value is None for value in values) else folding(head)


def show_one(row: dict[str, object], *, as_json: bool, sentence: str) -> None:
    """Say what was done: a JSON object on stdout for programs, or a sentence on stderr for people."""
    if as_json:
        click.echo(orjson.dumps(row, option=orjson.OPT_INDENT_2))
    elif sentence:
        tell(sentence)
