"""One sentence of a specification and an object that obeys it, or breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import contributing_properties, sco_id
from tests.validate.bundles import own

UUID4 = "6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a11"
SEEN = "2026-03-01T00:00:00Z"
LATER = "2026-04-01T00:00:00Z"


@dataclass(frozen=True)
class Case:
    sentence: str
    item: StixObject
    code: str = ""
    """The rule that must fire; empty for an object without any error."""

    @property
    def name(self) -> str:
        return f"{self.item.get('type')}: {self.sentence}"


def good(sentence: str, item: StixObject) -> Case:
    return Case(sentence, item)


def bad(code: str, sentence: str, item: StixObject) -> Case:
    return Case(sentence, item, code)


def sdo(object_type: str, **properties: object) -> StixObject:
    """A domain or relationship object of the producer's, complete but for what its type asks for."""
    return {**own(object_type, str(sorted(properties.items()))), **properties}


def sco(object_type: str, **properties: object) -> StixObject:
    """An observable with the id that its properties give, or a random one."""
    if any(name in properties for name in contributing_properties(object_type)):
        identifier = sco_id(object_type, properties)
    else:
        identifier = f"{object_type}--{UUID4}"
    return {"type": object_type, "spec_version": "2.1", "id": identifier, **properties}


def ref(object_type: str) -> str:
    """The id of some object of that type."""
    return f"{object_type}--{UUID4}"


def without(item: StixObject, *names: str) -> StixObject:
    return {name: value for name, value in item.items() if name not in names}
