"""How objects are sorted for people: sections, and words for types in one and in many."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from disarm_exchange.report.shown import one_line


class Section(Enum):
    """A section of the graph and of the report: its key, its heading, and its column in the picture from the left."""

    TECHNIQUES = ("techniques", "Techniques", 0)
    CASES = ("cases", "Cases", 1)
    ACTORS = ("actors", "People, places, targets", 1)
    PAPERS = ("papers", "Reports and lists", 1)
    NARRATIVES = ("narratives", "Narratives", 2)
    CHANNELS = ("channels", "Channels and outlets", 2)
    PERSONAS = ("personas", "Personas", 2)
    CONTENT = ("content", "Content and events", 2)
    COUNTS = ("counts", "Counted assets", 2)
    INDICATORS = ("indicators", "Indicators", 2)
    NOTES = ("notes", "Notes", 2)
    INFRASTRUCTURE = ("infrastructure", "Infrastructure and tools", 3)
    PLATFORMS = ("platforms", "Platforms and systems", 3)
    OBSERVABLES = ("observables", "Observables", 3)
    OTHER = ("other", "Other objects", 3)
    OUTSIDE = ("outside", "Not in this set", 3)

    def __init__(self, key: str, title: str, column: int) -> None:
        self.key = key
        self.title = title
        self.column = column


_SECTIONS: Mapping[Section, str] = {
    Section.TECHNIQUES: "attack-pattern x-mitre-tactic x-mitre-matrix course-of-action",
    Section.CASES: "campaign intrusion-set incident case-incident threat-actor",
    Section.ACTORS: "identity location",
    Section.PAPERS: "report grouping",
    Section.NARRATIVES: "narrative",
    Section.CHANNELS: "channel media-outlet",
    Section.PERSONAS: "persona",
    Section.CONTENT: "media-content event language impact task",
    Section.COUNTS: "sighting observed-data",
    Section.INDICATORS: "indicator",
    Section.NOTES: "note opinion",
    Section.INFRASTRUCTURE: "infrastructure tool malware malware-analysis vulnerability",
    Section.OBSERVABLES: (
        "artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr"
        " mutex network-traffic process software url user-account windows-registry-key x509-certificate"
        " cryptocurrency-wallet phone-number bank-account payment-card hostname text user-agent cryptographic-key"
    ),
}
_SECTION_OF = {name: section for section, names in _SECTIONS.items() for name in names.split()}

_WORDS: Mapping[str, tuple[str, str]] = {
    "attack-pattern": ("technique", "techniques"),
    "autonomous-system": ("autonomous system", "autonomous systems"),
    "course-of-action": ("course of action", "courses of action"),
    "directory": ("directory", "directories"),
    "domain-name": ("domain name", "domain names"),
    "email-addr": ("e-mail address", "e-mail addresses"),
    "email-message": ("e-mail message", "e-mail messages"),
    "identity": ("person or organisation", "people and organisations"),
    "ipv4-addr": ("IPv4 address", "IPv4 addresses"),
    "ipv6-addr": ("IPv6 address", "IPv6 addresses"),
    "mac-addr": ("MAC address", "MAC addresses"),
    "malware": ("malware", "malware"),
    "malware-analysis": ("malware analysis", "malware analyses"),
    "media-content": ("piece of content", "pieces of content"),
    "mutex": ("mutex", "mutexes"),
    "network-traffic": ("connection", "connections"),
    "observed-data": ("observation", "observations"),
    "process": ("process", "processes"),
    "sighting": ("count", "counts"),
    "software": ("software or app", "software and apps"),
    "url": ("URL", "URLs"),
    "user-account": ("account", "accounts"),
    "vulnerability": ("vulnerability", "vulnerabilities"),
    "windows-registry-key": ("registry key", "registry keys"),
    "x-mitre-matrix": ("matrix", "matrices"),
    "x-mitre-tactic": ("tactic", "tactics"),
    "x509-certificate": ("certificate", "certificates"),
}

META = frozenset({"marking-definition", "extension-definition", "language-content"})
"""Types that say how to read others; they are no part of what a case is about."""


def section_of(object_type: str) -> Section:
    """The section of a type; OTHER for types that nobody defined."""
    return _SECTION_OF.get(object_type, Section.OTHER)


def words_for(object_type: str, count: int) -> str:
    """The type in words, in one or many: `1 account`, `1,204 accounts` without the number."""
    known = _WORDS.get(object_type)
    if known is not None:
        return known[count != 1]
    text = one_line(object_type, 60).replace("-", " ") or "object"
    return text if count == 1 or text.endswith("s") else f"{text}s"


def counted(object_type: str, count: int) -> str:
    """Number and type in words: `1,204 accounts`."""
    return f"{count:,} {words_for(object_type, count)}"
