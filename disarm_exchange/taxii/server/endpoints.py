"""From a request to a response: the same care for every endpoint.

Every request is first somebody's (401), then of a known method (405) and acceptable (406), then allowed (403, 404),
then done. Whatever goes wrong ends in a TAXII error message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import ColumnElement
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from disarm_exchange.store.access import Access, ApiRoot
from disarm_exchange.store.accounts import User
from disarm_exchange.store.database import Database
from disarm_exchange.store.query import Keyword, chosen_versions, visible
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from disarm_exchange.taxii.server.answers import Call
from disarm_exchange.taxii.server.bodies import read_body
from disarm_exchange.taxii.server.compression import choose_encoding, pack, unpack
from disarm_exchange.taxii.server.credentials import Doorkeeper
from disarm_exchange.taxii.server.envelopes import split_envelope
from disarm_exchange.taxii.server.errors import Problem, not_found
from disarm_exchange.taxii.server.negotiation import TAXII_MEDIA_TYPE, accepts, is_taxii
from disarm_exchange.taxii.server.publishing import CheckObject, publish
from disarm_exchange.taxii.server.settings import ServerSettings

_log = logging.getLogger(__name__)

Result = TypeVar("Result")
Answer = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Service:
    """What all endpoints share."""

    database: Database
    settings: ServerSettings
    check_object: CheckObject
    doorkeeper: Doorkeeper

    def enter(
        self, request: Request, methods: Sequence[str], work: Callable[[Call], Result], *, stix_too: bool = False
    ) -> Result:
        """Everything that a request goes through before its endpoint's own work, and that work.

        Raises:
            Problem: 401, 405, 406, or what the work raises.
        """
        with self.database.read() as tx:
            user = self.doorkeeper.admit(tx, request.headers.get("authorization"))
            if request.method not in methods:
                raise Problem(405, "This endpoint has no such method.", {"Allow": ", ".join(methods)})
            if not accepts(", ".join(request.headers.getlist("accept")), stix_too=stix_too):
                raise Problem(406, f"This server speaks {TAXII_MEDIA_TYPE}.")
            return work(Call(request, tx, user, self.settings))


class Endpoint:
    """One path that can be read. An ASGI application of its own, so that it sees requests of every method."""

    methods: tuple[str, ...] = ("GET", "HEAD")

    def __init__(self, service: Service, answer: Answer, *, stix_too: bool = False) -> None:
        self.service = service
        self._answer = answer
        self._stix_too = stix_too

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self.respond(request)
        except Problem as problem:
            response = problem.response()
        except (OperationalError, PoolTimeout):
            error_id = _note("the database is busy or away")
            response = Problem(503, "The database is busy; try again.", {"Retry-After": "5"}).response(error_id)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets a TAXII error and the log the rest
            response = Problem(500, "The server made a mistake.").response(_note("a request failed"))
        if request.method == "HEAD":
            response.body = b""  # the headers tell of the body that GET would have, not encoded
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """The answer to a request.

        Raises:
            Problem: it ends with an error status.
        """
        return await run_in_threadpool(self._read, request)

    def _read(self, request: Request) -> Response:
        response = self.service.enter(request, self.methods, self._answer, stix_too=self._stix_too)
        response.headers["Vary"] = "Accept, Accept-Encoding, Authorization"
        body = bytes(response.body)
        encoding = choose_encoding(request.headers.get("accept-encoding"), len(body))
        if encoding is not None and request.method == "GET":
            response.body = pack(body, encoding)
            response.headers["Content-Encoding"] = encoding
            response.headers["Content-Length"] = str(len(response.body))
        return response


class ObjectsEndpoint(Endpoint):
    """Get Objects and Add Objects (TAXII 2.1 sections 5.4 and 5.5)."""

    methods = ("GET", "HEAD", "POST")

    async def respond(self, request: Request) -> Response:
        """Add objects; everything else reads."""
        if request.method != "POST":
            return await super().respond(request)
        service = self.service
        root, access, user = await run_in_threadpool(service.enter, request, self.methods, _publisher)
        if not is_taxii(request.headers.get("content-type")):
            raise Problem(415, f"Send {TAXII_MEDIA_TYPE}.")
        encoding = request.headers.get("content-encoding", "identity")
        settings = service.settings
        body = await read_body(request, max_length=root.max_content_length, seconds=settings.body_seconds)

        def store() -> bytes:
            return publish(
                service.database,
                split_envelope(unpack(body, encoding, root.max_content_length)),
                root=root,
                access=access,
                user=user,
                check_object=service.check_object,
                status_seconds=settings.status_seconds,
            )

        return Response(await run_in_threadpool(store), 202, media_type=TAXII_MEDIA_TYPE)


class ObjectEndpoint(Endpoint):
    """Get an Object and Delete an Object (TAXII 2.1 sections 5.6 and 5.7)."""

    methods = ("GET", "HEAD", "DELETE")

    async def respond(self, request: Request) -> Response:
        """Delete an object or versions of it; everything else reads."""
        if request.method != "DELETE":
            return await super().respond(request)
        return await run_in_threadpool(self._delete, request)

    def _delete(self, request: Request) -> Response:
        number, object_id, chosen = self.service.enter(request, self.methods, _deletion)
        with self.service.database.write() as tx:
            gone = delete_versions(tx, number, object_id, chosen)
        if not gone:
            raise not_found()
        return Response(b"", 200, media_type=TAXII_MEDIA_TYPE)


def _publisher(call: Call) -> tuple[ApiRoot, Access, User]:
    return call.root(), call.writable(), call.user


def _deletion(call: Call) -> tuple[int, str, ColumnElement[bool]]:
    """Which versions go: all that the client may see, unless it names some (section 5.7)."""
    access = call.access()
    if not (access.can_read and access.can_write):
        raise Problem(403, "You may not delete from this collection.")
    wanted = call.question(frozenset({"version", "spec_version"}), default=Keyword.ALL).filter
    chosen = visible(wanted.clearance) & chosen_versions(wanted.versions, wanted.clearance)
    if wanted.spec_versions is not None:
        chosen &= object_versions.c.spec_version.in_(wanted.spec_versions)
    return access.collection.number, call.object_id(), chosen


def _note(what: str) -> str:
    """Log what is being handled under an id that the client is told."""
    error_id = str(uuid4())
    _log.exception("%s (error_id %s)", what, error_id)
    return error_id
