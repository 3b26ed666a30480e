"""Bundles as files: one object a line, so that a bundle of any size is written and read as a stream.

A file of ours is one valid STIX bundle (JSON) whose `objects` stand one to a line. Files appear under
their final name only when they are complete.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import orjson

_BUFFER = 1024 * 1024

StixObject = dict[str, object]
"""A STIX object as a plain dict."""


@contextmanager
def atomic_writer(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that appears under `path` when the block ends well, and not at all when it raises.

    The data is written beside the target (same file system), flushed to disk and moved into place.
    """
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
