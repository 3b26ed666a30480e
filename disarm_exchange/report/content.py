"""What a report says, gathered from a source in one pass: cases, numbers, platforms, evidence. Text here is harmless.

Of objects that there may be many of, only what stands in the tables is kept.

"Harmless" is `shown`'s word: one line or prose, defanged, nothing in it that acts; escaping is left to the form.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.succession import evidence_of
from disarm_exchange.report.kinds import META, Section, section_of, words_for
from disarm_exchange.report.matrix import Matrix, matrix_of
from disarm_exchange.report.shown import cut, one_line, platform_of, prose, title_of
from disarm_exchange.report.source import Source
from disarm_exchange.report.timeline import Moment, day_of, timeline_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import is_project_object

LONGEST_TEXT = 1500
"""Characters of a text in a table."""

_PLACES = ("targets", "originates-from", "attributed-to")
_COUNTED = re.compile(r"^(?P<about>about )?[\d,]+ (?P<kind>[^\W\d][\w -]{0,30}?)s?(?: on (?P<where>.{1,80}))?$")
_WEB = re.compile(r"https?://[^\s\"'<>\\^`{|}]{1,2000}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """A source that a case names; `url` is a web address as it stands, or empty."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Case:
    """A campaign, intrusion set, incident or threat actor. Dates are `2026-03-12`, empty where not stated."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    description: str
    first_seen: str
    last_seen: str
    producer: str
    targets: tuple[str, ...]
    origin: tuple[str, ...]
    attributed_to: tuple[str, ...]
    references: tuple[Reference, ...]
    techniques: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on a platform (empty: on none, or none is named) of one kind: named one by one, and counted."""

    platform: str
    kind: str
    named: int
    counted: int
    approximate: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A mapping rule that called a technique."""

    id: str
    reason: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Call:
    """One case's use of a technique: how sure, how many findings, by which rules, and some of the findings."""

    case: str
    confidence: str
    findings: int
    rules: tuple[Rule, ...]
    rows: tuple[tuple[str, str, str], ...]


class Observable(NamedTuple):
    """A row of the observables: what it is, on which platform, its value, and whether an indicator is based on it."""

    type: str
    platform: str
    value: str
    indicated: bool = False


class Told(NamedTuple):
    """A row of what is told in words: an object's type, its title, its text."""

    type: str
    title: str
    text: str


class LooseIndicator(NamedTuple):
    """A row of the indicators whose observables are not here."""

    name: str
    pattern: str
    valid_from: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a report has, ready for any form."""

    title: str
    marking: str
    note: str
    cases: tuple[Case, ...]
    published: str
    producers: tuple[str, ...]
    matrix: Matrix
    types: Mapping[str, int]
    found: tuple[Found, ...]
    timeline: tuple[Moment, ...]
    calls: Mapping[str, tuple[Call, ...]]
    observables: tuple[Observable, ...]
    loose_indicators: tuple[LooseIndicator, ...]
    notes: tuple[Told, ...]
    untied_notes: int
    others: tuple[Told, ...]
    strangers: tuple[str, ...]
    statements: tuple[str, ...]

    @property
    def counted(self) -> tuple[Found, ...]:
        """What was counted without being named."""
        return tuple(one for one in self.found if one.counted)


@dataclass(slots=True)
class _Gathered:
    cases: list[StixObject] = field(default_factory=list)
    observables: dict[str, Observable] = field(default_factory=dict)
    indicators: dict[str, LooseIndicator] = field(default_factory=dict)
    sightings: list[StixObject] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    untied_notes: int = 0
    others: list[tuple[str, Told]] = field(default_factory=list)
    patterns: dict[str, str | None] = field(default_factory=dict)
    published: str = ""
    reporters: dict[str, None] = field(default_factory=dict)
    statements: dict[str, None] = field(default_factory=dict)
    uses: list[StixObject] = field(default_factory=list)
    places: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    based_on: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    types: Counter[str] = field(default_factory=Counter)
    meant: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)


def content_of(source: Source, title: str | None = None) -> Content:
    """Gather what a report over a source says.

    Args:
        source: what may be shown.
        title: instead of what the objects say of themselves.
    """
    found = _gather(source.objects)
    matrix = matrix_of(source.objects, revoked=source.revoked)
    names = found.titles
    makers = [
        names.get(ref, "") for ref in (*(str(item.get("created_by_ref")) for item in found.cases), *found.reporters)
    ]
    indicated = {ref for refs in found.based_on.values() for ref in refs}
    loose = [
        row
        for key, row in found.indicators.items()
        if not any(ref in found.observables for ref in found.based_on.get(key, ()))
    ]
    rows = sorted(
        (row._replace(indicated=True) if key in indicated else row for key, row in found.observables.items()),
        key=lambda row: (words_for(row.type, 1), row.platform, row.value),
    )
    others = sorted((one for one in found.others if _says_something(one, found)), key=_other_order)
    return Content(
        title=one_line(title or (f"{len(found.cases):,} cases" if len(found.cases) > 1 else source.title), 160),
        marking=source.marking.label,
        note=source.note,
        cases=_cases(found, names),
        published=found.published,
        producers=tuple(dict.fromkeys(one for one in makers if one)),
        matrix=matrix,
        types=dict(sorted(found.types.items(), key=lambda one: (-one[1], one[0]))),
        found=_platforms(found, names),
        timeline=timeline_of(source.objects),
        calls=_calls(found, names),
        observables=tuple(rows),
        loose_indicators=tuple(loose),
        notes=tuple(sorted(found.notes, key=lambda note: (note.title, note.text))),
        untied_notes=found.untied_notes,
        others=tuple(told for _, told in others),
        strangers=tuple(sorted(names[key] for key, technique_id in found.patterns.items() if technique_id is None)),
        statements=tuple(found.statements),
    )


def _gather(objects: Iterable[StixObject]) -> _Gathered:
    found = _Gathered()
    for item in objects:
        kind = str(item["type"])
        if kind == "relationship":
            _link(item, found)
        elif kind in META:
            _statement(item, found)
        else:
            found.types[kind] += 1
            _take(item, kind, str(item["id"]), found)
    return found


def _take(item: StixObject, kind: str, key: str, found: _Gathered) -> None:
    section = section_of(kind)
    if section is Section.OBSERVABLES:
        found.observables[key] = Observable(kind, platform_of(item), title_of(item, 400))
        return
    found.titles[key] = title_of(item)
    if kind == "sighting":
        found.sightings.append(item)
    elif kind == "attack-pattern":
        found.patterns[key] = technique_of(item)
    elif section is Section.CASES:
        found.cases.append(item)
    elif section is Section.INDICATORS:
        found.indicators[key] = LooseIndicator(
            found.titles[key],
            one_line(item.get("pattern"), 400),
            one_line(item.get("valid_from"), 40)[:10],
            one_line(item.get("confidence")),
        )
    elif section is Section.NOTES:
        text = prose(item.get("content")) or prose(item.get("explanation")) or one_line(item.get("opinion"))
        found.notes.append(Told(kind, one_line(item.get("abstract"), 300), cut(text, LONGEST_TEXT)))
        found.untied_notes += not _about_technique(item)
    elif section is Section.PAPERS:
        found.published = max(found.published, day_of(item.get("published")))
        found.reporters.setdefault(str(item.get("created_by_ref")))
    elif not is_project_object(item):
        text = one_line(item.get("description"), LONGEST_TEXT)
        found.others.append((key, Told(kind, title_of(item, 300), text)))


def _link(item: StixObject, found: _Gathered) -> None:
    relation, source, target = item.get("relationship_type"), str(item.get("source_ref")), str(item.get("target_ref"))
    found.meant.update(end for end in (source, target) if section_of(end.partition("--")[0]) is Section.ACTORS)
    if relation == "based-on":
        found.based_on[source].append(target)
    elif relation in _PLACES:
        found.places[source, str(relation)].append(target)
    elif target.startswith("attack-pattern--"):
        found.uses.append(item)


def _statement(item: StixObject, found: _Gathered) -> None:
    definition = item.get("definition")
    if isinstance(definition, dict) and (text := one_line(definition.get("statement"), 500)):
        found.statements.setdefault(text)


def _cases(found: _Gathered, names: Mapping[str, str]) -> tuple[Case, ...]:
    techniques: dict[str, set[str]] = defaultdict(set)
    for link in found.uses:
        techniques[str(link.get("source_ref"))].add(str(link.get("target_ref")))

    def places(case_id: str, relation: str) -> tuple[str, ...]:
        refs = found.places.get((case_id, relation), ())
        return tuple(sorted({name for ref in refs if (name := names.get(ref))}))

    return tuple(
        Case(
            id=(key := str(item["id"])),
            kind=words_for(str(item["type"]), 1),
            name=title_of(item, 160),
            aliases=_texts(item.get("aliases")),
            description=prose(item.get("description")),
            first_seen=day_of(item.get("first_seen")),
            last_seen=day_of(item.get("last_seen")),
            producer=names.get(str(item.get("created_by_ref")), ""),
            targets=places(key, "targets"),
            origin=places(key, "originates-from"),
            attributed_to=places(key, "attributed-to"),
            references=_references(item),
            techniques=len(techniques.get(key, ())),
        )
        for item in sorted(found.cases, key=lambda item: (str(item["type"]), title_of(item), str(item["id"])))
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for one in value if (text := one_line(one))) if isinstance(value, list) else ()


def _references(item: StixObject) -> tuple[Reference, ...]:
    found = item.get("external_references")
    references: dict[Reference, None] = {}
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            url = one.get("url")
            safe = url if isinstance(url, str) and _WEB.match(url) and url.isprintable() else ""
            name = one_line(one.get("source_name")) or "reference"
            number = one_line(one.get("external_id"))
            references.setdefault(Reference(f"{name} {number}".strip(), safe))
    return tuple(references)


def _platforms(found: _Gathered, names: Mapping[str, str]) -> tuple[Found, ...]:
    named: Counter[tuple[str, str]] = Counter(
        (row.platform, words_for(row.type, 1)) for row in found.observables.values()
    )
    counts: Counter[tuple[str, str]] = Counter()
    about: set[tuple[str, str]] = set()
    for item in found.sightings:
        number = item.get("count")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            continue
        key, approximate = _counted_as(item, names)
        counts[key] += number
        if approximate:
            about.add(key)
    rows = [Found(*key, named[key], counts[key], key in about) for key in {*named, *counts}]
    order = sorted(rows, key=lambda one: (-one.named - one.counted, one.kind))
    return tuple(sorted(order, key=lambda one: (not one.platform, one.platform.casefold())))


def _counted_as(item: StixObject, names: Mapping[str, str]) -> tuple[tuple[str, str], bool]:
    """Platform and kind of what a sighting counts, as `convert.building.sighted` words it."""
    refs = item.get("where_sighted_refs")
    known = [ref for ref in refs if isinstance(ref, str)] if isinstance(refs, list) else []
    where = sorted({names.get(ref, "") for ref in known} - {""})
    told = _COUNTED.match(one_line(item.get("description")))
    kind = told.group("kind") if told else "sighting"
    return (" and ".join(where), kind), bool(told and told.group("about"))


def _calls(gathered: _Gathered, names: Mapping[str, str]) -> Mapping[str, tuple[Call, ...]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for link in gathered.uses:
        target = str(link.get("target_ref"))
        known = gathered.patterns.get(target)
        technique_id = known if target in gathered.patterns else technique_of({"type": "attack-pattern", "id": target})
        user = str(link.get("source_ref"))
        if technique_id is not None and not user.startswith(("attack-pattern--", "course-of-action--")):
            found[technique_id].append(_call(link, names))
    return {key: tuple(sorted(found[key], key=lambda call: (-call.findings, call.case))) for key in sorted(found)}


def _call(link: StixObject, names: Mapping[str, str]) -> Call:
    evidence = evidence_of(link) or {}
    rules, rows, count = evidence.get("rules"), evidence.get("evidence"), evidence.get("evidence_count")
    return Call(
        case=names.get(str(link.get("source_ref"))) or one_line(link.get("source_ref")),
        confidence=one_line(link.get("confidence")),
        findings=count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0,
        rules=tuple(
            Rule(one_line(one.get("id")), one_line(one.get("reason"), 2000), one_line(one.get("confidence")))
            for one in (rules if isinstance(rules, list) else ())
            if isinstance(one, dict)
        ),
        rows=tuple(
            (one_line(one.get("label"), 300), one_line(one.get("value"), 300), one_line(one.get("note"), 300))
            for one in (rows if isinstance(rows, list) else ())
            if isinstance(one, dict)
        ),
    )


def _other_order(one: tuple[str, Told]) -> tuple[str, str, str]:
    return (one[1].type, one[1].title, one[0])


def _says_something(one: tuple[str, Told], found: _Gathered) -> bool:
    """Not whoever only made the objects, and no platform: those stand where they belong."""
    key, told = one
    return section_of(told.type) is not Section.ACTORS or key in found.meant


def _about_technique(item: StixObject) -> bool:
    refs = item.get("object_refs")
    return isinstance(refs, list) and any(isinstance(ref, str) and ref.startswith("attack-pattern--") for ref in refs)
