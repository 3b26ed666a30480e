"""Many rows, or many values, at once, by the way that each database has for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import orjson
from sqlalchemy import ARRAY, ColumnElement, Table, any_, func, literal, select

from disarm_exchange.store.database import Transaction

Value = TypeVar("Value")

_COPIED_ALONE = 20
"""Fewer rows than this go into PostgreSQL one by one: starting a COPY costs more."""


def among(tx: Transaction, column: ColumnElement[Value], values: Iterable[Value]) -> ColumnElement[bool]:
    """The condition that a column has one of many values. They travel as one parameter, however many there are."""
    listed = list(values)
    if tx.dialect == "postgresql":
        return column == any_(literal(listed, ARRAY(column.type)))
    each = func.json_each(orjson.dumps(listed).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def insert_rows(tx: Transaction, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, given as tuples in the order of the columns."""
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    if tx.dialect == "postgresql" and len(rows) >= _COPIED_ALONE:
        driver = tx.connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    mark = "?" if tx.dialect == "sqlite" else "%s"
    places = ", ".join([mark] * len(columns))
    tx.connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', list(rows))  # noqa: S608
