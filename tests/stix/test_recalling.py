"""What calls an object back is valid, and says no more than the recipient knows and a valid object needs."""

from __future__ import annotations

import orjson
import pytest
import stix2

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.recalling import can_be_revoked, recall_of
from disarm_exchange.validate import Severity, check_object

BORN, LATER = "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"
CAMPAIGN = "campaign--00000000-0000-4000-8000-000000000001"
DOMAIN = "domain-name--00000000-0000-4000-8000-000000000002"
IDENTITY = "identity--00000000-0000-4000-8000-000000000003"

# what each type needs, and what it may have besides
TYPES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "attack-pattern": (
        {"name": "n", "external_references": [{"source_name": "DISARM", "external_id": "T0007"}]}, {"aliases": ["a"]},
    ),
    "campaign": ({"name": "n"}, {"objective": "o", "aliases": ["a"]}),
    "course-of-action": ({"name": "n"}, {}),
    "grouping": ({"context": "unspecified", "object_refs": [CAMPAIGN]}, {"name": "n"}),
    "identity": ({"name": "n", "identity_class": "group"}, {"contact_information": "c", "roles": ["r"]}),
    "incident": ({"name": "n"}, {}),
    "indicator": (
        {"pattern": "[domain-name:value = 'a.example']", "pattern_type": "stix", "valid_from": BORN},
        {"name": "n", "indicator_types": ["unknown"], "valid_until": LATER},
    ),
    "infrastructure": ({"name": "n"}, {"aliases": ["a"]}),
    "intrusion-set": ({"name": "n"}, {"goals": ["g"], "primary_motivation": "ideology"}),
    "language-content": (
        {"object_ref": CAMPAIGN, "object_modified": BORN, "contents": {"de": {"name": "N"}}}, {},
    ),
    "location": ({"latitude": 1.5, "longitude": 2.5, "country": "DE"}, {"name": "n", "city": "c"}),
    "malware": ({"name": "n", "is_family": True}, {"capabilities": ["c"], "malware_types": ["bot"]}),
    "malware-analysis": ({"product": "p", "result": "benign"}, {"version": "1"}),
    "note": ({"content": "c", "object_refs": [CAMPAIGN]}, {"abstract": "a", "authors": ["A"]}),
    "observed-data": (
        {"first_observed": BORN, "last_observed": BORN, "number_observed": 1, "object_refs": [DOMAIN]}, {},
    ),
    "opinion": ({"opinion": "agree", "object_refs": [CAMPAIGN]}, {"explanation": "e", "authors": ["A"]}),
    "relationship": (
        {"relationship_type": "related-to", "source_ref": CAMPAIGN, "target_ref": DOMAIN}, {"start_time": BORN},
    ),
    "report": ({"name": "n", "published": BORN, "object_refs": [CAMPAIGN]}, {"report_types": ["campaign"]}),
    "sighting": ({"sighting_of_ref": CAMPAIGN}, {"count": 3, "where_sighted_refs": [IDENTITY], "summary": False}),
    "threat-actor": ({"name": "n"}, {"aliases": ["a"], "roles": ["agent"]}),
    "tool": ({"name": "n"}, {"tool_version": "1"}),
    "vulnerability": ({"name": "n"}, {}),
}  # fmt: skip


def made(kind: str, *parts: dict[str, object]) -> dict[str, object]:
    described = {} if kind in ("relationship", "note", "opinion", "language-content") else {"description": "d"}
    item: dict[str, object] = {
        "type": kind, "spec_version": "2.1", "id": f"{kind}--00000000-0000-4000-8000-00000000000a",
        "created_by_ref": IDENTITY, "created": BORN, "modified": BORN, "labels": ["l"], "confidence": 50,
        "object_marking_refs": [Tlp.GREEN.marking_id],
    }  # fmt: skip
    if len(parts) > 1:
        item |= {**described, "external_references": [{"source_name": "s", "url": "https://s.example/"}]}
    for part in parts:
        item |= part
    if len(parts) > 1 and kind == "attack-pattern":
        item |= parts[0]
    return item


@pytest.mark.parametrize("kind", TYPES)
def test_of_every_type_it_is_valid_and_has_what_it_needs(kind: str) -> None:
    needed, further = TYPES[kind]
    recall = recall_of(made(kind, needed, further), LATER)
    assert recall == {**made(kind, needed), "modified": LATER, "revoked": True}
    raw = orjson.dumps(recall)
    assert [issue for issue in check_object(raw, profile="stix") if issue.severity is Severity.ERROR] == []
    assert stix2.parse(raw).revoked is True


def test_of_types_that_are_not_known_nothing_is_dropped() -> None:
    item = made("x-incident-log", {"log": "l", "extensions": {"x": {"extension_type": "new-sdo"}}}, {"more": 1})
    assert recall_of(item, LATER) == {**item, "modified": LATER, "revoked": True}


@pytest.mark.parametrize(
    ("was", "newest", "modified"),
    [
        (BORN, LATER, LATER),
        (BORN, BORN, "2026-03-01T00:00:00.001Z"),
        (LATER, BORN, "2026-04-01T00:00:00.001Z"),
        (BORN, "2026-03-01T00:00:00.000250Z", "2026-03-01T00:00:00.000250Z"),
    ],
)
def test_it_counts_after_what_is_held_and_not_after_what_is_new(was: str, newest: str, modified: str) -> None:
    recall = recall_of({**made("campaign", {"name": "n"}), "modified": was}, newest)
    assert recall is not None
    assert recall["modified"] == modified


def test_what_has_no_versions_or_is_revoked_is_not_called_back() -> None:
    domain: dict[str, object] = {"type": "domain-name", "id": DOMAIN, "value": "a.example"}
    marking: dict[str, object] = {"type": "marking-definition", "created": BORN, "definition_type": "statement"}
    assert (can_be_revoked(domain), can_be_revoked(marking)) == (False, False)
    assert recall_of(domain, LATER) is recall_of(marking, LATER) is None
    assert recall_of({**made("campaign", {"name": "n"}), "revoked": True}, LATER) is None
