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
def top_level_domains() -> frozenset[str]:
    """Every known top-level domain, lower case, as A-labels and as U-labels, with the special-use names."""
    found = set(_SPECIAL_USE)
    with open(PSLFILE, encoding="utf-8") as rules:  # noqa: PTH123 (the package gives a string)
        for line in rules:
            rule = line.strip()
            if not rule or rule.startswith("//"):
                continue
            label = rule.rpartition(".")[2]
            found.add(label)
            if not label.isascii():
                found.add(idna.encode(label).decode("ascii"))
    return frozenset(found)


def is_public_suffix(host: str) -> bool:
    """Whether a host (lower case, A-labels) is one under which unrelated people hold names: `co.uk`, `github.io`."""
    return bool(_suffix_list().is_public(host))


def registrable_domain(host: str) -> str | None:
    """The part of a host that its owner registered (`a.b.co.uk` gives `b.co.uk`); None for a suffix or unknown end."""
    return _suffix_list().privatesuffix(host)
