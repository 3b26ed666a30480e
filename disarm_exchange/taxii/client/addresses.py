"""Addresses of servers: what may be asked, and how an address is shown."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from disarm_exchange.errors import UserError

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port: what credentials are bound to."""


def checked_origin(url: str, *, insecure_http: bool = False) -> Origin:
    """The origin of the URL of a server that we are about to talk to.

    Raises:
        UserError: no http(s) address, credentials in it, or plain http to another machine without `insecure_http`.
    """
    try:
        parts = urlsplit(url)
        found = origin(url)
    except ValueError:
        raise UserError("not a URL", where=url[:100].partition("@")[2] or url[:100]) from None
    if parts.username is not None or parts.password is not None:
        raise UserError(
            "a URL must not carry credentials", where=parts.hostname or "", fix="use --user and --password-from"
        )
    if found[0] not in ("http", "https") or not found[1]:
        raise UserError("not the URL of a TAXII server", where=url[:100], fix="it begins with https://")
    if found[0] == "http" and not insecure_http and not is_loopback(found[1]):
        raise UserError(
            "plain http would show everything to everybody on the way", where=shown(url), fix="use https://"
        )
    return found


def origin(url: str) -> Origin:
    """The origin of a URL, the default port filled in.

    Raises:
        ValueError: not a URL.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or (443 if scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def with_slash(url: str) -> str:
    """The URL with the trailing slash that every TAXII 2.1 URL has (section 1.6.3)."""
    parts = urlsplit(url)
    return url if parts.path.endswith("/") else urlunsplit(parts._replace(path=f"{parts.path}/"))


def shown(url: str) -> str:
    """The URL as messages have it: no credentials, no query, no fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
