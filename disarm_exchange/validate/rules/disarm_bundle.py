"""DX51x: DISARM techniques in relation to each other."""

from __future__ import annotations

from collections.abc import Iterable

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import BundleRule
from disarm_exchange.validate.rules.disarm import technique_references

_MAX = 100_000
"""Techniques that are kept in mind; DISARM has a few hundred."""


class _Techniques(BundleRule):
    """What the rules of this module remember: the technique that each attack-pattern is."""

    watches = frozenset({"attack-pattern"})
    spares_revoked = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._techniques: dict[str, tuple[str, int]] = {}

    def see(self, item: StixObject, number: int) -> None:
        """Remember external id and number by STIX id."""
        reference = next(technique_references(item), None)
        if reference is not None and len(self._techniques) < _MAX:
            self._techniques[str(item["id"])] = (reference.external_id, number)


class TechniqueTwice(_Techniques):
    """One technique under two STIX ids."""

    code = "DX511"
    severity = Severity.WARNING
    title = "one technique, two objects"
    why = "What is said of the technique is split between the two; the STIX ids of DISARM's own bundles drift."
    fix = "Keep one object for each technique."
    source = "measured over six official bundles (241 of 444 ids changed within one release)"

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Tell each that repeats an earlier one."""
        first: dict[str, str] = {}
        for object_id, (external_id, number) in self._techniques.items():
            other = first.setdefault(external_id, object_id)
            if other != object_id:
                yield BundleFinding(number, object_id, "", f"{external_id} is also {other}")


class WrongParent(_Techniques):
    """A sub-technique under a technique that is not its parent."""

    code = "DX512"
    severity = Severity.ERROR
    title = "sub-technique of another technique"
    why = "T0143.002 belongs to T0143 by its id; readers that follow the relationship count it elsewhere."
    fix = "Point subtechnique-of from T0143.002 to T0143."
    source = "DISARM Framework"
    watches = frozenset({"attack-pattern", "relationship"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._children: list[tuple[int, str, str, str]] = []

    def see(self, item: StixObject, number: int) -> None:
        """Remember techniques and who is said to be whose part."""
        if item["type"] == "attack-pattern":
            super().see(item, number)
        elif item["relationship_type"] == "subtechnique-of" and len(self._children) < _MAX:
            self._children.append((number, str(item["id"]), str(item["source_ref"]), str(item["target_ref"])))

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare the ids of child and parent."""
        for number, object_id, source, target in self._children:
            child, parent = self._techniques.get(source), self._techniques.get(target)
            if child is None or parent is None or child[0].partition(".")[0] == parent[0] != child[0]:
                continue
            yield BundleFinding(number, object_id, "/target_ref", f"{child[0]} is no sub-technique of {parent[0]}")
