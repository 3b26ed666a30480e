"""`disarm-exchange pull`: a peer's collection into a database or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click
import orjson

from disarm_exchange.cli.connecting import ConnectionOptions, connect, connection_options, url_option
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of
from disarm_exchange.errors import UserError
from disarm_exchange.stix.progress import Step
from disarm_exchange.store import Database
from disarm_exchange.sync.pull import PullReport, pull_into_database, pull_into_file
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.walk import DEFAULT_LIMIT, canonical_moment

_REASONS_SHOWN = 10


@click.command(
    "pull",
    epilog="Example: disarm-exchange pull --url https://taxii.example/api/ --collection shared --into exchange.db "
    "--token-from file:token",
)
@url_option
@connection_options
@click.option("--into", metavar="DB", help="Database to pull into: a file, or postgresql://...")
@click.option("--as", "alias", help="Name of the local collection there; by default made from host and id.")
@click.option("--output", type=click.Path(path_type=Path), help="Bundle file to pull into, instead of a database.")
@click.option("--added-after", metavar="TIME", help="Only what was added there after this moment (UTC).")
@click.option(
    "--limit", default=DEFAULT_LIMIT, show_default=True, type=click.IntRange(min=1), help="Objects asked for in a page."
)
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON on stdout.")
def command(
    *,
    url: str,
    wanted: str | None,
    into: str | None,
    alias: str | None,
    output: Path | None,
    added_after: str | None,
    limit: int,
    as_json: bool,
    **options: Unpack[ConnectionOptions],
) -> int:
    """Pull a TAXII 2.1 collection into a database or a bundle file.

    Into a database a pull goes on where the last one left off; broken off, it can be run again at any time. Objects
    that are not valid go to quarantine with the reason. Exit code 1: something was put aside, or the pull broke off.
    """
    if (into is None) == (output is None):
        raise UserError("where to?", fix="give either --into DB or --output FILE")
    if alias is not None and into is None:
        raise UserError("--as names a collection of a database", fix="give --into DB")
    start = _moment(added_after)
    with connect(url, **options) as connection:
        collection = find_collection(connection, url, wanted)
        with progress() as on_step:

            def told(so_far: PullReport) -> None:
                on_step(Step("receiving", so_far.fetched))

            if output is not None:
                report = pull_into_file(connection, collection, output, added_after=start, limit=limit, progress=told)
            else:
                assert into is not None
                with Database.open(into) as database:
                    report = pull_into_database(
                        connection,
                        collection,
                        database,
                        alias=alias,
                        added_after=start,
                        limit=limit,
                        progress=told,
                    )
    if as_json:
        click.echo(orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)
    else:
        _print(report)
    return 0 if report.complete else 1


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return canonical_moment(text)
    except ValueError:
        raise UserError("not a moment", where=f"--added-after {text}", fix="write it as 2026-11-23T00:00:00Z") from None


def _print(report: PullReport) -> None:
    """The summary; when quiet only what went wrong."""
    title = f"Pulled {report.named} of {report.peer} into {report.into}"
    table = table_of(title, folding("objects"), number(""))
    for name, count in (
        ("fetched", report.fetched),
        ("new", report.new),
        ("unchanged", report.unchanged),
        ("erased here, not taken again", report.erased),
        ("conflicting: ours kept", len(report.conflicting)),
        ("quarantined", len(report.quarantined)),
    ):
        if count or name in ("fetched", "new"):
            add_row(table, name, count)
    print_table(table, summary=True)
    for stix_id, reason in report.quarantined[:_REASONS_SHOWN]:
        click.echo(f"  {visible(stix_id or '(no id)')}  {visible(reason)}", err=True)
    if len(report.quarantined) > _REASONS_SHOWN:
        click.echo(f"  and {len(report.quarantined) - _REASONS_SHOWN:,} more (--json lists all)", err=True)
    for oddity in report.oddities:
        tell(f"note: the server {visible(oddity)}")
    if report.stopped:
        click.echo(f"stopped: {visible(report.stopped)}", err=True)
