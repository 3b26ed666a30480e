"""DX256, DX405: names that STIX takes from the registries of IANA."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.iana import character_set, flow_elements, is_media_type, is_protocol
from disarm_exchange.validate.issue import Finding, Severity, escape, shown
from disarm_exchange.validate.rule import NOTHING, Check, Found, ObjectRule

_Judge = Callable[[StixObject], Iterator[Finding]]


class UnknownCharacterSet(ObjectRule):
    """A character set under a name that IANA does not prefer, or does not know."""

    code = "DX256"
    severity = Severity.ERROR
    title = "not the name of a character set"
    why = "Readers decode the name of the file or folder by it and fail on names that they do not know."
    fix = "Write the preferred MIME name of the IANA registry, or its name where it prefers none: UTF-8, windows-1251."
    source = "STIX 2.1 section 3.1, IANA character sets (2013-12-20)"
    types = frozenset({"file", "directory"})
    keys = ("name_enc", "path_enc")

    def check(self, item: StixObject) -> Found:
        """Look each up; letter case does not matter to IANA."""
        return [
            Finding(f"/{name}", f"{shown(value)!r} is {_unlike(best)}")
            for name in self.keys
            if isinstance(value := item.get(name), str)
            and ((best := character_set(value)) is None or best.lower() != value.lower())
        ]


def _unlike(best: str | None) -> str:
    return "no character set of IANA" if best is None else f"an alias; IANA prefers {best!r}"


class Unregistered(ObjectRule):
    """A media type, protocol or flow element that IANA has not registered."""

    code = "DX405"
    severity = Severity.WARNING
    title = "name not registered at IANA"
    why = "It is allowed, but readers that group or match by registered names do not find it."
    fix = "Use the registered name where there is one; protocols are in lower case."
    source = "STIX 2.1 sections 6.1, 6.7 and 6.12"
    types = frozenset({"artifact", "file", "network-traffic"})
    keys = ("mime_type", "protocols", "ipfix")

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the properties that are there."""
        present = [judge for name, judge in _JUDGES.items() if name in keys]
        return partial(_unregistered, present) if present else None


def _unregistered(judges: list[_Judge], item: StixObject) -> Found:
    return [finding for judge in judges for finding in judge(item)] or NOTHING


def _media_type(item: StixObject) -> Iterator[Finding]:
    value = item["mime_type"]
    if isinstance(value, str) and not is_media_type(value):
        yield Finding("/mime_type", f"{shown(value)!r} is no registered media type")


def _protocols(item: StixObject) -> Iterator[Finding]:
    protocols = item["protocols"]
    assert isinstance(protocols, list)
    for position, name in enumerate(protocols):
        if not is_protocol(name):
            advice = f"; is {name.lower()!r} meant?" if is_protocol(name.lower()) else ""
            yield Finding(f"/protocols/{position}", f"{shown(name)!r} is no registered protocol{advice}")


def _flow(item: StixObject) -> Iterator[Finding]:
    flow, known = item["ipfix"], flow_elements()
    assert isinstance(flow, Mapping)
    for name in flow:
        if known and name not in known:
            yield Finding(f"/ipfix/{escape(name)}", f"{shown(name)!r} is no information element of IPFIX")


_JUDGES: Mapping[str, _Judge] = {"mime_type": _media_type, "protocols": _protocols, "ipfix": _flow}
