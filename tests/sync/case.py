"""A small case as STIX objects that pass our validation, for publishing and pulling."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from disarm_exchange.stix.bundle import StixObject, write_bundle
from disarm_exchange.stix.ids import derived_id, identity_id, namespace_of, sco_id
from disarm_exchange.stix.markings import Tlp, marking_definition

PRODUCER = identity_id("Example Team")
BORN = "2026-03-01T00:00:00.000Z"


def made(kind: str, key: str, tlp: Tlp = Tlp.GREEN, *, modified: str = BORN, **properties: object) -> StixObject:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": derived_id(kind, namespace_of(PRODUCER), key),
        "created": BORN,
        "modified": modified,
        "created_by_ref": PRODUCER,
        "object_marking_refs": [tlp.marking_id],
        **properties,
    }


def domain(number: int, tlp: Tlp = Tlp.GREEN) -> StixObject:
    value = f"site{number}.example"
    return {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": sco_id("domain-name", {"value": value}),
        "value": value,
        "object_marking_refs": [tlp.marking_id],
    }


def producer() -> StixObject:
    item = made("identity", "producer", Tlp.CLEAR, name="Example Team", identity_class="organization")
    return {**item, "id": PRODUCER}


def campaign(tlp: Tlp = Tlp.GREEN, **properties: object) -> StixObject:
    return made("campaign", "case", tlp, name="Case", **properties)


def case(domains: int = 10, secret: int = 0) -> list[StixObject]:
    """Markings, producer, campaign, domains (the first `secret` of them RED), a relationship to each, a report."""
    things = [domain(number, Tlp.RED if number < secret else Tlp.GREEN) for number in range(domains)]
    head = campaign()
    links = [
        made(
            "relationship",
            f"link {number}",
            relationship_type="related-to",
            source_ref=head["id"],
            target_ref=thing["id"],
        )
        for number, thing in enumerate(things)
    ]
    listed = [str(item["id"]) for item in (head, *things, *links)]
    report = made("report", "report", name="Case", published=BORN, object_refs=listed, report_types=["campaign"])
    markings = [marking_definition(tlp) for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.RED)]
    return [*markings, producer(), head, *things, *links, report]


def write(path: Path, objects: Iterable[StixObject]) -> Path:
    with path.open("wb") as stream:
        write_bundle(stream.write, "bundle--5a2b6e0c-6a4e-4f43-8b0a-0d5f1d1a0d10", objects)
    return path
