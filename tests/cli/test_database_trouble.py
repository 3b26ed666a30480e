"""A database that cannot be written to is told in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from disarm_exchange.store import Database, add_collection

SCRIPT = (
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
    "from disarm_exchange.cli import main; main()"
)


def test_a_full_disk_is_no_traceback(tmp_path: Path) -> None:
    location, lines = tmp_path / "x.db", tmp_path / "many.jsonl"
    with Database.open(location) as database, database.write() as tx:
        add_collection(tx, "Much", alias="much")
    item = {
        "type": "campaign",
        "spec_version": "2.1",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": "x" * 400,
    }
    numbers = range(2000)
    lines.write_text(
        "\n".join(json.dumps({**item, "id": f"campaign--{n:08}-0000-4000-8000-000000000000"}) for n in numbers)
    )
    words = ("object", "add", "much", str(lines), "--db", str(location))
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("disarm-exchange: the database: ")
    assert len(done.stderr.splitlines()) == 1
