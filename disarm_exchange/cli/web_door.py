"""What the web pages need of the TAXII server: its doorkeeper, its rates, its audit log and its trace of requests."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.routing import BaseRoute

from disarm_exchange.store import clock
from disarm_exchange.store.accounts import Organisation, User
from disarm_exchange.store.audit import AuditEvent
from disarm_exchange.store.database import Database
from disarm_exchange.sync.config import SyncConfig, load_config
from disarm_exchange.taxii.server.credentials import Doorkeeper, Unchecked
from disarm_exchange.taxii.server.denials import DenialLog
from disarm_exchange.taxii.server.endpoints import Service
from disarm_exchange.taxii.server.errors import Problem
from disarm_exchange.taxii.server.observing import DENIALS, trace_of
from disarm_exchange.taxii.server.rates import RateLimiter, SharedRateLimiter
from disarm_exchange.taxii.server.settings import ServerSettings
from disarm_exchange.web import Refused, Site, web_routes


@dataclass(frozen=True, slots=True)
class ServerDoor:
    """The door of one server process; see `disarm_exchange.web.door.Door`.

    Args:
        database: where users are.
        doorkeeper, rates, denials: those of the TAXII application in the same process.
    """

    database: Database
    doorkeeper: Doorkeeper
    rates: RateLimiter | SharedRateLimiter
    denials: DenialLog

    def user_of(self, request: Request, authorization: str) -> User:
        """The user that an `Authorization` header proves to be."""
        try:
            try:
                return self._admit(authorization)
            except Unchecked as unchecked:
                self.doorkeeper.check(unchecked, trace_of(request).client)
            return self._admit(authorization)
        except Problem as problem:
            seconds = problem.headers.get("Retry-After")
            message = "Log in first." if problem.status == 401 else problem.description
            raise Refused(problem.status, message, seconds=None if seconds is None else int(seconds)) from None

    def _admit(self, authorization: str) -> User:
        with self.database.read() as tx:
            return self.doorkeeper.admit(tx, authorization)

    def limit(self, organisation: Organisation) -> None:
        """Count a request of an organisation."""
        per_minute = organisation.requests_per_minute
        if per_minute is None:
            return
        seconds = self.rates.wait(organisation.id, per_minute)
        if seconds:
            raise Refused(429, "Too many requests; wait a while.", seconds=math.ceil(seconds))

    def note_page(self, request: Request, page: str, user: User | None) -> None:
        """Tell the log which page it is, and who asks."""
        trace = trace_of(request)
        trace.endpoint = page
        if user is not None:
            trace.organisation, trace.user = user.organisation.name, user.name

    def note_refusal(self, request: Request, page: str, status: int) -> None:
        """Put a refusal into the audit log."""
        DENIALS.labels(str(status)).inc()
        self.denials.add(self._event(request, f"{request.method[:10]} {page}"[:40], "denied", {"status": status}))

    def note_login(self, request: Request, user: User) -> None:
        """Put a log-in into the audit log."""
        self.denials.add(self._event(request, "web log in", "done", {}))

    @staticmethod
    def _event(request: Request, action: str, outcome: str, detail: dict[str, object]) -> AuditEvent:
        trace = trace_of(request)
        return AuditEvent(
            action,
            outcome,
            trace.organisation,
            trace.user,
            trace.client,
            None,
            trace.request_id,
            detail,
            clock.now(),
        )


def web_pages(settings: ServerSettings, sync_config: Path | None = None) -> Callable[[Service], list[BaseRoute]]:
    """The routes of the web pages, for `create_app`.

    Args:
        settings: how the server presents itself.
        sync_config: the configuration of peers; None, or a file that is not there: no peers are shown.
    """

    def read_config() -> SyncConfig | None:
        return load_config(sync_config) if sync_config is not None and sync_config.exists() else None

    def routes(service: Service) -> list[BaseRoute]:
        door = ServerDoor(service.database, service.doorkeeper, service.rates, service.denials)
        secure = (settings.public_url or "").lower().startswith("https://")
        return web_routes(Site(service.database, door, settings.title, read_config, secure))

    return routes
