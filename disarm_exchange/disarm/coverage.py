"""How much of some findings the rules map: by confidence, by technique, and what stays unmapped for which reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from disarm_exchange.disarm.clauses import Verdict
from disarm_exchange.disarm.confidence import confidence_word

LEVELS = ("high", "medium", "low", "none")
_MOST_UNMAPPED = 20_000
_FURTHER = ("", "further labels")


@dataclass
class Coverage:
    """Counts over verdicts; `add` one for each finding."""

    findings: int = 0
    by_confidence: Counter[str] = field(default_factory=Counter)
    """Findings by the best confidence of what was called for them (`high`, `medium`, `low`, `none`)."""
    by_technique: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Findings without a call, by innermost label and reason."""
    fell_back: int = 0
    """Findings whose own label was blank or unknown, so that an outer one spoke."""
    unknown: int = 0
    """Findings none of whose labels any rule knows."""

    def add(self, labels: tuple[str, ...], verdict: Verdict) -> None:
        """Count one finding."""
        self.findings += 1
        best = max((call.confidence for call in verdict.calls), default=0)
        self.by_confidence[confidence_word(best)] += 1
        for call in verdict.calls:
            self.by_technique[call.technique_id] += 1
            self.by_rule[call.rule_id] += 1
        self.unknown += verdict.label_id is None
        self.fell_back += "fell back" in verdict.reason
        if not verdict.calls:
            inner = next((label for label in reversed(labels) if label.strip()), "")
            key = (" ".join(inner.split()), verdict.reason)
            # A hostile file may bring endless labels.
            self.unmapped[key if key in self.unmapped or len(self.unmapped) < _MOST_UNMAPPED else _FURTHER] += 1

    def share(self, *levels: str) -> float:
        """The share of the findings (0 to 1) whose best call has one of these confidences; 0 of nothing."""
        return sum(self.by_confidence[level] for level in levels) / self.findings if self.findings else 0.0

    def as_record(self) -> dict[str, object]:
        """All counts, for JSON."""
        return {
            "findings": self.findings,
            "mapped": self.findings - self.by_confidence["none"],
            "by_confidence": {level: self.by_confidence[level] for level in LEVELS},
            "fell_back": self.fell_back,
            "unknown_labels": self.unknown,
            "techniques": dict(sorted(self.by_technique.items())),
            "rules": dict(sorted(self.by_rule.items())),
            "unmapped": [
                {"label": label, "reason": reason, "findings": count}
                for (label, reason), count in sorted(self.unmapped.items(), key=lambda item: (-item[1], item[0]))
            ],
        }
