"""Serving an application beside other work in the same process, and how uvicorn is set up."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypedDict

import uvicorn
from starlette.types import ASGIApp

from disarm_exchange.taxii.server.protocol import TaxiiProtocol

_START_SECONDS = 30


class UvicornOptions(TypedDict):
    """The settings that do not depend on where a server runs."""

    log_config: None
    access_log: bool
    server_header: bool
    ssl_ciphers: str
    http: type[asyncio.Protocol]
    ws: Literal["none"]
    timeout_graceful_shutdown: int


def uvicorn_options() -> UvicornOptions:
    """uvicorn as this server wants it.

    TLS 1.2 with the cipher suites that RFC 7540 appendix A does not forbid (TAXII 2.1 section 8.2.2); a stop waits for
    what was accepted.
    """
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ssl_ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
        "http": TaxiiProtocol,
        "ws": "none",
        "timeout_graceful_shutdown": 30,
    }


@contextmanager
def run_server(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an application on a thread of this process while the block runs; its base URL, without a last slash.

    Args:
        app: the application.
        host: a loopback address.
        port: 0 takes a free one.

    Raises:
        OSError: the address is taken.
        RuntimeError: the server did not start.
    """
    with socket.create_server((host, port)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, **uvicorn_options()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                server.should_exit = True
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        try:
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)
