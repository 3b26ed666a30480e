"""Calling an object back: a revocation of what somebody holds and may not hold any more (STIX 2.1 section 3.6.3).

It is a version of what they hold, revoked, and says nothing that they do not know: under the old marking, with no more
of the old content than a valid object needs and a recipient sorts objects by. That a stricter version exists, it does
not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import format_timestamp, parse_timestamp

_COMMON = frozenset({
    "type", "spec_version", "id", "created_by_ref", "created", "modified", "labels", "confidence", "lang",
    "object_marking_refs", "granular_markings",
})  # fmt: skip

# What each type has to have (sections 4, 5 and 7), be it one of several; and what techniques are known by.
_NEEDED: Mapping[str, frozenset[str]] = {
    "attack-pattern": frozenset({"name", "external_references"}),
    "campaign": frozenset({"name"}),
    "course-of-action": frozenset({"name"}),
    "extension-definition": frozenset({"name", "schema", "version", "extension_types", "extension_properties"}),
    "grouping": frozenset({"context", "object_refs"}),
    "identity": frozenset({"name", "identity_class"}),
    "incident": frozenset({"name"}),
    "indicator": frozenset({"pattern", "pattern_type", "valid_from"}),
    "infrastructure": frozenset({"name"}),
    "intrusion-set": frozenset({"name"}),
    "language-content": frozenset({"object_ref", "object_modified", "contents"}),
    "location": frozenset({"region", "country", "latitude", "longitude"}),
    "malware": frozenset({"name", "is_family"}),
    "malware-analysis": frozenset({"product", "result", "analysis_sco_refs"}),
    "note": frozenset({"content", "object_refs"}),
    "observed-data": frozenset({"first_observed", "last_observed", "number_observed", "objects", "object_refs"}),
    "opinion": frozenset({"opinion", "object_refs"}),
    "relationship": frozenset({"relationship_type", "source_ref", "target_ref"}),
    "report": frozenset({"name", "published", "object_refs"}),
    "sighting": frozenset({"sighting_of_ref"}),
    "threat-actor": frozenset({"name"}),
    "tool": frozenset({"name"}),
    "vulnerability": frozenset({"name"}),
}


def can_be_revoked(item: Mapping[str, object]) -> bool:
    """Whether an object has versions and could be revoked; observables and marking definitions have no such thing."""
    return "created" in item and isinstance(item.get("modified"), str)


def recall_of(old: Mapping[str, object], newest: str) -> StixObject | None:
    """The revocation that calls a version of an object back.

    Its `modified` is that of the newest version, so that it counts before all versions that came earlier; where the
    object itself has not changed, only what it mentions, a millisecond after its own. The same for everybody who is
    called back from the same version, whichever way it travels.

    Args:
        old: the version that is held.
        newest: `modified` of the newest version there is.

    Returns:
        The revocation; None where there can be none, or what is held is a revocation already.

    Raises:
        ValueError: `modified` or `newest` is not a timestamp.
    """
    if not can_be_revoked(old) or old.get("revoked") is True:
        return None
    needed = _NEEDED.get(str(old.get("type")))
    kept: StixObject = {key: value for key, value in old.items() if needed is None or key in _COMMON or key in needed}
    _fit_selectors(kept)
    was, now = parse_timestamp(str(old["modified"])), parse_timestamp(newest)
    kept["modified"] = format_timestamp(now if now > was else was + timedelta(milliseconds=1))
    kept["revoked"] = True
    return kept


def _fit_selectors(item: StixObject) -> None:
    """Drop from granular markings what selects a property that is gone (section 7.2.3.1)."""
    markings = item.get("granular_markings")
    if not isinstance(markings, list):
        return
    fitting: list[object] = []
    for entry in markings:
        selectors = entry.get("selectors") if isinstance(entry, dict) else None
        if not isinstance(selectors, list):
            fitting.append(entry)
        elif kept := [one for one in selectors if str(one).partition(".")[0] in item]:
            fitting.append({**entry, "selectors": kept})
    if fitting:
        item["granular_markings"] = fitting
    else:
        del item["granular_markings"]
