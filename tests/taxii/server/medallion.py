"""medallion, the reference server from PyPI, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.taxii.server.processes import free_port

ROOT = "api"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
AUTH = ("tester", "secret of tester")
PATH = f"/{ROOT}/collections/{COLLECTION}/"

_START_SECONDS = 30
_DATA = {
    "/discovery": {"title": "medallion", "api_roots": [f"http://127.0.0.1/{ROOT}/"]},
    ROOT: {
        "information": {
            "title": "medallion",
            "versions": ["application/taxii+json;version=2.1"],
            "max_content_length": 10 * 1024 * 1024,
        },
        "status": [],
        "collections": [
            {
                "id": COLLECTION,
                "title": "Fire",
                "can_read": True,
                "can_write": True,
                "media_types": ["application/stix+json;version=2.1"],
                "objects": [],
                "manifest": [],
            }
        ],
    },
}


@contextmanager
def medallion(folder: Path, backend: dict[str, object] | None = None) -> Iterator[str]:
    """Run medallion; its address. Its own memory backend, unless another is given."""
    data = folder / "medallion-data.json"
    data.write_text(json.dumps(_DATA))
    config = folder / "medallion.json"
    memory = {
        "module": "medallion.backends.memory_backend",
        "module_class": "MemoryBackend",
        "filename": str(data),
    }
    config.write_text(
        json.dumps({"backend": backend or memory, "users": dict([AUTH]), "taxii": {"max_page_size": 100}})
    )
    port = free_port()
    command = [sys.executable, "-m", "medallion.scripts.run", "--port", str(port), str(config)]
    with (folder / "medallion.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + _START_SECONDS
        try:
            while True:
                try:
                    httpx.get(f"{url}/taxii2/", timeout=5)
                    break
                except httpx.TransportError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError((folder / "medallion.log").read_text()) from None
                    time.sleep(0.05)
            yield url
        finally:
            process.kill()
