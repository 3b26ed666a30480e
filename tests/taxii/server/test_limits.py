"""Limits that protect the process: time, and memory."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import httpx
import orjson

from disarm_exchange.store import Database
from disarm_exchange.taxii.server import ServerSettings
from tests.store.objects import indicator
from tests.taxii.server.processes import ServerProcess
from tests.taxii.server.test_hostile import BODIES, exchange, head
from tests.taxii.server.world import PASSWORD, TAXII, served


def test_a_body_that_dribbles_in_is_cut_off(tmp_path: Path) -> None:
    with (
        Database.open(tmp_path / "x.db") as database,
        served(database, settings=ServerSettings(body_seconds=0.2)) as world,
    ):
        path = f"{world.collection().path}objects/"
        answer = exchange(world, head(world, path, b'Content-Length: 500\r\n\r\n{"obj'), finish=False)
        assert answer.startswith(b"HTTP/1.1 408")
        assert world.get("/taxii2/").status_code == 200


def _bomb() -> bytes:
    """A quarter of a gigabyte of zeros in a quarter of a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    return b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()


def test_memory_stays_bounded(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database, served(database) as world:
        token, path = world.token, f"{world.collection().path}objects/"
    server = ServerProcess(str(tmp_path / "x.db"), tmp_path / "server.log")
    server.start()
    size = 900_000
    bodies = [
        (_bomb(), "gzip"),
        (gzip.compress(gzip.compress(bytes(size))), "gzip"),
        *((BODIES[name], "identity") for name in BODIES),
        (b'{"objects":[' + b'{"type":"url"},' * (size // 15) + b"1]}", "identity"),
        (orjson.dumps({"objects": [indicator(number) for number in range(size // 400)]}), "identity"),
    ]
    try:
        with httpx.Client(base_url=server.url, timeout=120) as client:
            for body, encoding in bodies:
                headers = {"Authorization": f"Bearer {token}", "Content-Type": TAXII, "Content-Encoding": encoding}
                assert client.post(path, content=body, headers=headers).status_code in (202, 400, 413, 422)
            assert client.get("/taxii2/", auth=("both", PASSWORD)).status_code == 200
        assert server.process is not None
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert peak is not None
        assert int(peak[1]) < 300_000
    finally:
        server.kill()
