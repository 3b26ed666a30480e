"""Is a database as it should be? Reads everything once, in constant memory, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select

from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.store import schema
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.incoming import ObjectError, read_object
from disarm_exchange.store.markings import NONE
from disarm_exchange.store.mentions import key_of
from disarm_exchange.store.reader import count_newest
from disarm_exchange.store.tables import collections, mentions, object_versions, recalls

_C = object_versions.c
_ROWS = 1000


def check_database(database: Database, *, on_step: OnStep = unwatched) -> Iterator[str]:
    """Everything that is wrong, in words; nothing, if all is well."""
    with database.read() as tx:
        revision = schema.current_revision(tx.connection)
        if revision != schema.HEAD:
            yield f"the tables are of version {revision}, not {schema.HEAD}: run disarm-exchange db upgrade"
            return
        yield from _schema(database)
        if tx.dialect == "sqlite":
            yield from _sqlite(tx)
        total, done = (None if on_step is unwatched else count_newest(tx)), 0
        for number, last in tx.connection.execute(select(collections.c.number, collections.c.last_date_added)).all():
            newest = tx.connection.execute(select(func.max(_C.date_added)).where(_C.collection == number)).scalar()
            if newest is not None and newest > last:
                yield f"collection {number}: an object is newer than the collection's last date"
            for problems in _objects(tx, number):
                done += 1
                if not done % _ROWS:
                    on_step(Step("checking", done, total=total))
                yield from problems
            yield from _recalls(tx, number)


def _schema(database: Database) -> Iterator[str]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - takes long to import
    from alembic.migration import MigrationContext  # noqa: PLC0415 - likewise

    with database.plain.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        for difference in compare_metadata(context, schema.metadata):
            yield f"the tables differ from what they should be: {difference!r}"[:300]


def _sqlite(tx: Transaction) -> Iterator[str]:
    for (line,) in tx.connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, row, parent, _ in tx.connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"SQLite: row {row} of {table} refers to a row of {parent} that is not there"


def _objects(tx: Transaction, collection: int) -> Iterator[list[str]]:
    """What is wrong with each object of a collection."""
    query = (
        select(
            _C.stix_id, _C.date_added, _C.version, _C.version_at, _C.own_level, _C.level, _C.floor, _C.ceiling,
            _C.newest, _C.current, _C.older_level, _C.digest, _C.body,
        )
        .where(_C.collection == collection)
        .order_by(_C.stix_id, _C.version_at, _C.date_added)
        .execution_options(yield_per=_ROWS)
    )  # fmt: skip
    for _, group in groupby(tx.connection.execute(query), key=lambda row: str(row.stix_id)):
        yield list(_object(tx, collection, list(group)))


def _object(tx: Transaction, collection: int, versions: list[Row[*tuple[Any, ...]]]) -> Iterator[str]:
    last = versions[-1]
    widest_older, widest, before = NONE, NONE, versions[0]
    for row in versions:
        where = f"collection {collection}, {row.stix_id}, version {row.version or row.date_added}"
        yield from (f"{where}: {problem}" for problem in _body(tx, collection, row))
        if row.version_at != before.version_at:
            widest_older = min(widest_older, widest)
        elif row is not before and row.ceiling > before.level:
            yield f"{where}: two rows of it are shown to the same reader"
        widest = min(widest, row.own_level)
        before = row
        if row.newest != (row is last) or row.current != (row.version_at == last.version_at):
            yield f"{where}: wrongly {'the' if row.newest else 'not the'} newest version"
        if row.level < max(row.own_level, row.floor or 0, last.level if last.floor is None else last.floor):
            yield f"{where}: shared more widely than its markings or its newest version allow"
        if row.older_level != widest_older:
            yield f"{where}: the levels of its older versions are noted wrongly"


def _recalls(tx: Transaction, collection: int) -> Iterator[str]:
    columns = recalls.c
    query = (
        select(columns.stix_id, columns.clearance, columns.version, columns.digest, columns.body)
        .where(columns.collection == collection)
        .execution_options(yield_per=_ROWS)
    )
    for stix_id, clearance, version, digest, body in tx.connection.execute(query):
        where = f"collection {collection}, {stix_id}, recall at clearance {clearance}"
        try:
            item = read_object(bytes(body))
        except ObjectError as error:
            yield f"{where}: what is stored is damaged: {error.reason}"
            continue
        if (item.stix_id, item.digest, item.version) != (stix_id, bytes(digest), version) or not item.item["revoked"]:
            yield f"{where}: what is stored is not what was made"
        shown = (_C.level <= clearance) & (_C.ceiling > clearance)
        seen = select(_C.date_added).where(_C.collection == collection, _C.stix_id == stix_id, shown)
        if tx.connection.execute(seen.limit(1)).first() is not None:
            yield f"{where}: called back from readers who see it"


def _body(tx: Transaction, collection: int, row: Row[*tuple[Any, ...]]) -> Iterator[str]:
    try:
        item = read_object(bytes(row.body))
    except ObjectError as error:
        yield f"what is stored is damaged: {error.reason}"
        return
    if (item.stix_id, item.digest, item.version) != (row.stix_id, bytes(row.digest), row.version):
        yield "what is stored is not what was received"
    keys = {key_of(other) for other in item.mentions}
    if keys:
        noted = select(mentions.c.mentioned).where(
            mentions.c.collection == collection,
            mentions.c.date_added == row.date_added,
            mentions.c.mentioned.in_(keys),
        )
        if set(tx.connection.execute(noted).scalars()) != keys:
            yield "not all objects that it mentions are noted"
