"""Hosts and addresses that everybody uses or that belong to victims: no indicator should stand on one.

The lists are data under `mappings/values/guards/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

import orjson

from disarm_exchange.resources import data_folder


class Guard(NamedTuple):
    """Why a value is guarded."""

    title: str
    reason: str
    whole: bool
    """Whether everything on the host is guarded, not only the host itself."""


@cache
def _lists() -> tuple[Mapping[str, Guard], tuple[tuple[IPv4Network | IPv6Network, Guard], ...]]:
    hosts: dict[str, Guard] = {}
    networks: list[tuple[IPv4Network | IPv6Network, Guard]] = []
    for path in sorted((data_folder("mappings") / "values" / "guards").glob("*.json")):
        content = orjson.loads(path.read_bytes())
        for entry in content["entries"]:
            guard = Guard(content["title"], entry["reason"], content["scope"] == "everything")
            if "host" in entry:
                hosts.setdefault(entry["host"], guard)
            elif "network" in entry:
                networks.append((ip_network(entry["network"]), guard))
    return hosts, tuple(networks)


def guarded_host(host: str) -> Guard | None:
    """The guard of a host name, or of a domain above it whose whole content is guarded."""
    hosts = _lists()[0]
    name = host.lower().rstrip(".").removeprefix("www.")
    found = hosts.get(name)
    if found is not None:
        return found
    return next((guard for parent in _parents(name) if (guard := hosts.get(parent)) is not None and guard.whole), None)


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.partition(".")[2]
        yield name


def guarded_url(host: str) -> Guard | None:
    """The guard of a URL's host; where only the host itself is guarded, a page on it may well be meant."""
    guard = guarded_host(host)
    return guard if guard is not None and guard.whole else None


def guarded_address(text: str) -> Guard | None:
    """The guard of an IP address or network."""
    try:
        address = ip_address(text.partition("/")[0])
    except ValueError:
        return None
    return next((guard for network, guard in _lists()[1] if address in network), None)
