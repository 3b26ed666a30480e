"""Which kind of STIX object a type is, and which type an id names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Kind(Enum):
    """The four families of STIX objects (STIX 2.1 sections 4 to 7), and what is none of them."""

    SDO = "domain object"
    SRO = "relationship object"
    SCO = "cyber-observable object"
    META = "meta object"
    CUSTOM = "custom object"


def words(text: str) -> frozenset[str]:
    """The names in a text, separated by white space."""
    return frozenset(text.split())


SDO_TYPES = words(
    "attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set"
    " location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability"
)
SCO_TYPES = words(
    "artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr"
    " mutex network-traffic process software url user-account windows-registry-key x509-certificate"
)
SRO_TYPES = frozenset({"relationship", "sighting"})
META_TYPES = frozenset({"extension-definition", "language-content", "marking-definition"})
STIX_TYPES = SDO_TYPES | SCO_TYPES | SRO_TYPES | META_TYPES

DADCDM_SDO_TYPES = frozenset({"narrative", "channel", "event", "language", "persona", "media-outlet", "impact", "task"})
DADCDM_SCO_TYPES = frozenset({"media-content"})
DADCDM_TYPES = DADCDM_SDO_TYPES | DADCDM_SCO_TYPES

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(SDO_TYPES | DADCDM_SDO_TYPES, Kind.SDO),
    **dict.fromkeys(SCO_TYPES | DADCDM_SCO_TYPES, Kind.SCO),
    **dict.fromkeys(SRO_TYPES, Kind.SRO),
    **dict.fromkeys(META_TYPES, Kind.META),
}


def kind_of(object_type: str) -> Kind:
    """The kind of a type; CUSTOM where neither STIX nor DAD-CDM defines it."""
    return _KINDS.get(object_type, Kind.CUSTOM)


def type_of_id(identifier: str) -> str:
    """The type that an id names: all before the two hyphens."""
    return identifier.partition("--")[0]
