"""From a request to a page: the same care for every page.

Every request is first somebody's, then of a known method, then within its organisation's rate, then the page's own. A
person who is not logged in is sent to the log-in; a program that sent wrong credentials gets 401.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from disarm_exchange.errors import UserError
from disarm_exchange.store.accounts import User
from disarm_exchange.store.browsing import hold_still
from disarm_exchange.store.database import Transaction
from disarm_exchange.web.cookies import read_session_cookie
from disarm_exchange.web.door import Refused
from disarm_exchange.web.rendering import HEADERS, Shown, link, render
from disarm_exchange.web.sessions import Session
from disarm_exchange.web.site import Call, Site

LOGIN = "/web/login/"

PageFunction = Callable[[Call], Shown | Response]

_log = logging.getLogger("disarm_exchange.server")


class Page:
    """One path. An ASGI application of its own, so that it sees requests of every method."""

    methods: tuple[str, ...] = ("GET", "HEAD")

    def __init__(self, site: Site, name: str, show: PageFunction) -> None:
        self.site = site
        self.name = name
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        self.site.door.note_page(request, self.name, None)
        response = await self.guarded(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.method == "HEAD":
            response.body = b""  # the headers tell of the body that GET would have
        await response(scope, receive, send)

    async def guarded(self, request: Request) -> Response:
        """The answer to a request, whatever goes wrong."""
        try:
            if request.method not in self.methods:
                raise Refused(405, "This page has no such method.")
            return await self.respond(request)
        except Refused as refused:
            self._note(request, refused)
            return self.refusal(request, refused)
        except (OperationalError, PoolTimeout) as error:
            _log.error("the database is busy or away: %s", type(error).__name__)
            return self.refusal(request, Refused(503, "The database is busy; try again.", seconds=5))
        except Exception:  # noqa: BLE001 - whatever it is, the reader gets a page and the log the rest
            _log.exception("a page failed")
            return self.refusal(request, Refused(500, "The server made a mistake."))

    async def respond(self, request: Request) -> Response:
        """The page itself.

        Raises:
            Refused: it ends with an error page.
        """
        return await run_in_threadpool(self._read, request)

    def _read(self, request: Request) -> Response:
        header = request.headers.get("authorization")
        known = self.site.door.user_of(request, header) if header is not None else None
        with self.site.database.read() as tx:
            hold_still(tx)
            user, session = (known, None) if known is not None else self._by_cookie(request, tx)
            if user is None:
                return self._to_login(request)
            self.site.door.note_page(request, self.name, user)
            self.site.door.limit(user.organisation)
            call = Call(self.site, request, tx, user, session)
            try:
                shown = self._show(call)
            except Refused as refused:
                self._note(request, refused)
                return self.refusal(request, refused, frame_of(call))
            except UserError as error:
                return self.refusal(request, Refused(500, f"Wrong in the configuration: {error}"), frame_of(call))
            return render(shown, frame_of(call)) if isinstance(shown, Shown) else shown

    def _note(self, request: Request, refused: Refused) -> None:
        if refused.status in (401, 403, 429):
            self.site.door.note_refusal(request, self.name, refused.status)

    def _by_cookie(self, request: Request, tx: Transaction) -> tuple[User | None, Session | None]:
        found = read_session_cookie(self.site, request, tx)
        return (None, None) if found is None else found

    def _to_login(self, request: Request) -> Response:
        path = request.scope["path"]
        query = request.scope["query_string"].decode("latin-1")
        wanted = f"{path}?{query}" if query else path
        return RedirectResponse(link(LOGIN, next=None if wanted == "/" else wanted), 303, headers=dict(HEADERS))

    def refusal(self, request: Request, refused: Refused, frame: Mapping[str, object] | None = None) -> Response:
        """A refusal as a page."""
        shown = Shown(
            "refused.html",
            {"status": refused.status, "phrase": HTTPStatus(refused.status).phrase, "message": refused.message},
            refused.status,
        )
        response: Response = render(shown, frame or empty_frame(self.site))
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="disarm-exchange", charset="UTF-8"'
        if refused.seconds is not None:
            response.headers["Retry-After"] = str(refused.seconds)
        if refused.status == 405:
            response.headers["Allow"] = ", ".join(self.methods)
        return response


def empty_frame(site: Site) -> dict[str, object]:
    """The frame around a page for nobody in particular."""
    return {"site_title": site.title, "user": None, "operates": False, "logout_token": "", "here": "", "asked": ""}


def frame_of(call: Call) -> dict[str, object]:
    """The frame around a page for a user."""
    session = call.session
    return {
        "site_title": call.site.title,
        "user": call.user,
        "operates": call.operates,
        "logout_token": "" if session is None else call.site.sessions.token(session.id),
        "here": call.request.scope["path"],
        "asked": "",
    }
