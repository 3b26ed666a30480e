"""Bundles as files: one object a line, so that a bundle of any size is written and read as a stream.

A file of ours is one valid STIX bundle (JSON) whose `objects` stand one to a line. Files appear under
their final name only when they are complete.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO

import orjson

_BUFFER = 1024 * 1024

StixObject = dict[str, object]
"""A STIX object as a plain dict."""


class Container(StrEnum):
    """In what a stream of objects is written."""

    BUNDLE = "bundle"
    """One STIX bundle, one object a line."""

    JSONL = "jsonl"
    """One object a line and nothing around them (JSON Lines)."""

    ENVELOPES = "envelopes"
    """TAXII 2.1 envelopes, one a line, each small enough to be posted as it is."""


@contextmanager
def atomic_writer(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that appears under `path` when the block ends well, and not at all when it raises.

    The data is written beside the target (same file system), flushed to disk and moved into place. A link is
    followed, so the file it leads to is replaced and not the link.

    Raises:
        OSError: the file cannot be written there; also when the target is a device or a pipe.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(usual_mode())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def usual_mode() -> int:
    """The permissions that a new file of this process has."""
    current = os.umask(0)
    os.umask(current)
    return 0o666 & ~current


def write_bundle(write: Callable[[bytes], object], bundle_id: str, objects: Iterable[Mapping[str, object]]) -> int:
    """Write one bundle through `write`, object by object; the number of objects written."""
    write(b'{"type":"bundle","id":' + orjson.dumps(bundle_id) + b',"objects":[')
    count = 0
    for item in objects:
        write((b",\n" if count else b"\n") + orjson.dumps(item))
        count += 1
    write(b"\n]}\n")
    return count


def write_objects(
    write: Callable[[bytes], object], container: Container, bundle_id: str, objects: Iterable[Mapping[str, object]]
) -> int:
    """Write objects through `write` in that container; the number of objects written."""
    writer = ContainerWriter(write, container, bundle_id)
    count = 0
    for item in objects:
        writer.write([orjson.dumps(item)])
        count += 1
    writer.close()
    return count


ENVELOPE_BYTES = 1024 * 1024
"""An envelope is closed before it grows beyond this; a single object may be larger."""

ENVELOPE_OBJECTS = 1000


def separator_in(container: Container) -> bytes:
    """What stands between two objects in that container; it ends with a line feed, which no object written here has."""
    return b",\n" if container is Container.BUNDLE else b"\n"


class ContainerWriter:
    """Writes objects that are JSON already.

    Args:
        write: takes the bytes.
        container: in what the objects are written.
        bundle_id: the id of the bundle, where it is one.
        begun: whether the container was begun, and has objects, before; of envelopes the last one was closed.
    """

    def __init__(
        self, write: Callable[[bytes], object], container: Container, bundle_id: str, *, begun: bool = False
    ) -> None:
        self._write = write
        self._container = container
        self._separator = separator_in(container)
        self._between = self._separator if begun else b"\n" if container is Container.BUNDLE else b""
        self._waiting: list[bytes] = []
        self._size = 0
        if container is Container.BUNDLE and not begun:
            write(b'{"type":"bundle","id":' + orjson.dumps(bundle_id) + b',"objects":[')

    def write(self, bodies: Sequence[bytes]) -> None:
        """Write objects; each item holds one, or several with the container's separator between them."""
        if not bodies:
            return
        if self._container is Container.ENVELOPES:
            for body in bodies:
                for one in body.split(self._separator):
                    self._envelope(one)
            return
        if self._between:
            self._write(self._between)
        self._write(self._separator.join(bodies))
        self._between = self._separator

    def close(self) -> None:
        """End the container."""
        if self._container is Container.BUNDLE:
            self._write(b"\n]}\n")
        elif self._container is Container.JSONL:
            if self._between:
                self._write(b"\n")
        else:
            self._close_envelope()

    def _envelope(self, body: bytes) -> None:
        waiting = self._waiting
        if waiting and (self._size + len(body) > ENVELOPE_BYTES or len(waiting) >= ENVELOPE_OBJECTS):
            self._close_envelope()
        waiting.append(body)
        self._size += len(body) + 1

    def _close_envelope(self) -> None:
        if self._waiting:
            self._write(b'{"objects":[' + b",".join(self._waiting) + b"]}\n")
            self._waiting.clear()
            self._size = 0
