"""Server processes of their own, which can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_START_SECONDS = 30
_MAIN = "from disarm_exchange.cli import main; main()"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class ServerProcess:
    """`disarm-exchange serve` on a port of its own; started again it takes the same port."""

    location: str
    log: Path
    options: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-c", _MAIN, "serve", "--db", self.location, "--port", str(self.port), *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ.copy())
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                if "--tls-cert" in self.options:
                    socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                else:
                    httpx.get(f"{self.url}/taxii2/", timeout=5)
                return
            except (httpx.TransportError, OSError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.02)

    def kill(self) -> None:
        """As if the power went: no chance to finish anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)
