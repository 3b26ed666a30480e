"""What a shell offers for names out of the user's own configuration and database. Never an error, never a word."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from disarm_exchange.store.database import Transaction

_CONFIG, _DATABASE = "sync.toml", "disarm-exchange.db"


def peers(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Peers of the configuration."""
    path = ctx.params.get("config_file") or os.environ.get("DISARM_EXCHANGE_SYNC") or _CONFIG
    with suppress(OSError, ValueError):
        return _matching(tomllib.loads(Path(str(path)).read_text(encoding="utf-8")).get("peers", {}), incomplete)
    return []


def collections(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Collections of the database: aliases, or ids of those that have none."""
    from disarm_exchange.store.access import list_collections  # noqa: PLC0415 - only when a name is asked for

    return _stored(ctx, lambda tx: [one.alias or one.id for one in list_collections(tx)], incomplete)


def cases(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Cases of the ledger that the line names."""
    from disarm_exchange.store.ledger_reading import list_cases  # noqa: PLC0415 - likewise

    return _stored(ctx, lambda tx: [name for _, name, _ in list_cases(tx)], incomplete)


def _stored(ctx: click.Context, names: Callable[[Transaction], list[str]], incomplete: str) -> list[str]:
    from disarm_exchange.store.database import Database  # noqa: PLC0415 - likewise

    given = next((ctx.params[name] for name in ("ledger", "location", "source", "a") if ctx.params.get(name)), None)
    place = str(given or os.environ.get("DISARM_EXCHANGE_DB") or _DATABASE)
    if "://" not in place and not Path(place).is_file():
        return []
    with suppress(Exception), Database.open(place, create=False) as database, database.read() as tx:
        return _matching(names(tx), incomplete)
    return []


def _matching(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted({str(name) for name in names if str(name).startswith(incomplete)})
