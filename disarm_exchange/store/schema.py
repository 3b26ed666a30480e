"""All tables of the database, registered in one place, and which version of them a database has.

A change of a table is a change in its definition, a step under `migrations/versions/`, and a new `HEAD`; a test keeps
the three together. A new database is made as the definitions say and stamped with `HEAD`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, inspect, select

from disarm_exchange.errors import UserError
from disarm_exchange.store import erasure_tables, index_tables, ledger_tables, peer_tables, tables, web_tables

if TYPE_CHECKING:
    from alembic.config import Config

metadata = tables.metadata

HEAD = "0009"
"""The newest revision under `migrations/versions/`."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def current_revision(connection: Connection) -> str | None:
    """The revision of a database; None for one without tables of ours.

    Raises:
        UserError: it has our tables but does not say in which revision.
    """
    names = set(inspect(connection).get_table_names())
    if tables.schema_version.name in names:
        found = connection.execute(select(tables.schema_version.c.version_num)).scalar_one_or_none()
        if found is not None:
            return str(found)
    if tables.object_versions.name in names:
        raise UserError("the database does not say which version it has", fix="restore a backup")
    return None


def create(connection: Connection) -> None:
    """Make all tables in an empty database."""
    metadata.create_all(connection)
    connection.execute(insert(tables.schema_version).values(version_num=HEAD))


def upgrade(connection: Connection) -> None:
    """Bring a database to `HEAD`, within the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - takes long to import, and is seldom needed

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for a connection."""
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


__all__ = [
    "HEAD",
    "alembic_config",
    "create",
    "current_revision",
    "erasure_tables",
    "index_tables",
    "ledger_tables",
    "metadata",
    "peer_tables",
    "upgrade",
    "web_tables",
]
