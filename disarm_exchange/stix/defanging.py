"""Defanging: how a value, a text and the links in a text are made harmless to click. One set of rules for all three.

    defang(value)         a URL, domain name, e-mail or IP address by itself
    defang_text(text)     a text: only what a reader's program would make an address of, and nothing else
    defang_links(text)    a text: only its links (http, https, ftp)
    live_links(text)      the links that `defang_links` would change

How people write it otherwise, and the way back, is read by `findings.values.refang`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from disarm_exchange.stix.hosts import ipv4_address, ipv6_address
from disarm_exchange.stix.suffixes import top_level_domains

_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")
"""Labels and dots between them, and nothing else: all dots are inner ones."""

_END_OF_AUTHORITY = re.compile(r"[/?#\\]")
_INNER_DOT = re.compile(r"(?<=[\w-])\.(?=[\w-])")
_TOKEN = re.compile(r"[^\s<>\"'()\[\]{}|,;]+")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?P<end>[^\W\d_][\w-]*[^\W_]|\d{1,3})(?=$|[:/?#\\])")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_LIVE_LINK = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'\[\]{}|\\^`]{3,2000}", re.IGNORECASE)
_AFTER_A_LINK = ".,;:!?)"


def defang(text: str) -> str:
    """A URL, domain name, e-mail or IP address in the common defanged form: `hxxps://x[.]example/a.html`.

    `refang(defang(x)) == x` for every x that is not itself defanged. Only the host is marked (all of an e-mail
    address, all colons of an IPv6 address), so what follows it reads as it did.
    """
    if _NAME.fullmatch(text):
        return text.replace(".", "[.]")
    scheme, separator, rest = text.partition("://")
    if separator:
        end = _end_of_authority(rest)
        return _defanged_scheme(scheme) + _dots_marked(rest[:end]) + rest[end:]
    if ipv6_address(text):
        return text.replace(":", "[:]").replace(".", "[.]")
    if ipv4_address(text):
        return _dots_marked(text)
    local, at, domain = text.rpartition("@")
    if at and "/" not in text:
        return f"{local}[@]{_dots_marked(domain)}" if "." in domain and local else text
    end = _end_of_authority(text)
    return _dots_marked(text[:end]) + text[end:]


def _dots_marked(authority: str) -> str:
    if _NAME.fullmatch(authority):
        return authority.replace(".", "[.]")
    # A dot at an edge has no label beside it; refanging would leave its mark alone.
    return _INNER_DOT.sub("[.]", authority)


def _end_of_authority(text: str) -> int:
    found = _END_OF_AUTHORITY.search(text)
    return found.start() if found else len(text)


def _defanged_scheme(scheme: str) -> str:
    for live, marked in (("http", "hxxp"), ("HTTP", "HXXP"), ("ftp", "fxp"), ("FTP", "FXP")):
        if scheme == live or (scheme[:-1] == live and scheme[-1] == ("s" if live.islower() else "S")):
            return marked + scheme[len(live) :] + "://"
    return scheme + "[:]//" if scheme[-1:].isalnum() else scheme + "://"


def defang_text(text: str) -> str:
    """The text with every address in it harmless to click; what is defanged already stays as it is.

    Numbers of labels (`7.1.2`) and abbreviations (`U.S.A.`) are no addresses; for a value by itself see `defang`.
    """
    if "." not in text and "://" not in text and "@" not in text:
        return text
    return _TOKEN.sub(_defanged, text)


def _defanged(found: re.Match[str]) -> str:
    whole = found.group()
    token = whole.rstrip(".:!?")
    if not any(mark in token for mark in ".@:") or token[:3].lower() == "hxx":
        return whole
    rest = whole[len(token) :]
    if "://" in token:
        return defang(token) + rest
    host = _HOST.match(token.rpartition("@")[2])
    if host is None:
        return whole
    end = host.group("end").lower()
    live = _IPV4.fullmatch(host.group()) is not None if end.isdigit() else end in top_level_domains() or "@" in token
    return defang(token) + rest if live else whole


def live_links(text: str) -> Iterator[str]:
    """The links in a text that a reader's program would make clickable, without the full stop after them."""
    if "://" in text:
        for found in _LIVE_LINK.finditer(text):
            yield found.group().rstrip(_AFTER_A_LINK)


def defang_links(text: str) -> str:
    """The text with its live links made harmless and every other address as it was."""
    return _LIVE_LINK.sub(lambda found: defang(found.group()), text) if "://" in text else text
