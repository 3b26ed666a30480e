"""DX8xx: what a bundle needs that partners are to share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Finding, Severity
from disarm_exchange.validate.kinds import Kind, words
from disarm_exchange.validate.rule import NOTHING, BundleRule, Facets, Found, ObjectRule, ShapeRule
from disarm_exchange.validate.schemas import OWN, registry
from disarm_exchange.validate.violations import from_rs
from disarm_exchange.validate.wording import reason

_SOURCE = "the exchange profile of this project (docs, validation)"


class NoMarking(ShapeRule):
    """An object that does not say who may see it."""

    code = "DX801"
    severity = Severity.ERROR
    title = "no marking"
    why = "Partners cannot know how far they may pass it on; a careful one passes on nothing."
    fix = "Give the object a TLP 2.0 marking in object_marking_refs."
    source = _SOURCE

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Everything but markings themselves needs one."""
        if "object_marking_refs" in keys or object_type == "marking-definition":
            return NOTHING
        return (Finding("", "has no object_marking_refs"),)


class NoProducer(ShapeRule):
    """An object that does not say who made it."""

    code = "DX802"
    severity = Severity.ERROR
    title = "no producer"
    why = "Nobody can be asked about it, and nobody may revise it: only its creator may."
    fix = "Name the producer's identity in created_by_ref."
    source = _SOURCE
    kinds = frozenset({Kind.SDO, Kind.SRO, Kind.CUSTOM})

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """Observables have no creator; an identity may stand for itself."""
        if "created_by_ref" in keys or "created" not in keys or object_type == "identity":
            return NOTHING
        return (Finding("", "has no created_by_ref"),)


_CASES = words("campaign intrusion-set incident")


class NoEvidence(ObjectRule):
    """A technique call without what supports it."""

    code = "DX803"
    severity = Severity.ERROR
    title = "technique without evidence"
    why = "A technique that is only claimed cannot be checked, weighed or argued with."
    fix = f"Add confidence and the evidence extension {EVIDENCE_EXTENSION}."
    source = _SOURCE
    spares_revoked = True
    types = frozenset({"relationship"})

    def check(self, item: StixObject) -> Found:
        """Look at relationships by which a case uses a technique."""
        if item["relationship_type"] != "uses":
            return NOTHING
        source, target = str(item["source_ref"]), str(item["target_ref"])
        if not target.startswith("attack-pattern--") or source.partition("--")[0] not in _CASES:
            return NOTHING
        found = []
        if "confidence" not in item:
            found.append(Finding("", "a case uses a technique, and no confidence is given"))
        extensions = item.get("extensions")
        if not isinstance(extensions, dict) or EVIDENCE_EXTENSION not in extensions:
            found.append(Finding("", "a case uses a technique, and no evidence is given"))
        return found

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The relationship and the types of its ends, where there is no evidence to look at."""
        return Facets(("relationship_type",), ("source_ref", "target_ref")) if "extensions" not in keys else None


class MalformedEvidence(ObjectRule):
    """An evidence extension that is not as its schema says."""

    code = "DX804"
    severity = Severity.ERROR
    title = "malformed evidence"
    why = "Readers show rule, reason and findings from it and cannot."
    fix = "Write it as schemas/evidence-extension.schema.json says."
    source = f"{OWN}evidence-extension"
    keys = ("extensions",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._schema = registry().decider(f"{OWN}evidence-extension")

    def check(self, item: StixObject) -> Found:
        """Hold the extension against its schema."""
        extensions = item["extensions"]
        assert isinstance(extensions, dict)
        evidence = extensions.get(EVIDENCE_EXTENSION)
        if evidence is None:
            return NOTHING
        begin = f"/extensions/{EVIDENCE_EXTENSION}"
        found = []
        if item["type"] != "relationship":
            found.append(Finding(begin, "stands on an object that is no relationship"))
        if not self._schema.is_valid(evidence):
            violations = from_rs(self._schema.iter_errors(evidence))
            found += [Finding(begin + violation.pointer, reason(violation)) for violation in violations]
        else:
            found += _counts(evidence, begin, item.get("confidence"))
        return found


def _counts(evidence: dict[str, object], begin: str, confidence: object) -> list[Finding]:
    rows, count, rules = evidence["evidence"], evidence["evidence_count"], evidence["rules"]
    assert isinstance(rows, list)
    assert isinstance(count, int)
    assert isinstance(rules, list)
    found = []
    if count < len(rows):
        found.append(Finding(f"{begin}/evidence_count", f"{count} findings are counted and {len(rows)} shown"))
    highest = max(rule["confidence"] for rule in rules)
    if isinstance(confidence, int) and confidence > highest:
        found.append(Finding("/confidence", f"{confidence} is more than any of its rules has ({highest})"))
    return found


class NotInReport(BundleRule):
    """An object that no report names."""

    code = "DX805"
    severity = Severity.ERROR
    title = "object outside the report"
    why = "The report is how readers find what belongs to the case; what it leaves out is lost on them."
    fix = "Add the object's id to object_refs of the report."
    source = _SOURCE
    spares_revoked = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Reports, markings and definitions of extensions need none, nor does what was taken back."""
        if not index.reports:
            if len(index) > len(index.withdrawn()):
                yield BundleFinding(-1, "", "", "the bundle has no report over its objects")
            return
        for number, object_id in index.outside_reports():
            yield BundleFinding(number, object_id, "", "is in no report of the bundle")
