"""Evidence for technique calls, gathered over all findings in bounded memory and independent of their order."""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from heapq import nsmallest

from disarm_exchange.convert.frame import Frame
from disarm_exchange.disarm.mapping import TechniqueCall, Verdict
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import defang, defang_text
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import EVIDENCE_EXTENSION

MAX_ROWS = 20
"""The most source rows a relationship carries; all of them stand in the account of the run."""


EvidenceRow = tuple[str, str, str]
"""One finding as evidence: label, value, note. What it says, not where it stood: order and file do not matter."""

_EXCERPT = 300
_AT_ONCE = 50_000
_PARTS = 16


@dataclass(slots=True)
class _Technique:
    keys: array[int] = field(default_factory=lambda: array("Q"))
    """The key of every finding that called it: a finding that stands in two files, or twice in one, is one."""

    rules: dict[str, TechniqueCall] = field(default_factory=dict)
    rows: list[EvidenceRow] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many different findings called it."""
        keys = self.keys
        if len(keys) <= _AT_ONCE:
            return len(set(keys))
        # In parts, so that a million findings need no set of a million numbers.
        return sum(len({key for key in keys if key % _PARTS == part}) for part in range(_PARTS))

    def add(self, call: TechniqueCall, rows: list[EvidenceRow]) -> None:
        known = self.rules.get(call.rule_id)
        if known is None or call.confidence > known.confidence:
            self.rules[call.rule_id] = call
        for row in rows:
            _keep(self.rows, row)


def _keep(rows: list[EvidenceRow], row: EvidenceRow) -> None:
    """Put a row in its place among the smallest `MAX_ROWS` distinct ones."""
    if (len(rows) < MAX_ROWS or row < rows[-1]) and row not in rows:
        insort(rows, row)
        del rows[MAX_ROWS:]


class Support:
    """What supports the calls of one verdict: findings are many, verdicts few."""

    __slots__ = ("calls", "keys", "rows")

    def __init__(self, calls: tuple[TechniqueCall, ...]) -> None:
        self.calls = calls
        self.keys = array("Q")
        self.rows: list[EvidenceRow] = []

    def add(self, label: str, values: Collection[str], note: str, *, withheld: bool = False) -> None:
        """Count findings that differ in their values; of withheld findings the label alone is kept.

        The smallest `MAX_ROWS` distinct rows are kept.
        """
        self.keys.frombytes(b"".join(_keys(label, values, note)))
        rows = self.rows
        if withheld:
            _keep(rows, (label, "", ""))
            return
        if len(rows) == MAX_ROWS and rows[-1] <= (label, min(values), note):
            return
        for value in nsmallest(MAX_ROWS, set(values)) if len(values) > 1 else values:
            _keep(rows, (label, value, note))


_UNKEYED = sha1(usedforsecurity=False)


def _keys(label: str, values: Iterable[str], note: str) -> Iterator[bytes]:
    """Eight bytes for each finding, which tell it from all others."""
    copy = _UNKEYED.copy
    for value in values:
        hashed = copy()
        hashed.update(f"{label}\x1f{value}\x1f{note}".encode("utf-8", "surrogatepass"))
        yield hashed.digest()[:8]


class Supports:
    """What supports each of some verdicts, in the order of their first findings."""

    def __init__(self) -> None:
        self._supports: dict[int, tuple[Verdict, Support]] = {}

    def of(self, verdict: Verdict) -> Support:
        """What supports this verdict; verdicts are told apart by identity, as the mapping remembers them."""
        known = self._supports.get(id(verdict))
        if known is None:
            known = self._supports[id(verdict)] = verdict, Support(verdict.calls)
        return known[1]

    def __iter__(self) -> Iterator[Support]:
        return (support for _, support in self._supports.values())


@dataclass(slots=True)
class Evidence:
    """All technique calls of some findings with what supports them."""

    techniques: dict[str, _Technique] = field(default_factory=dict)

    def add(self, support: Support) -> None:
        """Take in what supports the calls of one verdict."""
        for call in support.calls:
            technique = self._technique(call.technique_id)
            technique.add(call, support.rows)
            technique.keys.extend(support.keys)

    def join(self, other: Evidence) -> None:
        """Take in the evidence of other findings of the case; neither order nor division matters."""
        for technique_id, theirs in other.techniques.items():
            mine = self._technique(technique_id)
            for call in theirs.rules.values():
                mine.add(call, [])
            mine.keys.extend(theirs.keys)
            for row in theirs.rows:
                _keep(mine.rows, row)

    def _technique(self, technique_id: str) -> _Technique:
        technique = self.techniques.get(technique_id)
        if technique is None:
            technique = self.techniques[technique_id] = _Technique()
        return technique

    def counts(self) -> dict[str, int]:
        """Findings by technique id, in the order of the ids."""
        return {technique_id: self.techniques[technique_id].count for technique_id in sorted(self.techniques)}

    def relationships(self, frame: Frame, release: str) -> Iterator[StixObject]:
        """A `uses` relationship from the case to each technique, with its confidence and evidence."""
        for technique_id in sorted(self.techniques):
            technique = self.techniques[technique_id]
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
    shown = {"label": label, "value": _cut(_harmless(value)), "note": _cut(_harmless(note))}
    return {name: text for name, text in shown.items() if text}


def _harmless(text: str) -> str:
    return defang_text(text) if " " in text else defang(text)


def _cut(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
