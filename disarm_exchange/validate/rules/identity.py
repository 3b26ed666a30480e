"""DX20x: identifiers (STIX 2.1 sections 2.9 and 3.3)."""

from __future__ import annotations

from collections.abc import Collection

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import contributing_properties, sco_id
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.kinds import SCO_TYPES, STIX_TYPES
from disarm_exchange.validate.rule import NOTHING, Check, Found, ObjectRule


class IdOfOtherType(ObjectRule):
    """The id names another type than the object has."""

    code = "DX201"
    severity = Severity.ERROR
    title = "id of another type"
    why = "Readers take the type of an object from its id; this one is filed as something it is not."
    fix = "Let the id begin with the object's type and two hyphens."
    source = "STIX 2.1 section 2.9"
    keys = ("id",)

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """For types of the specification the schema looks already."""
        return None if object_type in STIX_TYPES or object_type == "bundle" else self.check

    def check(self, item: StixObject) -> Found:
        """Compare the prefix with the type."""
        object_type, object_id = item["type"], item["id"]
        assert isinstance(object_id, str)
        if object_id.startswith(f"{object_type}--"):
            return NOTHING
        return (Finding("/id", f"{shown(object_id)!r} is not the id of a {shown(object_type)}"),)


class WrongObservableId(ObjectRule):
    """A UUIDv5 of an observable that is not the one its properties give."""

    code = "DX202"
    severity = Severity.WARNING
    title = "deterministic id does not fit the content"
    why = "Two producers who see one observable then hold it under two ids; or the content was changed and the id kept."
    fix = "Compute the id from the id contributing properties, in the namespace of STIX (or use a UUIDv4)."
    source = "STIX 2.1 sections 2.9 and 3.4"
    types = SCO_TYPES

    def check(self, item: StixObject) -> Found:
        """Compute the id again where it claims to be a UUIDv5."""
        object_id = item["id"]
        assert isinstance(object_id, str)
        if object_id[-22:-21] != "5":
            return NOTHING
        object_type = str(item["type"])
        try:
            expected = sco_id(object_type, item)
        except ValueError:
            return (Finding("/id", "has none of its id contributing properties, so the id must be a UUIDv4"),)
        if expected == object_id:
            return NOTHING
        return (Finding("/id", f"its {', '.join(_present(object_type, item))} give {expected}"),)


def _present(object_type: str, item: StixObject) -> list[str]:
    return [name for name in contributing_properties(object_type) if name in item]


class ProcessWithoutRandomId(ObjectRule):
    """A process whose id was derived from something."""

    code = "DX203"
    severity = Severity.ERROR
    title = "process without a random id"
    why = "A process has no id contributing properties: two processes must never share an id."
    fix = "Use a UUIDv4."
    source = "STIX 2.1 section 6.13"
    types = frozenset({"process"})

    def check(self, item: StixObject) -> Found:
        """Look at the version digit of the UUID."""
        object_id = item["id"]
        assert isinstance(object_id, str)
        if object_id[-22:-21] == "4":
            return NOTHING
        return (Finding("/id", "is not a UUIDv4"),)
