"""Platforms named in words: "0.9.1 Acquiring Facebook assets", "on Facebook and Instagram", "X / Twitter"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from disarm_exchange.findings.values.platforms import Platform, platform_data

_BEFORE = re.compile(
    r"(?:[,/(:+&]|\b(?:on|to|via|across|from|and|or|of|through|both|using|with|into|at|including|like|fake|other"
    r"|acquiring|creating|formerly))\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[,/(&)]|\b(?:accounts?|acounts?|users?|profiles?|pages?|groups?|channels?|posts?|assets?|handles?|blogs?"
    r"|threads?|bots?|servers?|videos?|chats?|and|or|formerly)\b)",
    re.IGNORECASE,
)
_WINDOW = 24
_CONNECTORS = re.compile(
    r"[\s,;/&+()]|\b(?:and|or|the|both|on|formerly|as|well|its|platform|platforms)\b", re.IGNORECASE
)


def platform_named(key: str) -> Platform:
    """The platform of that key.

    Raises:
        KeyError: `mappings/values/platforms.json` has no such key.
    """
    return platform_data().platforms[key]


def platforms_named(text: str) -> tuple[str, ...]:
    """Keys of the platforms that the words mention, each once, in the order of first mention.

    Names that are also words or letters (X, Medium, Threads, Signal, ...) count only with their capital, and only
    where their neighbours fit: "on X", "X accounts", "Facebook, Medium".
    """
    return tuple(dict.fromkeys(key for key, _, _ in _mentions(text)))


def only_platforms(text: str) -> tuple[str, ...]:
    """The platforms that a text lists, when it says nothing else ("Facebook and Instagram"); else nothing."""
    rest = []
    found: dict[str, None] = {}
    end = 0
    for key, start, stop in _mentions(text):
        found[key] = None
        rest.append(text[end:start])
        end = stop
    rest.append(text[end:])
    return () if _CONNECTORS.sub("", "".join(rest)) else tuple(found)


def _mentions(text: str) -> Iterator[tuple[str, int, int]]:
    expression, names, exact = _names()
    for found in expression.finditer(text):
        word = found.group()
        key = names.get(" ".join(word.lower().split()))
        if key is not None:
            yield key, found.start(), found.end()
            continue
        key = exact.get(word)
        if key is not None and _fits(text, found.start(), found.end()):
            yield key, found.start(), found.end()


def _fits(text: str, start: int, end: int) -> bool:
    if not text[:start].strip() and not text[end:].strip():
        return True
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    return _BEFORE.search(before) is not None or _AFTER.match(after) is not None


@cache
def _names() -> tuple[re.Pattern[str], Mapping[str, str], Mapping[str, str]]:
    names: dict[str, str] = {}
    exact: dict[str, str] = {}
    for platform in platform_data().platforms.values():
        for name in platform.names:
            names.setdefault(name.lower(), platform.key)
        for name in platform.exact_names:
            exact.setdefault(name, platform.key)
    words = sorted({*names, *exact}, key=len, reverse=True)
    alternatives = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<![\w@.\-'’])(?:{alternatives})(?![\w\-])", re.IGNORECASE), names, exact
