"""The stream from findings to exchange objects.

Every object but the `uses` relationships and the report is a function of its own key alone. So objects stream
out as they are found, duplicates are recognised by id, and neither the order of the records nor their
split into files changes the result; evidence is gathered and comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from disarm_exchange.convert.account import AccountLine, account_of, account_of_unreadable
from disarm_exchange.convert.case_objects import opening_objects, report
from disarm_exchange.convert.evidence import Evidence, EvidenceRow
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.outcome import Decision, Outcome, decide
from disarm_exchange.convert.summary import Summary
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.disarm.mapping import Query, Verdict
from disarm_exchange.findings.case import Case
from disarm_exchange.findings.model import HASHED, NOT_FOR_DETECTION, VICTIM, Finding, Unreadable
from disarm_exchange.findings.values import Value, defang, platform_named, platforms_named
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import attack_pattern, platform_id, platform_identity

_EXCERPT = 300
_UNREPORTED = frozenset({"marking-definition", "extension-definition", "report"})
_ROLE_RANK: Mapping[str, int] = {"operation": 0, VICTIM: 2}
_PLAIN_ROLES = frozenset({"operation", "unclear"})
_NOT_SPREADING = frozenset({"operation", NOT_FOR_DETECTION, HASHED})
"""Parts that say nothing of the same value elsewhere in the case."""


class Conversion:
    """One case being converted. Feed it findings, then take the closing objects."""

    def __init__(
        self,
        case: Case,
        mapping: TechniqueMapping,
        catalogue: Catalogue,
        roles: Mapping[str, str],
        on_account: Callable[[AccountLine], None],
    ) -> None:
        """Begin a case.

        Args:
            case: the case.
            mapping: the rules that call techniques.
            catalogue: the DISARM release the mapping speaks of.
            roles: values that play another part than the operation's own somewhere in the case (see `roles_in`).
            on_account: is given the account line of every record.
        """
        self.summary = Summary()
        self._case = case
        self._frame = Frame.of(case)
        self._mapping = mapping
        self._catalogue = catalogue
        self._roles = roles
        self._on_account = on_account
        self._evidence = Evidence()
        self._seen: set[str] = set()
        self._listed: list[str] = []

    def objects(self, items: Iterable[Finding | Unreadable]) -> Iterator[StixObject]:
        """All objects of the case, each once: opening, what the findings give, techniques, report."""
        for item in opening_objects(self._case, self._frame):
            yield from self._first(item)
        for record in items:
            yield from self._record(record)
        yield from self._closing()

    def _first(self, item: StixObject) -> Iterator[StixObject]:
        object_id = str(item["id"])
        if object_id in self._seen:
            return
        self._seen.add(object_id)
        object_type = str(item["type"])
        if object_type not in _UNREPORTED:
            self._listed.append(object_id)
        self.summary.objects[object_type] += 1
        yield item

    def _record(self, record: Finding | Unreadable) -> Iterator[StixObject]:
        summary = self.summary
        summary.records += 1
        if isinstance(record, Unreadable):
            summary.outcomes[Outcome.QUARANTINE] += 1
            self._on_account(account_of_unreadable(record))
            return
        verdict = self._mapping.match(query_of(record))
        part = part_of(record, verdict)
        decision = decide(record.value, self._role(record.value, part))
        built = list(self._built(record, record.value, verdict, decision))
        for value in record.more:
            further = decide(value, self._role(value, part))
            if further.outcome is Outcome.INDICATOR and decision.outcome is Outcome.OBSERVABLE_ONLY:
                reason = f"{decision.reason}; {defang(value.text)}, which it leads to, is an indicator"
                decision = Decision(Outcome.OBSERVABLE_ONLY, reason)
            if further.outcome in (Outcome.INDICATOR, Outcome.OBSERVABLE_ONLY):
                built.extend(self._built(record, value, verdict, further))
        self._collect_evidence(record, verdict, decision)
        summary.outcomes[decision.outcome] += 1
        summary.kinds[record.value.kind.value] += 1
        platforms = counted_platforms(record, record.value) if decision.outcome is Outcome.COUNT else ()
        self._on_account(account_of(record, verdict, decision, [str(item["id"]) for item in built], platforms))
        for item in built:
            yield from self._first(item)

    def _role(self, value: Value, part: str) -> str:
        # A value that is a victim's (or a service's) anywhere in the case never becomes an indicator elsewhere in it.
        return self._roles.get(value_key(value), part)

    def _built(self, finding: Finding, value: Value, verdict: Verdict, decision: Decision) -> Iterator[StixObject]:
        match decision.outcome:
            case Outcome.INDICATOR | Outcome.OBSERVABLE_ONLY:
                yield from self._observed(value, decision)
            case Outcome.COUNT:
                yield from self._sighted(finding, value)
            case Outcome.NOTE:
                yield self._note(finding, value, verdict)

    def _observed(self, value: Value, decision: Decision) -> Iterator[StixObject]:
        frame = self._frame
        observable = observable_of(value)
        sco_id = str(observable.sco["id"])
        yield {**observable.sco, "object_marking_refs": frame.markings}
        if decision.outcome is Outcome.OBSERVABLE_ONLY:
            yield frame.relationship("related-to", sco_id, frame.case_id)
            return
        indicator_id = frame.own("indicator", sco_id)
        item = frame.domain_object("indicator", indicator_id)
        item["name"] = observable.title
        item["pattern"] = observable.pattern
        item["pattern_type"] = "stix"
        item["valid_from"] = frame.created
        yield item
        yield frame.relationship("based-on", indicator_id, sco_id)
        yield frame.relationship("indicates", indicator_id, frame.case_id)

    def _sighted(self, finding: Finding, value: Value) -> Iterator[StixObject]:
        platforms = counted_platforms(finding, value)
        for key in platforms:
            yield platform_identity(key, platform_named(key).name)
        assert value.count is not None
        item = self._frame.domain_object(
            "sighting",
            self._frame.own(
                "sighting", ",".join(platforms), value.asset or "", str(value.count), str(value.approximate)
            ),
        )
        where = " and ".join(platform_named(key).name for key in platforms)
        about = "about " if value.approximate else ""
        item["description"] = f"{about}{value.count:,} {value.asset or 'asset'}s{f' on {where}' if where else ''}"
        item["sighting_of_ref"] = self._frame.case_id
        item["count"] = value.count
        if platforms:
            item["where_sighted_refs"] = [platform_id(key) for key in platforms]
        yield item

    def _note(self, finding: Finding, value: Value, verdict: Verdict) -> StixObject:
        label = finding.labels[-1] if finding.labels else ""
        text = value.text or label
        content = f"{text}\n\n{finding.note}" if finding.note else text
        techniques = sorted({technique_stix_id(call.technique_id) for call in verdict.calls})
        item = self._frame.domain_object("note", self._frame.own("note", label, text, finding.note, *techniques))
        if label:
            item["abstract"] = label
        item["content"] = defang(content) or "(no text)"
        item["object_refs"] = [self._frame.case_id, *techniques]
        return item

    def _collect_evidence(self, finding: Finding, verdict: Verdict, decision: Decision) -> None:
        label = finding.labels[-1] if finding.labels else ""
        if not verdict.calls:
            self.summary.unmapped[(label, verdict.reason)] += 1
            return
        shown = "" if decision.outcome is Outcome.WITHHELD else _excerpt(finding.value)
        row = EvidenceRow(label=label, value=shown, note=defang(finding.note)[:_EXCERPT])
        for call in verdict.calls:
            self._evidence.add(call, row)

    def _closing(self) -> Iterator[StixObject]:
        counts = self._evidence.counts()
        self.summary.techniques = counts
        for technique_id in counts:
            yield from self._first(technique_object(self._catalogue, technique_id))
        for item in self._evidence.relationships(self._frame, self._catalogue.release):
            yield from self._first(item)
        yield from self._first(report(self._case, self._frame, self._listed))


def query_of(finding: Finding) -> Query:
    """What the mapping is asked about a finding."""
    value = finding.value
    return Query(
        labels=finding.labels, kind=value.kind.value, platform=value.platform, note=finding.note, text=finding.raw
    )


def value_key(value: Value) -> str:
    """What makes two values the same thing, whatever cell they stood in."""
    return f"{value.kind.value}\x1f{value.platform or ''}\x1f{value.login or value.user_id or value.text}"


def part_of(finding: Finding, verdict: Verdict) -> str:
    """The part that a finding's value plays: as the mapping says, or the source where that is nothing special."""
    if VICTIM in (finding.role, verdict.value_role):
        return VICTIM
    return finding.role if finding.role is not None and verdict.value_role in _PLAIN_ROLES else verdict.value_role


def roles_in(items: Iterable[Finding | Unreadable], mapping: TechniqueMapping) -> dict[str, str]:
    """The values that some record gives another part than the operation's own; a victim's part weighs most."""
    roles: dict[str, str] = {}
    for record in items:
        if isinstance(record, Unreadable):
            continue
        role = part_of(record, mapping.match(query_of(record)))
        if role in _NOT_SPREADING:
            continue
        for value in (record.value, *record.more):
            if decide(value, role).outcome not in (Outcome.OBSERVABLE_ONLY, Outcome.WITHHELD):
                continue
            key = value_key(value)
            roles[key] = max(role, roles.get(key, "operation"), key=lambda name: (_ROLE_RANK.get(name, 1), name))
    return roles


def counted_platforms(finding: Finding, value: Value) -> tuple[str, ...]:
    """Where counted assets stood: the platforms the cell names, else those its labels name, innermost first."""
    named = platforms_named(finding.raw)
    if named:
        return tuple(sorted(named))
    if value.platform is not None:
        return (value.platform,)
    for label in reversed(finding.labels):
        named = platforms_named(label)
        if named:
            return tuple(sorted(named))
    return ()


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


def _excerpt(value: Value) -> str:
    text = defang(value.url or value.text)
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
