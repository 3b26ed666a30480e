"""The account of a run: one JSON line for every record, so that nothing is lost without a word.

The account stays with the producer: it holds raw cells and what was withheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from disarm_exchange.convert.building import counted_platforms
from disarm_exchange.convert.outcome import Decision, Outcome
from disarm_exchange.convert.rendering import Group
from disarm_exchange.disarm.mapping import Verdict
from disarm_exchange.findings.model import Finding, Unreadable


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What became of one record (`schemas/account.schema.json`)."""

    file: str
    record: int
    outcome: Outcome
    reason: str
    kind: str | None = None
    platform: str | None = None
    value: str | None = None
    login: str | None = None
    count: int | None = None
    labels: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    rule: str | None = None
    mapping_reason: str | None = None
    object_ids: tuple[str, ...] = ()
    problem: str | None = None
    raw: str | None = None

    def to_json(self) -> bytes:
        """One line of JSON with its line end."""
        return orjson.dumps(self, option=orjson.OPT_APPEND_NEWLINE)


def account_of(finding: Finding, verdict: Verdict, decision: Decision, groups: Iterable[Group]) -> AccountLine:
    """The line of a finding that gave these groups of objects."""
    value = finding.value
    counted_on = counted_platforms(finding, value) if decision.outcome is Outcome.COUNT else ()
    return AccountLine(
        file=finding.file,
        record=finding.record,
        outcome=decision.outcome,
        reason=decision.reason,
        kind=value.kind.value,
        platform=value.platform or ",".join(counted_on) or None,
        value=value.text,
        login=value.spelling or value.login or value.user_id,
        count=value.count,
        labels=finding.labels,
        techniques=tuple(call.technique_id for call in verdict.calls),
        rule=verdict.rule_id,
        mapping_reason=verdict.reason,
        object_ids=tuple([each for group in groups for each in group.ids()]),
        problem=value.problem,
        raw=finding.raw,
    )


def account_of_unreadable(item: Unreadable) -> AccountLine:
    """The line of a record that could not be read."""
    return AccountLine(file=item.file, record=item.record, outcome=Outcome.QUARANTINE, reason=item.reason, raw=item.raw)
