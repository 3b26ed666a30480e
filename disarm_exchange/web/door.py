"""Who checks credentials and counts requests: the same doorkeeper as for TAXII, handed in by the server."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import Request

from disarm_exchange.store.accounts import Organisation, User


class Refused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A request that ends with an error page.

    Args:
        status: the HTTP status.
        message: for the reader; it must not tell of what the reader may not see.
        seconds: after which to try again, where that is known.
    """

    def __init__(self, status: int, message: str, *, seconds: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.seconds = seconds


class Door(Protocol):
    """What the pages need of the server they run in."""

    def user_of(self, request: Request, authorization: str) -> User:
        """The user that an `Authorization` header proves to be.

        Raises:
            Refused: 401, 429 or 503.
        """
        ...

    def limit(self, organisation: Organisation) -> None:
        """Count a request of an organisation.

        Raises:
            Refused: 429.
        """
        ...

    def note_page(self, request: Request, page: str, user: User | None) -> None:
        """Tell the log which page it is, by its pattern, and who asks."""
        ...

    def note_refusal(self, request: Request, page: str, status: int) -> None:
        """Put a refusal into the audit log."""
        ...

    def note_login(self, request: Request, user: User) -> None:
        """Put a log-in into the audit log."""
        ...
