"""How often each may ask: a steady rate with room for bursts (the generic cell rate algorithm).

The count is kept in the process. Where several processes share the work, each grants its share of the limit.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_REMEMBERED = 10_000


class RateLimiter:
    """Counts per key. Threads may share it."""

    def __init__(self, *, burst_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Make one.

        Args:
            burst_seconds: how far ahead of the steady rate one may be.
            clock: seconds that never go back.
        """
        self._burst = burst_seconds
        self._clock = clock
        self._due: OrderedDict[Hashable, float] = OrderedDict()
        self._guard = threading.Lock()

    def wait(self, key: Hashable, per_minute: float, *, count: bool = True) -> float:
        """Seconds until one more is allowed; 0.0 if it is now.

        Args:
            key: who asks.
            per_minute: the steady rate.
            count: whether this one counts when it is allowed.
        """
        interval = 60.0 / per_minute
        with self._guard:
            now = self._clock()
            due = max(self._due.get(key, now), now)
            ahead = due - now
            if ahead > max(self._burst - interval, 0.0):
                return ahead - max(self._burst - interval, 0.0)
            if count:
                self._due[key] = due + interval
                self._due.move_to_end(key)
                if len(self._due) > _REMEMBERED:
                    self._due.popitem(last=False)
            return 0.0
