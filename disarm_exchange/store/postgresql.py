"""How connections to PostgreSQL are set up."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection


class _BinaryCursor(psycopg.Cursor[Any]):
    """A cursor that gets its rows in binary form: objects come as bytes, not as text twice as long."""

    def __init__(self, connection: psycopg.Connection[Any], **options: Any) -> None:  # noqa: ANN401 - as psycopg has it
        super().__init__(connection, **options)
        self.format = psycopg.pq.Format.BINARY


def open_postgresql(url: URL, busy_seconds: int) -> Engine:
    """An engine for a PostgreSQL database."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=16,
        pool_pre_ping=True,
        pool_timeout=busy_seconds,
        hide_parameters=True,
        connect_args={"cursor_factory": _BinaryCursor},
    )
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    # Every query here has an index in the order that it wants. Before its first statistics, and for plans that are
    # kept, PostgreSQL would rather collect and sort a whole collection for one page.
    cursor.execute("SET enable_bitmapscan = off")
    cursor.execute("SET enable_seqscan = off")
    cursor.execute("SET jit = off")
    cursor.close()
    connection.commit()
