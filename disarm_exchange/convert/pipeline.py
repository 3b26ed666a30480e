"""The stream from findings to exchange objects.

Every object but the `uses` relationships and the report is a function of its own key alone. So objects stream
out as they are found, duplicates are recognised by id, and neither the order of the records nor their
split into files changes the result; evidence is gathered and comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from disarm_exchange.convert.account import AccountLine, account_of, account_of_unreadable
from disarm_exchange.convert.building import counted_platforms, indicated, noted, observed, sighted
from disarm_exchange.convert.case_objects import opening_objects, report
from disarm_exchange.convert.dad_cdm import Model, modelled
from disarm_exchange.convert.evidence import Evidence
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.further import further_values, redirect, redirects_of
from disarm_exchange.convert.listing import Listing, packed_uuid
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.outcome import OBSERVABLE_KINDS, Decision, Outcome, decide
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

_NAMING_KINDS = frozenset({Kind.NAME, Kind.PHONE, Kind.WALLET})
"""Words that name somebody: a victim's stay home wherever else in the case they stand."""

_WRITTEN = frozenset({Outcome.INDICATOR, Outcome.OBSERVABLE_ONLY})

_Converted = tuple[Decision, list[str], list[StixObject]]


class Conversion:
    """One case being converted. Feed it findings, then take the closing objects."""

    def __init__(
        self,
        case: Case,
        mapping: TechniqueMapping,
        catalogue: Catalogue,
        *,
        model: Model = Model.BOTH,
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
        # Observables are many: 16 bytes each tell which were given, with an indicator and without.
        self._indicated: set[bytes] = set()
        self._observed: set[bytes] = set()
        self._channels: set[bytes] = set()
        self._listed = Listing()
        self._names: set[str] = set()

    def objects(self, items: Iterable[Finding | Unreadable]) -> Iterator[StixObject]:
        """All objects of the case, each once: opening, what the findings give, techniques, report.

        Raises:
            PartsConflictError: at the end; what was given so far must be thrown away (see `parts`).
        """
        yield from self._new(list(opening_objects(self._case, self._frame)))
        for record in items:
            yield from self._record(record)
        self._parts.check(self._is_written)
        yield from self._closing()

    def _new(self, built: list[StixObject]) -> list[StixObject]:
        """Those of the objects that were not given before."""
        new = []
        seen = self._seen
        for item in built:
            object_id: str = item["id"]  # type: ignore[assignment]
            if object_id not in seen:
                seen.add(object_id)
                new.append(item)
        return self._listing(new)

    def _new_observable(self, built: list[StixObject], *, indicator: bool) -> list[StixObject]:
        """As `_new`, for an observable and what hangs on it alone."""
        key = packed_uuid(str(built[0]["id"]))
        given, other = (self._indicated, self._observed) if indicator else (self._observed, self._indicated)
        if key in given:
            return []
        given.add(key)
        return self._listing(built[1:] if key in other else built)

    def _new_channel(self, built: list[StixObject]) -> list[StixObject]:
        """As `_new`, for a channel and what ties it: channels are as many as accounts, and bring their ties along."""
        if not built:
            return []
        definition, channel, *ties = built
        key = packed_uuid(str(channel["id"]))
        if key in self._channels:
            return []
        self._channels.add(key)
        return self._new([definition]) + self._listing([channel, *ties])

    def _listing(self, new: list[StixObject]) -> list[StixObject]:
        """The objects, counted and put down for the report."""
        counts = self.summary.objects
        for item in new:
            object_type: str = item["type"]  # type: ignore[assignment]
            counts[object_type] += 1
            if object_type not in _UNREPORTED:
                self._listed.add(object_type, item["id"])  # type: ignore[arg-type]
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
        decision, ids, new = self._converted(record, value, verdict, part)
        redirects = redirects_of(record)
        for other in further_values(record, verdict):
            further, more_ids, more = self._converted(record, other, verdict, part)
            if further.outcome is Outcome.INDICATOR and decision.outcome is Outcome.OBSERVABLE_ONLY:
                reason = f"{decision.reason}; {defang(other.text)}, which it leads to, is an indicator"
                decision = Decision(Outcome.OBSERVABLE_ONLY, reason)
            if other in redirects and ids and further.outcome in _WRITTEN and decision.outcome in _WRITTEN:
                tie = redirect(self._frame, ids[0], more_ids[0])
                more_ids = [*more_ids, str(tie["id"])]
                more += self._new([tie])
            ids += more_ids
            new += more
        self._collect_evidence(record, verdict, decision)
        summary.outcomes[decision.outcome] += 1
        summary.kinds[value.kind.value] += 1
        if self._on_account is not None:
            platforms = counted_platforms(record, value) if decision.outcome is Outcome.COUNT else ()
            self._on_account(account_of(record, verdict, decision, ids, platforms))
        return new

    def _converted(self, finding: Finding, value: Value, verdict: Verdict, own_part: str) -> _Converted:
        """The outcome of one value of a finding, the ids of its objects, and those of the objects that are new."""
        part = self._parts.part(value, own_part)
        decision = decide(value, part)
        outcome = decision.outcome
        frame = self._frame
        if outcome is Outcome.INDICATOR:
            built = indicated(frame, observable_of(value))
            new = self._new_observable(built, indicator=True)
            if self._model is not Model.STIX:
                channel = modelled(frame, value, verdict, str(built[0]["id"]))
                return decision, _ids(built + channel), new + self._new_channel(channel)
            return decision, _ids(built), new
        if outcome is Outcome.OBSERVABLE_ONLY:
            built = observed(frame, observable_of(value))
            self._parts.learn(value, own_part, str(built[0]["id"]))
            return decision, _ids(built), self._new_observable(built, indicator=False)
        if outcome is Outcome.WITHHELD:
            if value.kind in OBSERVABLE_KINDS:
                self._parts.learn(value, own_part, str(observable_of(value).sco["id"]))
            elif value.kind in _NAMING_KINDS:
                self._parts.learn(value, own_part, value_key(value))
            return decision, [], []
        if outcome is Outcome.COUNT:
            built = sighted(frame, value, counted_platforms(finding, value))
        elif value is finding.value:
            built = self._worded(finding, value, verdict, own=part == OPERATION)
        else:
            built = []  # words beside the record's own value stand in its note already
        return decision, _ids(built), self._new(built)

    def _worded(self, finding: Finding, value: Value, verdict: Verdict, *, own: bool) -> list[StixObject]:
        """A note, a DAD-CDM object, or both, as the model says."""
        if value.kind in _NAMING_KINDS:
            self._names.add(value_key(value))
        objects = [] if self._model is Model.STIX else modelled(self._frame, value, verdict, own=own)
        if self._model is Model.DAD_CDM and objects:
            return objects
        return noted(self._frame, finding, value, verdict) + objects

    def _is_written(self, object_id: str, as_indicator: bool) -> bool:
        if object_id in self._names:
            return not as_indicator
        if "--" not in object_id:
            return False
        key = packed_uuid(object_id)
        return key in self._indicated or (not as_indicator and key in self._observed)

    def _collect_evidence(self, finding: Finding, verdict: Verdict, decision: Decision) -> None:
        label = finding.labels[-1] if finding.labels else ""
        if not verdict.calls:
            self.summary.unmapped[label, verdict.reason] += 1
            return
        value = finding.value
        # The comment beside a victim mostly names it too.
        withheld = decision.outcome is Outcome.WITHHELD
        row = (label, "", "") if withheld else (label, value.url or value.text, finding.note)
        for call in verdict.calls:
            self._evidence.add(call, row)

    def _closing(self) -> Iterator[StixObject]:
        counts = self._evidence.counts()
        self.summary.techniques = counts
        yield from self._new([technique_object(self._catalogue, technique_id) for technique_id in counts])
        yield from self._new(list(self._evidence.relationships(self._frame, self._catalogue.release)))
        for part, ids in self._listed.parts():
            yield from self._new([report(self._case, self._frame, ids, part)])


def _ids(built: list[StixObject]) -> list[str]:
    return [item["id"] for item in built]  # type: ignore[misc]


def query_of(finding: Finding) -> Query:
    """What the mapping is asked about a finding."""
    value = finding.value
    guard = value.guard.list if value.guard is not None else None
    return Query(finding.labels, value.kind.value, value.platform, finding.note, finding.raw, guard)


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
