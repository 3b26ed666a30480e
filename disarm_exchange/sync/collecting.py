"""Python's collector of cycles, less often while many objects are read.

Parsed JSON has no cycles, and is given back without it; yet the collector walks over all of a page again and again.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 100)

_lock = threading.Lock()
_inside = 0
_before: tuple[int, int, int] = gc.get_threshold()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """A block in which many objects are read. Threads may be in several such blocks at once."""
    global _inside, _before  # noqa: PLW0603 - the collector is the process's
    with _lock:
        if _inside == 0:
            _before = gc.get_threshold()
            gc.set_threshold(*_SELDOM)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                gc.set_threshold(*_before)
