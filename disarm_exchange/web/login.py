"""Logging in and out: the only two things that are posted."""

from __future__ import annotations

import asyncio
import base64
import secrets
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from disarm_exchange.store.sessions import end_session, session_credential
from disarm_exchange.web.answering import LOGIN, Page, empty_frame
from disarm_exchange.web.cookies import drop_cookie, read_cookie, read_session_cookie, set_cookie
from disarm_exchange.web.door import Refused
from disarm_exchange.web.rendering import HEADERS, Shown, render
from disarm_exchange.web.site import Site

_MOST_BYTES = 8192
_BODY_SECONDS = 20
_MOST_FIELDS = 10
_FOREIGN = frozenset({"cross-site", "same-site"})


def safe_target(text: str) -> str:
    """Where to go after the log-in: a path of these pages, whatever was asked for."""
    plain = text.isascii() and text.isprintable() and "\\" not in text and not text.startswith("//")
    if plain and len(text) <= 2000 and (text == "/" or text.startswith(("/?", "/web/"))):
        return text
    return "/"


class LoginPage(Page):
    """The form, and what it sends."""

    methods = ("GET", "HEAD", "POST")

    def __init__(self, site: Site) -> None:
        super().__init__(site, "web log in", lambda _call: Shown("login.html"))

    async def respond(self, request: Request) -> Response:
        """Show the form; or log in."""
        if request.method != "POST":
            return await run_in_threadpool(self._form, request)
        fields = await _read_form(request)
        return await run_in_threadpool(self._log_in, request, fields)

    def _form(self, request: Request) -> Response:
        target = safe_target(request.query_params.get("next", "/"))
        with self.site.database.read() as tx:
            if read_session_cookie(self.site, request, tx) is not None:
                return RedirectResponse(target, 303, headers=dict(HEADERS))
        return self._shown(request, target)

    def _shown(self, request: Request, target: str, problem: str = "", name: str = "", status: int = 200) -> Response:
        nonce = secrets.token_hex(16)
        values = {"target": target, "token": self.site.sessions.token(nonce), "problem": problem, "name": name}
        response = render(Shown("login.html", values, status), empty_frame(self.site))
        set_cookie(self.site, request, response, "dx_form", nonce)
        return response

    def _log_in(self, request: Request, fields: dict[str, str]) -> Response:
        target = safe_target(fields.get("next", "/"))
        name, password = fields.get("name", ""), fields.get("password", "")
        nonce = read_cookie(self.site, request, "dx_form")
        if not nonce or not self.site.sessions.fits(fields.get("token", ""), nonce):
            return self._shown(request, target, "The form was too old, or cookies are off. Try again.", name, 403)
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        try:
            user = self.site.door.user_of(request, f"Basic {basic}")
            self.site.door.limit(user.organisation)
        except Refused as refused:
            self.site.door.note_refusal(request, self.name, refused.status)
            wrong = "That user name and password do not fit."
            return self._shown(
                request, target, wrong if refused.status == 401 else refused.message, name, refused.status
            )
        with self.site.database.read() as tx:
            credential = session_credential(tx, user.id)
        if credential is None:
            raise Refused(401, "That user name and password do not fit.")
        response = RedirectResponse(target, 303, headers=dict(HEADERS))
        set_cookie(self.site, request, response, "dx_session", self.site.sessions.begin(credential))
        drop_cookie(self.site, request, response, "dx_form")
        self.site.door.note_page(request, self.name, user)
        self.site.door.note_login(request, user)
        return response


class LogoutPage(Page):
    """Ends the session."""

    methods = ("POST",)

    def __init__(self, site: Site) -> None:
        super().__init__(site, "web log out", lambda _call: Shown("login.html"))

    async def respond(self, request: Request) -> Response:
        """Log out."""
        fields = await _read_form(request)
        return await run_in_threadpool(self._log_out, request, fields)

    def _log_out(self, request: Request, fields: dict[str, str]) -> Response:
        with self.site.database.read() as tx:
            found = read_session_cookie(self.site, request, tx)
        response = RedirectResponse(LOGIN, 303, headers=dict(HEADERS))
        if found is None:
            return response
        user, session = found
        if not self.site.sessions.fits(fields.get("token", ""), session.id):
            raise Refused(403, "The form was too old. Go back, reload the page and try again.")
        with self.site.database.write() as tx:
            end_session(tx, session.id, session.expires_at)
        self.site.door.note_page(request, self.name, user)
        drop_cookie(self.site, request, response, "dx_session")
        return response


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a small form that one of our own pages sent.

    Raises:
        Refused: 400, 403, 408, 413 or 415.
    """
    if request.headers.get("sec-fetch-site") in _FOREIGN:
        raise Refused(403, "The form came from another site.")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused(415, "Send a form.")
    body = b""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > _MOST_BYTES:
                    raise Refused(413, "The form is too long.")
    except TimeoutError:
        raise Refused(408, "The form did not arrive in time.") from None
    except ClientDisconnect:
        raise Refused(400, "The form did not arrive whole.") from None
    try:
        text = body.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError:
        raise Refused(400, "The form cannot be read.") from None
