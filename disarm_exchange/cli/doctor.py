"""`disarm-exchange doctor`: what would keep synchronisation from working, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import click

from disarm_exchange.cli.administration import json_option, show
from disarm_exchange.cli.progress import working
from disarm_exchange.cli.syncing import read_setup, setup_options
from disarm_exchange.sync.doctor import Health, examine


@click.command("doctor", epilog="Example: disarm-exchange doctor --config sync.toml")
@setup_options
@json_option
def command(config_file: Path, location: str | None, as_json: bool) -> int:
    """Check configuration, database, disk, and each peer's address, TLS, login, rights and clock; each with a fix.

    Exit code 1: something is wrong.
    """
    setup = read_setup(config_file, location)
    with setup.open() as database, working("examining"):
        findings = list(examine(database, setup.config))
    rows: list[dict[str, object]] = [dict(one.to_dict()) for one in findings]
    show(rows, as_json=as_json, title="Doctor")
    return 1 if any(one.health is Health.WRONG for one in findings) else 0
