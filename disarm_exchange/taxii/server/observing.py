"""What can be seen of a running server: a request id, one log line a request, and counts.

Nothing of an object's content, no id of an object and no secret goes into a log or a count: paths are named by
their pattern.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("disarm_exchange.server")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)
_TRACE = "disarm_trace"

REQUESTS = Counter("taxii_requests", "Requests by endpoint, method and status.", ["endpoint", "method", "status"])
SECONDS = Histogram("taxii_request_seconds", "Seconds from a request to the end of its answer.", ["endpoint"])
OBJECTS = Counter("taxii_objects", "Objects received, by outcome, and sent.", ["outcome"])
DENIALS = Counter("taxii_denials", "Requests denied, by status.", ["status"])


@dataclass(slots=True)
class Trace:
    """What becomes known of one request while it is answered."""

    request_id: str
    client: str
    endpoint: str = "none"
    organisation: str | None = None
    user: str | None = None
    collection: str | None = None
    objects: int = 0


def trace_of(request: Request) -> Trace:
    """The trace of a request; a new one where nobody watches."""
    found = request.scope.get(_TRACE)
    if found is None:
        found = request.scope[_TRACE] = _new_trace(request.scope, "")
    assert isinstance(found, Trace)
    return found


class Observer:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        trace = scope[_TRACE] = _new_trace(scope, offered)
        begun = time.perf_counter()
        status, size = 0, 0

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = trace.request_id
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - begun
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(trace.endpoint, method, str(status)).inc()
            SECONDS.labels(trace.endpoint).observe(seconds)
            log.info(
                "request",
                extra={
                    "request_id": trace.request_id,
                    "client": trace.client,
                    "method": method,
                    "endpoint": trace.endpoint,
                    "status": status,
                    "bytes": size,
                    "milliseconds": round(seconds * 1000, 2),
                    "organisation": trace.organisation,
                    "user": trace.user,
                    "collection": trace.collection,
                    "objects": trace.objects,
                },
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})


def _new_trace(scope: Scope, offered: str) -> Trace:
    request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid4().hex
    client = scope.get("client")
    return Trace(request_id, client[0] if client else "local")
