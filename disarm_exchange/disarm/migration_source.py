"""What of a bundle concerns techniques: their attack-patterns, the relationships to them, and what else names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.revision import references
from disarm_exchange.disarm.succession import Standing, standing_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import is_project_object

SIDES = ("source_ref", "target_ref")
"""The two ends of a relationship."""


@dataclass(slots=True)
class Pattern:
    """A technique's attack-pattern, its newest version."""

    item: StixObject
    standing: Standing
    shared: bool
    """Whether it is our shared vocabulary object."""
    links: list[str] = field(default_factory=list)
    """Relationships to it that are not revoked."""
    stays: bool = False
    """Whether one of those goes on referring to it."""
    undecided: bool = False
    """Whether that is one of ours."""
    went_to: set[str] = field(default_factory=set)
    """The techniques that relationships to it were moved to."""


class TechniqueUse:
    """The objects of a source that have to do with techniques, each in its newest version.

    Relationships between two techniques are the framework's own structure and no use of it: they are left alone.
    """

    def __init__(self, source: Iterable[StixObject], catalogue: Catalogue) -> None:
        """Go through the source twice, since what refers may stand before what is referred to."""
        self.patterns: dict[str, Pattern] = {}
        self.links: dict[str, StixObject] = {}
        """Relationships to techniques, revoked ones too."""
        self.present: set[str] = set()
        """The ids of all attack-patterns, identities and marking definitions."""
        self.other_creators: set[str | None] = set()
        """Who created what else refers to techniques."""
        self._newest: dict[str, str] = {}
        for item in source:
            self._take_pattern(item, catalogue)
        for item in source:
            self._take_use(item)
        self.revoked = frozenset(key for key, item in self.links.items() if item.get("revoked"))
        for key in sorted(self.links):
            if key not in self.revoked:
                for pattern in self.patterns_of(self.links[key]):
                    pattern.links.append(key)

    def live_links(self) -> list[StixObject]:
        """The relationships that are not revoked, in order of id."""
        return [self.links[key] for key in sorted(self.links) if key not in self.revoked]

    def patterns_of(self, link: StixObject) -> list[Pattern]:
        """The technique that a relationship has at one of its ends."""
        return [self.patterns[str(link[side])] for side in SIDES if str(link.get(side)) in self.patterns]

    def is_newest(self, item: StixObject) -> bool:
        """Whether an object that refers to something is the newest version of it in the source."""
        return str(item.get("modified", "")) == self._newest.get(str(item.get("id")))

    def creators(self) -> set[str | None]:
        """Who relates things to techniques, or where nobody does, who names them otherwise."""
        found = {creator_of(item) for item in self.live_links()}
        return found or self.other_creators

    def _take_pattern(self, item: StixObject, catalogue: Catalogue) -> None:
        object_id, object_type = str(item.get("id")), item.get("type")
        if object_type in ("attack-pattern", "identity", "marking-definition"):
            self.present.add(object_id)
        if object_type != "attack-pattern":
            return
        technique_id = technique_of(item)
        if technique_id is not None and self._is_new(item):
            standing = standing_of(technique_id, item, catalogue)
            self.patterns[object_id] = Pattern(item, standing, is_project_object(item))

    def _take_use(self, item: StixObject) -> None:
        if item.get("type") == "relationship":
            ends = [side for side in SIDES if str(item.get(side)) in self.patterns]
            if len(ends) == 1 and self._is_new(item):
                self.links[str(item.get("id"))] = item
            return
        named = any(one in self.patterns for one in references(item))
        if named and not item.get("revoked"):
            self.other_creators.add(creator_of(item))
        if named or "object_refs" in item:
            self._is_new(item)

    def _is_new(self, item: StixObject) -> bool:
        """Whether no version of the object that was seen is newer; remembers it."""
        object_id, modified = str(item.get("id")), str(item.get("modified", ""))
        if modified < self._newest.get(object_id, ""):
            return False
        self._newest[object_id] = modified
        return True


def creator_of(item: StixObject) -> str | None:
    """The identity that created an object; None if it does not say."""
    creator = item.get("created_by_ref")
    return creator if isinstance(creator, str) else None
