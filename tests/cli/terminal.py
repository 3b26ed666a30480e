"""Running a command on a terminal of its own, of any width."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_terminal(*arguments: str | Path, columns: int = 80, cwd: Path, **environment: str) -> tuple[int, str]:
    """`disarm-exchange ARGUMENTS` with both outputs on a terminal: exit code, and all that was ever shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    program = [sys.executable, "-c", "from disarm_exchange.cli import main; main()"]
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")
    }
    running = subprocess.Popen(
        [*program, *map(str, arguments)],
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    return running.wait(), _CONTROL.sub("", shown.decode()).replace("\r\n", "\n")
