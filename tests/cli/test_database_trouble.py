"""A database that cannot be written to is told in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from disarm_exchange.store import Database


def test_a_full_disk_is_no_traceback(tmp_path: Path) -> None:
    location = tmp_path / "x.db"
    Database.open(location).close()
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from disarm_exchange.cli import main; main()"
    )
    words = ("org", "add", "acme", "--clearance", "green", "--db", str(location))
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("disarm-exchange: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
