"""`disarm-exchange probe`: what a partner's TAXII server does wrong, and how we cope."""

from __future__ import annotations

from typing import Unpack

import click
import orjson

from disarm_exchange.cli.connecting import ConnectionOptions, connect, connection_options
from disarm_exchange.cli.table_style import add_row, folding, print_table, table_of
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.probe import Verdict, probe

_NO_ONE = {"user": None, "password_from": None, "token_from": None}


@click.command("probe", epilog="Example: disarm-exchange probe https://taxii.example/ --token-from env:TOKEN")
@click.argument("url")
@connection_options
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON on stdout.")
def command(*, url: str, wanted: str | None, as_json: bool, **options: Unpack[ConnectionOptions]) -> int:
    """Check the server at URL against the rules of TAXII 2.1, and say how this client copes with what it breaks.

    Only reads. Exit code 1: some rules are broken.
    """
    without = ConnectionOptions(**{**options, **_NO_ONE})  # type: ignore[typeddict-item]
    with connect(url, **options) as connection, connect(url, **without) as stranger:
        collection = find_collection(connection, url, wanted)
        results = list(probe(connection, stranger, collection))
    if as_json:
        report = {"collection": collection.url, "results": [one.to_dict() for one in results]}
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), nl=False)
    else:
        columns = (folding(""), folding("rule"), folding("what it does"), folding("what we do"))
        table = table_of(f"Probed {collection.url}", *columns)
        for one in results:
            add_row(table, one.verdict.value, one.rule, one.detail, one.coping)
        print_table(table)
    return 1 if any(one.verdict is Verdict.BROKEN for one in results) else 0
