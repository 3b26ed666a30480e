"""Secrets by reference, and what they become on the wire.

A secret is named by where it is (`env:NAME`, `file:PATH`), never written on a command line or in a configuration. A
`Secret` shows itself as `***` in every message, log line and traceback.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from disarm_exchange.errors import UserError

_LONGEST = 64 << 10


class Secret:
    """A text that prints as `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"


def resolve_secret(reference: str, environment: Mapping[str, str] | None = None) -> Secret:
    """The secret that a reference names; trailing line ends are dropped.

    Args:
        reference: `env:NAME` or `file:PATH`.
        environment: in place of the process's own.

    Raises:
        UserError: not a reference, nothing there, or empty. The message never repeats what may be a secret.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        found = (os.environ if environment is None else environment).get(place)
        if found is None:
            raise UserError(
                f"environment variable {place} is not set",
                where=reference,
                fix="set it where this runs: a timer or a service has an environment of its own",
            )
    elif kind == "file" and place:
        path = Path(place).expanduser()
        try:
            with path.open("rb") as stream:
                data = stream.read(_LONGEST + 1)
            found = data.decode("utf-8")
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror}", where=reference) from None
        except UnicodeDecodeError:
            raise UserError("holds no text in UTF-8", where=reference) from None
        if len(data) > _LONGEST:
            raise UserError("is too long for a secret", where=reference)
    else:
        raise UserError("a secret is given by reference", fix="use env:NAME or file:PATH")
    found = found.rstrip("\r\n")
    if not found:
        raise UserError("holds an empty secret", where=reference)
    if "\n" in found or "\r" in found:
        raise UserError("holds more than one line", where=reference)
    return Secret(found)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are for a server: user name and password (HTTP Basic), or a token under some scheme.

    Args:
        secret: the password or the token.
        user: the user name; None for a token.
        scheme: of the Authorization header for a token: `Bearer`, `Token` (taxii2-client's own), ...
        header: another header that takes the bare token (`X-API-Key`), in place of Authorization.
    """

    secret: Secret
    user: str | None = None
    scheme: str = "Bearer"
    header: str = "Authorization"

    def as_header(self) -> tuple[str, str]:
        """Name and value of the HTTP header.

        Raises:
            UserError: the user name has a colon, which HTTP Basic cannot carry (RFC 7617 section 2), or the token has
                characters that a header cannot.
        """
        if self.user is not None:
            if ":" in self.user:
                raise UserError("a user name for HTTP Basic has no colon", where=self.user)
            pair = f"{self.user}:{self.secret.reveal()}".encode()
            return "Authorization", f"Basic {base64.b64encode(pair).decode()}"
        token = self.secret.reveal()
        if not token.isascii() or not token.isprintable():
            raise UserError("the token has characters that no HTTP header can carry")
        return self.header, token if self.header.lower() != "authorization" else f"{self.scheme} {token}"

    def hide(self, text: str) -> str:
        """The text with the secret, and what stands for it on the wire, replaced by `***`."""
        value = self.as_header()[1]
        for spelling in (value, value.partition(" ")[2], self.secret.reveal()):
            if spelling:
                text = text.replace(spelling, "***")
        return text
