"""Whose time counts for schedules and leases: this machine's, or the database's where many machines share it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import func, select

from disarm_exchange.store import Database


def machine_clock() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


def shared_clock(database: Database) -> Callable[[], datetime]:
    """The clock that all workers on a database have in common.

    SQLite has one machine. Machines on one PostgreSQL go by its clock, so that one whose own is wrong
    neither runs peers too early nor takes a lease for expired that is not.
    """
    if database.engine.dialect.name == "sqlite":
        return machine_clock

    def ask() -> datetime:
        with database.read() as tx:
            moment = tx.connection.execute(select(func.clock_timestamp())).scalar_one()
        assert isinstance(moment, datetime)
        return moment.astimezone(UTC)

    return ask
