"""Clearance: how widely an object may be shared, read from its markings, and whether a recipient may have it.

Default deny. An object goes out only when it carries a TLP colour for the whole object, every other marking on it is
one we understand, and no marking on it, whole or granular, is above the recipient's ceiling.

Granular markings (STIX 2.1 section 7.2.3) count like markings of the whole object: an object with one part above the
ceiling is withheld entirely. Cutting the part out would put two different contents under one id and `modified`, and
only the creator may revise an object (section 3.6.2). So the level of an object is the strictest colour found on it.

Beside a colour a `statement` marking (section 7.2.1.3) travels with the object: it states terms and sets no
level. Any other marking is unknown, and unknown means no, unless the recipient's clearance names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp

NOT_SHAREABLE = 5
"""The level of an object that may go to nobody; above every `Tlp`, so `level <= ceiling` is false for all."""

NO_MARKING = "no TLP marking on the whole object"
"""Why an object without a colour stays home."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """What one recipient may have.

    Args:
        ceiling: the strictest TLP colour that may go to this recipient.
        accepted: ids of further marking definitions (not TLP, not statements) agreed with this recipient. They
            never widen a colour: the object still needs one, within the ceiling.
        unmarked: the colour that unmarked objects (`EffectiveMarking.is_unmarked`) are treated as having, by
            somebody's decision (`--unmarked-as`); None: they go to nobody.
    """

    ceiling: Tlp = Tlp.AMBER
    accepted: frozenset[str] = frozenset()
    unmarked: Tlp | None = None


@dataclass(frozen=True, slots=True)
class EffectiveMarking:
    """What the markings of one object come to.

    Args:
        tlp: the strictest colour on the object or any part of it; None when the whole object has no colour.
        colours: all colours found, whole and granular; more than one is worth a warning.
        unknown: ids of markings that are neither TLP nor a known statement, in the order found.
    """

    tlp: Tlp | None
    colours: frozenset[Tlp]
    unknown: tuple[str, ...]

    @property
    def is_unmarked(self) -> bool:
        """Whether nothing on the object or a part of it limits sharing or may do so: no marking, or statements only."""
        return not self.colours and not self.unknown

    @property
    def level(self) -> int:
        """0 (CLEAR) to 4 (RED), or `NOT_SHAREABLE`."""
        return NOT_SHAREABLE if self.tlp is None or self.unknown else int(self.tlp)


def effective_marking(
    item: Mapping[str, object], definitions: Mapping[str, Mapping[str, object]] | None = None
) -> EffectiveMarking:
    """The effective marking of an object.

    Args:
        item: any STIX object as a dict; malformed markings count as unknown.
        definitions: the marking-definition objects known, by id; only they can show that a marking is a statement.
            A definition's own markings bind what it marks, so a RED statement makes the object RED.
    """
    known = definitions or {}
    whole = list(_object_markings(item))
    colours: set[Tlp] = set()
    unknown: dict[str, None] = {}
    for marking in (*whole, *_granular_markings(item)):
        _read_marking(marking, known, colours, unknown, frozenset())
    whole_has_colour = any(marking in TLP_OF_MARKING for marking in whole)
    return EffectiveMarking(max(colours) if whole_has_colour else None, frozenset(colours), tuple(unknown))


def sharing_level(item: Mapping[str, object], definitions: Mapping[str, Mapping[str, object]] | None = None) -> int:
    """The compact summary for an indexed column: 0 CLEAR, 1 GREEN, 2 AMBER, 3 AMBER+STRICT, 4 RED, 5 for nobody.

    A database selects what a recipient may read by `level <= ceiling`. A TLP marking definition has the level of its
    own colour (its presence tells that such objects exist). Other marking definitions, and extension definitions,
    without a marking have level 5: they travel with the objects that need them (see `release`), not on their own.
    """
    if item.get("type") == "marking-definition":
        colour = TLP_OF_MARKING.get(str(item.get("id")))
        if colour is not None:
            return int(colour)
    return effective_marking(item, definitions).level


def may_read(marking_ids: Iterable[str], clearance: Clearance) -> bool:
    """Whether an object with these markings (whole and granular alike) may go to the recipient.

    The cheap form for one object by its marking ids alone. Statements cannot be told from unknown markings by id, so
    they must be left out by the caller or be named in `clearance.accepted`.
    """
    highest: Tlp | None = None
    for marking in marking_ids:
        colour = TLP_OF_MARKING.get(marking)
        if colour is None:
            if marking not in clearance.accepted:
                return False
        elif highest is None or colour > highest:
            highest = colour
    return highest is not None and highest <= clearance.ceiling


def refusal(marking: EffectiveMarking, clearance: Clearance) -> str | None:
    """Why an object of this marking must not go to the recipient, in words; None when it may."""
    strange = [marking_id for marking_id in marking.unknown if marking_id not in clearance.accepted]
    if strange:
        return f"unknown marking {strange[0]}"
    if marking.tlp is None:
        return NO_MARKING
    if marking.tlp > clearance.ceiling:
        return f"{marking.tlp.label} is above {clearance.ceiling.label}"
    return None


def marking_ids(item: Mapping[str, object]) -> frozenset[str]:
    """The ids of all markings on an object, whole and granular."""
    return frozenset((*_object_markings(item), *_granular_markings(item)))


def _object_markings(item: Mapping[str, object]) -> Iterator[str]:
    refs = item.get("object_marking_refs", [])
    if not isinstance(refs, list):
        yield "(malformed object_marking_refs)"
        return
    for ref in refs:
        yield ref if isinstance(ref, str) else "(malformed object_marking_refs)"


def _granular_markings(item: Mapping[str, object]) -> Iterator[str]:
    entries = item.get("granular_markings", [])
    if not isinstance(entries, list):
        yield "(malformed granular_markings)"
        return
    for entry in entries:
        if not isinstance(entry, dict):
            yield "(malformed granular_markings)"
        elif "marking_ref" in entry:
            ref = entry["marking_ref"]
            yield ref if isinstance(ref, str) else "(malformed granular_markings)"
        elif "lang" not in entry:  # a bare `lang` names a language and restricts nothing
            yield "(malformed granular_markings)"


def _read_marking(
    marking: str,
    known: Mapping[str, Mapping[str, object]],
    colours: set[Tlp],
    unknown: dict[str, None],
    above: frozenset[str],
) -> None:
    colour = TLP_OF_MARKING.get(marking)
    if colour is not None:
        colours.add(colour)
        return
    definition = known.get(marking)
    if definition is None or definition.get("definition_type") != "statement" or marking in above:
        unknown.setdefault(marking)
    if definition is not None and marking not in above:
        for outer in (*_object_markings(definition), *_granular_markings(definition)):
            _read_marking(outer, known, colours, unknown, above | {marking})
