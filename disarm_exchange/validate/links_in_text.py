"""Links, addresses and numbers of people inside free text; and how a link is made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator

LIVE_LINK = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'\[\]{}|\\^`]{3,2000}", re.IGNORECASE)
"""A link that a reader's program would make clickable; a defanged one (hxxp, [.]) does not match."""

E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.+/=:-])(?:\+|00)[1-9](?:[ ().\u2011-]?\d){7,13}(?![\w.-]*\w)")


def live_links(text: str) -> Iterator[str]:
    """The links in a text that are not defanged."""
    if "://" in text:
        for match in LIVE_LINK.finditer(text):
            link = match.group().rstrip(".,;:!?)")
            if "[.]" not in link:
                yield link


def personal_data(text: str) -> Iterator[tuple[str, str]]:
    """What looks like a person's in a text, each with what it is: `e-mail address`, `phone number`."""
    if "@" in text:
        for match in E_MAIL.finditer(text):
            yield "e-mail address", match.group()
    if "+" in text or "00" in text:
        for match in _PHONE.finditer(text):
            yield "phone number", match.group()


def defanged(text: str) -> str:
    """The text with every live link made harmless: `hxxps://a[.]example/b`."""

    def harmless(match: re.Match[str]) -> str:
        scheme, _, rest = match.group().partition("://")
        host, slash, path = rest.partition("/")
        safe = scheme.replace("tt", "xx").replace("TT", "XX") if scheme.lower() != "ftp" else f"{scheme[0]}xp"
        return f"{safe}://{host.replace('.', '[.]')}{slash}{path}"

    return LIVE_LINK.sub(harmless, text)
