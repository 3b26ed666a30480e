"""What the synchronisation commands share: which configuration and which database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from disarm_exchange.cli.administration import DEFAULT_DATABASE
from disarm_exchange.store import Database
from disarm_exchange.sync.config import DEFAULT_FILE, SyncConfig, load_config
from disarm_exchange.sync.explain import origin_of_database

Command = TypeVar("Command", bound=Callable[..., object])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CONFIG = click.option(
    "--config",
    "config_file",
    default=DEFAULT_FILE,
    show_default=True,
    envvar="DISARM_EXCHANGE_SYNC",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Peers, policies and schedules (TOML).",
)
_DATABASE = click.option(
    "--db",
    "location",
    envvar="DISARM_EXCHANGE_DB",
    show_envvar=True,
    help=f"Database, in place of the configuration's  [default: {DEFAULT_DATABASE}]",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """A configuration, and where the database is and why."""

    config: SyncConfig
    location: str
    origin: str

    @contextmanager
    def open(self) -> Iterator[Database]:
        """The database, made if there is none yet."""
        with Database.open(self.location) as database:
            yield database


def setup_options(command: Command) -> Command:
    """Add `config_file` and `location` to a command; `read_setup` takes them."""
    return _CONFIG(_DATABASE(command))


def read_setup(config_file: Path, location: str | None) -> Setup:
    """Read the configuration and find the database.

    Raises:
        UserError: the configuration is not there, or wrong.
    """
    config = load_config(config_file)
    return Setup(config, *origin_of_database(config, location, DEFAULT_DATABASE))


def find_setup(config_file: Path, location: str | None) -> Setup:
    """As `read_setup`; without a configuration where there is none, for what can be done without.

    Raises:
        UserError: the configuration is wrong, or another one than the usual was named and is not there.
    """
    if config_file == Path(DEFAULT_FILE) and not config_file.exists():
        config = SyncConfig(config_file)
        return Setup(config, *origin_of_database(config, location, DEFAULT_DATABASE))
    return read_setup(config_file, location)


def shown_moment(microseconds: int | None, *, as_json: bool) -> str | None:
    """A moment of the database: for people (empty for none), or as RFC 3339 (null for none)."""
    if microseconds is None:
        return None if as_json else ""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if as_json else "%Y-%m-%d %H:%M:%SZ")


def shown_span(seconds: float) -> str:
    """A span of time for people, in its two largest units."""
    parts: list[str] = []
    left = round(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
