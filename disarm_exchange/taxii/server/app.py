"""The ASGI application: which path is which endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from disarm_exchange.store.database import Database
from disarm_exchange.taxii.server import answers
from disarm_exchange.taxii.server.credentials import Doorkeeper
from disarm_exchange.taxii.server.endpoints import Endpoint, ObjectEndpoint, ObjectsEndpoint, Service
from disarm_exchange.taxii.server.errors import Problem
from disarm_exchange.taxii.server.publishing import CheckObject, accept_all
from disarm_exchange.taxii.server.settings import ServerSettings

_COLLECTION = "/{root}/collections/{collection}"


def create_app(
    database: Database,
    *,
    settings: ServerSettings | None = None,
    check_object: CheckObject = accept_all,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """A TAXII 2.1 server over a database.

    Args:
        database: where everything is; the application keeps no state of its own, so any number of processes may
            serve one database.
        settings: how the server presents itself, and its limits.
        check_object: what is wrong with a published object (None: nothing), beyond the store's own checks of type, id,
            timestamps and spec_version. Called in several threads.
        routes: further routes, tried first: what else this server shows beside TAXII.
    """
    service = Service(database, settings or ServerSettings(), check_object, Doorkeeper())
    taxii = [
        Route("/taxii2/", Endpoint(service, answers.get_discovery)),
        Route("/{root}/", Endpoint(service, answers.get_api_root)),
        Route("/{root}/status/{status_id}/", Endpoint(service, answers.get_status)),
        Route("/{root}/collections/", Endpoint(service, answers.get_collections)),
        Route(f"{_COLLECTION}/", Endpoint(service, answers.get_collection)),
        Route(f"{_COLLECTION}/manifest/", Endpoint(service, answers.get_manifest, stix_too=True)),
        Route(f"{_COLLECTION}/objects/", ObjectsEndpoint(service, answers.get_objects)),
        Route(f"{_COLLECTION}/objects/{{object_id}}/", ObjectEndpoint(service, answers.get_object)),
        Route(f"{_COLLECTION}/objects/{{object_id}}/versions/", Endpoint(service, answers.get_versions)),
    ]
    app = Starlette(
        routes=[*routes, *taxii],
        middleware=[Middleware(_WithTrailingSlash)],
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
