"""Many rows, or many values, at once, by the way that each database has for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    any_,
    func,
    literal,
    select,
)

from disarm_exchange.store.database import Transaction

Value = TypeVar("Value")

_POSTGRESQL_TYPES: dict[type, str] = {
    BigInteger: "int8",
    Integer: "int4",
    SmallInteger: "int2",
    Boolean: "bool",
    LargeBinary: "bytea",
    String: "varchar",
    Text: "text",
}

_ROWS_AT_ONCE = 16

_COPIED_ALONE = 20
"""Fewer rows than this go into PostgreSQL one by one: starting a COPY costs more."""


def among(tx: Transaction, column: ColumnElement[Value], values: Iterable[Value]) -> ColumnElement[bool]:
    """The condition that a column has one of many values. They travel as one parameter, however many there are."""
    listed = list(values)
    if tx.dialect == "postgresql":
        return column == any_(literal(listed, ARRAY(column.type)))
    each = func.json_each(orjson.dumps(listed).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def fetch_up_to(tx: Transaction, query: Select[*tuple[Any, ...]], max_bytes: int) -> list[tuple[int, bytes]]:
    """Rows of a query for a number and a body, in the order of the number, up to the one that reaches a size.

    However large the next rows are, no more than that is ever in memory. The rows are as the driver gives them, in half
    the time of SQLAlchemy's own.

    Args:
        tx: any transaction.
        query: it selects two columns, and is ordered by the first.
        max_bytes: octets of the bodies together.
    """
    if tx.dialect == "postgresql":
        inner = query.subquery()
        number, body = inner.c
        before = func.sum(func.octet_length(body)).over(order_by=number, rows=(None, -1))
        sized = select(number, body, func.coalesce(before, 0).label("before")).subquery()
        number, body, passed = sized.c
        cut = select(number, body).where(passed < max_bytes).order_by(number)
        return [*tx.connection.execute(cut).cursor.fetchall()]
    found: list[tuple[int, bytes]] = []
    size = 0
    result = tx.connection.execute(query)
    while size < max_bytes and (some := result.cursor.fetchmany(_ROWS_AT_ONCE)):
        for row in some:
            if size >= max_bytes:
                break
            found.append(row)
            size += len(row[1])
    result.close()
    return found


def copy_statement(table: Table, columns: Sequence[str]) -> str:
    """PostgreSQL's COPY into these columns, in binary form: bodies travel as they are, not as text twice as long."""
    names = ", ".join(f'"{column}"' for column in columns)
    return f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)'


def copy_types(table: Table, columns: Sequence[str]) -> list[str]:
    """The types that the binary form needs to know."""
    return [_POSTGRESQL_TYPES[type(table.c[column].type)] for column in columns]


def insert_rows(tx: Transaction, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, given as tuples in the order of the columns."""
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    if tx.dialect == "postgresql" and len(rows) >= _COPIED_ALONE:
        driver = tx.connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
            copy.set_types(copy_types(table, columns))
            for row in rows:
                copy.write_row(row)
        return
    mark = "?" if tx.dialect == "sqlite" else "%s"
    places = ", ".join([mark] * len(columns))
    tx.connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', list(rows))  # noqa: S608
