"""A server for all tests of a module; each makes its own collections."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest

from disarm_exchange.store import Database
from tests.store.postgres import postgresql_server
from tests.web.world import Pages, pages

__all__ = ["postgresql_server"]

_NUMBERS = itertools.count()

CONFIG = """
[policies.partners]
max_tlp = "green"
[peers.east-lab]
url = "https://taxii.east-lab.example/taxii2/"
pull = ["findings"]
push = "inbox"
from = ["outgoing"]
policy = "partners"
every = "1h"
"""


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """On SQLite, unless a module asks for PostgreSQL by the parameter `postgresql`."""
    folder = tmp_path_factory.mktemp("web")
    config = folder / "sync.toml"
    config.write_text(CONFIG)
    location = str(folder / "x.db")
    if getattr(request, "param", "sqlite") == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        name = f"web_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        location = server.replace("/postgres?", f"/{name}?")
    with Database.open(location) as database, pages(database, config=config) as served:
        yield served
