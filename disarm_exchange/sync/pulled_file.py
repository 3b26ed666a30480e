"""What a pull into a file remembers: which versions are written already, and what is put aside; both on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from tempfile import SpooledTemporaryFile

import orjson

from disarm_exchange.stix.bundle import atomic_writer

_CACHE_KILOBYTES = 8_192
_IN_MEMORY = 1 << 20


class Seen(Enum):
    """Whether a version came before on this pull."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"


class SeenVersions:
    """The versions that came: 16 bytes for which it is and 16 for what it says, in a temporary database."""

    def __init__(self) -> None:
        # a database without a name is a file that is gone when it is closed
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
        self._db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID")

    def take(self, stix_id: str, version: str, digest: bytes) -> Seen:
        """Note a version, with the digest of its content; whether it came before."""
        key = blake2b(f"{stix_id} {version}".encode(), digest_size=16).digest()
        before = self._db.total_changes
        self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, digest))
        if self._db.total_changes > before:
            return Seen.NEW
        known = self._db.execute("SELECT digest FROM seen WHERE key = ?", (key,)).fetchone()
        return Seen.SAME if known is not None and bytes(known[0]) == digest else Seen.OTHER

    def close(self) -> None:
        """Forget them."""
        self._db.close()


class Aside:
    """Lines for the file of what was not let in, kept in a temporary file until the pull is through."""

    def __init__(self) -> None:
        self._lines = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115

    def add(self, entries: Iterable[tuple[str, str, bytes]]) -> None:
        """Put objects aside: id, reason, bytes."""
        for stix_id, reason, raw in entries:
            text = raw.decode("utf-8", "backslashreplace")
            self._lines.write(orjson.dumps({"id": stix_id, "reason": reason, "object": text}) + b"\n")

    def write(self, path: Path) -> None:
        """Write the file, or remove an earlier one when there is nothing to write."""
        if not self._lines.tell():
            path.unlink(missing_ok=True)
            return
        self._lines.seek(0)
        with atomic_writer(path) as stream:
            _copy(self._lines.read, stream.write)

    def close(self) -> None:
        """Forget them."""
        self._lines.close()


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
    while part := read(_IN_MEMORY):
        write(part)
