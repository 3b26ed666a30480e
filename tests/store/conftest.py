"""Every test that takes `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disarm_exchange.store import Collection, Database, add_collection
from tests.store.postgres import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    return str(tmp_path / "x.db") if request.param == "sqlite" else request.getfixturevalue("postgresql_url")


@pytest.fixture
def database(location: str) -> Iterator[Database]:
    with Database.open(location) as opened:
        yield opened


@pytest.fixture
def collection(database: Database) -> Collection:
    with database.write() as tx:
        return add_collection(tx, "Findings", alias="findings")
