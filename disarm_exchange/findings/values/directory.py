"""What is known of a host: the platform that lives there, and the guard that stands before it.

Guard lists are data: every file of `mappings/values/guards/` (schema `schemas/guard-list.schema.json`), and the
platforms' own hosts. A host is looked up exactly, then by each parent domain, so the most specific entry decides:
`sites.google.com` before `google.com`. Look-alikes (`spiegel.ltd`, `spiegel.de.example`) never match.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec

from disarm_exchange.findings.values.model import Guard
from disarm_exchange.findings.values.platforms import Platform, platform_data
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.hosts import plain_domain
from disarm_exchange.stix.suffixes import is_public_suffix, public_suffixes

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Place(NamedTuple):
    """Where a host stands in the directory.

    Attributes:
        platform: the platform that it belongs to, if any.
        guard: the guard of the matched entry.
        subdomain: what stands before the matched entry, without `www.`; "" for the entry itself.
        is_site: the subdomain is a user's own site on the platform.
        is_short: the host is the platform's own link shortener.
    """

    platform: Platform | None
    guard: Guard
    subdomain: str
    is_site: bool = False
    is_short: bool = False

    @property
    def host_guard(self) -> Guard | None:
        """The guard of the bare host as a value."""
        if self.is_site or (self.subdomain and self.guard.scope == "host"):
            return None
        return self.guard

    @property
    def url_guard(self) -> Guard | None:
        """The guard of a URL with a path on this host that names nothing of a platform's users."""
        return None if self.is_site or self.guard.scope == "host" else self.guard


class _GuardEntry(msgspec.Struct):
    reason: str
    host: str | None = None
    network: str | None = None
    scope: str | None = None


class _GuardFile(msgspec.Struct):
    scope: str
    entries: tuple[_GuardEntry, ...]
    name: str = msgspec.field(name="list")

    def guards(self) -> Iterator[tuple[_GuardEntry, Guard]]:
        for entry in self.entries:
            yield entry, Guard(self.name, entry.host or entry.network or "", entry.reason, entry.scope or self.scope)


@dataclass(frozen=True, slots=True)
class _Known:
    guard: Guard
    platform: Platform | None
    is_short: bool


@cache
def _guard_files() -> tuple[_GuardFile, ...]:
    folder = data_folder("mappings") / "values" / "guards"
    return tuple(msgspec.json.decode(path.read_bytes(), type=_GuardFile) for path in sorted(folder.glob("*.json")))


@cache
def _known_hosts() -> Mapping[str, _Known]:
    known: dict[str, _Known] = {}
    for platform in platform_data().platforms.values():
        guard_list = "petitions" if platform.category == "petition" else "platforms"
        for host in platform.hosts:
            guard = Guard(guard_list, host, f"{platform.name}: a platform for everybody", "everything")
            known[host] = _Known(guard, platform, is_short=False)
        for host in platform.short_hosts:
            guard = Guard("shorteners", host, f"link shortener of {platform.name}", "everything")
            known[host] = _Known(guard, platform, is_short=True)
    for file in _guard_files():
        for entry, guard in file.guards():
            if entry.host is not None:
                known.setdefault(entry.host, _Known(guard, None, is_short=False))
    return known


@cache
def _networks() -> tuple[tuple[_Network, Guard], ...]:
    return tuple(
        (ipaddress.ip_network(entry.network), guard)
        for file in _guard_files()
        for entry, guard in file.guards()
        if entry.network is not None
    )


def place_of(host: str) -> Place | None:
    """Where a host (canonical form) stands; None when nothing is known of it or of a domain above it."""
    known = _known_hosts()
    bare = host.removeprefix("www.")
    entry = known.get(bare)
    if entry is not None:
        return Place(entry.platform, entry.guard, "", is_short=entry.is_short)
    dot = bare.find(".")
    while dot >= 0:
        entry = known.get(bare[dot + 1 :])
        if entry is not None:
            subdomain = bare[:dot]
            is_site = entry.platform is not None and entry.platform.gives_subdomains(subdomain)
            return Place(entry.platform, entry.guard, subdomain, is_site, entry.is_short)
        dot = bare.find(".", dot + 1)
    return None


_ZONES_REMEMBERED = 16_384
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_NAME = 253


def is_nobodys(host: str) -> bool:
    """Whether a host in lower case is a plain domain name of which nothing is known: no place, no public suffix.

    A quick look for the commonest hosts; of others it may say no.
    """
    label, _, zone = host.partition(".")
    return (
        _is_open(zone)
        and _LABEL.fullmatch(label) is not None
        and host not in _listed_hosts()
        and "xn--" not in label
        and len(host) <= _LONGEST_NAME
    )


@lru_cache(maxsize=_ZONES_REMEMBERED)
def _is_open(zone: str) -> bool:
    """Whether the hosts right below a domain are nobody's unless they are listed by themselves."""
    return (
        plain_domain(f"x.{zone}") is not None
        and place_of(zone) is None
        and not zone.startswith("www.")
        and not is_public_suffix(f"no-rule-names-this.{zone}")
    )


@cache
def _listed_hosts() -> frozenset[str]:
    return public_suffixes() | _known_hosts().keys()


def is_service(subdomain: str) -> bool:
    """Whether a subdomain of a platform is the company's own (`help.x.com`), where no user lives."""
    return subdomain.rpartition(".")[2] in platform_data().service_subdomains


def shared_host_guard(host: str) -> Guard | None:
    """The guard of a host that many unrelated people use, None for a user's own site on one (`x.blogspot.com`).

    A consumer that blocks by host would block them all, so a URL on such a host is no block-list indicator.
    """
    place = place_of(host)
    if place is None or place.is_site:
        return None
    if place.subdomain and place.guard.scope == "host" and not is_service(place.subdomain):
        return None
    return place.guard


def suffix_guard(host: str) -> Guard | None:
    """The guard of a name under which unrelated people hold names of their own: `co.uk`, `hopto.org`."""
    if host.count(".") > 3 or not is_public_suffix(host):
        return None
    return Guard("public-suffixes", host, "a public suffix: unrelated people hold the names below it", "host")


def address_guard(address: str) -> Guard | None:
    """The guard of an IP address or CIDR block that is nobody's in particular (private, loopback, public DNS)."""
    block = ipaddress.ip_network(address, strict=False)
    for network, guard in _networks():
        if block.version == network.version and block.subnet_of(network):  # type: ignore[arg-type]
            return guard
    return None
