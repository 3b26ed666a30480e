"""Reading a request's body: never more of it than the API root allows, however it is sent."""

from __future__ import annotations

import asyncio
import re

from starlette.requests import ClientDisconnect, Request

from disarm_exchange.taxii.server.errors import Problem


async def read_body(request: Request, *, max_length: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        request: the request; its length is checked before the first byte is read and again while reading.
        max_length: in octets; a body of just this length is fine.
        seconds: how long the client may take.

    Raises:
        Problem: 400, 408 or 413.
    """
    declared = request.headers.get("content-length")
    if declared is not None:
        if not re.fullmatch(r"[0-9]{1,20}", declared, re.ASCII):
            raise Problem(400, "Content-Length is not a number.")
        if int(declared) > max_length:
            raise _too_long(max_length)
    try:
        async with asyncio.timeout(seconds):
            parts: list[bytes] = []
            length = 0
            async for part in request.stream():
                length += len(part)
                if length > max_length:
                    raise _too_long(max_length)
                parts.append(part)
    except TimeoutError:
        raise Problem(408, "The body did not arrive in time.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "The body did not arrive whole.") from None
    return b"".join(parts)


def _too_long(max_length: int) -> Problem:
    return Problem(413, f"The body is longer than max_content_length, {max_length} octets.", {"Connection": "close"})
