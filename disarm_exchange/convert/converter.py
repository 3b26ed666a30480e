"""From records to a block of objects: what each becomes, and what is remembered of it.

Every object but the `uses` relationships and the report is a function of its own key alone. So neither the order of
the records nor their split into files and blocks changes the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from disarm_exchange.convert.account import account_of, account_of_unreadable
from disarm_exchange.convert.block import Block
from disarm_exchange.convert.building import counted_platforms, noted, sighted
from disarm_exchange.convert.dad_cdm import Model, modelled
from disarm_exchange.convert.evidence import Support
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.further import further_values, redirect, redirects_of
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.outcome import OBSERVABLE_KINDS, Decision, Outcome, decide
from disarm_exchange.convert.parts import OPERATION, part_of, value_key
from disarm_exchange.convert.rendering import Group, Renderer
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.mapping import Query, Verdict
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.values import Kind, Value
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import defang

_NAMING_KINDS = frozenset({Kind.NAME, Kind.PHONE, Kind.WALLET})
"""Words that name somebody: a victim's stay home wherever else in the case they stand."""

_WRITTEN = frozenset({Outcome.INDICATOR, Outcome.OBSERVABLE_ONLY})


class Converter:
    """Converts the records of one case, block by block.

    Args:
        frame: the case's.
        mapping: the rules that call techniques.
        model: which objects to give.
        separator: what stands between two objects of a group.
        parts: whose values are, where an earlier attempt found out (see `parts`).
        all_lines: whether the account of every record is wanted, or only of those in quarantine.
    """

    def __init__(
        self,
        frame: Frame,
        mapping: TechniqueMapping,
        model: Model,
        *,
        separator: bytes,
        parts: Mapping[str, str],
        all_lines: bool,
    ) -> None:
        self._frame = frame
        self._mapping = mapping
        self._model = model
        self._separator = separator
        self._render = Renderer(frame, separator)
        self._parts = parts
        self._all_lines = all_lines
        self._block = Block()
        self._seen: set[str] = set()

    def convert(self, records: Iterable[Finding | Unreadable]) -> Block:
        """What these records give."""
        block = self._block = Block()
        self._seen = set()
        supports: dict[int, tuple[Verdict, Support]] = {}
        match = self._mapping.match
        summary, outcomes, kinds = block.summary, block.summary.outcomes, block.summary.kinds
        for record in records:
            summary.records += 1
            if isinstance(record, Unreadable):
                outcomes[Outcome.QUARANTINE] += 1
                block.lines.append(account_of_unreadable(record))
                continue
            value = record.value
            verdict = match(query_of(record))
            decision = self._record(record, value, verdict)
            outcomes[decision.outcome] += 1
            kinds[value.kind.value] += 1
            label = record.labels[-1] if record.labels else ""
            if not verdict.calls:
                summary.unmapped[label, verdict.reason] += 1
                continue
            known = supports.get(id(verdict))
            if known is None:
                known = supports[id(verdict)] = verdict, Support(verdict.calls)
            # The comment beside a victim mostly names it too.
            row = (label, value.url or value.text, record.note)
            known[1].add(row, withheld=decision.outcome is Outcome.WITHHELD)
        for _, support in supports.values():
            block.evidence.add(support)
        return block

    def _record(self, record: Finding, value: Value, verdict: Verdict) -> Decision:
        """Convert one finding: its decision; the objects are in the block then."""
        part = part_of(record, verdict)
        decision, groups = self._converted(record, value, verdict, part)
        redirects = redirects_of(record)
        for other in further_values(record, verdict):
            further, more = self._converted(record, other, verdict, part)
            if further.outcome is Outcome.INDICATOR and decision.outcome is Outcome.OBSERVABLE_ONLY:
                reason = f"{decision.reason}; {defang(other.text)}, which it leads to, is an indicator"
                decision = Decision(Outcome.OBSERVABLE_ONLY, reason)
            if other in redirects and groups and further.outcome in _WRITTEN and decision.outcome in _WRITTEN:
                more += self._single([redirect(self._frame, groups[0].first_id(), more[0].first_id())])
            groups += more
        if self._all_lines:
            ids = [one for group in groups for one in group.ids()]
            platforms = counted_platforms(record, value) if decision.outcome is Outcome.COUNT else ()
            self._block.lines.append(account_of(record, verdict, decision, ids, platforms))
        seen, given = self._seen, self._block.groups
        for group in groups:
            if group.uuids not in seen:
                seen.add(group.uuids)
                given.append(group)
        return decision

    def _converted(
        self, finding: Finding, value: Value, verdict: Verdict, own_part: str
    ) -> tuple[Decision, list[Group]]:
        """The outcome of one value of a finding, and its objects."""
        part = self._parts.get(value_key(value), own_part) if self._parts else own_part
        decision = decide(value, part)
        outcome = decision.outcome
        if outcome is Outcome.INDICATOR:
            observable = observable_of(value)
            groups = [self._render.indicated(observable)]
            if self._model is not Model.STIX:
                groups += self._channel(modelled(self._frame, value, verdict, observable.id))
            return decision, groups
        learnt = self._block.learnt
        if outcome is Outcome.OBSERVABLE_ONLY:
            observable = observable_of(value)
            learnt.learn(value, own_part, observable.id)
            return decision, [self._render.observed(observable)]
        if outcome is Outcome.WITHHELD:
            if value.kind in OBSERVABLE_KINDS:
                learnt.learn(value, own_part, observable_of(value).id)
            elif value.kind in _NAMING_KINDS:
                learnt.learn(value, own_part, value_key(value))
            return decision, []
        if outcome is Outcome.COUNT:
            return decision, self._single(sighted(self._frame, value, counted_platforms(finding, value)))
        if value is not finding.value:
            return decision, []  # words beside the record's own value stand in its note already
        return decision, self._single(self._worded(finding, value, verdict, own=part == OPERATION))

    def _worded(self, finding: Finding, value: Value, verdict: Verdict, *, own: bool) -> list[StixObject]:
        """A note, a DAD-CDM object, or both, as the model says."""
        if value.kind in _NAMING_KINDS:
            self._block.names.add(value_key(value))
        objects = [] if self._model is Model.STIX else modelled(self._frame, value, verdict, own=own)
        if self._model is Model.DAD_CDM and objects:
            return objects
        return noted(self._frame, finding, value, verdict) + objects

    def _single(self, built: list[StixObject]) -> list[Group]:
        return [self._group([item]) for item in built]

    def _channel(self, built: list[StixObject]) -> list[Group]:
        """A channel brings its ties along; the definition of its extension stands by itself."""
        return [self._group(built[:1]), self._group(built[1:])] if built else []

    def _group(self, built: list[StixObject]) -> Group:
        return group_of(built, self._separator)


def group_of(built: list[StixObject], separator: bytes) -> Group:
    """Objects that come together, written."""
    return Group(
        tuple([str(item["type"]) for item in built]),
        "".join([str(item["id"])[-36:] for item in built]),
        separator.join([orjson.dumps(item) for item in built]),
    )


def query_of(finding: Finding) -> Query:
    """What the mapping is asked about a finding."""
    value = finding.value
    guard = value.guard.list if value.guard is not None else None
    return Query(finding.labels, value.kind.value, value.platform, finding.note, finding.raw, guard)
