"""How often each may ask: a steady rate with room for bursts (the generic cell rate algorithm).

Of each asker one number is kept: the moment at which what was asked is paid off. `RateLimiter` keeps it in the process;
`SharedRateLimiter` in a small file that all processes of one server share, so that a limit holds whichever is asked.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b
from pathlib import Path

_REMEMBERED = 10_000
_SLOTS = 65_536
_SLOT = struct.Struct("=d")


def _due(now: float, due: float, interval: float, burst: float) -> tuple[float, float]:
    """Seconds to wait, 0.0 if one more is allowed now; and when what was asked is paid off if this one counts."""
    due = max(due, now)
    room = max(burst - interval, 0.0)
    return (due - now - room, due) if due - now > room else (0.0, due + interval)


class RateLimiter:
    """Counts per key, in this process. Threads may share it."""

    def __init__(self, *, burst_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Make one.

        Args:
            burst_seconds: how far ahead of the steady rate one may be.
            clock: seconds that never go back.
        """
        self._burst = burst_seconds
        self._clock = clock
        self._paid: OrderedDict[Hashable, float] = OrderedDict()
        self._guard = threading.Lock()

    def wait(self, key: Hashable, per_minute: float, *, count: bool = True) -> float:
        """Seconds until one more is allowed; 0.0 if it is now.

        Args:
            key: who asks.
            per_minute: the steady rate.
            count: whether this one counts when it is allowed.
        """
        with self._guard:
            now = self._clock()
            seconds, due = _due(now, self._paid.get(key, now), 60.0 / per_minute, self._burst)
            if count and not seconds:
                self._paid[key] = due
                self._paid.move_to_end(key)
                if len(self._paid) > _REMEMBERED:
                    self._paid.popitem(last=False)
            return seconds


class SharedRateLimiter:
    """Counts per key, in a file that processes of this machine share. Threads may share it too."""

    def __init__(self, path: Path, *, burst_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Make one.

        Args:
            path: the file; it is made where there is none, and holds nothing that outlives the machine's running.
            burst_seconds: how far ahead of the steady rate one may be.
            clock: seconds that never go back, the same in all processes.
        """
        self._burst = burst_seconds
        self._clock = clock
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, _SLOTS * _SLOT.size)
        self._guard = threading.Lock()  # the file's locks are between processes, not between threads

    def wait(self, key: int | str, per_minute: float, *, count: bool = True) -> float:
        """Seconds until one more is allowed; 0.0 if it is now.

        Args:
            key: who asks; numbers that are equal modulo 65,536 share a limit, and so do a few of very many names.
            per_minute: the steady rate.
            count: whether this one counts when it is allowed.
        """
        number = key if isinstance(key, int) else int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
        place = number % _SLOTS * _SLOT.size
        with self._guard:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _SLOT.size, place)
            try:
                (before,) = _SLOT.unpack(os.pread(self._file, _SLOT.size, place))
                seconds, due = _due(self._clock(), before, 60.0 / per_minute, self._burst)
                if count and not seconds:
                    os.pwrite(self._file, _SLOT.pack(due), place)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _SLOT.size, place)
        return seconds

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)
