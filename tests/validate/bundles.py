"""A small bundle in the shape that partners exchange, made afresh for each test so that a test may break it."""

from __future__ import annotations

from datetime import date

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import derived_id, identity_id, namespace_of, sco_id
from disarm_exchange.stix.markings import Tlp, marking_definition
from disarm_exchange.stix.project import (
    EVIDENCE_EXTENSION,
    attack_pattern,
    evidence_extension_definition,
    platform_identity,
    project_identity,
)

PRODUCER = identity_id("Harbour Watch")
BORN = "2026-03-02T00:00:00.000Z"
AMBER = Tlp.AMBER.marking_id


def own(object_type: str, key: str) -> StixObject:
    """The beginning of an object of the producer's own."""
    return {
        "type": object_type,
        "spec_version": "2.1",
        "id": derived_id(object_type, namespace_of(PRODUCER), key),
        "created": BORN,
        "modified": BORN,
        "created_by_ref": PRODUCER,
        "object_marking_refs": [AMBER],
    }


def observable(object_type: str, **properties: object) -> StixObject:
    """A cyber-observable with its deterministic id."""
    return {
        "type": object_type,
        "spec_version": "2.1",
        "id": sco_id(object_type, properties),
        **properties,
        "object_marking_refs": [AMBER],
    }


def relationship(name: str, source: StixObject, target: StixObject, **properties: object) -> StixObject:
    """A relationship of the producer's own."""
    key = f"{name} {source['id']} {target['id']}"
    return {
        **own("relationship", key),
        "relationship_type": name,
        "source_ref": source["id"],
        "target_ref": target["id"],
        **properties,
    }


def evidence() -> StixObject:
    """The evidence extension as `convert` writes it."""
    return {
        "extension_type": "property-extension",
        "framework": "1.7",
        "rules": [{"id": "meta-kc.0.9.4", "reason": "The label names X accounts.", "confidence": 85}],
        "evidence_count": 118,
        "evidence": [{"label": "0.9.4 Acquiring X / Twitter accounts", "value": "x[.]com/example", "note": "main"}],
    }


def exchange_bundle() -> list[StixObject]:
    """Every kind of object that `convert` writes, once."""
    producer = {**own("identity", "self"), "id": PRODUCER, "name": "Harbour Watch", "identity_class": "organization"}
    campaign = {**own("campaign", "case"), "name": "Harbour Echo", "first_seen": BORN, "last_seen": BORN}
    technique = attack_pattern(
        "T0146.003",
        "Verified Account Asset",
        phases=["establish-assets"],
        url="https://github.com/DISARMFoundation/DISARMframeworks-17/blob/main/generated_pages/techniques/T0146.003.md",
        release="1.7",
        released=date(2026, 1, 21),
    )
    platform = platform_identity("facebook", "Facebook")
    domain = observable("domain-name", value="harbour-echo.example")
    account = observable("user-account", account_type="twitter", account_login="harbourecho")
    link = observable("url", value="https://harbour-echo.example/a")
    file = observable("file", hashes={"SHA-256": "ab" * 32}, name="flyer.pdf")
    indicator = {
        **own("indicator", "harbour-echo.example"),
        "name": "harbour-echo.example",
        "description": "Domain of the network",
        "pattern": "[domain-name:value = 'harbour-echo.example']",
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": BORN,
    }
    sighting = {
        **own("sighting", "facebook"),
        "sighting_of_ref": campaign["id"],
        "count": 7704,
        "where_sighted_refs": [platform["id"]],
    }
    note = {**own("note", "n1"), "abstract": "Origin", "content": "Run by an agency.", "object_refs": [campaign["id"]]}
    uses = relationship("uses", campaign, technique, confidence=85, extensions={EVIDENCE_EXTENSION: evidence()})
    objects: list[StixObject] = [
        marking_definition(Tlp.CLEAR),
        marking_definition(Tlp.AMBER),
        project_identity(),
        evidence_extension_definition(),
        producer,
        campaign,
        technique,
        platform,
        domain,
        account,
        link,
        file,
        indicator,
        sighting,
        note,
        uses,
        relationship("indicates", indicator, campaign),
        relationship("based-on", indicator, domain),
    ]
    report = {
        **own("report", "report"),
        "name": "Harbour Echo",
        "report_types": ["campaign"],
        "published": BORN,
        "object_refs": [item["id"] for item in objects if item["type"] not in ("marking-definition",)],
    }
    return [*objects, report]
