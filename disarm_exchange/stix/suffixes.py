"""Top-level domains and public suffixes, offline: the snapshot that the publicsuffixlist package carries."""

from __future__ import annotations

from functools import cache

import idna
from publicsuffixlist import PSLFILE, PublicSuffixList

_SPECIAL_USE = ("example", "internal", "invalid", "localhost", "onion", "test")
"""Special-use names (RFC 6761, RFC 7686) that analysts and samples write, and that no suffix list holds."""


@cache
def _suffix_list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


@cache
def public_suffixes() -> frozenset[str]:
    """The rules of the list, host names as A-labels: `co.uk`, `*.ck`, `!www.ck`."""
    found = set()
    with open(PSLFILE, encoding="utf-8") as lines:  # noqa: PTH123 (the package gives a string)
        for line in lines:
            rule = line.strip()
            if rule and not rule.startswith("//"):
                found.add(rule if rule.isascii() else idna.encode(rule.removeprefix("*.")).decode("ascii"))
    return frozenset(found)


@cache
def top_level_domains() -> frozenset[str]:
    """Every known top-level domain as a lower-case A-label, with the special-use names."""
    return frozenset(rule.rpartition(".")[2] for rule in public_suffixes()) | frozenset(_SPECIAL_USE)


def is_public_suffix(host: str) -> bool:
    """Whether a host (lower case, A-labels) is one under which unrelated people hold names: `co.uk`, `github.io`."""
    rules = public_suffixes()
    return host in rules or (f"*.{host.partition('.')[2]}" in rules and f"!{host}" not in rules)


def registrable_domain(host: str) -> str | None:
    """The part of a host that its owner registered (`a.b.co.uk` gives `b.co.uk`); None for a suffix or unknown end."""
    return _suffix_list().privatesuffix(host)
