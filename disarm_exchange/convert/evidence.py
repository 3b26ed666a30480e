"""Evidence for technique calls, gathered over all findings in bounded memory and independent of their order."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from disarm_exchange.convert.frame import Frame
from disarm_exchange.disarm.mapping import TechniqueCall
from disarm_exchange.findings.values import defang
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

MAX_ROWS = 20
"""The most source rows a relationship carries; all of them stand in the account of the run."""


EvidenceRow = tuple[str, str, str]
"""One finding as evidence: label, value, note. What it says, not where it stood: order and file do not matter."""

_EXCERPT = 300


@dataclass(slots=True)
class _Technique:
    count: int = 0
    rules: dict[str, TechniqueCall] = field(default_factory=dict)
    rows: list[EvidenceRow] = field(default_factory=list)

    def add(self, call: TechniqueCall, row: EvidenceRow) -> None:
        self.count += 1
        known = self.rules.get(call.rule_id)
        if known is None or call.confidence > known.confidence:
            self.rules[call.rule_id] = call
        rows = self.rows
        if len(rows) == MAX_ROWS and row >= rows[-1]:
            return
        if row not in rows:
            insort(rows, row)
            del rows[MAX_ROWS:]


class Evidence:
    """All technique calls of a case with what supports them."""

    def __init__(self) -> None:
        self._techniques: dict[str, _Technique] = {}

    def add(self, call: TechniqueCall, row: EvidenceRow) -> None:
        """Count one finding for one technique; the smallest `MAX_ROWS` distinct rows are kept."""
        technique = self._techniques.get(call.technique_id)
        if technique is None:
            technique = self._techniques[call.technique_id] = _Technique()
        technique.add(call, row)

    def counts(self) -> dict[str, int]:
        """Findings by technique id, in the order of the ids."""
        return {technique_id: self._techniques[technique_id].count for technique_id in sorted(self._techniques)}

    def relationships(self, frame: Frame, release: str) -> Iterator[StixObject]:
        """A `uses` relationship from the case to each technique, with its confidence and evidence."""
        for technique_id in sorted(self._techniques):
            technique = self._techniques[technique_id]
            calls = [technique.rules[rule_id] for rule_id in sorted(technique.rules)]
            item = frame.relationship("uses", frame.case_id, technique_stix_id(technique_id))
            item["confidence"] = max(call.confidence for call in calls)
            item["extensions"] = {
                EVIDENCE_EXTENSION: {
                    "extension_type": "property-extension",
                    "framework": release,
                    "rules": [{"id": c.rule_id, "reason": c.reason, "confidence": c.confidence} for c in calls],
                    "evidence_count": technique.count,
                    "evidence": [_shown(row) for row in technique.rows],
                }
            }
            yield item


def _shown(row: EvidenceRow) -> dict[str, str]:
    """A row as it stands in the extension: harmless to click, cut to size, without its empty parts."""
    label, value, note = row
    shown = {"label": label, "value": _cut(defang(value)), "note": _cut(defang(note))}
    return {name: text for name, text in shown.items() if text}


def _cut(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
