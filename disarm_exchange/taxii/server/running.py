"""Serving an application: in the foreground, or beside other work in the same process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 30


def uvicorn_config(app: ASGIApp, **options: object) -> uvicorn.Config:
    """uvicorn as this server wants it: no access log of its own, long query strings allowed, graceful stop."""
    settings: dict[str, object] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "lifespan": "auto",
        "h11_max_incomplete_event_size": 256 * 1024,
        "timeout_graceful_shutdown": 30,
        **options,
    }
    return uvicorn.Config(app, **settings)  # type: ignore[arg-type]


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
        server = uvicorn.Server(uvicorn_config(app))
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
