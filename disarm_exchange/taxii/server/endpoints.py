"""From a request to a response: the same care for every endpoint.

Every request is first somebody's (401), then of a known method (405) and acceptable (406), then allowed (403, 404),
then done. Whatever goes wrong ends in a TAXII error message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from disarm_exchange.store import clock
from disarm_exchange.store.accounts import Organisation
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.database import Database
from disarm_exchange.store.query import Filter, Keyword, chosen_versions, visible
from disarm_exchange.store.reader import has_match
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from disarm_exchange.taxii.server.answers import Call, with_recalls
from disarm_exchange.taxii.server.bodies import read_body
from disarm_exchange.taxii.server.compression import choose_encoding, pack, unpack
from disarm_exchange.taxii.server.credentials import Doorkeeper, Unchecked
from disarm_exchange.taxii.server.denials import DenialLog
from disarm_exchange.taxii.server.envelopes import split_envelope
from disarm_exchange.taxii.server.errors import Problem, forbidden, not_found, too_often
from disarm_exchange.taxii.server.negotiation import TAXII_MEDIA_TYPE, accepts, is_taxii
from disarm_exchange.taxii.server.observing import DENIALS, log, trace_of
from disarm_exchange.taxii.server.publishing import CheckObject, Publisher, publish
from disarm_exchange.taxii.server.rates import RateLimiter, SharedRateLimiter
from disarm_exchange.taxii.server.settings import ServerSettings

Result = TypeVar("Result")
Answer = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Service:
    """What all endpoints share."""

    database: Database
    settings: ServerSettings
    check_object: CheckObject
    doorkeeper: Doorkeeper
    rates: RateLimiter | SharedRateLimiter
    denials: DenialLog

    def enter(
        self, request: Request, methods: Sequence[str], work: Callable[[Call], Result], *, stix_too: bool = False
    ) -> Result:
        """Everything that a request goes through before its endpoint's own work, and that work.

        Raises:
            Problem: 401, 405, 406, 429, or what the work raises.
        """
        try:
            return self._enter(request, methods, work, stix_too=stix_too)
        except Unchecked as unchecked:
            self.doorkeeper.check(unchecked, trace_of(request).client)
        return self._enter(request, methods, work, stix_too=stix_too)

    def _enter(
        self, request: Request, methods: Sequence[str], work: Callable[[Call], Result], *, stix_too: bool
    ) -> Result:
        with self.database.read() as tx:
            user = self.doorkeeper.admit(tx, request.headers.get("authorization"))
            trace = trace_of(request)
            trace.organisation, trace.user = user.organisation.name, user.name
            self._limit(user.organisation)
            if request.method not in methods:
                raise Problem(405, "This endpoint has no such method.", {"Allow": ", ".join(methods)})
            if not accepts(", ".join(request.headers.getlist("accept")), stix_too=stix_too):
                raise Problem(406, f"This server speaks {TAXII_MEDIA_TYPE}.")
            return work(Call(request, tx, user, self.settings))

    def _limit(self, organisation: Organisation) -> None:
        per_minute = organisation.requests_per_minute
        if per_minute is None:
            return
        seconds = self.rates.wait(organisation.id, per_minute)
        if seconds:
            raise too_often(seconds)

    def note_denial(self, request: Request, problem: Problem, endpoint: str) -> None:
        """Count a denial, and put it on its way into the audit log."""
        trace = trace_of(request)
        DENIALS.labels(str(problem.status)).inc()
        self.denials.add(
            AuditEvent(
                f"{request.method[:10]} {endpoint}"[:40],
                "denied",
                trace.organisation,
                trace.user,
                trace.client,
                trace.collection,
                trace.request_id,
                {"status": problem.status},
                clock.now(),
            )
        )


class Endpoint:
    """One path that can be read. An ASGI application of its own, so that it sees requests of every method."""

    methods: tuple[str, ...] = ("GET", "HEAD")

    def __init__(self, name: str, service: Service, answer: Answer, *, stix_too: bool = False) -> None:
        self.name = name
        self.service = service
        self._answer = answer
        self._stix_too = stix_too

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        trace = trace_of(request)
        trace.endpoint = self.name
        try:
            response = await self.respond(request)
        except Problem as problem:
            if problem.denial:
                self.service.note_denial(request, problem, self.name)
            response = problem.response(trace.request_id)
        except (OperationalError, PoolTimeout) as error:
            log.error("the database is busy or away: %s", error, extra={"request_id": trace.request_id})
            busy = Problem(503, "The database is busy; try again.", {"Retry-After": "5"})
            response = busy.response(trace.request_id)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets a TAXII error and the log the rest
            log.exception("a request failed", extra={"request_id": trace.request_id})
            response = Problem(500, "The server made a mistake.").response(trace.request_id)
        response.headers["Cache-Control"] = "private, no-store"
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
        publisher = await run_in_threadpool(service.enter, request, self.methods, _publisher)
        max_length = publisher.root.max_content_length
        if not is_taxii(request.headers.get("content-type")):
            raise Problem(415, f"Send {TAXII_MEDIA_TYPE}.")
        encoding = request.headers.get("content-encoding", "identity")
        settings = service.settings
        body = await read_body(request, max_length=max_length, seconds=settings.body_seconds)

        def store() -> bytes:
            return publish(
                service.database,
                split_envelope(unpack(body, encoding, max_length)),
                publisher=publisher,
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
        number, wanted, chosen = self.service.enter(request, self.methods, _deletion)
        object_id = wanted.ids[0] if wanted.ids else ""
        with self.service.database.write() as tx:
            gone = delete_versions(tx, number, object_id, chosen)
            if not gone:
                # What calls an object back stays: others have to read it.
                raise forbidden("delete this object from") if has_match(tx, number, wanted) else not_found()
            trace = trace_of(request)
            about = {"object": object_id, "versions": gone}
            record(
                tx,
                AuditEvent(
                    "objects delete",
                    "done",
                    trace.organisation,
                    trace.user,
                    trace.client,
                    trace.collection,
                    trace.request_id,
                    about,
                ),
            )
        return Response(b"", 200, media_type=TAXII_MEDIA_TYPE)


def _publisher(call: Call) -> Publisher:
    return Publisher(call.user, call.root(), call.writable(), trace_of(call.request))


def _deletion(call: Call) -> tuple[int, Filter, ColumnElement[bool]]:
    """Which versions go: all that the client may see, unless it names some (section 5.7). As filter and condition."""
    access = call.access()
    if not (access.can_read and access.can_write):
        raise forbidden("delete from")
    question = call.question(frozenset({"version", "spec_version"}), default=Keyword.ALL)
    wanted = replace(with_recalls(question, access, call.user.organisation).filter, ids=(call.object_id(),))
    chosen = visible(wanted.clearance) & chosen_versions(wanted.versions, wanted.clearance)
    if wanted.spec_versions is not None:
        chosen &= object_versions.c.spec_version.in_(wanted.spec_versions)
    return access.collection.number, wanted, chosen
