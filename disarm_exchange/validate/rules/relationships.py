"""DX31x: which relationship joins which objects (STIX 2.1 Appendix B, DAD-CDM)."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.kinds import DADCDM_TYPES, STIX_TYPES
from disarm_exchange.validate.matrix import matrix
from disarm_exchange.validate.rule import NOTHING, Facets, Found, ObjectRule


class UnusualRelationship(ObjectRule):
    """A relationship that no matrix lists for these two types."""

    code = "DX311"
    severity = Severity.WARNING
    title = "relationship outside the matrices"
    why = "STIX allows it, but readers that know only the listed relationships (OpenCTI, MISP) drop it."
    fix = "Use a listed relationship, or `related-to`."
    source = "STIX 2.1 sections 3.7, 5.1 and Appendix B; DAD-CDM"
    spares_revoked = True
    types = frozenset({"relationship"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._judge = lru_cache(maxsize=8192)(self._judged)

    def check(self, item: StixObject) -> Found:
        """Look the three up; objects of unknown types may be joined by anything."""
        source, target = item["source_ref"], item["target_ref"]
        assert isinstance(source, str)
        assert isinstance(target, str)
        reason = self._judge(source.partition("--")[0], str(item["relationship_type"]), target.partition("--")[0])
        return (Finding("/relationship_type", reason),) if reason else NOTHING

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The relationship and the types of its ends."""
        return Facets(("relationship_type",), ("source_ref", "target_ref"))

    def _judged(self, source: str, name: str, target: str) -> str:
        known = STIX_TYPES | DADCDM_TYPES
        table = matrix(self.context.matrices)
        if source not in known or target not in known or table.allows(source, name, target):
            return ""
        return f"{source} {shown(name)} {target} is not listed{self._advice(source, name, target)}"

    def _advice(self, source: str, name: str, target: str) -> str:
        table = matrix(self.context.matrices)
        others = table.relationships(source, target)
        if others:
            return f"; listed between the two: {', '.join(others)}"
        ends = table.targets(source, name)
        if ends:
            return f"; {source} {shown(name)} leads to {', '.join(ends)}"
        if table.allows(target, name, source):
            return "; it is listed the other way round"
        return ""


class RelationshipToItself(ObjectRule):
    """An object related to itself."""

    code = "DX312"
    severity = Severity.WARNING
    title = "relationship of an object to itself"
    why = "It says nothing, and graphs show a loop."
    fix = "Remove it, or correct one of the two ends."
    source = "good sense; no section forbids it"
    types = frozenset({"relationship"})

    def check(self, item: StixObject) -> Found:
        """Compare the two ends."""
        if item["source_ref"] == item["target_ref"]:
            return (Finding("/target_ref", "is the same object as source_ref"),)
        return NOTHING
