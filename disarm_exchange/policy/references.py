"""What an object says about other objects: which of its references may go, and which it cannot live without.

The rules are those of STIX 2.1: required references (sections 4 to 6), id contributing references of observables
(section 2.9: the id is a hash over them, so it would give them away), and, where we do not know the type, caution.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import contributing_properties

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_TEXT = re.compile(_UUID.pattern.decode(), re.IGNORECASE)

_REQUIRED: Mapping[str, frozenset[str]] = {
    "relationship": frozenset({"source_ref", "target_ref"}),
    "sighting": frozenset({"sighting_of_ref"}),
    "language-content": frozenset({"object_ref"}),
    "extension-definition": frozenset({"created_by_ref"}),
}

_NEVER_EMPTY: Mapping[str, tuple[str, str]] = {
    # type: the list that must not become empty, and the property that excuses its absence
    "report": ("object_refs", ""),
    "grouping": ("object_refs", ""),
    "note": ("object_refs", ""),
    "opinion": ("object_refs", ""),
    "observed-data": ("object_refs", "objects"),
    "malware-analysis": ("analysis_sco_refs", "result"),
}

_STANDARD = frozenset({
    "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure",
    "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data", "opinion", "report",
    "threat-actor", "tool", "vulnerability", "relationship", "sighting",
    "language-content", "marking-definition", "extension-definition",
    "artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr",
    "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account",
    "windows-registry-key", "x509-certificate",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Links:
    """The UUIDs an object depends on.

    Args:
        hard: without any one of these the object cannot go out.
        groups: lists of references; the object cannot go out once all members of one are withheld.
    """

    hard: frozenset[str]
    groups: tuple[frozenset[str], ...]


def uuid_of(stix_id: str) -> str:
    """The UUID part of an id, in lower case; the whole text in lower case when there is none."""
    return stix_id.rpartition("--")[2].lower()


def mentioned_uuids(item: Mapping[str, object]) -> frozenset[str]:
    """Every UUID that stands anywhere in the object: references, keys, free text; its own one too."""
    try:
        text = orjson.dumps(item)
    except orjson.JSONEncodeError:  # lone surrogates, integers beyond 64 bits: legal JSON, slower to write
        text = json.dumps(item).encode()
    return frozenset(found.decode().lower() for found in _UUID.findall(text))


def mentioned_ids(item: Mapping[str, object]) -> Iterator[str]:
    """The ids of the references of the object, at any depth (`*_ref`, `*_refs`), in order, with repeats."""
    for key, value in item.items():
        yield from _reference_ids(key, value)


def links(item: Mapping[str, object]) -> Links:
    """Sort what an object mentions by how much it needs it.

    Hard: required references, id contributing references, markings, extension definitions, single
    references of types that STIX does not know, single references below the top level, and UUIDs in free text or keys
    (nobody can cut those out without rewriting). All else may be cut.
    """
    kind = str(item.get("type"))
    known = kind in _STANDARD
    required = _REQUIRED.get(kind, frozenset())
    contributing = contributing_properties(kind)
    never_empty, excuse = _NEVER_EMPTY.get(kind, ("", ""))
    hard: set[str] = set()
    groups: list[frozenset[str]] = []
    for key, value in item.items():
        if key == "id":
            continue
        if key.endswith("_refs") and key != "object_marking_refs" and _is_id_list(value):
            if not known or (key == never_empty and excuse not in item):
                groups.append(frozenset(uuid_of(ref) for ref in _strings(value)))
        elif key.endswith("_ref") and isinstance(value, str):
            soft = key == "created_by_ref" or (known and key not in contributing)
            if key in required or not soft:
                hard.add(uuid_of(value))
        else:
            _walk(key, value, hard, groups)
    hard.discard(uuid_of(str(item.get("id"))))
    return Links(frozenset(hard), tuple(groups))


def without(item: Mapping[str, object], gone: Collection[str]) -> StixObject:
    """A copy of the object without its references to the UUIDs in `gone`; references that become empty are left out.

    Only for objects none of whose `links` demand what is gone.
    """
    result: StixObject = {}
    for key, value in item.items():
        if key.endswith("_ref") and isinstance(value, str) and uuid_of(value) in gone:
            continue
        shorter = _shortened(key, value, gone)
        if key.endswith("_refs") and shorter == [] and value != []:
            continue
        result[key] = shorter
    return fitting_selectors(item, result)


def fitting_selectors(before: Mapping[str, object], after: StixObject) -> StixObject:
    """The changed object with granular markings that fit it (STIX 2.1 section 7.2.3.1).

    Selectors of properties that are gone are dropped; those into a list that became shorter select all of the list,
    so that no part that remains is marked more mildly than it was.
    """
    markings = after.get("granular_markings")
    if not isinstance(markings, list):
        return after
    fitting: list[object] = []
    for entry in markings:
        selectors = entry.get("selectors") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(selectors, list):
            fitting.append(entry)
            continue
        kept: dict[object, None] = {}
        for selector in selectors:
            top = str(selector).partition(".")[0]
            if top in after:
                kept[selector if after[top] == before.get(top) else top] = None
        if kept:
            fitting.append({**entry, "selectors": list(kept)})
    result = {name: value for name, value in after.items() if name != "granular_markings"}
    return {**result, "granular_markings": fitting} if fitting else result


def _is_id_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, str))


def _walk(key: str, value: object, hard: set[str], groups: list[frozenset[str]]) -> None:
    hard.update(found.lower() for found in _UUID_TEXT.findall(key))
    if isinstance(value, str):
        hard.update(found.lower() for found in _UUID_TEXT.findall(value))
    elif isinstance(value, dict):
        for inner_key, inner in value.items():
            _walk(str(inner_key), inner, hard, groups)
    elif isinstance(value, list):
        if key.endswith("_refs") and key != "object_marking_refs" and _is_id_list(value):
            groups.append(frozenset(uuid_of(ref) for ref in _strings(value)))
        else:
            for inner in value:
                _walk("", inner, hard, groups)


def _shortened(key: str, value: object, gone: Collection[str]) -> object:
    if isinstance(value, dict):
        return {inner_key: _shortened(str(inner_key), inner, gone) for inner_key, inner in value.items()}
    if isinstance(value, list):
        if key.endswith("_refs") and _is_id_list(value):
            return [ref for ref in _strings(value) if uuid_of(ref) not in gone]
        return [_shortened("", inner, gone) for inner in value]
    return value


def _reference_ids(key: str, value: object) -> Iterator[str]:
    if key.endswith("_ref") and isinstance(value, str):
        yield value
    elif key.endswith("_refs") and isinstance(value, list):
        yield from _strings(value)
    elif isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from _reference_ids(str(inner_key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _reference_ids("", inner)
