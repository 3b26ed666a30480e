"""HTTP as this server speaks it: uvicorn's protocol, with TAXII error messages for what is no HTTP at all.

A request that cannot be parsed never becomes one for the application; TAXII 2.1 section 3.6.1 wants an error message
all the same. And uvicorn collects headers without an end: here they have one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from disarm_exchange.taxii.server.errors import Problem

LONGEST_HEAD = 256 * 1024
"""Octets that the request line and the headers may have together; long lists in `match[id]` fit."""

_LINGER_SECONDS = 1.0


class TaxiiProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as uvicorn has it
        super().__init__(*arguments, **options)
        self._head = 0
        self._in_head = True
        self._refused = False

    def data_received(self, data: bytes) -> None:
        """Take in what came, unless a head has become too long."""
        if self._refused:
            return
        if self._in_head:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self._refuse(Problem(431, f"The request line and headers are longer than {LONGEST_HEAD} octets."))
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """What follows is a body."""
        self._head, self._in_head = 0, False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is the head of another request."""
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(Problem(400, msg))

    def _refuse(self, problem: Problem) -> None:
        """Answer, and take no more; closing at once would throw the answer away while the client still sends."""
        self._refused = True
        response = problem.response()
        headers = [*response.raw_headers, (b"connection", b"close")]
        lines = [b"HTTP/1.1 %d %s" % (problem.status, HTTPStatus(problem.status).phrase.encode())]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)
