"""Every test that takes `world` runs against a server on SQLite and one on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from disarm_exchange.store import Database
from disarm_exchange.taxii.server import ServerSettings
from tests.store.postgres import postgresql_server, postgresql_url
from tests.taxii.server.world import World, served

__all__ = ["postgresql_server", "postgresql_url"]

PAGE_LIMIT = 10
_NUMBERS = itertools.count()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests; each makes its own collections. Its pages hold ten objects at most."""
    if request.param == "sqlite":
        location: str | Path = tmp_path_factory.mktemp("world") / "world.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        name = f"world_{next(_NUMBERS)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        location = server.replace("/postgres?", f"/{name}?")
    with Database.open(location) as database, served(database, settings=ServerSettings(page_limit=PAGE_LIMIT)) as made:
        yield made
