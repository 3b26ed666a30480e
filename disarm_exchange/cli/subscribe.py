"""`disarm-exchange subscribe`: a feed in one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Unpack
from urllib.parse import urlsplit

import click
import orjson

from disarm_exchange.cli.administration import DEFAULT_DATABASE
from disarm_exchange.cli.connecting import ConnectionOptions, access_options, connect, settings_of
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import is_quiet
from disarm_exchange.store import Database
from disarm_exchange.sync.config import DEFAULT_FILE
from disarm_exchange.sync.edit import add_peer
from disarm_exchange.sync.explain import origin_of_database
from disarm_exchange.sync.run import Terms, run_peer
from disarm_exchange.taxii.client.directory import find_collection


@click.command("subscribe", epilog="Example: disarm-exchange subscribe https://taxii.example/ --token-from env:TOKEN")
@click.argument("url")
@click.option("--collection", "wanted", help="Id, alias or title; by default the only one that we may read.")
@click.option("--name", help="Ours for the peer; by default made from the host.")
@access_options
@click.option("--every", default="1h", show_default=True, help="How often it is due from now on.")
@click.option(
    "--config",
    "config_file",
    default=DEFAULT_FILE,
    show_default=True,
    type=click.Path(path_type=Path),
    help="TOML file.",
)
@click.option("--db", "location", envvar="DISARM_EXCHANGE_DB", show_envvar=True, help="Database.")
@click.option("--json", "as_json", is_flag=True, help="Print what the first run did as JSON.")
def command(
    *,
    url: str,
    wanted: str | None,
    name: str | None,
    every: str,
    config_file: Path,
    location: str | None,
    as_json: bool,
    **options: Unpack[ConnectionOptions],
) -> int:
    """Subscribe to the feed at URL: it becomes a peer of the configuration, and is pulled for the first time.

    From then on `sync run --due` or `sync daemon` keep it up to date.
    """
    with connect(url, **options) as connection:
        collection = find_collection(connection, url, wanted)
        collection.require(write=False)
    peer_name = name or _name_of(url)
    settings = {"url": url, **settings_of(options), "pull": [collection.id], "every": every}
    config = add_peer(config_file, peer_name, settings)
    with Database.open(origin_of_database(config, location, DEFAULT_DATABASE)[0]) as database, progress() as on_step:
        report = run_peer(database, config, config.peer(peer_name), Terms(on_step=on_step))
    if as_json:
        click.echo(orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2))
    elif report.outcome != "ok" or not is_quiet():
        click.echo(f"{peer_name}: {report.outcome}: {counted(report.counts['new'], 'new object')}", err=True)
        for reason in report.reasons:
            click.echo(f"  {reason}", err=True)
    return 0 if report.outcome == "ok" else 1


def _name_of(url: str) -> str:
    """A peer's name from its host."""
    return re.sub(r"[^a-z0-9.-]+", "-", (urlsplit(url).hostname or "peer").lower()).strip("-.")[:60] or "peer"
