"""Style, script and icon, served from the package under names that hold their hash, so browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from disarm_exchange.web.door import Refused

PREFIX = "/web/static/"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def _assets() -> dict[str, tuple[str, bytes, str]]:
    """By plain name: the name with its hash, the content, the type."""
    found: dict[str, tuple[str, bytes, str]] = {}
    for path in (files("disarm_exchange.web") / "static").iterdir():
        stem, dot, ending = path.name.rpartition(".")
        if dot + ending in _TYPES:
            content = path.read_bytes()
            hashed = f"{stem}.{sha256(content).hexdigest()[:12]}.{ending}"
            found[path.name] = (hashed, content, _TYPES[dot + ending])
    return found


def asset_url(name: str) -> str:
    """The path of a file under `static/`."""
    return PREFIX + _assets()[name][0]


async def serve_asset(request: Request) -> Response:
    """One of the files, by the name with its hash.

    Raises:
        Refused: 404.
    """
    name = request.path_params["name"]
    for hashed, content, media_type in _assets().values():
        if hashed == name:
            return Response(content, media_type=media_type, headers=_HEADERS)
    raise Refused(404, "There is no such file.")
