"""Databases for the fault tests: each test that takes `location` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.store.conftest import location
from tests.store.postgres import postgresql_server, postgresql_url

__all__ = ["location", "postgresql_server", "postgresql_url"]
