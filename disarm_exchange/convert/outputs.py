"""Files that are being written: beside their target under a name of their own, and moved into place when complete.

The name depends on the target alone, so a run that was killed leaves one file at most, and the next run for the same
target takes it over and starts afresh. A lock on it keeps two runs from writing one target at a time.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject, usual_mode
from disarm_exchange.stix.reading import ObjectReader, Record

if sys.platform != "win32":
    import fcntl

INVALID_SUFFIX = ".invalid"
"""What is appended to the name of a file that turned out not to be fit for its target."""

_BUFFER = 1024 * 1024


class Unfinished:
    """A file that appears under its name when it is committed, and not before.

    Args:
        target: where it shall appear; a link is followed, so the file it leads to is replaced and not the link.

    Raises:
        UserError: another run is writing the same target.
        OSError: it cannot be written there; also where the target is a device or a pipe.
    """

    def __init__(self, target: Path) -> None:
        self.target = target.resolve()
        if self.target.exists() and not self.target.is_file():
            raise OSError(errno.EINVAL, "is no regular file", str(target))
        self._part = self.target.with_name(f".{self.target.name}.part")
        handle = _locked(self._part, target)
        os.ftruncate(handle, 0)
        self._stream = os.fdopen(handle, "r+b", buffering=_BUFFER)
        self.write = self._stream.write

    def objects(self) -> Iterator[StixObject]:
        """The STIX objects that were written so far, read again."""
        self._stream.flush()
        with self._part.open("rb") as again:
            for event in ObjectReader(again):
                if isinstance(event, Record):
                    assert isinstance(event.item, dict)
                    yield event.item

    def commit(self) -> None:
        """Move the file to its target."""
        self._move(self.target)
        self.aside.unlink(missing_ok=True)  # of an earlier run

    def set_aside(self) -> Path:
        """Keep the file under its target's name and `INVALID_SUFFIX`; the target stays as it was."""
        self._move(self.aside)
        return self.aside

    @property
    def aside(self) -> Path:
        """Where it goes if it is not fit for its target."""
        return self.target.with_name(self.target.name + INVALID_SUFFIX)

    def discard(self) -> None:
        """Delete the file unless it was moved."""
        if not self._stream.closed:
            self._part.unlink(missing_ok=True)
            self._stream.close()

    def _move(self, place: Path) -> None:
        stream = self._stream
        stream.flush()
        os.fsync(stream.fileno())
        self._part.chmod(usual_mode())
        if sys.platform == "win32":
            stream.close()
        self._part.replace(place)
        stream.close()


def _locked(part: Path, target: Path) -> int:
    """A handle of the file, locked for this process."""
    while True:
        handle = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        if sys.platform == "win32":
            return handle
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, part):
                return handle
        except BlockingIOError:
            os.close(handle)
            raise UserError(
                "another run is writing this file", where=str(target), fix="wait for it, or write to another file"
            ) from None
        os.close(handle)  # another run finished, and moved the file, between our opening and locking it


def _is_at(handle: int, part: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), part.stat())
    except FileNotFoundError:
        return False
