"""What a server process runs: TAXII and everything else that this server shows, put together.

`serve` starts one or several processes; each builds its application here from one environment variable.
"""

from __future__ import annotations

import gc
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from starlette.applications import Starlette

from disarm_exchange.cli.logs import set_up_logs
from disarm_exchange.cli.web_door import web_pages
from disarm_exchange.store.database import Database
from disarm_exchange.taxii.server import ServerSettings, create_app
from disarm_exchange.taxii.server.checking import refusal_of

_VARIABLE = "DISARM_EXCHANGE_SERVE"


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What `serve` was told, as far as the application needs it."""

    location: str
    title: str
    public_url: str | None
    rates_file: str | None
    log_level: str
    web: bool = True
    sync_config: str | None = None


def hand_over(settings: ServeSettings) -> None:
    """Leave the settings where `build_app` finds them, in this process and its children."""
    os.environ[_VARIABLE] = orjson.dumps(asdict(settings)).decode()


def build_app() -> Starlette:
    """The application of one server process."""
    settings = ServeSettings(**orjson.loads(os.environ[_VARIABLE]))
    set_up_logs(settings.log_level)
    database = Database.open(settings.location, create=False)
    _calm_garbage_collection()
    server = ServerSettings(title=settings.title, public_url=settings.public_url, rates_file=settings.rates_file)
    if not settings.web:
        return create_app(database, settings=server, check_object=refusal_of)
    config = None if settings.sync_config is None else Path(settings.sync_config)
    return create_app(database, settings=server, check_object=refusal_of, routes=web_pages(server, config))


def _calm_garbage_collection() -> None:
    """A publish makes many small objects that all go at its end; looking through them again and again finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
