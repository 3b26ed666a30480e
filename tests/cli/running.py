"""Running the real command in a process of its own, as a user does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished command left behind."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path, cwd: Path | None = None) -> Finished:
    """`disarm-exchange ARGUMENTS`, to its end."""
    program = [sys.executable, "-c", "from disarm_exchange.cli import main; main()"]
    done = subprocess.run(
        [*program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return Finished(done.returncode, done.stdout, done.stderr)
