"""Notes on the objects of one push, kept on disk: where each stands, in which order it goes, and what was decided.

A temporary database of its own, gone when it is closed. What is decided of one part of the objects is known
here to all others, so that no more than one part is ever in memory.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import orjson

from disarm_exchange.policy import Withheld
from disarm_exchange.store.pushing import Newest

_CACHE_KILOBYTES = 16_384

_TABLE = """
CREATE TABLE looked (
    id TEXT NOT NULL PRIMARY KEY,
    uuid TEXT NOT NULL,
    rank INTEGER NOT NULL,
    collection INTEGER NOT NULL,
    date_added INTEGER NOT NULL,
    version TEXT,
    version_at INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0,
    followed INTEGER NOT NULL DEFAULT 0,
    mild INTEGER NOT NULL DEFAULT 0,
    rule TEXT,
    reason TEXT
) WITHOUT ROWID;
CREATE INDEX in_order ON looked (rank, collection, date_added);
CREATE INDEX by_uuid ON looked (uuid);
CREATE INDEX withheld ON looked (rule) WHERE rule IS NOT NULL;
CREATE INDEX waiting ON looked (waiting) WHERE waiting > 0;
CREATE TABLE reshaped (id TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (id, version)) WITHOUT ROWID;
CREATE TABLE told (value BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
"""

_AMONG = "IN (SELECT value FROM json_each(?))"

Place = tuple[int, int]
"""Collection and date_added, by which an object's bytes are found."""


class Looked(NamedTuple):
    """An object that is looked at: its id, where it stands, and its version as written."""

    id: str
    collection: int
    date_added: int
    version: str | None
    changed: bool


class Notes:
    """The notes of one push; close them when done."""

    def __init__(self) -> None:
        # a file of its own: a database without a name stays in memory where SQLite is built so
        self._folder = tempfile.TemporaryDirectory(prefix="disarm-exchange-")
        self._db = sqlite3.connect(f"{self._folder.name}/notes", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
        self._db.executescript(_TABLE)
        with suppress(OSError):  # where an open file can be unlinked, a killed process leaves nothing behind
            self._folder.cleanup()

    def close(self) -> None:
        """Forget everything."""
        self._db.close()
        with suppress(OSError):
            self._folder.cleanup()

    def add(self, found: Iterable[tuple[Newest, int]]) -> None:
        """Note objects, each with its rank in the order of sending; of two of one id the newer counts."""
        rows = (
            (
                one.stix_id, one.stix_id.rpartition("--")[2].lower(), rank, one.collection, one.date_added,
                one.version, 0 if one.version is None else one.version_at, one.changed,
            )
            for one, rank in found
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO looked (id, uuid, rank, collection, date_added, version, version_at, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET collection = excluded.collection,"
            " date_added = excluded.date_added, version = excluded.version, version_at = excluded.version_at,"
            " changed = max(changed, excluded.changed) WHERE excluded.version_at > version_at",
            rows,
        )

    def count(self, *, withheld: bool | None = None) -> int:
        """How many objects are noted, or how many of them are withheld, or not."""
        where = "" if withheld is None else f" WHERE rule IS {'NOT ' if withheld else ''}NULL"
        found = self._db.execute(f"SELECT count(*) FROM looked{where}").fetchone()  # noqa: S608
        return int(found[0])

    def among(self, ids: Collection[str]) -> set[str]:
        """Which of these ids are noted."""
        return {row[0] for row in self._db.execute(f"SELECT id FROM looked WHERE id {_AMONG}", (_json(ids),))}  # noqa: S608

    def places(self, ids: Collection[str]) -> list[Place]:
        """Where those of these objects stand that are not withheld."""
        query = f"SELECT collection, date_added FROM looked WHERE id {_AMONG} AND rule IS NULL"  # noqa: S608
        return self._db.execute(query, (_json(ids),)).fetchall()

    def place(self, stix_id: str) -> Place | None:
        """Where an object stands."""
        found = self._db.execute("SELECT collection, date_added FROM looked WHERE id = ?", (stix_id,)).fetchone()
        return None if found is None else (found[0], found[1])

    def withheld_among(self, ids: Collection[str]) -> set[str]:
        """Which of these ids are withheld."""
        query = f"SELECT id FROM looked WHERE id {_AMONG} AND rule IS NOT NULL"  # noqa: S608
        return {row[0] for row in self._db.execute(query, (_json(ids),))}

    def windows(self, size: int, *, where: str = "rule IS NULL") -> Iterator[list[Looked]]:
        """The objects that are not withheld, in the order of sending, in parts."""
        last: tuple[int, int, int] = (-1, -1, -1)
        while True:
            rows = self._db.execute(
                "SELECT rank, id, collection, date_added, version, changed FROM looked"  # noqa: S608
                f" WHERE (rank, collection, date_added) > (?, ?, ?) AND {where}"
                " ORDER BY rank, collection, date_added LIMIT ?",
                (*last, size),
            ).fetchall()
            if rows:
                yield [Looked(*row[1:]) for row in rows]
                last = (rows[-1][0], rows[-1][2], rows[-1][3])
            if len(rows) < size:
                return

    # decisions

    def withhold(self, found: Iterable[Withheld]) -> int:
        """Note what stays, and by which rule; how many did not before."""
        rows = [(one.rule, one.reason, one.id) for one in found]
        before = self._db.total_changes
        self._db.executemany("UPDATE looked SET rule = ?, reason = ? WHERE id = ? AND rule IS NULL", rows)
        return self._db.total_changes - before

    def withheld(self) -> Iterator[Withheld]:
        """What stays, in the order of sending."""
        query = "SELECT id, coalesce(version, ''), rule, reason FROM looked WHERE rule IS NOT NULL"
        for row in self._db.execute(f"{query} ORDER BY rank, collection, date_added"):
            yield Withheld(*row)

    def verdict(self, stix_id: str) -> tuple[str, str] | None:
        """By which rule an object stays, and why; None: it goes, or is not noted."""
        found = self._db.execute("SELECT rule, reason FROM looked WHERE id = ?", (stix_id,)).fetchone()
        return None if found is None or found[0] is None else (found[0], found[1])

    def is_first(self, stix_id: str, version: str) -> bool:
        """Whether this is the first object of the plan to go under that id and version; it is noted then."""
        before = self._db.total_changes
        self._db.execute("INSERT OR IGNORE INTO reshaped VALUES (?, ?)", (stix_id, version))
        return self._db.total_changes > before

    # what must not be quoted

    def tell(self, values: Iterable[str]) -> None:
        """Note values that rows of evidence must not quote."""
        rows = ((one.encode("utf-8", "surrogatepass"),) for one in values)
        self._db.executemany("INSERT OR IGNORE INTO told VALUES (?)", rows)

    def is_told(self, value: str) -> bool:
        """Whether this very value is noted."""
        row = (value.encode("utf-8", "surrogatepass"),)
        return self._db.execute("SELECT 1 FROM told WHERE value = ?", row).fetchone() is not None

    def told(self) -> Iterator[str]:
        """All these values, each once."""
        for row in self._db.execute("SELECT value FROM told"):
            yield row[0].decode("utf-8", "surrogatepass")

    # what is used

    def forget_uses(self) -> None:
        """Begin to note uses anew."""
        self._db.execute("UPDATE looked SET used = 0, followed = 0 WHERE used = 1")

    def use(self, uuids: Collection[str]) -> None:
        """Something that goes uses the objects of these UUIDs."""
        self._db.execute(f"UPDATE looked SET used = 1 WHERE uuid {_AMONG} AND used = 0", (_json(uuids),))  # noqa: S608

    def wait(self, found: Iterable[tuple[str, int]]) -> None:
        """Note what goes only when something uses it: 2 in any case, 1 when anything is withheld."""
        self._db.executemany("UPDATE looked SET waiting = ? WHERE id = ?", [(kind, one) for one, kind in found])

    def newly_used(self, least: int, size: int) -> list[Looked]:
        """Some waiting objects that are used and whose own uses have not been noted; each is given once."""
        rows = self._db.execute(
            "SELECT id, collection, date_added, version, changed FROM looked"
            " WHERE waiting >= ? AND used = 1 AND followed = 0 AND rule IS NULL LIMIT ?",
            (least, size),
        ).fetchall()
        self._db.executemany("UPDATE looked SET followed = 1 WHERE id = ?", [(row[0],) for row in rows])
        return [Looked(*row) for row in rows]

    def unused(self, least: int) -> str:
        """The condition of `windows` for what waits in vain."""
        return f"waiting >= {int(least)} AND used = 0 AND rule IS NULL"

    # what is withheld for other reasons than a marking

    def note_mild(self) -> None:
        """Objects that a filter keeps home were never more widely marked than they are."""
        self._db.execute("UPDATE looked SET mild = 1 WHERE rule IN ('filter', 'unused')")

    def set_mild(self, stix_id: str) -> None:
        """What it needs and cannot have is mild, so it is."""
        self._db.execute("UPDATE looked SET mild = 1 WHERE id = ?", (stix_id,))

    def is_mild(self, stix_id: str) -> bool:
        """Whether an object stays home for other reasons than a marking."""
        found = self._db.execute("SELECT mild FROM looked WHERE id = ?", (stix_id,)).fetchone()
        return found is not None and bool(found[0])

    def withheld_ids(self, uuids: Collection[str]) -> list[str]:
        """The ids of those of these UUIDs that are withheld."""
        query = f"SELECT id FROM looked WHERE uuid {_AMONG} AND rule IS NOT NULL"  # noqa: S608
        return [row[0] for row in self._db.execute(query, (_json(uuids),))]


def _json(values: Collection[str] | Sequence[str]) -> str:
    return orjson.dumps(list(values)).decode()
