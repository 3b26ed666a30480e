"""The ASGI application: which path is which endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from disarm_exchange.store.database import Database
from disarm_exchange.taxii.server import answers
from disarm_exchange.taxii.server.credentials import Doorkeeper
from disarm_exchange.taxii.server.denials import DenialLog
from disarm_exchange.taxii.server.endpoints import Answer, Endpoint, ObjectEndpoint, ObjectsEndpoint, Service
from disarm_exchange.taxii.server.errors import Problem
from disarm_exchange.taxii.server.health import health_routes
from disarm_exchange.taxii.server.observing import Observer
from disarm_exchange.taxii.server.publishing import CheckObject, accept_all
from disarm_exchange.taxii.server.rates import RateLimiter, SharedRateLimiter
from disarm_exchange.taxii.server.settings import ServerSettings

_COLLECTION = "/{root}/collections/{collection}"
_BURST_SECONDS = 10


def create_app(
    database: Database,
    *,
    settings: ServerSettings | None = None,
    check_object: CheckObject = accept_all,
    routes: Sequence[BaseRoute] | Callable[[Service], Sequence[BaseRoute]] = (),
) -> Starlette:
    """A TAXII 2.1 server over a database.

    Args:
        database: where everything is; the application keeps no state of its own, so any number of processes may
            serve one database.
        settings: how the server presents itself, and its limits.
        check_object: what is wrong with a published object (None: nothing), beyond the store's own checks of type, id,
            timestamps and spec_version. Called in several threads.
        routes: further routes, tried first: what else this server shows beside TAXII; or what makes them, given what
            all endpoints share.
    """
    settings = settings or ServerSettings()
    shared = settings.rates_file
    service = Service(
        database,
        settings,
        check_object,
        Doorkeeper(None if shared is None else Path(f"{shared}-failures")),
        RateLimiter(burst_seconds=_BURST_SECONDS)
        if shared is None
        else SharedRateLimiter(Path(shared), burst_seconds=_BURST_SECONDS),
        DenialLog(database),
    )

    def read(name: str, path: str, answer: Answer, *, stix_too: bool = False) -> Route:
        return Route(path, Endpoint(name, service, answer, stix_too=stix_too))

    taxii = [
        read("discovery", "/taxii2/", answers.get_discovery),
        read("api root", "/{root}/", answers.get_api_root),
        read("status", "/{root}/status/{status_id}/", answers.get_status),
        read("collections", "/{root}/collections/", answers.get_collections),
        read("collection", f"{_COLLECTION}/", answers.get_collection),
        read("manifest", f"{_COLLECTION}/manifest/", answers.get_manifest, stix_too=True),
        Route(f"{_COLLECTION}/objects/", ObjectsEndpoint("objects", service, answers.get_objects)),
        Route(f"{_COLLECTION}/objects/{{object_id}}/", ObjectEndpoint("object", service, answers.get_object)),
        read("versions", f"{_COLLECTION}/objects/{{object_id}}/versions/", answers.get_versions),
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        service.denials.open()
        try:
            yield
        finally:
            await run_in_threadpool(service.denials.close)

    app = Starlette(
        routes=[*health_routes(database), *(routes(service) if callable(routes) else routes), *taxii],
        middleware=[Middleware(Observer), Middleware(_WithTrailingSlash)],
        lifespan=lifespan,
        exception_handlers={HTTPException: _on_http_exception},
    )
    app.router.redirect_slashes = False
    return app


class _WithTrailingSlash:
    """Section 3.1 wants paths to end in a slash; who leaves it out is served all the same, without a redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"] + "/"}
        await self._app(scope, receive, send)


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: no such path."""
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, error.detail, error.headers).response()
