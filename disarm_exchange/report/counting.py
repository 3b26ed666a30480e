"""How often techniques are used: the one count that every picture shows.

For each technique, whichever attack-pattern objects stand for it (`disarm.identity` tells):

- `objects`: distinct objects that a live relationship says use or show it. Counted is the object at the other end
  where the technique is the target, and for `related-to`, which has no direction, also where it is the source.
  Attack-patterns (the framework's own structure) and courses of action (what is done against it) are not counted.
- `findings`: the sum of `evidence_count` in our evidence extension over those relationships.
- `lists`: distinct reports, groupings, notes and other lists that name it in `object_refs`.
- `lowest`, `highest`: the range of `confidence` of those relationships, where they state one.

A relationship is live when it is not revoked, and neither is the object at its other end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.succession import evidence_of, stated_release
from disarm_exchange.stix.bundle import StixObject

_PATTERN = "attack-pattern--"
_NOT_USERS = (_PATTERN, "course-of-action--")
_NO_DIRECTION = "related-to"


@dataclass(frozen=True, slots=True)
class TechniqueCount:
    """The numbers of one technique; the module says what they mean. `lowest` and `highest` are from 0 to 100."""

    objects: int = 0
    findings: int = 0
    lists: int = 0
    lowest: int | None = None
    highest: int | None = None

    @property
    def used(self) -> bool:
        """Whether anything uses or names the technique."""
        return bool(self.objects or self.findings or self.lists)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted.

    Attributes:
        techniques: by technique id, in order of id; also those that only stand there as objects.
        names: what attack-patterns call the techniques, by id.
        releases: how many attack-patterns and relationships name a DISARM release, by release.
    """

    techniques: Mapping[str, TechniqueCount]
    names: Mapping[str, str]
    releases: Mapping[str, int]


class _Use(NamedTuple):
    """What one relationship says."""

    confidence: int | None
    findings: int
    release: str | None


@dataclass(slots=True)
class _Tally:
    users: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    findings: int = 0
    lowest: int | None = None
    highest: int | None = None


def count_techniques(objects: Iterable[StixObject], *, revoked: Iterable[str] = ()) -> Counted:
    """Count in one pass; what is kept grows with the uses of techniques, not with the objects.

    Args:
        objects: each in its newest version, in any order (`Source.objects` gives them so).
        revoked: ids of further objects that are revoked.
    """
    work = _Count(set(revoked))
    for item in objects:
        work.take(item)
    return work.result()


class _Count:
    def __init__(self, revoked: set[str]) -> None:
        self._revoked = revoked
        self._patterns: dict[str, StixObject] = {}
        self._uses: dict[str, dict[str, list[_Use]]] = {}
        self._lists: dict[str, set[str]] = {}
        self._releases: dict[str, int] = {}

    def take(self, item: StixObject) -> None:
        """One object."""
        kind = item.get("type")
        if item.get("revoked") is True:
            self._revoked.add(str(item.get("id")))
        elif kind == "relationship":
            self._take_relationship(item)
        elif kind == "attack-pattern":
            self._patterns[str(item.get("id"))] = item
        else:
            refs = item.get("object_refs")
            for ref in refs if isinstance(refs, list) else ():
                if isinstance(ref, str) and ref.startswith(_PATTERN):
                    self._lists.setdefault(ref, set()).add(str(item.get("id")))

    def _take_relationship(self, link: StixObject) -> None:
        source, target = str(link.get("source_ref")), str(link.get("target_ref"))
        if target.startswith(_PATTERN):
            user, pattern = source, target
        elif source.startswith(_PATTERN) and link.get("relationship_type") == _NO_DIRECTION:
            user, pattern = target, source
        else:
            return
        if not user.startswith(_NOT_USERS):
            self._uses.setdefault(pattern, {}).setdefault(user, []).append(_use(link))

    def result(self) -> Counted:
        """The counts of all techniques."""
        tallies: dict[str, _Tally] = {}
        names: dict[str, str] = {}
        for ref in dict.fromkeys((*self._patterns, *self._uses, *self._lists)):
            item = self._patterns.get(ref)
            technique_id = technique_of(item or {"type": "attack-pattern", "id": ref})
            if technique_id is None or ref in self._revoked:
                continue
            tally = tallies.setdefault(technique_id, _Tally())
            if item is not None:
                name = item.get("name")
                if isinstance(name, str):
                    names[technique_id] = min(name, names.get(technique_id, name))
                self._note_release(stated_release(technique_id, item))
            tally.lists |= self._lists.get(ref, set())
            for user, uses in self._uses.get(ref, {}).items():
                if user not in self._revoked:
                    tally.users.add(user)
                    for use in uses:
                        self._add(tally, use)
        return Counted({key: _count(tallies[key]) for key in sorted(tallies)}, names, dict(self._releases))

    def _add(self, tally: _Tally, use: _Use) -> None:
        if use.confidence is not None:
            tally.lowest = min(use.confidence, tally.lowest if tally.lowest is not None else 100)
            tally.highest = max(use.confidence, tally.highest or 0)
        tally.findings += use.findings
        self._note_release(use.release)

    def _note_release(self, named: str | None) -> None:
        if named is not None:
            self._releases[named] = self._releases.get(named, 0) + 1


def _use(link: StixObject) -> _Use:
    evidence = evidence_of(link) or {}
    named = evidence.get("framework")
    return _Use(
        _whole(link.get("confidence"), 0, 100),
        _whole(evidence.get("evidence_count"), 1, None) or 0,
        named if isinstance(named, str) else None,
    )


def _whole(value: object, least: int, most: int | None) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= least and (most is None or value <= most)
    return value if fits and isinstance(value, int) else None


def _count(tally: _Tally) -> TechniqueCount:
    return TechniqueCount(len(tally.users), tally.findings, len(tally.lists), tally.lowest, tally.highest)
