"""Databases: a test that takes `database` or `location` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.store.conftest import database, location
from tests.store.postgres import postgresql_server, postgresql_url

__all__ = ["database", "location", "postgresql_server", "postgresql_url"]
