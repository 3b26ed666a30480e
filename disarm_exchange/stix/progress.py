"""How a long work says how far it is. Who listens, and whether anybody does, is not the work's business."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple


class Step(NamedTuple):
    """How far a work is.

    Attributes:
        doing: what is done at the moment: `reading`, `sending`. Steps of one word belong together.
        done: how many of the things are done.
        things: what they are, in the plural.
        total: how many there are in all, where that is known.
        read: bytes of the inputs that were read.
        size: bytes of the inputs in all, where that is known; `read` of `size` then tells how much is left.
    """

    doing: str
    done: int
    things: str = "objects"
    total: int | None = None
    read: int | None = None
    size: int | None = None


OnStep = Callable[[Step], None]
"""Is told how far a work is, now and then."""


def unwatched(_step: Step) -> None:
    """For works that nobody listens to."""


class CountedStream:
    """A stream of bytes that knows how many of them were read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._read = stream.read
        self.count = 0
        """Bytes read so far."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes; none at the end."""
        data = self._read(size)
        self.count += len(data)
        return data


def bytes_in(*files: str | Path) -> int | None:
    """Bytes of some files together; None if one of them is no plain file (standard input, a pipe)."""
    try:
        paths = [Path(file) for file in files]
        return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else None
    except OSError:
        return None
