"""Hosts: domain names and IP addresses, in one canonical form each.

A domain name is kept as A-labels (punycode): that is what STIX asks of domain-name values (RFC 1034 with RFC 5890)
and what makes two spellings of one name one value. Names go through the WHATWG "domain to ASCII" (UTS 46,
non-transitional), so `faß.de` stays itself and does not become `fass.de`.
"""

from __future__ import annotations

import ipaddress
import re

import can_ada

from disarm_exchange.stix.suffixes import top_level_domains

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+([a-z][a-z0-9-]{{0,61}}[a-z0-9])")
"""Lower case; the last label may not be a number. Underscores occur in real host names (RFC 2181 section 11)."""

_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_LONGEST_NAME = 253
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_NOT_IN_A_HOST = re.compile(r"[\s/?#@:%\\\[\]<>^|\"'(){},;!$&*+=~`]")

UNKNOWN_TLD = "unknown top-level domain"


def plain_domain(text: str) -> str | None:
    """The fast reading of a lower-case ASCII domain name with a known top-level domain; None for anything else."""
    found = _PLAIN_DOMAIN.fullmatch(text)
    if (
        found is None
        or found.group(1) not in top_level_domains()
        or len(text) > _LONGEST_NAME
        or "xn--" in text  # must be decoded to be believed
    ):
        return None
    return text


def domain_name(text: str) -> tuple[str, str | None] | None:
    """A domain name in canonical form and what is doubtful about it; None when the text is no domain name.

    A name below an unknown top-level domain is returned with the problem `UNKNOWN_TLD`: whether to believe it
    depends on how it was written.
    """
    name = text.translate(_DOTS).removesuffix(".")
    if "." not in name or len(name) > 4 * _LONGEST_NAME or _NOT_IN_A_HOST.search(name):
        return None
    problem = None
    if name.isascii() and "xn--" not in name.lower():
        name = name.lower()
    else:
        try:
            name = str(can_ada.parse(f"http://{name}/").hostname)
        except ValueError:
            if not name.isascii():
                return None
            name, problem = name.lower(), "label is no valid punycode"
    found = _PLAIN_DOMAIN.fullmatch(name)
    if found is None or len(name) > _LONGEST_NAME:
        return None
    if found.group(1) not in top_level_domains():
        problem = UNKNOWN_TLD if problem is None else f"{problem}; {UNKNOWN_TLD}"
    return name, problem


def ipv4_address(text: str) -> str | None:
    """A dotted quad in its standard form (leading zeros are refused: their meaning differs between programs)."""
    found = _IPV4.fullmatch(text)
    if found is None or any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in found.groups()):
        return None
    return text


def ipv6_address(text: str) -> str | None:
    """An IPv6 address (brackets and a zone index are dropped) in the form of RFC 5952."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    inner = inner.partition("%")[0]
    if inner.count(":") < 2 or len(inner) > 45:
        return None
    try:
        return _shortest(ipaddress.IPv6Address(inner))
    except ValueError:
        return None


def network(text: str) -> tuple[str, str | None] | None:
    """A CIDR block in canonical form: a full-length prefix is dropped, host bits are cleared and reported.

    STIX takes CIDR in ipv4-addr and ipv6-addr values and lets /32 and /128 be left out.
    """
    address, slash, prefix = text.partition("/")
    if not slash or not (prefix.isascii() and prefix.isdigit()) or len(prefix) > 3:
        return None
    if ipv4_address(address) is None and ipv6_address(address) is None:
        return None
    try:
        block = ipaddress.ip_network(f"{address.strip('[]')}/{prefix}", strict=False)
    except ValueError:
        return None
    base = _shortest(block.network_address)
    if block.prefixlen == block.max_prefixlen:
        return base, None
    loose = ipaddress.ip_address(address.strip("[]")) != block.network_address
    return f"{base}/{block.prefixlen}", "address bits beyond the prefix cleared" if loose else None


def _shortest(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """RFC 5952, an IPv4-mapped address with its dotted quad (section 5): Python versions differ in that."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return f"::ffff:{mapped}" if mapped is not None else str(address)
