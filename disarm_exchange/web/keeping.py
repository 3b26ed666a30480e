"""What was worked out is kept as long as it is right: by what it is about, and by the state of what it is from."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

_MOST = 32
_SECONDS = 60.0


class Kept(Generic[Thing]):
    """A few things, the latest asked for. Threads may share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[object, float, Thing]] = OrderedDict()

    def get(self, about: Hashable, state: object, make: Callable[[], Thing]) -> Thing:
        """The thing, made anew if there is none of this state, or it is a minute old."""
        now = time.monotonic()
        with self._guard:
            known = self._things.get(about)
            if known is not None and known[0] == state and now - known[1] < _SECONDS:
                self._things.move_to_end(about)
                return known[2]
        thing = make()
        with self._guard:
            self._things[about] = (state, now, thing)
            if len(self._things) > _MOST:
                self._things.popitem(last=False)
        return thing
