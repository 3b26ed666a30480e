"""Databases: a test that takes `database` or `location` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.conftest import database, location
from tests.store.postgres import postgresql_server, postgresql_url

__all__ = ["database", "location", "postgresql_server", "postgresql_url"]


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that costs no disk: thousands of small transactions."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)
