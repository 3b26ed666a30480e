"""`disarm-exchange peer`: the organisations that we exchange with."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option, show, show_one
from disarm_exchange.cli.connecting import ConnectionOptions, access_options, settings_of
from disarm_exchange.cli.syncing import read_setup, setup_options
from disarm_exchange.sync.config import DEFAULT_FILE
from disarm_exchange.sync.edit import add_peer


@click.group("peer")
def command() -> None:
    """The organisations that we exchange with."""


@command.command("list", epilog="Example: disarm-exchange peer list")
@setup_options
@json_option
def list_all(config_file: Path, location: str | None, as_json: bool) -> None:
    """List the peers of the configuration."""
    config = read_setup(config_file, location).config
    rows: list[dict[str, object]] = [
        {
            "peer": peer.name,
            "url": peer.url,
            "enabled": peer.enabled,
            "pull": list(peer.pull) if as_json else ", ".join(peer.pull),
            "push": peer.push,
            "policy": peer.policy,
            "schedule": peer.schedule.cron or (str(peer.schedule.every) if peer.schedule.every else None),
        }
        for peer in config.peers.values()
    ]
    show(rows, as_json=as_json, title="Peers")


@command.command(
    "add",
    epilog="Example: disarm-exchange peer add acme --url https://taxii.example/ --token-from env:TOKEN --pull shared",
)
@click.argument("name")
@click.option("--url", required=True, help="The server, an API root, or a collection.")
@click.option(
    "--config",
    "config_file",
    default=DEFAULT_FILE,
    show_default=True,
    type=click.Path(path_type=Path),
    help="TOML file.",
)
@click.option("--identity", "identities", multiple=True, help="STIX id of the organisation (repeatable).")
@access_options
@click.option("--pull", multiple=True, help="A collection there to pull (repeatable).")
@click.option("--into", help="Our collection for what is pulled.")
@click.option("--push", help="The collection there to push to.")
@click.option("--from", "sources", multiple=True, help="One of our collections to push (repeatable).")
@click.option("--policy", help="What may leave.")
@click.option("--feedback", help="The collection there for opinions and sightings on its own objects.")
@click.option("--inbox", help="Our collection that it pushes to.")
@click.option("--every", help="How often: 5m, 1h, ...")
@click.option("--cron", help="When, in UTC: */5 * * * *")
@json_option
def add(
    *,
    name: str,
    url: str,
    config_file: Path,
    identities: tuple[str, ...],
    pull: tuple[str, ...],
    into: str | None,
    push: str | None,
    sources: tuple[str, ...],
    policy: str | None,
    every: str | None,
    cron: str | None,
    as_json: bool,
    feedback: str | None,
    inbox: str | None,
    **options: Unpack[ConnectionOptions],
) -> None:
    """Write a peer into the configuration, checked as a whole first."""
    add_peer(
        config_file,
        name,
        {
            "url": url,
            "identities": identities or None,
            **settings_of(options),
            "pull": pull or None,
            "into": into,
            "push": push,
            "from": sources or None,
            "policy": policy,
            "feedback": feedback,
            "inbox": inbox,
            "every": every,
            "cron": cron,
        },
    )
    sentence = f"{name} is in {config_file}; try: disarm-exchange doctor --config {config_file}"
    show_one({"peer": name, "config": str(config_file)}, as_json=as_json, sentence=sentence)
