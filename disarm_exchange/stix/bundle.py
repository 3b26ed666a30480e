"""Bundles as files: one object a line, so that a bundle of any size is written and read as a stream.

A file of ours is one valid STIX bundle (JSON) whose `objects` stand one to a line. Files appear under
their final name only when they are complete.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
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
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


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
    if container is Container.BUNDLE:
        return write_bundle(write, bundle_id, objects)
    if container is Container.JSONL:
        return _write_lines(write, objects)
    return _write_envelopes(write, objects)


def _write_lines(write: Callable[[bytes], object], objects: Iterable[Mapping[str, object]]) -> int:
    count = 0
    for item in objects:
        write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


ENVELOPE_BYTES = 1024 * 1024
"""An envelope is closed before it grows beyond this; a single object may be larger."""

ENVELOPE_OBJECTS = 1000


def _write_envelopes(write: Callable[[bytes], object], objects: Iterable[Mapping[str, object]]) -> int:
    waiting: list[bytes] = []
    size = count = 0
    for item in objects:
        body = orjson.dumps(item)
        if waiting and (size + len(body) > ENVELOPE_BYTES or len(waiting) >= ENVELOPE_OBJECTS):
            write(b'{"objects":[' + b",".join(waiting) + b"]}\n")
            waiting, size = [], 0
        waiting.append(body)
        size += len(body) + 1
        count += 1
    if waiting:
        write(b'{"objects":[' + b",".join(waiting) + b"]}\n")
    return count
