"""A real HTTP server on loopback that does what a test tells it, right or wrong, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

NOW = "Mon, 23 Nov 2026 10:00:00 GMT"
TAXII = "application/taxii+json;version=2.1"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        return dict(self.query).get(name)


@dataclass(frozen=True)
class Reply:
    """What is sent back. `cut`: the connection is reset after so many bytes of the body; `silent`: nothing is sent."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False


def reply(content: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(content).encode(), status, named)


Responder = Callable[[Asked], Reply]


class ScriptedServer:
    """Answers with what its responder says."""

    def __init__(self, respond: Responder, tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.asked: list[Asked] = []
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                outer._answer(self)

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up is what some tests are about

        self._http = Server(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        parts = urlsplit(handler.path)
        asked = Asked(
            handler.command,
            parts.path,
            parse_qsl(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(length),
        )
        self.asked.append(asked)
        answer = self.respond(asked)
        if answer.silent:
            self._released.wait(20)
            handler.close_connection = True
            return
        handler.send_response_only(answer.status)
        headers = {"Date": NOW, "Content-Type": TAXII, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        if answer.cut is None:
            handler.wfile.write(answer.body)
            if not headers["Content-Length"]:
                handler.close_connection = True
            return
        handler.wfile.write(answer.body[: answer.cut])
        handler.wfile.flush()
        # a reset, as when a process dies in the middle
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True


@contextmanager
def scripted(respond: Responder) -> Iterator[ScriptedServer]:
    server = ScriptedServer(respond)
    try:
        yield server
    finally:
        server.close()


def in_turn(*replies: Reply) -> Responder:
    """One reply after the other; the last one again and again."""
    left = list(replies)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]
