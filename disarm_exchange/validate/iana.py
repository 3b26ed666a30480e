"""Names that IANA registers: character sets, media types, protocols, flow elements.

The lists come with the installed stix2-validator package; where they are missing every name passes.
"""

from __future__ import annotations

import csv
import mimetypes
from collections.abc import Iterator, Mapping
from functools import cache

from disarm_exchange.validate.kinds import words
from disarm_exchange.validate.schemas import oasis_folder

_TRANSPORTS = words("dccp dns http https icmp icmpv6 ip ipv4 ipv6 quic sctp ssl tcp tls udp")
"""Names used in section 6.12 of STIX 2.1 that are no service of the registry, and the commonest that are."""
_NEWER_TYPES = words(
    "image/avif image/webp image/heic font/woff font/woff2 text/javascript application/wasm video/webm"
)
_OPEN_TREES = ("x-", "x.", "vnd.", "prs.")
"""Media types under these names are for anybody to make (RFC 6838 section 3)."""


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    path = oasis_folder().parent / "v21" / "assets" / name
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


@cache
def _character_sets() -> Mapping[str, str]:
    """The name to use, by every name of a character set in lower case."""
    names: dict[str, str] = {}
    for row in _rows("charsets.csv"):
        best = row["Preferred MIME Name"] or row["Name"]
        for name in (best, row["Name"], *row["Aliases"].split()):
            names.setdefault(name.strip('"').lower(), best)
    return names


def character_set(name: str) -> str | None:
    """The name that the registry prefers for a character set; None where it does not know it."""
    known = _character_sets()
    return known.get(name.lower()) if known else name


@cache
def _media_types() -> frozenset[str]:
    tops = words("application audio font image message model multipart text video")
    listed = {row["Template"].lower() for top in tops for row in _rows(f"mediatype_{top}.csv")}
    return _NEWER_TYPES.union(listed, mimetypes.MimeTypes().types_map[True].values()) if listed else frozenset()


def is_media_type(name: str) -> bool:
    """Whether a media type is registered, or of a kind that anybody may make."""
    known = _media_types()
    bare = name.partition(";")[0].strip().lower()
    return not known or bare in known or bare.partition("/")[2].startswith(_OPEN_TREES)


@cache
def _protocols() -> frozenset[str]:
    return frozenset(row[column] for row in _rows("protocols.csv") for column in ("Service Name", "Transport Protocol"))


def is_protocol(name: str) -> bool:
    """Whether a protocol is a registered service or one that the specification names."""
    return name in _TRANSPORTS or name in _protocols() or not _protocols()


@cache
def flow_elements() -> frozenset[str]:
    """The names of information elements of IPFIX; empty where the list is missing."""
    return frozenset(row["Name"] for row in _rows("ipfix-information-elements.csv"))
