"""The figures of a conversion: what became of the records, what was called, what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.findings.values import Kind

_COUNTERS = ("outcomes", "kinds", "unclaimed", "unmapped", "objects")


@dataclass(slots=True)
class Summary:
    """Counts over one conversion."""

    records: int = 0
    """Findings read, and records that could not be read as findings: one or more for each non-blank row."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unclaimed: Counter[str] = field(default_factory=Counter)
    """Findings by kind that are no indicators for one reason only: nothing says that they are the operation's own."""

    techniques: dict[str, int] = field(default_factory=dict)
    """Distinct findings by technique id: those that repeat one another word for word count once."""

    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Findings that no technique was called for, by innermost label and reason."""

    objects: Counter[str] = field(default_factory=Counter)
    """Objects written, by STIX type."""

    files: list[str] = field(default_factory=list)

    def take_kind(self, kind: Kind, count: int, *, open_: bool) -> None:
        """Count findings of a kind; `open_` if they would be indicators were they said to be the operation's own."""
        self.kinds[kind.value] += count
        if open_:
            self.unclaimed[kind.value] += count

    def join(self, other: Summary) -> None:
        """Add the figures of other records of the same case; techniques are counted from the evidence."""
        self.records += other.records
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))

    @classmethod
    def total(cls, summaries: Iterable[Summary]) -> Summary:
        """The figures of several conversions in one."""
        whole = cls()
        techniques: Counter[str] = Counter()
        for one in summaries:
            whole.join(one)
            whole.files += one.files
            techniques.update(one.techniques)
        whole.techniques = dict(sorted(techniques.items()))
        return whole

    def as_dict(self) -> dict[str, object]:
        """For `--json`: stable keys, sorted names."""
        return {
            "files": self.files,
            "records": self.records,
            "outcomes": {outcome.value: self.outcomes.get(outcome, 0) for outcome in Outcome},
            "kinds": dict(sorted(self.kinds.items())),
            "unclaimed": dict(sorted(self.unclaimed.items())),
            "techniques": self.techniques,
            "unmapped": [
                {"label": label, "reason": reason, "findings": count}
                for (label, reason), count in sorted(self.unmapped.items(), key=lambda item: (-item[1], item[0]))
            ],
            "objects": dict(sorted(self.objects.items())),
            "objects_total": sum(self.objects.values()),
        }
