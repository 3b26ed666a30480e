"""The two cookies: the session, and the one that a log-in form is bound to.

Under TLS their names begin with `__Host-`: browsers then take them only from this very host, by TLS, for all paths.
"""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from disarm_exchange.store.accounts import User
from disarm_exchange.store.database import Transaction
from disarm_exchange.web.sessions import LASTS_SECONDS, Session
from disarm_exchange.web.site import Site

_FORM_SECONDS = 3600

Name = Literal["dx_session", "dx_form"]


def read_session_cookie(site: Site, request: Request, tx: Transaction) -> tuple[User, Session] | None:
    """Whose session a request comes with."""
    cookie = read_cookie(site, request, "dx_session")
    return site.sessions.read(tx, cookie) if cookie else None


def read_cookie(site: Site, request: Request, name: Name) -> str:
    """A cookie of ours; empty where it is missing."""
    return request.cookies.get(_full(site, request, name), "")


def set_cookie(site: Site, request: Request, response: Response, name: Name, value: str) -> None:
    """Send a cookie: out of scripts' reach, and only with requests that come from our own pages."""
    response.set_cookie(
        _full(site, request, name),
        value,
        max_age=LASTS_SECONDS if name == "dx_session" else _FORM_SECONDS,
        path="/",
        secure=site.is_secure(request),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(site: Site, request: Request, response: Response, name: Name) -> None:
    """Have a browser forget a cookie."""
    response.delete_cookie(
        _full(site, request, name), path="/", secure=site.is_secure(request), httponly=True, samesite="strict"
    )


def _full(site: Site, request: Request, name: Name) -> str:
    return f"__Host-{name}" if site.is_secure(request) else name
