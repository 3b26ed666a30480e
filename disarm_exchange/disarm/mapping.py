"""From labels to DISARM techniques: the engine over the rule files.

`load_mapping` reads our rule files and those of the user; `Mapping.match` answers for one finding. Labels are told as
`label_index` says, innermost first; a blank or unknown one falls back on the label around it, with capped confidence.
Whatever is not called has its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from disarm_exchange.disarm.catalogue import DEFAULT_RELEASE, Catalogue, Technique
from disarm_exchange.disarm.clauses import Node, SkippedCall, Step, TechniqueCall, Verdict, build_nodes
from disarm_exchange.disarm.conditions import LONGEST_TEXT
from disarm_exchange.disarm.confidence import HIGH, MEDIUM
from disarm_exchange.disarm.continuity import meant
from disarm_exchange.disarm.label_index import Found, LabelIndex
from disarm_exchange.disarm.labels import bare_label, label_form
from disarm_exchange.disarm.rule_files import Rule, RuleFile, built_in_rule_files, read_rule_file

__all__ = ["Mapping", "Query", "SkippedCall", "TechniqueCall", "Verdict", "load_mapping"]

_REMEMBERED_LABELS = 50_000
_LONGEST_REMEMBERED = 2_000
_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of a finding.

    Args:
        labels: the label path, outermost first; blanks may stand in it.
        kind: the value's kind (`domain`, `account`, `asset-count`, `empty`, ...; see the schema `mapping-rules`).
        platform: the value's platform (a key of `mappings/values/platforms.json`), or None.
        note: the comment beside the value.
        text: the value's own cell.
        guard: the guard list that holds the value (`shorteners`, `hosts`, ...), or None.
    """

    labels: tuple[str, ...]
    kind: str = "empty"
    platform: str | None = None
    note: str = ""
    text: str = ""
    guard: str | None = None


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A label path told: the node that answers, and what the way to it changes in its answer."""

    node: Node | None
    verdict: Verdict
    cap: int
    reason: str
    seen: dict[object, Verdict]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the rules say of findings that differ in their text alone."""

    mapping: Mapping
    query: Query
    without: Verdict
    """What they say where the text shows nothing."""

    looked_for: tuple[re.Pattern[str], ...]
    """What the text may show; where there is nothing, there is one verdict."""

    def of(self, text: str) -> Verdict:
        """What `Mapping.match` says of the finding with this text."""
        for pattern in self.looked_for:
            if pattern.search(text[:LONGEST_TEXT]):
                return self.mapping.match(replace(self.query, text=text))
        return self.without


class Mapping:
    """The rules of one or more files for one DISARM release, ready to answer."""

    def __init__(self, catalogue: Catalogue, files: Iterable[RuleFile], extra: Iterable[RuleFile] = ()) -> None:
        """Join the rules; `extra` files take precedence over `files`, later ones over earlier ones.

        Raises:
            UserError: a rule names a technique that the release has retired, or another rule that does not exist.
        """
        self.catalogue = catalogue
        built = build_nodes(catalogue, tuple(files), tuple(extra))
        self._nodes = built.nodes
        self.notices: tuple[str, ...] = built.notices
        """How the extra files change what our rules say, one sentence each."""
        self.skipped: tuple[SkippedCall, ...] = built.skipped
        """Calls left out because this release does not have the technique yet."""
        self.rules: dict[str, Rule] = built.rules
        """All rules in force, by id."""
        self._index = LabelIndex((node.label_id, label) for node in self._nodes.values() for label in node.labels)
        self._names = {technique.name.casefold(): technique for technique in catalogue.techniques()}
        self._resolved: dict[tuple[str, ...], _Resolved] = {}

    @property
    def release(self) -> str:
        """The DISARM release whose techniques are called."""
        return self.catalogue.release

    def labels(self) -> dict[str, str]:
        """The canonical text of every label known, by its id."""
        return dict(self._index.texts)

    def all_labels(self) -> dict[str, tuple[str, ...]]:
        """The canonical text and the variants of every label known, by its id."""
        return {node.label_id: node.labels for node in self._nodes.values()}

    def match_label(self, label_id: str) -> Verdict:
        """What the rules say for a label alone, by its id.

        Raises:
            KeyError: no such label.
        """
        return self._nodes[label_id].plain_verdict()

    def knows(self, label: str) -> bool:
        """Whether a rule or the framework itself knows a label, however the labels around it are."""
        return self._node_for(label[:_LONGEST_REMEMBERED])[0] is not None

    def match(self, query: Query) -> Verdict:
        """What the rules say of a finding; the same for equal queries, and remembered."""
        resolved = self._resolved.get(query.labels)
        if resolved is None:
            resolved = self._resolve(query.labels)
        node = resolved.node
        if node is None or node.senses.is_blind():
            return resolved.verdict
        sensed = node.senses.sense(query.kind, query.platform, query.note, query.text, query.guard)
        verdict = resolved.seen.get(sensed)
        if verdict is None:
            verdict = resolved.seen[sensed] = _adjusted(node.verdict(sensed), resolved.cap, resolved.reason)
        return verdict

    def answers(self, query: Query) -> Answers:
        """What the rules say of all findings that are as the query but for their text."""
        plain = replace(query, text="")
        resolved = self._resolved.get(query.labels) or self._resolve(query.labels)
        node = resolved.node
        looked_for = () if node is None else node.senses.looked_for(query.kind, query.platform, query.note, query.guard)
        return Answers(self, plain, self.match(plain), looked_for)

    def steps(self, query: Query) -> list[Step]:
        """The rules of the label that answers a query, with whether each held and spoke; empty if no label is known."""
        node = self._resolve(query.labels).node
        if node is None:
            return []
        return node.steps(node.senses.sense(query.kind, query.platform, query.note, query.text, query.guard))

    def _resolve(self, labels: tuple[str, ...]) -> _Resolved:
        resolved = self._tell(labels)
        if sum(map(len, labels)) <= _LONGEST_REMEMBERED:  # a hostile file may bring endless labels, or huge ones
            if len(self._resolved) >= _REMEMBERED_LABELS:
                self._resolved.clear()
            self._resolved[labels] = resolved
        return resolved

    def _tell(self, labels: tuple[str, ...]) -> _Resolved:
        written = [label[:_LONGEST_REMEMBERED] for label in reversed(labels) if label.strip()]
        if not written:
            return _fixed(Verdict((), None, "the finding has no label", "unclear", None))
        troubles: list[str] = []
        if labels and not labels[-1].strip():
            troubles.append("the innermost label is blank")
        for label in written:
            node, how = self._node_for(label)
            if node is not None:
                if not troubles and self._index.is_heading(node.label_id):
                    troubles = ["nothing more precise is given"]
                return _answering(node, label, how, troubles)
            troubles.append(self._trouble(label))
        inner = self._by_shorter_number(written[0])
        if inner is not None:
            return _answering(inner, inner.labels[0], "text", troubles)
        return _fixed(Verdict((), None, "; ".join(troubles), "unclear", None))

    def _node_for(self, label: str) -> tuple[Node | None, str]:
        found = self._index.find(label)
        technique_id = label_form(label).technique_id
        if technique_id is not None:
            return self._node_for_id(technique_id, label, found), "id"
        if found is not None:
            return self._nodes[found.label_id], found.how
        named = self._names.get(" ".join(label.split()).casefold())
        return (Node.for_technique(named), "text") if named is not None else (None, "")

    def _node_for_id(self, technique_id: str, label: str, found: Found | None) -> Node | None:
        """What a label with a DISARM id in front stands for: a rule that calls it, the technique, or its successors."""
        technique = meant(technique_id, bare_label(label), self.catalogue)
        node = self._nodes[found.label_id] if found is not None else None
        if technique is not None and (node is None or technique_id not in node.technique_ids()):
            return Node.for_technique(technique)
        return node

    def _trouble(self, label: str) -> str:
        shown = _shown(label)
        technique_id = label_form(label).technique_id
        if technique_id is not None:
            found = self.catalogue.lookup(technique_id)
            if not isinstance(found, Technique):
                return self.catalogue.explain(found)
            return f"{shown!r} is of another release: in DISARM {self.release} {technique_id} is {found.name}"
        nearest = self._index.nearest(label)
        return f"no rule knows the label {shown!r}" + (f" (nearest: {nearest!r})" if nearest else "")

    def _by_shorter_number(self, label: str) -> Node | None:
        """`0.9.13 Acquiring ...` alone, unknown, falls back on `0.9`."""
        number = label_form(label).number
        while number is not None and "." in number:
            number = number.rpartition(".")[0]
            owner = self._index.by_number(number)
            if owner is not None:
                return self._nodes[owner]
        return None


def _answering(node: Node, label: str, how: str, troubles: list[str]) -> _Resolved:
    cap = HIGH
    canonical = _shown(node.labels[0])
    reason = f"label {canonical!r}"
    if how == "typo":
        reason = f"label {_shown(label)!r} read as {canonical!r}"
    elif how == "number":
        reason = f"label {canonical!r} by its number alone"
        cap = MEDIUM
    if troubles:
        reason = f"{'; '.join(troubles)}; fell back on the {reason}"
        cap = MEDIUM
    return _Resolved(node, _adjusted(node.plain_verdict(), cap, reason), cap, reason, {})


def _shown(label: str) -> str:
    words = " ".join(label[: _LONGEST_SHOWN * 2].split())
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}..."


def _fixed(verdict: Verdict) -> _Resolved:
    return _Resolved(None, verdict, HIGH, verdict.reason, {})


def _adjusted(verdict: Verdict, cap: int, reason: str) -> Verdict:
    calls = tuple(call if call.confidence <= cap else replace(call, confidence=cap) for call in verdict.calls)
    return replace(verdict, calls=calls, reason=reason if calls else f"{reason}: {verdict.reason}")


def load_mapping(release: str = DEFAULT_RELEASE, extra: Iterable[Path] = ()) -> Mapping:
    """Our rules and those of the extra files, for one DISARM release.

    Extra files take precedence over ours, later ones over earlier ones: a rule with the id of ours takes its place; a
    rule with a label of ours speaks for that label alone wherever its conditions hold; a rule `of` a label of ours adds
    to it. `notices` of the result says what was changed. A technique that the release does not have yet is not called;
    `skipped` lists those.

    Raises:
        UserError: no such release; a rule file with faults (file, line and remedy); a rule that names a technique
            which the release has retired.
    """
    catalogue = Catalogue.load(release)
    ours = [read_rule_file(path) for path in built_in_rule_files()]
    theirs = [read_rule_file(path) for path in extra]
    return Mapping(catalogue, ours, theirs)
