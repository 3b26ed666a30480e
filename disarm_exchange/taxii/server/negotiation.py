"""Content negotiation (TAXII 2.1 sections 1.6.8 and 3.1, RFC 7231 section 5.3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

TAXII_MEDIA_TYPE = "application/taxii+json;version=2.1"
STIX_MEDIA_TYPE = "application/stix+json;version=2.1"

_TAXII = "application/taxii+json"
_STIX = "application/stix+json"
_VERSION = "2.1"

# A media range and its parameters; values may be quoted and then hold commas and semicolons.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf"(?:{_QUOTED}|[^,\"])+")
_RANGE = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*((?:;\s*(?:{_TOKEN}\s*=\s*(?:{_TOKEN}|{_QUOTED}))?\s*)*)")
_PARAMETER = re.compile(rf"({_TOKEN})\s*=\s*({_TOKEN}|{_QUOTED})")
_LONGEST = 4096


def accepts(header: str | None, *, stix_too: bool = False) -> bool:
    """Whether a client takes TAXII 2.1 in answer.

    The most specific range that matches decides; `q=0` means no. No header means any type.

    Args:
        header: the `Accept` header.
        stix_too: whether `application/stix+json` is defined for the endpoint (the manifest, section 5.3).
    """
    if header is None or not header.strip():
        return True
    best: tuple[int, float] = (-1, 0.0)
    for media_type, parameters in _media_ranges(header[:_LONGEST]):
        rank = _rank(media_type, parameters, stix_too=stix_too)
        if rank >= 0:
            best = max(best, (rank, _quality(parameters.get("q", "1"))))
    return best[1] > 0


def is_taxii(content_type: str | None) -> bool:
    """Whether a request's body says it is TAXII 2.1 (with or without the version) in UTF-8."""
    if content_type is None:
        return False
    found = list(_media_ranges(content_type[:_LONGEST]))
    if len(found) != 1:
        return False
    media_type, parameters = found[0]
    return (
        media_type == _TAXII
        and parameters.get("version", _VERSION) == _VERSION
        and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")
    )


def _rank(media_type: str, parameters: dict[str, str], *, stix_too: bool) -> int:
    """How closely a range describes what we send; -1 if it does not."""
    if media_type in (_TAXII, *((_STIX,) if stix_too else ())):
        version = parameters.get("version")
        return -1 if version not in (None, _VERSION) else 2 if version is None else 3
    return {"application/*": 1, "*/*": 0}.get(media_type, -1)


def _media_ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in _ELEMENT.findall(header):
        found = _RANGE.fullmatch(element)
        if found is None:
            continue  # a malformed range matches nothing
        parameters = {name.lower(): _unquoted(value) for name, value in _PARAMETER.findall(found[3])}
        yield f"{found[1]}/{found[2]}".lower(), parameters


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _quality(text: str) -> float:
    return float(text) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", text, re.ASCII) else 0.0
