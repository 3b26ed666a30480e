"""From records to a block of objects: what each becomes, and what is remembered of it.

Every object but the `uses` relationships and the report is a function of its own key alone. So neither the order of
the records nor their split into files and blocks changes the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from disarm_exchange.convert.account import AccountLine, account_of, account_of_unreadable
from disarm_exchange.convert.block import Block
from disarm_exchange.convert.building import counted_platforms, indicated, noted, observed, sighted
from disarm_exchange.convert.dad_cdm import Model, modelled
from disarm_exchange.convert.evidence import Supports
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.further import further_values, redirect, redirects_of
from disarm_exchange.convert.moulds import Mould
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.outcome import OBSERVABLE_KINDS, Decision, Outcome, decide
from disarm_exchange.convert.parts import part_of, value_key
from disarm_exchange.convert.rendering import Group, group_of
from disarm_exchange.convert.shapes import Case, FastLane
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.mapping import Query, Verdict
from disarm_exchange.findings.model import OPERATION, Finding, Unreadable
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
        fast: whether ordinary findings take the fast lane (see `shapes`); the result is the same.
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
        fast: bool = True,
    ) -> None:
        self._frame = frame
        self._mapping = mapping
        self._model = model
        self._separator = separator
        self._parts = parts
        self._all_lines = all_lines
        self._block = Block()
        fast_lane = FastLane(
            frame, mapping, separator=separator, parts=parts, query_of=query_of, build=self.observables
        )
        self._case_of = fast_lane.case_of if fast else lambda _: None

    def convert(self, records: Iterable[Finding | Unreadable]) -> Block:
        """What these records give."""
        block = self._block = Block()
        supports = Supports()
        summary, outcomes = block.summary, block.summary.outcomes
        given: list[Group | Case] = []
        told: list[AccountLine | Finding] = []
        cases: list[Case] = []
        case_of, all_lines = self._case_of, self._all_lines
        for record in records:
            summary.records += 1
            if isinstance(record, Unreadable):
                outcomes[Outcome.QUARANTINE] += 1
                told.append(account_of_unreadable(record))
                continue
            case = case_of(record)
            if case is not None:
                if not case.values:
                    cases.append(case)
                    supports.of(case.verdict)
                case.values.append(record.value)
                given.append(case)
                if all_lines:
                    told.append(record)
                continue
            verdict = self._mapping.match(query_of(record))
            decision, groups = self._record(record, verdict)
            given += groups
            if all_lines:
                told.append(account_of(record, verdict, decision, groups))
            outcomes[decision.outcome] += 1
            summary.take_kind(record.value.kind, 1, open_=decision.open)
            label = record.labels[-1] if record.labels else ""
            if verdict.calls:
                # The comment beside a victim mostly names it too.
                withheld = decision.outcome is Outcome.WITHHELD
                supports.of(verdict).add(label, [_said(record.value)], record.note, withheld=withheld)
            else:
                summary.unmapped[label, verdict.reason] += 1
        for case in cases:
            outcomes[case.decision.outcome] += len(case.values)
            summary.take_kind(case.values[0].kind, len(case.values), open_=case.decision.open)
            if case.verdict.calls:
                supports.of(case.verdict).add(case.label, list(map(_said, case.values)), case.note)
            else:
                summary.unmapped[case.label, case.verdict.reason] += len(case.values)
        for support in supports:
            block.evidence.add(support)
        filled = _filled(given, cases)
        block.lines = list(_lines(told, given, filled))
        block.groups = list({group.uuids: group for groups in filled for group in groups}.values())
        return block

    def _record(self, record: Finding, verdict: Verdict) -> tuple[Decision, list[Group]]:
        """What becomes of one finding, and its objects."""
        part = part_of(record, verdict)
        decision, groups = self._converted(record, record.value, verdict, part)
        redirects = redirects_of(record)
        for other in further_values(record, verdict):
            further, more = self._converted(record, other, verdict, part)
            if further.outcome is Outcome.INDICATOR and decision.outcome is Outcome.OBSERVABLE_ONLY:
                reason = f"{decision.reason}; {defang(other.text)}, which it leads to, is an indicator"
                decision = Decision(Outcome.OBSERVABLE_ONLY, reason)
            if other in redirects and groups and further.outcome in _WRITTEN and decision.outcome in _WRITTEN:
                more += self._single([redirect(self._frame, groups[0].first_id(), more[0].first_id())])
            groups += more
        return decision, groups

    def _converted(
        self, finding: Finding, value: Value, verdict: Verdict, own_part: str
    ) -> tuple[Decision, list[Group]]:
        """The outcome of one value of a finding, and its objects."""
        part = self._parts.get(value_key(value), own_part) if self._parts else own_part
        decision = decide(value, part)
        outcome = decision.outcome
        learnt = self._block.learnt
        if outcome in _WRITTEN:
            if outcome is Outcome.OBSERVABLE_ONLY:
                learnt.learn(value, own_part, observable_of(value).id)
            return decision, [self._group(built) for built in self.observables(self._frame, value, verdict, outcome)]
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

    def observables(self, frame: Frame, value: Value, verdict: Verdict, outcome: Outcome) -> list[list[StixObject]]:
        """An observable with what hangs on it; a channel brings its ties, the definition of its extension is alone."""
        observable = observable_of(value)
        if outcome is Outcome.OBSERVABLE_ONLY:
            return [observed(frame, observable)]
        built = [] if self._model is Model.STIX else modelled(frame, value, verdict, observable.id)
        return [indicated(frame, observable), *([built[:1], built[1:]] if built else [])]

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

    def _group(self, built: list[StixObject]) -> Group:
        return group_of(built, self._separator)


def query_of(finding: Finding) -> Query:
    """What the mapping is asked about a finding."""
    value = finding.value
    guard = value.guard.list if value.guard is not None else None
    return Query(finding.labels, value.kind.value, value.platform, finding.note, finding.raw, guard)


def _said(value: Value) -> str:
    """A value as it stands in evidence."""
    return value.url or value.text


def _filled(given: Sequence[Group | Case], cases: Iterable[Case]) -> list[tuple[Group, ...]]:
    """The groups of each of what was given, in the same order; cases are emptied."""
    by_mould: dict[Mould, list[Case]] = {}
    for case in cases:
        by_mould.setdefault(case.mould, []).append(case)
    made: dict[Case, Iterator[tuple[Group, ...]]] = {}
    for mould, theirs in by_mould.items():
        filled = iter(mould.fill([value for case in theirs for value in case.values]))
        for case in theirs:
            made[case] = iter(list(islice(filled, len(case.values))))
            case.values = []
    return [next(made[item]) if isinstance(item, Case) else (item,) for item in given]


def _lines(
    told: Iterable[AccountLine | Finding], given: Iterable[Group | Case], filled: Iterable[tuple[Group, ...]]
) -> Iterator[AccountLine]:
    """The account lines, with those of the cases among them."""
    made = ((item, groups) for item, groups in zip(given, filled, strict=True) if isinstance(item, Case))
    for line in told:
        if isinstance(line, Finding):
            case, groups = next(made)
            yield account_of(line, case.verdict, case.decision, groups)
        else:
            yield line
