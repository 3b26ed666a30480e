"""`disarm-exchange publish`: a bundle to a peer's collection, as far as its markings allow."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click
import orjson

from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.connecting import ConnectionOptions, connect, connection_options, url_option
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import is_quiet
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.stix.markings import Tlp, parse_tlp
from disarm_exchange.sync.publish import PublishReport, publish
from disarm_exchange.taxii.client.directory import find_collection

_REASONS_SHOWN = 10


@click.command(
    "publish",
    epilog="Example: disarm-exchange publish bundle.json --url https://taxii.example/api/ --collection shared "
    "--user us --password-from env:TAXII_PASSWORD",
)
@click.argument("bundle")
@url_option
@connection_options
@click.option(
    "--max-tlp",
    default="amber",
    show_default=True,
    type=Choice([tlp.token for tlp in Tlp]),
    help="The strictest marking that may go there.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write what became of each object (JSON).")
@click.option("--json", "as_json", is_flag=True, help="Print that report on stdout.")
def command(
    *,
    bundle: str,
    url: str,
    wanted: str | None,
    max_tlp: str,
    report: Path | None,
    as_json: bool,
    **options: Unpack[ConnectionOptions],
) -> int:
    """Publish BUNDLE (a file of STIX objects, - for standard input) to a TAXII 2.1 collection.

    Objects that are not valid are refused, objects marked above --max-tlp or not marked stay home, with all that
    refers to them. Publishing again does no harm. Exit code 1: some objects were refused or did not arrive.
    """
    with connect(url, **options) as connection:
        collection = find_collection(connection, url, wanted, write=True)
        with progress() as on_step:
            result = publish(bundle, connection, collection, Clearance(parse_tlp(max_tlp)), on_step=on_step)
    text = orjson.dumps(result.to_dict(), option=orjson.OPT_INDENT_2) + b"\n"
    if report is not None:
        try:
            with atomic_writer(report) as stream:
                stream.write(text)
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror}", where=str(report)) from None
    if as_json:
        click.echo(text, nl=False)
    else:
        _print(result)
    return 0 if result.complete else 1


def _print(result: PublishReport) -> None:
    """The summary; when quiet only what went wrong."""
    push, draft = result.push, result.draft
    title = f"Published {result.source} to {result.title or 'the collection'} ({result.collection})"
    table = table_of(title, folding("objects"), number(""))
    known = f" ({push.already_there:,} were there)" if push.already_there else ""
    for name, count in (
        ("read", draft.read),
        ("repeated in the file", draft.repeated),
        ("refused: not valid", len(draft.refused)),
        ("withheld by policy", len(draft.withheld)),
        (f"accepted{known}", len(push.accepted)),
        ("pending", len(push.pending)),
        ("failed", len(push.failed)),
        ("not sent", result.unsent),
    ):
        if count or name in ("read", "accepted"):
            add_row(table, name, count)
    print_table(table, summary=True)
    reasons = [(one.id, f"{one.rule}: {one.reason}") for one in draft.refused]
    if not is_quiet():
        reasons += [(one.id, f"{one.rule}: {one.reason}") for one in draft.withheld]
    reasons += [(one.id, f"peer: {one.reason}") for one in push.failed]
    for stix_id, reason in reasons[:_REASONS_SHOWN]:
        click.echo(f"  {visible(stix_id or '(no id)')}  {visible(reason)}", err=True)
    if len(reasons) > _REASONS_SHOWN:
        click.echo(f"  and {len(reasons) - _REASONS_SHOWN:,} more (--report FILE has them all)", err=True)
    if result.stopped:
        click.echo(f"stopped: {visible(result.stopped)}", err=True)
