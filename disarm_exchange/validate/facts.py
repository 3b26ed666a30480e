"""What many objects say of each other, in a few words: enough to show that the rules about all of them find nothing.

Objects that were made together refer to each other within their group, and to the same few objects outside it. So the
facts of a whole block of groups are small, may be gathered in any process, and are joined by uniting sets. They say
too much rather than too little: where they leave a doubt, `engine.Watch` has to look at every object (see `proof`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import cast

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.validate.engine import STUMBLES, Validator
from disarm_exchange.validate.inner_references import inner_references
from disarm_exchange.validate.issue import Issue
from disarm_exchange.validate.plan import Plan

NO_COLOUR = -1
_MOST_MARKED = 10_000
_WATCHED = frozenset({"attack-pattern", "extension-definition"})
"""Types of which rules want to see each object; there are few. Relationships are many, and shown to be right here."""
_ENDS = itemgetter("relationship_type", "source_ref", "target_ref")


@dataclass(slots=True)
class Facts:
    """What is known of some objects besides their ids."""

    named: set[str] = field(default_factory=set)
    """Ids that they refer to, but for those of objects in the same group."""

    otherwise: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """Objects of another colour than most, by id: the colour, and what they refer to."""

    uses: set[tuple[str, str]] = field(default_factory=set)
    """Extensions with the type that they are used as."""

    watched: dict[str, StixObject] = field(default_factory=dict)
    """Objects that rules about all of them want to see, by id."""

    doubt: str = ""
    """Why these facts show nothing, where they do not."""

    def join(self, other: Facts) -> None:
        """Take in what is known of other objects."""
        self.named |= other.named
        self.otherwise.update(other.otherwise)
        self.uses |= other.uses
        self.watched.update(other.watched)
        self.doubt = self.doubt or other.doubt


class Gatherer:
    """Checks objects each by itself, and gathers the facts for what is to be said of all of them.

    Args:
        validator: what is asked of each object.
        colour: the marking that most objects have.
        relationship_id: the id of a relationship, given its type and its two ends: two that say the same have one id.
    """

    def __init__(self, validator: Validator, colour: Tlp, relationship_id: Callable[[str, str, str], str]) -> None:
        self._check = validator.check_planned
        self._colour = int(colour)
        self._relationship_id = relationship_id
        self._marked: dict[tuple[str, ...], int] = {}
        self._facts = Facts()
        self._reports: list[list[str]] = []

    def facts(self) -> Facts:
        """The facts gathered since they were last asked for."""
        facts, self._facts = self._facts, Facts()
        return facts

    def reports(self) -> list[list[str]]:
        """What the reports named that passed since it was last asked for; it is not among the facts."""
        reports, self._reports = self._reports, []
        return reports

    def checked(self, items: Sequence[StixObject], types: Sequence[str], uuids: str) -> list[Issue]:
        """The issues of the objects of one group, each by itself; the facts of the group are gathered.

        `types` and `uuids` (36 characters each) are what the ids of the objects are said to be.
        """
        issues: list[Issue] = []
        check, facts = self._check, self._facts
        try:
            ids = [cast(str, item["id"]) for item in items]
            said = [f"{each}--{uuids[36 * at : 36 * at + 36]}" for at, each in enumerate(types)]
            if ids != said or uuids.lower() != uuids:
                facts.doubt = "ids that are not what they were said to be"
        except KeyError:
            facts.doubt, ids = "an object without an id", []
        for item in items:
            found, plan = check(item)
            if found:
                issues += found
            try:
                assert plan is not None
                self._gather(item, plan, ids, facts)
            except STUMBLES:
                facts.doubt = "an object that the schemas refuse"
        return issues

    def _gather(self, item: StixObject, plan: Plan, ids: Sequence[str], facts: Facts) -> None:
        if plan.object_type == "relationship":
            self._relationship(item, facts)
        elif plan.object_type in _WATCHED:
            facts.watched[cast(str, item["id"])] = item
        if "revoked" in item:
            facts.doubt = "revoked objects"
        references = plan.references
        if plan.object_type == "report":
            self._reports.append(cast(list[str], item["object_refs"]))
            references = tuple(name for name in references if name != "object_refs")
        named = facts.named
        if "created_by_ref" in item:
            named.add(cast(str, item["created_by_ref"]))
        for name in references:
            value = item[name]
            if type(value) is not str:
                named.update([each for each in cast(list[str], value) if each not in ids])
            elif value not in ids:
                named.add(value)
        if "extensions" in item or "granular_markings" in item or "body_multipart" in item:
            _gather_rarer(item, facts)
        marked = tuple(cast(list[str], item["object_marking_refs"])) if "object_marking_refs" in item else ()
        colour = self._marked.get(marked)
        if colour is None:
            colour = self._colour_of(marked)
            named.update(marked)
        if colour != self._colour:
            self._other(item, colour, references, facts)

    def _other(self, item: StixObject, colour: int, references: Sequence[str], facts: Facts) -> None:
        targets = {each for name in references for each in _listed(item[name])}
        targets.update(target for _, target, _ in inner_references(item))
        facts.otherwise[cast(str, item["id"])] = colour, frozenset(targets)
        if item["type"] == "report":
            facts.doubt = "a report of another colour than most objects"

    def _relationship(self, item: StixObject, facts: Facts) -> None:
        said = cast(tuple[str, str, str], _ENDS(item))
        # Two that say the same under two ids (DX313) cannot both have the id that follows from what they say.
        if item["id"] != self._relationship_id(*said):
            facts.doubt = "a relationship whose id does not follow from its ends"
        if said[0] == "subtechnique-of":
            facts.doubt = "relationships between techniques"

    def _colour_of(self, marked: tuple[str, ...]) -> int:
        colour = max((TLP_OF_MARKING[ref] for ref in marked if ref in TLP_OF_MARKING), default=NO_COLOUR)
        if len(self._marked) < _MOST_MARKED:
            self._marked[marked] = colour
        return colour


def _gather_rarer(item: StixObject, facts: Facts) -> None:
    for name, content in cast(dict[str, dict[str, object]], item.get("extensions", {})).items():
        if name.startswith("extension-definition--"):
            facts.named.add(name)
            kind = content.get("extension_type")
            if isinstance(kind, str):
                facts.uses.add((name, kind))
    facts.named.update(target for _, target, _ in inner_references(item))
    for marking in cast(list[dict[str, str]], item.get("granular_markings", [])):
        if "marking_ref" in marking:
            facts.named.add(marking["marking_ref"])


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else [str(value)]
