"""For those who keep the server running: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import ipaddress
import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from disarm_exchange.store.database import Database
from disarm_exchange.taxii.server.errors import not_found

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def health_routes(database: Database) -> list[Route]:
    """The routes.

    `/metrics` answers only to this machine itself: a request from elsewhere, or one that a proxy passed on, gets 404.
    """

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        if await run_in_threadpool(database.is_alive):
            return PlainTextResponse("ready\n")
        return PlainTextResponse("the database does not answer\n", 503)

    async def metrics(request: Request) -> Response:
        if not _is_local(request):
            return not_found().response()
        return Response(await run_in_threadpool(_latest), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz/", healthz), Route("/readyz/", readyz), Route("/metrics/", metrics)]


def _latest() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    if request.client is None:
        return True  # a unix socket
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
