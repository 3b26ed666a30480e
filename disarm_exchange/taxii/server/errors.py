"""What a client is told when a request cannot be done: TAXII error messages (TAXII 2.1 section 3.6.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.responses import Response

from disarm_exchange.taxii.server.negotiation import TAXII_MEDIA_TYPE


class Problem(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """A request that ends with an HTTP error status.

    Args:
        status: the HTTP status.
        description: what is wrong, for the reader of the client's log; it must not tell of what the client may not see.
        headers: further response headers.
        denial: whether someone was kept from something; then it goes into the audit log.
    """

    def __init__(
        self, status: int, description: str, headers: Mapping[str, str] | None = None, *, denial: bool = False
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.headers = dict(headers or {})
        self.denial = denial

    def response(self, error_id: str | None = None) -> Response:
        """The error message as a response."""
        body = {
            "title": HTTPStatus(self.status).phrase,
            "description": self.description,
            "http_status": str(self.status),
            **({"error_id": error_id} if error_id else {}),
        }
        return Response(orjson.dumps(body), self.status, headers=self.headers, media_type=TAXII_MEDIA_TYPE)


def not_found(*, denial: bool = False) -> Problem:
    """For what is not there, and for what the client may not know of: the two must look alike."""
    return Problem(404, "There is no such resource, or you may not see it.", denial=denial)


def forbidden(what: str) -> Problem:
    """For what the client may know of but not do."""
    return Problem(403, f"You may not {what} this collection.", denial=True)


def too_often(seconds: float) -> Problem:
    """For a client that should wait (RFC 6585 section 4)."""
    return Problem(429, "Too many requests; wait a while.", {"Retry-After": str(math.ceil(seconds))}, denial=True)


def unauthorised() -> Problem:
    """For a client that has not proved who it is (section 1.6.9)."""
    challenges = 'Basic realm="TAXII", charset="UTF-8", Bearer realm="TAXII"'
    return Problem(401, "Log in with HTTP Basic or with an API token.", {"WWW-Authenticate": challenges}, denial=True)
