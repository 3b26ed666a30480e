"""Rules joined by label: for each label the clauses that may speak, and the verdict they give together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from disarm_exchange.disarm.catalogue import Catalogue, Technique
from disarm_exchange.disarm.conditions import Condition, Sensed, Senses, holds
from disarm_exchange.disarm.confidence import HIGH
from disarm_exchange.disarm.labels import label_form
from disarm_exchange.disarm.rule_files import Rule, RuleFile
from disarm_exchange.disarm.rule_release import NoPlaceError, placed_entry
from disarm_exchange.errors import UserError

_NOTHING_SENSED: Sensed = ("", None, None, frozenset(), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class TechniqueCall:
    """A technique called for a finding; `confidence` on STIX's scale from 0 to 100."""

    technique_id: str
    confidence: int
    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a finding.

    Args:
        calls: the techniques, best first; empty if there is no honest counterpart.
        rule_id: the rule that spoke for the label; None if no rule knows the label.
        reason: how the label was told, and why nothing was called if nothing was.
        value_role: whose the value is (`operation`, `victim`, `service`, ...; see the schema `mapping-rules`).
        label_id: the canonical id of the label, or None.
    """

    calls: tuple[TechniqueCall, ...]
    rule_id: str | None
    reason: str
    value_role: str
    label_id: str | None


@dataclass(frozen=True, slots=True)
class SkippedCall:
    """A call left out because the release in use does not have the technique: not yet, or no longer."""

    rule_id: str
    technique_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Clause:
    """What one rule says; each of `when` must hold, and holds if one of its conditions does."""

    rule_id: str
    when: tuple[tuple[Condition, ...], ...]
    calls: tuple[TechniqueCall, ...]
    skipped: tuple[SkippedCall, ...]
    unmapped: str | None
    value_role: str | None
    replaces: bool

    def applies(self, sensed: Sensed) -> bool:
        """Whether all its conditions hold."""
        return all(holds(conditions, sensed) for conditions in self.when)


@dataclass(frozen=True, slots=True)
class Step:
    """A clause on the way to a verdict: whether its conditions hold, and whether it then spoke."""

    clause: Clause
    holds: bool
    spoke: bool


@dataclass(slots=True)
class _Group:
    """The clauses of one label rule: its own first, then what it includes, then what refines it."""

    rule_id: str
    clauses: list[Clause]


@dataclass
class Node:
    """A known label: its texts, and the groups of clauses that may speak for it, those that take precedence first."""

    label_id: str
    labels: tuple[str, ...]
    parents: Mapping[str, str | None]
    groups: list[_Group] = field(default_factory=list)

    @staticmethod
    def for_technique(technique: Technique) -> Node:
        """A label that names a technique by its DISARM id or name."""
        rule_id = f"disarm.{technique.id}"
        call = TechniqueCall(technique.id, HIGH, rule_id, f"the label names {technique.id} {technique.name} itself")
        group = _Group(rule_id, [Clause(rule_id, (), (call,), (), None, None, False)])
        return Node(rule_id, (f"{technique.id} {technique.name}",), {}, [group])

    @cached_property
    def senses(self) -> Senses:
        """What the conditions of this label look at."""
        return Senses(
            condition
            for group in self.groups
            for clause in group.clauses
            for conditions in clause.when
            for condition in conditions
        )

    def technique_ids(self) -> set[str]:
        """All techniques that may be called for this label."""
        return {call.technique_id for group in self.groups for clause in group.clauses for call in clause.calls}

    def plain_verdict(self) -> Verdict:
        """The verdict for the label alone, nothing being known of a value."""
        return self.verdict(_NOTHING_SENSED)

    def verdict(self, sensed: Sensed) -> Verdict:
        """The verdict for what the conditions can tell of a value; `reason` is given only where nothing is called."""
        group = self._group(sensed)
        if group is None:
            reason = "the rules of this label do not speak for such a value"
            return Verdict((), self.groups[-1].rule_id, reason, "unclear", self.label_id)
        active = [clause for clause in group.clauses if clause.applies(sensed)]
        roles = [clause.value_role for clause in active if clause.value_role is not None]
        role = roles[-1] if roles else "operation"
        speaking = _speaking(active)
        calls = self._best_calls(call for clause in speaking for call in clause.calls)
        if calls:
            contributors = [call.rule_id for call in calls]
            rule_id = group.rule_id if group.rule_id in contributors else contributors[0]
            return Verdict(calls, rule_id, "", role, self.label_id)
        refusals = [(clause.rule_id, clause.unmapped) for clause in speaking if clause.unmapped is not None]
        refusals += [(skip.rule_id, skip.reason) for clause in speaking for skip in clause.skipped]
        rule_id, reason = refusals[-1] if refusals else (group.rule_id, "no rule of this label applies to this value")
        return Verdict((), rule_id, reason, role, self.label_id)

    def steps(self, sensed: Sensed) -> list[Step]:
        """Every clause of this label, with whether it holds and whether it spoke."""
        deciding = self._group(sensed)
        found = []
        for group in self.groups:
            active = [clause for clause in group.clauses if clause.applies(sensed)]
            speaking = _speaking(active) if group is deciding else []
            found += [Step(clause, clause in active, clause in speaking) for clause in group.clauses]
        return found

    def _group(self, sensed: Sensed) -> _Group | None:
        return next((group for group in self.groups if group.clauses[0].applies(sensed)), None)

    def _best_calls(self, calls: Iterable[TechniqueCall]) -> tuple[TechniqueCall, ...]:
        """Each technique once, at its best; none beside a sub-technique of it that is called at least as surely."""
        best: dict[str, TechniqueCall] = {}
        for call in calls:
            if call.technique_id not in best or best[call.technique_id].confidence < call.confidence:
                best[call.technique_id] = call
        surest_child: dict[str, int] = {}
        for call in best.values():
            parent = self.parents.get(call.technique_id)
            if parent is not None:
                surest_child[parent] = max(surest_child.get(parent, 0), call.confidence)
        kept = [call for call in best.values() if surest_child.get(call.technique_id, -1) < call.confidence]
        return tuple(sorted(kept, key=lambda call: (-call.confidence, call.technique_id)))


def _speaking(active: list[Clause]) -> list[Clause]:
    return [clause for clause in active if clause.replaces] or active


@dataclass(frozen=True, slots=True)
class Built:
    """All labels with their clauses, the rules in force, and what was changed or left out on the way."""

    nodes: dict[str, Node]
    rules: dict[str, Rule]
    notices: tuple[str, ...]
    skipped: tuple[SkippedCall, ...]


def build_nodes(catalogue: Catalogue, files: tuple[RuleFile, ...], extra: tuple[RuleFile, ...]) -> Built:
    """Join the rules of all files; `extra` ones take precedence over `files`, later over earlier.

    Raises:
        UserError: an id given twice, a technique that the release has retired, a reference to no rule.
    """
    return _Builder(catalogue).build(files, extra)


class _Builder:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._parents = {technique.id: technique.parent_id for technique in catalogue.techniques()}
        self._rules: dict[str, Rule] = {}
        self._own_rules: set[str] = set()
        self._notices: list[str] = []
        self._skipped: dict[tuple[str, str], SkippedCall] = {}
        self._nodes: dict[str, Node] = {}
        self._owner_of_key: dict[tuple[str, str | None], str] = {}
        self._groups: dict[str, list[_Group]] = {}

    def build(self, files: tuple[RuleFile, ...], extra: tuple[RuleFile, ...]) -> Built:
        layers = [[rule for file in files for rule in file.rules], *[list(file.rules) for file in extra]]
        layer_of: dict[str, int] = {}
        for layer, rules in enumerate(layers):
            for rule in rules:
                self._take(rule, layer, layer_of)
                if layer > 0:
                    self._own_rules.add(rule.id)
        ordered = sorted(self._rules.values(), key=lambda rule: layer_of[rule.id])
        for rule in ordered:
            if rule.labels:
                self._label_rule(rule, layer_of[rule.id])
        for rule in ordered:
            for target in rule.of:
                self._refine(rule, target)
        return Built(self._nodes, self._rules, tuple(self._notices), tuple(self._skipped.values()))

    def _take(self, rule: Rule, layer: int, layer_of: dict[str, int]) -> None:
        earlier = self._rules.get(rule.id)
        if earlier is not None:
            if layer == 0:
                raise UserError(f"the id {rule.id} is also at {earlier.place}", where=rule.place)
            if not rule.labels and not rule.of:
                rule = replace(rule, labels=earlier.labels, of=earlier.of)
            self._notices.append(f"{rule.place}: {rule.id} takes the place of the rule at {earlier.place}")
        else:
            layer_of[rule.id] = layer
        self._rules[rule.id] = rule

    def _label_rule(self, rule: Rule, layer: int) -> None:
        group = _Group(rule.id, [self._clause(rule), *self._included(rule)])
        own_labels: list[str] = []
        for label in rule.labels:
            form = label_form(label)
            key = ("", form.technique_id) if form.technique_id else (form.key or form.whole_key, None)
            owner = self._owner_of_key.get(key)
            if owner is None or owner == rule.id:
                self._owner_of_key[key] = rule.id
                own_labels.append(label)
                continue
            if layer == 0:
                raise UserError(f"the label {label!r} of {rule.id} is also one of {owner}", where=rule.place)
            node = self._nodes[owner]
            if group not in node.groups:
                node.groups.insert(0, group)
                self._notices.append(f"{rule.place}: {rule.id} speaks for the label {label!r} before {owner}")
        if own_labels:
            self._nodes[rule.id] = Node(rule.id, tuple(own_labels), self._parents, [group])
        self._groups[rule.id] = [group]

    def _refine(self, rule: Rule, target: str) -> None:
        if target not in self._groups:
            raise UserError(f"{rule.id} refines {target}, which is no rule with labels", where=rule.place)
        for group in self._groups[target]:
            group.clauses += [self._clause(rule), *self._included(rule)]

    def _included(self, rule: Rule) -> list[Clause]:
        found: list[Clause] = []
        for pattern in rule.include:
            prefix = pattern.removesuffix("*")
            taken = [
                shared
                for shared in self._rules.values()
                if not shared.labels
                and not shared.of
                and (shared.id == pattern or (prefix != pattern and shared.id.startswith(prefix)))
            ]
            if not taken:
                raise UserError(f"{rule.id} includes {pattern}, but there is no such shared rule", where=rule.place)
            found += [self._clause(shared, including=rule) for shared in taken]
        return found

    def _clause(self, rule: Rule, including: Rule | None = None) -> Clause:
        at_most = including.include_at_most if including is not None else HIGH
        calls, skipped = [], []
        for entry in rule.techniques:
            if rule.release == self._catalogue.release:
                calls.append(TechniqueCall(entry.id, min(entry.confidence, at_most), rule.id, entry.reason))
                continue
            try:
                own = rule.id in self._own_rules
                placed = placed_entry(entry, rule.release, self._catalogue, follow=not own)
            except NoPlaceError as error:
                if error.refused and own:
                    raise UserError(f"{rule.id}: {error}", where=rule.place) from None
                skipped.append(SkippedCall(rule.id, entry.id, f"{error}, which {rule.id} calls"))
                self._skipped[rule.id, entry.id] = skipped[-1]
            else:
                calls.append(TechniqueCall(placed.id, min(placed.confidence, at_most), rule.id, placed.reason))
        when = (*((including.when,) if including is not None else ()), rule.when)
        return Clause(
            rule_id=rule.id,
            when=tuple(conditions for conditions in when if conditions),
            calls=tuple(calls),
            skipped=tuple(skipped),
            unmapped=rule.unmapped,
            value_role=rule.value_role,
            replaces=rule.replaces or (including is not None and including.replaces),
        )
