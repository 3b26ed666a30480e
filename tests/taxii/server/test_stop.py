"""A server that is asked to stop finishes what it has accepted."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import orjson

from disarm_exchange.store import Database
from tests.store.objects import indicator, seen
from tests.taxii.server.processes import ServerProcess
from tests.taxii.server.test_hostile import head
from tests.taxii.server.world import served


def test_a_publish_under_way_is_finished_before_the_server_stops(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database, served(database) as world:
        place = world.collection()
    server = ServerProcess(str(tmp_path / "x.db"), tmp_path / "log")
    server.start()
    body = orjson.dumps({"objects": [indicator(1)]})
    request = head(world, f"{place.path}objects/", b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request + body[:20])
        time.sleep(0.3)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[20:])
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 202")
    assert server.process.wait(timeout=60) in (0, -signal.SIGTERM)
    with Database.open(tmp_path / "x.db") as database:
        assert len(seen(database, place.collection, 5)) == 1
