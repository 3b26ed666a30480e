"""Which path is which page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from disarm_exchange.web.answering import Page, PageFunction
from disarm_exchange.web.assets import PREFIX, serve_asset
from disarm_exchange.web.door import Refused
from disarm_exchange.web.login import LoginPage, LogoutPage
from disarm_exchange.web.pages.audit import show_audit
from disarm_exchange.web.pages.collection import show_collection
from disarm_exchange.web.pages.home import show_home
from disarm_exchange.web.pages.matrix import show_matrix
from disarm_exchange.web.pages.object import show_object, show_raw
from disarm_exchange.web.pages.peers import show_peer, show_peers
from disarm_exchange.web.pages.quarantine import show_quarantine
from disarm_exchange.web.pages.search import show_search
from disarm_exchange.web.pages.technique import show_technique
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call, Site

PAGES: tuple[tuple[str, str, PageFunction], ...] = (
    ("web collection", "/web/collections/{collection}/", show_collection),
    ("web object", "/web/objects/{object_id}/", show_object),
    ("web raw object", "/web/objects/{object_id}/raw/", show_raw),
    ("web search", "/web/search/", show_search),
    ("web matrix", "/web/matrix/", show_matrix),
    ("web technique", "/web/techniques/{technique}/", show_technique),
    ("web peers", "/web/peers/", show_peers),
    ("web peer", "/web/peers/{peer}/", show_peer),
    ("web quarantine", "/web/quarantine/", show_quarantine),
    ("web audit", "/web/audit/", show_audit),
)
"""Every page that shows data: its name in logs and counts, its path, and what shows it."""


def web_routes(site: Site) -> list[BaseRoute]:
    """The routes: `/` for people, everything else under `/web/`. Paths end in a slash, as the server makes them."""
    nowhere = Page(site, "web nowhere", _show_nothing)

    async def asset(request: Request) -> Response:
        try:
            return await serve_asset(request)
        except Refused as refused:
            return nowhere.refusal(request, refused)

    return [
        HomeRoute("/", Page(site, "web home", show_home)),
        Route("/web/login/", LoginPage(site)),
        Route("/web/logout/", LogoutPage(site)),
        Route(f"{PREFIX}{{name}}/", asset),
        *(Route(path, Page(site, name, show)) for name, path, show in PAGES),
        Route("/web/{rest:path}", nowhere),
    ]


class HomeRoute(Route):
    """`/` is a page for whoever takes HTML; a TAXII client that asks for it is answered as if it were not there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this request is for the page."""
        match, child = super().matches(scope)
        accept = b",".join(value for name, value in scope.get("headers", ()) if name == b"accept").lower()
        if match is not Match.NONE and b"application/taxii+json" in accept and b"text/html" not in accept:
            return Match.NONE, {}
        return match, child


def _show_nothing(_call: Call) -> Shown:
    raise Refused(404, "There is no such page.")
