"""What becomes of a technique under another release: it stays, its successors take its place, or a person decides.

Of several successors none is right by itself. What decides is said for the one relationship: a rule of the user's own
for the retired id, the evidence that the relationship carries, or a rule of ours where DISARM itself has shown the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from disarm_exchange.disarm.catalogue import Catalogue, Retired, Technique, known_releases
from disarm_exchange.disarm.clauses import TechniqueCall
from disarm_exchange.disarm.confidence import HIGH
from disarm_exchange.disarm.continuity import SURENESS, counterpart, meanings_of, meant, named
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.mapping import Query
from disarm_exchange.disarm.rule_files import built_in_rule_files
from disarm_exchange.disarm.rule_release import NoPlaceError, placed_entry
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

_RELEASE = re.compile(r"\brelease (\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)\b", re.ASCII)
_SAME_NAME = "proposal; same name"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a technique that an attack-pattern names stands in the release to go to."""

    technique_id: str
    name: str
    kept: Technique | None
    """What it still is there; None if it is there no more."""
    successors: tuple[str, ...] = ()
    kind: str = "none"
    basis: str = ""
    reason: str = ""
    """Why it cannot stay, in a sentence; empty if it can."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A technique that takes the place of another in one relationship; `confidence` is the most that is sure of it."""

    technique_id: str
    confidence: int
    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a relationship is to say now; without choices a person decides, and `reason` says why."""

    choices: tuple[Choice, ...]
    by: str
    """`successor`, `own-rule`, `evidence` or `rule`; `nobody` without choices."""
    reason: str = ""


def standing_of(technique_id: str, pattern: Mapping[str, object], catalogue: Catalogue) -> Standing:
    """How the technique of an attack-pattern stands in a release."""
    name = str(pattern.get("name") or "")
    release = stated_release(technique_id, pattern)
    kept = meant(technique_id, name, catalogue, release)
    if kept is not None:
        return Standing(technique_id, name, kept)
    current = catalogue.get(technique_id)
    if current is not None:
        reason = f"DISARM {catalogue.release} has given {technique_id} to something else ({current.name})"
        _, was = meanings_of(technique_id, name, release)[-1]
        return _by_name(technique_id, was.name, named(was.name, catalogue.techniques()), reason)
    found = catalogue.lookup(technique_id)
    assert not isinstance(found, Technique)
    reason = catalogue.explain(found)
    if isinstance(found, Retired):
        return Standing(technique_id, found.name, None, found.successors, found.kind, found.basis, reason)
    for other in map(Catalogue.load, reversed(known_releases())):
        technique = other.get(technique_id)
        if technique is not None:
            return _by_name(technique_id, technique.name, counterpart(technique, other, catalogue), reason)
    return Standing(technique_id, name, None, reason=reason)


def _by_name(technique_id: str, name: str, found: Technique | None, reason: str) -> Standing:
    if found is None:
        return Standing(technique_id, name, None, reason=reason)
    return Standing(technique_id, name, None, (found.id,), "proposal", _SAME_NAME, reason)


def stated_release(technique_id: str, pattern: Mapping[str, object]) -> str | None:
    """The release that an attack-pattern says it is of: in words, or by the address of the technique's page."""
    references = pattern.get("external_references")
    items = [item for item in references if isinstance(item, dict)] if isinstance(references, list) else []
    for item in items:
        told = _RELEASE.search(str(item.get("description", "")))
        if told is not None and "disarm" in f"{item.get('source_name')} {item.get('description')}".casefold():
            return told.group(1)
    urls = {str(item["url"]) for item in items if "url" in item}
    fitting = [
        release
        for release in known_releases()
        if (technique := Catalogue.load(release).get(technique_id)) and technique.url in urls
    ]
    return fitting[0] if len(fitting) == 1 else None


class Succession:
    """Decides what takes the place of techniques that a release has no more."""

    def __init__(self, catalogue: Catalogue, mapping: TechniqueMapping | None) -> None:
        """Take the release to go to, and the rules for it (None: none decide)."""
        self._catalogue = catalogue
        self._mapping = mapping
        self._ours = frozenset(built_in_rule_files())

    def decide(self, standing: Standing, relationship: Mapping[str, object]) -> Decision:
        """What a relationship to a technique that is there no more is to say now."""
        own = self._by_rule(standing, relationship, own=True)
        if own is not None:
            return own
        if len(standing.successors) == 1:
            what = f"{standing.technique_id} {standing.name} is {standing.successors[0]} in DISARM"
            reason = f"{what} {self._catalogue.release} ({standing.basis})."
            rule_id = f"successor.{standing.technique_id}"
            return Decision((Choice(standing.successors[0], SURENESS[standing.kind], rule_id, reason),), "successor")
        if not standing.successors:
            return Decision((), "nobody", standing.reason)
        by_evidence = self._by_evidence(standing, relationship)
        if by_evidence.choices:
            return by_evidence
        return self._by_rule(standing, relationship, own=False) or by_evidence

    def _by_rule(self, standing: Standing, relationship: Mapping[str, object], *, own: bool) -> Decision | None:
        """What a rule for the retired id as a label says; of our own rules only what they are sure of."""
        if self._mapping is None:
            return None
        label = f"{standing.technique_id} {standing.name}".strip()
        verdict = self._mapping.match(Query((label,), note=str(relationship.get("description") or "")))
        if own:
            calls = [call for call in verdict.calls if self._is_own(call.rule_id)]
            if not calls and verdict.rule_id is not None and self._is_own(verdict.rule_id):
                return Decision((), "nobody", f"{verdict.rule_id}: {verdict.reason}")
            by = "own-rule"
        else:
            successors = standing.successors
            calls = [call for call in verdict.calls if call.technique_id in successors and call.confidence >= HIGH]
            by = "rule"
        choices = tuple(_choice(call) for call in sorted(calls, key=lambda call: call.technique_id))
        return Decision(choices, by) if choices else None

    def _is_own(self, rule_id: str) -> bool:
        rule = self._mapping.rules.get(rule_id) if self._mapping is not None else None
        return rule is not None and rule.path not in self._ours

    def _by_evidence(self, standing: Standing, relationship: Mapping[str, object]) -> Decision:
        """What the rules and findings behind a relationship call today; all of them have to lead to a successor."""
        several = f"{standing.reason}; nothing decides between {', '.join(standing.successors)}"
        evidence = evidence_of(relationship)
        if evidence is None or self._mapping is None:
            return Decision((), "nobody", several)
        rules = [self._of_rule(rule_id, standing.successors) for rule_id in _rule_ids(evidence)]
        if rules and all(rules):
            return Decision(_joined(rules), "evidence")
        rows = evidence.get("evidence")
        findings = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        told = [self._of_finding(row, standing.successors) for row in findings]
        if told and all(told):
            return Decision(_joined(told), "evidence")
        deciding = sum(map(bool, told))
        return Decision((), "nobody", f"{several}; {deciding} of {len(told)} findings shown as evidence decide")

    def _of_rule(self, rule_id: str, successors: tuple[str, ...]) -> list[Choice]:
        assert self._mapping is not None
        rule = self._mapping.rules.get(rule_id)
        found = []
        for entry in rule.techniques if rule is not None else ():
            try:
                placed = placed_entry(entry, rule.release, self._catalogue, follow=True) if rule is not None else entry
            except NoPlaceError:
                continue
            if placed.id in successors:
                found.append(Choice(placed.id, placed.confidence, rule_id, placed.reason))
        return found

    def _of_finding(self, row: Mapping[str, object], successors: tuple[str, ...]) -> list[Choice]:
        assert self._mapping is not None
        label, value, note = (str(row.get(name) or "") for name in ("label", "value", "note"))
        verdict = self._mapping.match(Query((label,), note=note, text=value))
        return [_choice(call) for call in verdict.calls if call.technique_id in successors]


def evidence_of(relationship: Mapping[str, object]) -> StixObject | None:
    """Our evidence extension of a relationship, or None."""
    extensions = relationship.get("extensions")
    found = extensions.get(EVIDENCE_EXTENSION) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else None


def _rule_ids(evidence: Mapping[str, object]) -> Iterator[str]:
    rules = evidence.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            yield str(rule.get("id"))


def _choice(call: TechniqueCall) -> Choice:
    return Choice(call.technique_id, call.confidence, call.rule_id, call.reason)


def _joined(found: list[list[Choice]]) -> tuple[Choice, ...]:
    """Each technique once, at its surest."""
    best: dict[str, Choice] = {}
    for choice in (choice for choices in found for choice in choices):
        known = best.get(choice.technique_id)
        if known is None or (choice.confidence, known.rule_id) > (known.confidence, choice.rule_id):
            best[choice.technique_id] = choice
    return tuple(best[key] for key in sorted(best))
