"""How often garbage is looked for while a case is converted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000
"""Net new objects before a look: some blocks of records, which hold no cycles and are gone by then."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """While the block runs the collector looks more rarely: millions of short-lived objects are freed without it."""
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
