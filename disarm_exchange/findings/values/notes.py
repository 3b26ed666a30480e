"""Comments beside a value: where a short link leads, and other URLs that a note carries."""

from __future__ import annotations

import re

from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.findings.values.model import Kind, Value
from disarm_exchange.findings.values.prose import trimmed
from disarm_exchange.findings.values.refanging import refang, refang_spaced
from disarm_exchange.findings.values.tokens import read_token

_REDIRECT = re.compile(
    r"(?:redirect(?:s|ed|ing)?|leads?|points?|resolv(?:es|ed)|forwards?|expands?) (?:[a-z]+ )?to:?$|(?:->|=>|\u2192)$"
    r"|(?:target|destination|landing page|(?:final|expanded|long|full|target|destination) (?:url|link)):$",
    re.IGNORECASE,
)
_TARGETS = frozenset(Kind) - {
    Kind.NAME, Kind.TEXT, Kind.EMPTY, Kind.ASSET_COUNT, Kind.AUDIENCE_COUNT, Kind.AD_SPEND, Kind.HASHTAG,
    Kind.EMAIL, Kind.PHONE, Kind.WALLET, Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512,
}  # fmt: skip
_LONGEST_NOTE = 64 * 1024
_WINDOW = 40


def led_to(text: str) -> tuple[Value, ...]:
    """The values that a text calls the target of a redirect, and no others."""
    return _targets(text, every_url=False)


def redirect_targets(note: str) -> tuple[Value, ...]:
    """The values that a note gives as the target of a redirect, and every URL in it that has its scheme.

    "redirects to: http://..." gives the URL; "redirects to a.example" the domain; "Acquiring a.example accounts"
    nothing, because a domain that is merely named is no target.
    """
    return _targets(note, every_url=True)


def _targets(note: str, *, every_url: bool) -> tuple[Value, ...]:
    if len(note) > _LONGEST_NOTE or not any(sign in note for sign in (".", ":", "/")):
        return ()
    text = refang_spaced(tidy(note)[0])
    found: dict[tuple[Kind, str], Value] = {}
    said = ""
    for written in text.split(" "):
        word = refang(written)
        token = trimmed(word)
        is_url = "://" in token
        if len(token) > 2 and ((is_url and every_url) or _REDIRECT.search(said)):
            value = read_token(token, in_prose=not is_url, defanged=word != written)
            if value is not None and value.kind in _TARGETS:
                found.setdefault((value.kind, value.text), value)
        said = f"{said[-_WINDOW:]} {written}".strip() if written not in ("-", ":") else f"{said}{written}"
    return tuple(found.values())
