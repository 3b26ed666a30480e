"""Names for worker processes, by which it can be told on the same machine that one is gone."""

from __future__ import annotations

import os
import socket
from functools import cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex


def worker_name() -> str:
    """A name for this process, unlike that of any other: host, process number, where that number counts, and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{_place()}:{token_hex(3)}"


def is_gone(name: str) -> bool:
    """Whether a worker is a process of this machine that has ended. False where that cannot be told."""
    parts = name.rsplit(":", 3)
    if len(parts) != 4 or not parts[1].isdigit() or not parts[2] or parts[2] != _place():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


@cache
def _place() -> str:
    """What process numbers are unique in: one running of one machine, and one container on it. Empty: not known."""
    try:
        running = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        container = Path("/proc/self/ns/pid").readlink()
    except (OSError, UnicodeDecodeError):
        return ""
    return blake2b(f"{running}{container}".encode(), digest_size=4).hexdigest()
