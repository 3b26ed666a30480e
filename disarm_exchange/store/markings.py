"""How widely a stored object may be seen, as one number that a query can compare.

The number is a TLP value (0 CLEAR to 4 RED), or NOBODY: a reader cleared for at least that colour may see the object.
It is worked out once, when the object is written, by the function that the writer is given (the policy room has
it), so that no answer has to look into the stored bytes again. Whoever gives no such function shares with nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from disarm_exchange.stix.bundle import StixObject

LevelOf = Callable[[StixObject, Mapping[str, StixObject]], int]
"""The level of an object, given the marking definitions that are known, by id."""

NOBODY = 5
"""The level of an object that no reader is cleared for: no marking, or one whose meaning is unknown."""

NONE = 10
"""In place of a level where there is no version: above every level, so no clearance reaches it."""

EVERYTHING = NOBODY
"""The clearance of the machine's own administrator: sees all levels."""


def nobody(_item: Mapping[str, object], _definitions: Mapping[str, StixObject]) -> int:
    """The default: share with nobody."""
    return NOBODY


def is_unmarked(item: Mapping[str, object], definitions: Mapping[str, StixObject]) -> bool:
    """Whether nothing on an object or a part of it limits sharing: no marking, or unmarked statements only."""
    refs = item.get("object_marking_refs") or []
    return (
        not item.get("granular_markings")
        and isinstance(refs, list)
        and all(_is_plain_statement(definitions.get(str(ref))) for ref in refs)
    )


def _is_plain_statement(definition: StixObject | None) -> bool:
    """Terms in words (STIX 2.1 section 7.2.1.3), themselves without a marking."""
    return (
        definition is not None
        and definition.get("definition_type") == "statement"
        and not definition.get("object_marking_refs")
        and not definition.get("granular_markings")
    )
