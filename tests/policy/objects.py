"""Small STIX objects for the policy tests; ids are made from a number so that tests can name them."""

from __future__ import annotations

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp

TLP1 = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

MARCH, APRIL = "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"


def oid(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


def make(kind: str, number: int, *marking: Tlp | str, **properties: object) -> StixObject:
    refs = [entry.marking_id if isinstance(entry, Tlp) else entry for entry in marking]
    result: StixObject = {"type": kind, "spec_version": "2.1", "id": oid(kind, number), **properties}
    if refs:
        result["object_marking_refs"] = refs
    return result


def statement(number: int, *marking: Tlp | str) -> StixObject:
    text = {"statement": "Copyright Example"}
    return make("marking-definition", number, *marking, definition_type="statement", definition=text)


def relationship(number: int, source: str, target: str, *marking: Tlp | str) -> StixObject:
    chosen = marking or (Tlp.CLEAR,)
    return make("relationship", number, *chosen, relationship_type="related-to", source_ref=source, target_ref=target)
