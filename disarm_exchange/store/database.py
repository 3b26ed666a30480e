"""Opening a database, and transactions on it.

SQLite for one machine: write-ahead log, so that readers never wait; one writer at a time, each waiting for its turn.
PostgreSQL for many machines. The rest of the store does not know which of the two it has.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from disarm_exchange.errors import UserError
from disarm_exchange.store import schema

BUSY_SECONDS = 30
"""How long a writer waits for its turn before the database counts as busy."""

_BEGIN = "disarm_begin"
# Readers have a connection each; there is one writer at a time, and it touches pages all over the indexes.
_CACHE_KILOBYTES = 2_048
_WRITER_CACHE_KILOBYTES = 32_768
_CREATION_LOCK = 0x6469736172  # so that of several processes on an empty database one makes the tables


class Transaction:
    """One transaction: all of it is committed when its block ends well, none of it when the block raises."""

    __slots__ = ("connection", "dialect")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    @contextmanager
    def nested(self) -> Iterator[Transaction]:
        """A part of this transaction that can fail alone (a savepoint): its error undoes only the part."""
        with self.connection.begin_nested():
            yield self


class Database:
    """An open database. Threads may share it; after a fork each process opens its own.

    Use `Database.open`, and `close` or a `with` block when done.
    """

    def __init__(self, engine: Engine, writer: Engine | None = None) -> None:
        self._engine = engine
        self._writer = writer or engine
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @classmethod
    def open(cls, location: str | Path, *, create: bool = True, any_version: bool = False) -> Self:
        """Open a database, making its tables where there are none.

        Args:
            location: a path (SQLite), or a URL: `postgresql://user@host/name`, `sqlite:///path`.
            create: whether a database that does not exist yet is made.
            any_version: whether one whose tables are of another version is opened too, to upgrade or check it.

        Raises:
            UserError: no such database, no access to it, not a database, or one of another version.
        """
        url = _url(location)
        if url.get_backend_name() == "sqlite":
            path = _sqlite_file(url, create=create)
            engine, writer = _open_sqlite(path, _CACHE_KILOBYTES), _open_sqlite(path, _WRITER_CACHE_KILOBYTES)
        elif url.get_backend_name() == "postgresql":
            from disarm_exchange.store.postgresql import open_postgresql  # noqa: PLC0415 - an optional driver

            engine = writer = open_postgresql(url, BUSY_SECONDS)
        else:
            raise UserError(
                "this kind of database is not supported", where=str(location), fix="use a file or postgresql://"
            )
        database = cls(engine, writer)
        try:
            database._prepare(create=create, any_version=any_version)
        except DBAPIError as error:
            database.close()
            raise UserError(f"cannot open the database: {_first_line(error)}", where=_shown(url)) from None
        except BaseException:
            database.close()
            raise
        return database

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for what it tells of the database; reading and writing go through `read` and `write`."""
        return self._engine

    @cached_property
    def plain(self) -> Engine:
        """An engine of its own without our settings, for migrations and for looking at the tables themselves."""
        if self._engine.dialect.name == "sqlite":
            return self._engine
        return create_engine(self._engine.url, poolclass=NullPool, hide_parameters=True)

    @property
    def name(self) -> str:
        """Where it is, without a password."""
        return _shown(self._engine.url)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads; on SQLite all its reads see the same moment."""
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that writes. On SQLite there is one at a time, and it holds the turn from its start.

        Raises:
            sqlalchemy.exc.OperationalError: the turn did not come within `BUSY_SECONDS`.
        """
        with self._turn, self._writer.connect() as connection:
            writing = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            with writing.begin():
                yield Transaction(writing)

    def is_alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            return False
        return True

    def compact(self) -> None:
        """Give back the room of what was deleted. Afterwards SQLite's file and log hold nothing of it any more.

        Raises:
            UserError: somebody else is using the database just now.
        """
        try:
            if self._engine.dialect.name == "sqlite":
                with closing(self._writer.raw_connection()) as raw:  # VACUUM wants no transaction around it
                    raw.cursor().execute("VACUUM")
                    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                with self.plain.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM")
        except (DBAPIError, sqlite3.Error) as error:
            problem = _first_line(error) if isinstance(error, DBAPIError) else str(error)
            raise UserError(
                f"the room of what was deleted could not be given back: {problem}",
                where=self.name,
                fix="stop what uses the database and run: disarm-exchange db compact",
            ) from None

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()
        self._engine.dispose()

    def __enter__(self) -> Self:
        """The database itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def upgrade(self) -> tuple[str, str]:
        """Bring the tables to this program's version, or leave them as they are; the revisions before and after."""
        with self.plain.begin() as connection:
            before = schema.current_revision(connection)
            if before is None:
                raise UserError("no disarm-exchange database there", where=self.name, fix="check --db")
            if before != schema.HEAD:
                schema.upgrade(connection)
        return before, schema.HEAD

    def _prepare(self, *, create: bool, any_version: bool) -> None:
        with self.read() as tx:
            revision = schema.current_revision(tx.connection)
        if revision is None:
            if not create:
                raise UserError("no disarm-exchange database there", where=self.name, fix="check --db")
            with self.write() as tx:
                if tx.dialect == "postgresql":  # SQLite's writers wait for each other anyhow
                    tx.connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
                if schema.current_revision(tx.connection) is None:
                    schema.create(tx.connection)
        elif revision != schema.HEAD and not any_version:
            newer = revision > schema.HEAD
            raise UserError(
                f"the database is of {'a newer' if newer else 'an older'} version ({revision}, not {schema.HEAD})",
                where=self.name,
                fix="upgrade this program" if newer else "run: disarm-exchange db upgrade",
            )


def _url(location: str | Path) -> URL:
    text = str(location)
    if isinstance(location, Path) or "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().resolve()))
    try:
        return make_url(text)
    except ArgumentError:
        raise UserError(
            "not the address of a database", where=text[:40], fix="use a file name or postgresql://..."
        ) from None


def _shown(url: URL) -> str:
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def _sqlite_file(url: URL, *, create: bool) -> Path:
    if not url.database:
        raise UserError("a SQLite database needs a file", where="sqlite://", fix="give a path")
    path = Path(url.database)
    if path.is_dir():
        raise UserError("a directory, not a database", where=str(path), fix="give the path of a file")
    if not path.exists():
        if not create:
            raise UserError("no such database", where=str(path), fix="check the path (--db, or --ledger of a case)")
        if not path.parent.is_dir():
            raise UserError("no such directory", where=str(path.parent), fix="make it first")
        _make_private(path)
    return path


def _open_sqlite(path: Path, cache_kilobytes: int) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=16,
        max_overflow=48,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "isolation_level": None},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up_sqlite(cache_kilobytes))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """The file holds other people's confidences: only its owner may read it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"cannot make the database: {error.strerror}", where=str(path)) from None


def _set_up_sqlite(cache_kilobytes: int) -> Callable[[DBAPIConnection, object], None]:
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # What was answered as stored stays stored, also when the power goes.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # Pages that many publishes touch are moved from the log into the file once, not for each of them.
        cursor.execute("PRAGMA wal_autocheckpoint = 8000")
        cursor.execute(f"PRAGMA cache_size = -{cache_kilobytes}")
        cursor.close()

    return set_up


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
