"""Why a query gets its verdict: each rule of its label, whether it spoke, and what held it back."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_exchange.disarm.clauses import TechniqueCall, Verdict
from disarm_exchange.disarm.conditions import Condition, Criteria
from disarm_exchange.disarm.mapping import Mapping, Query


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule of the label. `spoke`: its conditions hold and no other rule took its place."""

    rule_id: str
    place: str
    conditions: tuple[str, ...]
    holds: bool
    spoke: bool
    calls: tuple[TechniqueCall, ...]
    unmapped: str | None
    value_role: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A verdict and the rules behind it, in the order in which they are asked."""

    verdict: Verdict
    rules: tuple[RuleTrace, ...]


def trace(mapping: Mapping, query: Query) -> Trace:
    """The verdict for a query with every rule of its label."""
    verdict = mapping.match(query)
    steps = mapping.steps(query)
    rules = tuple(
        RuleTrace(
            rule_id=step.clause.rule_id,
            place=mapping.rules[step.clause.rule_id].place if step.clause.rule_id in mapping.rules else "the catalogue",
            conditions=tuple(" or ".join(in_words(part) for part in parts) for parts in step.clause.when),
            holds=step.holds,
            spoke=step.spoke,
            calls=step.clause.calls,
            unmapped=step.clause.unmapped,
            value_role=step.clause.value_role,
        )
        for step in steps
    )
    return Trace(verdict, rules)


def in_words(condition: Condition) -> str:
    """A condition as a reader would say it."""
    said = _criteria(condition.asks)
    barred = _criteria(condition.unless)
    return " and ".join(said + ([f"unless {' or '.join(barred)}"] if barred else []))


def _criteria(criteria: Criteria) -> list[str]:
    found = []
    if criteria.kinds:
        found.append(f"kind is {'/'.join(sorted(criteria.kinds))}")
    if criteria.platforms:
        found.append(f"platform is {'/'.join(sorted(criteria.platforms))}")
    if criteria.guards:
        found.append(f"guard list is {'/'.join(sorted(criteria.guards))}")
    for place, phrases in (
        ("note", criteria.note),
        ("text", criteria.text),
        ("note or text", criteria.words),
    ):
        if phrases:
            found.append(f"{place} has {', '.join(repr(phrase) for phrase in phrases)}")
    return found
