"""The stream from findings to exchange objects.

Every object but the `uses` relationships and the report is a function of its own key alone. So objects stream
out as they are found, duplicates are recognised by id, and neither the order of the records nor their
split into files changes the result; evidence is gathered and comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from disarm_exchange.convert.account import AccountLine, account_of, account_of_unreadable
from disarm_exchange.convert.building import counted_platforms, indicated, indicator_of, noted, observed, sighted
from disarm_exchange.convert.case_objects import opening_objects, report
from disarm_exchange.convert.dad_cdm import Model, modelled
from disarm_exchange.convert.evidence import Evidence
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.outcome import Decision, Outcome, decide
from disarm_exchange.convert.parts import OPERATION, Parts, part_of, value_key
from disarm_exchange.convert.summary import Summary
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.mapping import Query, Verdict
from disarm_exchange.findings.case import Case
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.values import Kind, Value, defang
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import attack_pattern

_UNREPORTED = frozenset({"marking-definition", "extension-definition", "report"})
_SHOWN = (Outcome.INDICATOR, Outcome.OBSERVABLE_ONLY)


class Conversion:
    """One case being converted. Feed it findings, then take the closing objects."""

    def __init__(
        self,
        case: Case,
        mapping: TechniqueMapping,
        catalogue: Catalogue,
        *,
        model: Model = Model.STIX,
        parts: Mapping[str, str] | None = None,
        on_quarantine: Callable[[AccountLine], None],
        on_account: Callable[[AccountLine], None] | None = None,
    ) -> None:
        """Begin a case.

        Args:
            case: the case.
            mapping: the rules that call techniques.
            catalogue: the DISARM release the mapping speaks of.
            model: which objects to give.
            parts: whose values are, where an earlier attempt found out (see `parts`).
            on_quarantine: is given the account line of every record that cannot be read.
            on_account: is given the account line of every other record, where somebody wants it.
        """
        self.summary = Summary()
        self._case = case
        self._frame = Frame.of(case)
        self._mapping = mapping
        self._catalogue = catalogue
        self._model = model
        self._parts = Parts(parts or {})
        self._on_quarantine = on_quarantine
        self._on_account = on_account
        self._evidence = Evidence()
        self._seen: set[str] = set()
        self._listed: list[str] = []
        self._names: set[str] = set()

    def objects(self, items: Iterable[Finding | Unreadable]) -> Iterator[StixObject]:
        """All objects of the case, each once: opening, what the findings give, techniques, report.

        Raises:
            PartsConflictError: at the end; what was given so far must be thrown away (see `parts`).
        """
        yield from self._new(list(opening_objects(self._case, self._frame)))
        for record in items:
            yield from self._new(self._record(record))
        self._parts.check(self._is_written)
        yield from self._closing()

    def _new(self, built: list[StixObject]) -> list[StixObject]:
        """Those of the objects that were not given before."""
        new = []
        seen = self._seen
        for item in built:
            object_id: str = item["id"]  # type: ignore[assignment]
            if object_id in seen:
                continue
            seen.add(object_id)
            object_type: str = item["type"]  # type: ignore[assignment]
            if object_type not in _UNREPORTED:
                self._listed.append(object_id)
            self.summary.objects[object_type] += 1
            new.append(item)
        return new

    def _record(self, record: Finding | Unreadable) -> list[StixObject]:
        summary = self.summary
        summary.records += 1
        if isinstance(record, Unreadable):
            summary.outcomes[Outcome.QUARANTINE] += 1
            self._on_quarantine(account_of_unreadable(record))
            return []
        value = record.value
        verdict = self._mapping.match(query_of(record))
        part = part_of(record, verdict)
        decision, built = self._converted(record, value, verdict, part)
        for other in record.more:
            further, more = self._converted(record, other, verdict, part)
            if further.outcome not in _SHOWN:
                continue
            if further.outcome is Outcome.INDICATOR and decision.outcome is Outcome.OBSERVABLE_ONLY:
                reason = f"{decision.reason}; {defang(other.text)}, which it leads to, is an indicator"
                decision = Decision(Outcome.OBSERVABLE_ONLY, reason)
            built += more
        self._collect_evidence(record, verdict, decision)
        summary.outcomes[decision.outcome] += 1
        summary.kinds[value.kind.value] += 1
        if self._on_account is not None:
            platforms = counted_platforms(record, value) if decision.outcome is Outcome.COUNT else ()
            self._on_account(account_of(record, verdict, decision, [str(item["id"]) for item in built], platforms))
        return built

    def _converted(
        self, finding: Finding, value: Value, verdict: Verdict, own_part: str
    ) -> tuple[Decision, list[StixObject]]:
        """The outcome of one value of a finding, and its objects."""
        part = self._parts.part(value, own_part)
        decision = decide(value, part)
        outcome = decision.outcome
        frame = self._frame
        if outcome is Outcome.INDICATOR:
            built = indicated(frame, observable_of(value))
            if self._model is not Model.STIX:
                built += modelled(frame, value, verdict, str(built[0]["id"]))
            return decision, built
        if outcome is Outcome.OBSERVABLE_ONLY:
            built = observed(frame, observable_of(value))
            self._parts.learn(value, own_part, str(built[0]["id"]))
            return decision, built
        if outcome is Outcome.WITHHELD:
            object_id = value_key(value) if value.kind is Kind.NAME else str(observable_of(value).sco["id"])
            self._parts.learn(value, own_part, object_id)
            return decision, []
        if outcome is Outcome.COUNT:
            return decision, sighted(frame, value, counted_platforms(finding, value))
        if value.kind is Kind.NAME:
            self._names.add(value_key(value))
        objects = [] if self._model is Model.STIX else modelled(frame, value, verdict, own=part == OPERATION)
        if self._model is not Model.DAD_CDM or not objects:
            objects = noted(frame, finding, value, verdict) + objects
        return decision, objects

    def _is_written(self, object_id: str, as_indicator: bool) -> bool:
        if object_id in self._names:
            return not as_indicator
        return (indicator_of(self._frame, object_id) if as_indicator else object_id) in self._seen

    def _collect_evidence(self, finding: Finding, verdict: Verdict, decision: Decision) -> None:
        label = finding.labels[-1] if finding.labels else ""
        if not verdict.calls:
            self.summary.unmapped[label, verdict.reason] += 1
            return
        value = finding.value
        shown = "" if decision.outcome is Outcome.WITHHELD else value.url or value.text
        row = (label, shown, finding.note)
        for call in verdict.calls:
            self._evidence.add(call, row)

    def _closing(self) -> Iterator[StixObject]:
        counts = self._evidence.counts()
        self.summary.techniques = counts
        yield from self._new([technique_object(self._catalogue, technique_id) for technique_id in counts])
        yield from self._new(list(self._evidence.relationships(self._frame, self._catalogue.release)))
        yield from self._new([report(self._case, self._frame, self._listed)])


def query_of(finding: Finding) -> Query:
    """What the mapping is asked about a finding."""
    value = finding.value
    return Query(finding.labels, value.kind.value, value.platform, finding.note, finding.raw)


def technique_object(catalogue: Catalogue, technique_id: str) -> StixObject:
    """The attack-pattern of a technique, as the catalogue's release has it."""
    technique = catalogue.technique(technique_id)
    return attack_pattern(
        technique.id,
        technique.name,
        phases=[tactic.shortname for tactic in catalogue.tactics_of(technique)],
        url=catalogue.technique_url(technique.id),
        release=catalogue.release,
        released=catalogue.released,
    )
