"""`disarm-exchange init`: five questions, and a configuration that works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import click
import orjson

from disarm_exchange.cli.administration import DEFAULT_DATABASE, TlpType, json_option
from disarm_exchange.cli.connecting import whole_reference
from disarm_exchange.cli.quiet import tell
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.sync.starting import Answers, Partner, write_first_files

_NONE = "none"


@click.command(
    "init",
    epilog="Example: disarm-exchange init\n\n"
    "Example, without questions: disarm-exchange init --organisation 'North Watch' --max-tlp green --partner none",
)
@click.option("--organisation", prompt="1. What is your organisation called?", help="Your organisation's name.")
@click.option(
    "--max-tlp",
    type=TlpType(),
    prompt="2. The strictest marking that partners may be sent (clear, green, amber, amber+strict, red)",
    default="amber",
    show_default=True,
    help="The strictest marking that partners may be sent.",
)
@click.option(
    "--partner",
    prompt="3. Address of a partner's TAXII server to pull from ('none' for nobody yet)",
    default=_NONE,
    show_default=True,
    metavar="URL",
    help="A partner's TAXII server.",
)
@click.option("--collection", help="The collection there: id, alias or title.")
@click.option("--token-from", "token", metavar="REF", help="Where your API token for it is: env:NAME or file:PATH.")
@click.option("--every", default="1h", show_default=True, help="How often it is pulled.")
@click.option("--db", "database", default=DEFAULT_DATABASE, show_default=True, help="SQLite file or postgresql:// URL.")
@click.option("--folder", default=".", type=click.Path(path_type=Path, file_okay=False), help="Where the files go.")
@json_option
def command(
    *,
    organisation: str,
    max_tlp: Tlp,
    partner: str,
    collection: str | None,
    token: str | None,
    every: str,
    database: str,
    folder: Path,
    as_json: bool,
) -> None:
    """Ask five questions and write a configuration: sync.toml, and a case.toml to copy.

    What is given as an option is not asked. No file is overwritten.
    """
    first = None
    if partner != _NONE:
        collection = collection or click.prompt("4. Which collection there? (id, alias or title)")
        name = re.sub(r"[^a-z0-9]+", "-", (urlsplit(partner).hostname or "partner").lower()).strip("-")[:60]
        if token is None:
            default = f"env:{name.upper().replace('-', '_')}_TOKEN"
            token = click.prompt("5. Where is your API token for it? (env:NAME, file:PATH, or 'none')", default=default)
        first = Partner(
            name or "partner", partner, collection, None if token == _NONE else whole_reference(token), every
        )
    paths = write_first_files(folder, Answers(organisation, max_tlp, database, first))
    if as_json:
        click.echo(orjson.dumps({"files": [str(path) for path in paths]}, option=orjson.OPT_INDENT_2))
        return
    config = shlex.quote(str(paths[0]))
    tell(f"written: {', '.join(str(path) for path in paths)}")
    tell("next:")
    tell(f"  disarm-exchange doctor --config {config}")
    if first is not None:
        tell(f"  disarm-exchange sync run --config {config}")
    tell(f"  disarm-exchange convert FINDINGS --case {shlex.quote(str(paths[1]))} --case-name NAME ...")
