"""`disarm-exchange config`: the configuration of synchronisation, checked and explained."""

from __future__ import annotations

from pathlib import Path

import click

from disarm_exchange.cli.administration import json_option, show, show_one
from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.syncing import read_setup, setup_options
from disarm_exchange.sync.explain import explain
from disarm_exchange.sync.schedule import check_schedule


@click.group("config")
def command() -> None:
    """The configuration of synchronisation."""


@command.command("check", epilog="Example: disarm-exchange config check --config sync.toml")
@setup_options
@json_option
def check(config_file: Path, location: str | None, as_json: bool) -> None:
    """Check the configuration: every fault with its line."""
    config = read_setup(config_file, location).config
    for peer in config.peers.values():
        check_schedule(peer.schedule)
    peers, policies = counted(len(config.peers), "peer"), counted(len(config.policies), "policy", "policies")
    row: dict[str, object] = {
        "config": str(config_file),
        "peers": list(config.peers),
        "policies": list(config.policies),
    }
    show_one(row, as_json=as_json, sentence=f"{config_file}: {peers}, {policies}, no fault")


@command.command("explain", epilog="Example: disarm-exchange config explain --json")
@setup_options
@json_option
def explain_all(config_file: Path, location: str | None, as_json: bool) -> None:
    """Show each value in force and where it comes from. Secrets are shown as the references they are."""
    setup = read_setup(config_file, location)
    rows: list[dict[str, object]] = [
        {"value": one.path, "is": one.value if as_json else str(one.value), "from": one.origin}
        for one in explain(setup.config, location=setup.location, location_origin=setup.origin)
    ]
    show(rows, as_json=as_json, title="Configuration")
