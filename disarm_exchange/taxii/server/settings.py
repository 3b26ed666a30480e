"""How a server presents itself, and its limits."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_exchange.store.statuses import KEPT_SECONDS


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of one server.

    Attributes:
        title, description, contact: shown by discovery (TAXII 2.1 section 4.1.1).
        public_url: `https://host`, put before the paths of API roots; relative paths are shown if it is None.
        page_limit: the most objects in one answer, whatever a client asks for.
        page_bytes: an answer ends with the object that reaches this size.
        status_seconds: how long a status can be asked for.
        body_seconds: how long a client may take to send a body.
        rates_file: where the server processes of this machine count the requests of organisations together (and in a
            file beside it failed log-ins); None: this process counts alone.
    """

    title: str = "disarm-exchange"
    description: str | None = None
    contact: str | None = None
    public_url: str | None = None
    page_limit: int = 5000
    page_bytes: int = 8 * 1024 * 1024
    status_seconds: int = KEPT_SECONDS
    body_seconds: float = 60.0
    rates_file: str | None = None
