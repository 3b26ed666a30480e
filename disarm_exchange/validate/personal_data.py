"""Addresses and numbers of people inside free text."""

from __future__ import annotations

import re
from collections.abc import Iterator

E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.+/=:-])(?:\+|00)[1-9](?:[ ().\u2011-]?\d){7,13}(?![\w.-]*\w)")


def personal_data(text: str) -> Iterator[tuple[str, str]]:
    """What looks like a person's in a text, each with what it is: `e-mail address`, `phone number`."""
    if "@" in text:
        for match in E_MAIL.finditer(text):
            yield "e-mail address", match.group()
    if "+" in text or "00" in text:
        for match in _PHONE.finditer(text):
            yield "phone number", match.group()
