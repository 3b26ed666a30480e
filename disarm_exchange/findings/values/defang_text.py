"""Defanging in free text: only what a reader's program would make an address of, and nothing else."""

from __future__ import annotations

import re

from disarm_exchange.findings.values.defang import defang
from disarm_exchange.findings.values.suffixes import top_level_domains

_TOKEN = re.compile(r"[^\s<>\"'()\[\]{}|,;]+")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?P<end>[^\W\d_][\w-]*[^\W_]|\d{1,3})(?=$|[:/?#\\])")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


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
