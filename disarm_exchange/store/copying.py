"""Copying a whole database into another one: a backup as one SQLite file, or a move between SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Integer, Table, func, insert, select, text

from disarm_exchange.errors import UserError
from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.store import schema
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.tables import api_roots, organisations, schema_version

_ROWS = 1000


def backup(database: Database, path: Path, *, on_step: OnStep = unwatched) -> int:
    """Copy a database into a new SQLite file, as it is at one moment, while others go on using it.

    The file appears under its name when it is complete. It is a database like any other: serve it, or copy it back.

    Returns:
        The number of rows.

    Raises:
        UserError: the file exists already, or its folder does not.
    """
    if path.exists():
        raise UserError("this file exists already", where=str(path), fix="choose another name")
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with Database.open(part) as target:
            rows = copy_database(database, target, on_step=on_step)
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # no journal beside the finished file
        part.rename(path)
    finally:
        for leftover in (part, *(part.with_name(part.name + tail) for tail in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)
    return rows


def copy_database(source: Database, target: Database, *, on_step: OnStep = unwatched) -> int:
    """Copy everything into an empty database; the number of rows.

    Raises:
        UserError: the target is not empty.
    """
    rows = 0
    with source.read() as reading, target.write() as writing:
        if reading.dialect == "postgresql":
            reading.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        for table in (organisations, api_roots):
            if writing.connection.execute(select(func.count()).select_from(table)).scalar():
                raise UserError("the database to copy into is not empty", where=target.name, fix="use a new one")
        tables = [table for table in schema.metadata.sorted_tables if table is not schema_version]
        total = None
        if on_step is not unwatched:
            counts = (reading.connection.execute(select(func.count()).select_from(table)).scalar() for table in tables)
            total = sum(count or 0 for count in counts)
        for table in tables:
            for copied in _copy_table(reading, writing, table):
                rows += copied
                on_step(Step("copying", rows, "rows", total=total))
    return rows


def _copy_table(reading: Transaction, writing: Transaction, table: Table) -> Iterator[int]:
    """Copy a table in parts: the rows of each."""
    copied = 0
    result = reading.connection.execute(select(table).execution_options(yield_per=_ROWS))
    for some in result.mappings().partitions(_ROWS):
        writing.connection.execute(insert(table), [dict(row) for row in some])
        copied += len(some)
        yield len(some)
    keys = list(table.primary_key)
    if writing.dialect == "postgresql" and copied and len(keys) == 1 and isinstance(keys[0].type, Integer):
        sequence = func.pg_get_serial_sequence(table.name, keys[0].name)
        last = select(func.max(keys[0])).scalar_subquery()
        writing.connection.execute(select(func.setval(sequence, last)).where(sequence.is_not(None)))
