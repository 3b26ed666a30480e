"""STIX 2 bundles of others, re-mapped: observables, indicators that compare for equality, DISARM techniques in use.

Two passes: the first learns which DISARM techniques there are and which objects lead to them, the second reads the
observables and indicators. A technique is a finding where something in the bundle refers to it; that a bundle carries
the framework proves nothing. An observable without an indicator is not offered for detection and becomes no indicator
here. Records are numbered as the objects stand in the file, from 1; ids are kept in the note.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from disarm_exchange.errors import UserError
from disarm_exchange.findings.model import NOT_FOR_DETECTION, Finding, Unreadable
from disarm_exchange.findings.reader import Recognition, Record, Source
from disarm_exchange.findings.rows import RAW_KEPT
from disarm_exchange.findings.stix_values import NoValueError, observable_value, pattern_values
from disarm_exchange.findings.values import Kind, Value
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.stix.reading import Fault, ObjectReader, open_source
from disarm_exchange.stix.reading import Record as StixRecord

MAX_LINKS = 1_000_000
"""How many links from objects to techniques are remembered."""

_LABEL = "STIX bundle"
_STIX_ID = re.compile(r"[a-z0-9-]+--[0-9a-fA-F-]{36}")
_TECHNIQUE_ID = re.compile(r"T\d{4}(?:\.\d{3})?")
_OBSERVABLES = frozenset(
    [
        "domain-name",
        "url",
        "email-addr",
        "ipv4-addr",
        "ipv6-addr",
        "file",
        "user-account",
        "artifact",
        "autonomous-system",
        "directory",
        "email-message",
        "mac-addr",
        "mutex",
        "network-traffic",
        "process",
        "software",
        "windows-registry-key",
        "x509-certificate",
        "media-content",
    ]
)
_FRAME = frozenset(["relationship", "attack-pattern", "marking-definition", "extension-definition", "language-content"])
_LEADING = frozenset({"uses", "indicates", "related-to"})
"""Relationships that say a technique was seen; others only set the framework in order."""

_MAX_OBJECT = 16 * 1024 * 1024


class StixReader:
    """Reads bundles, envelopes, arrays and lines of STIX objects."""

    title = "STIX 2 objects"

    def recognises(self, source: Source) -> Recognition | None:
        """JSON whose first object has a STIX type and id, or that calls itself a bundle."""
        found = source.json
        if found is None:
            return None
        if found.top.get("type") == "bundle":
            return Recognition("it is JSON of the type 'bundle'")
        sample = found.sample or {}
        identity, kind = sample.get("id"), sample.get("type")
        if (
            isinstance(identity, str)
            and isinstance(kind, str)
            and _STIX_ID.fullmatch(identity)
            and identity.startswith(kind)
        ):
            return Recognition(f"its first object has the STIX type {kind!r} and an id of that type")
        return None

    def read(self, source: Source) -> Iterator[Record]:
        """The findings of the bundle.

        Raises:
            UserError: the file is no whole JSON document; with line and column.
        """
        links = _Links()
        for _, item in _objects(source):
            if isinstance(item, dict):
                links.learn(item)
        taken = _Bundle(source, links)
        for number, item in _objects(source):
            if isinstance(item, Fault):
                place = f"line {item.place.line}, column {item.place.column}"
                yield Unreadable("", f"{place}: {item.problem}", source.file, number)
            elif isinstance(item, dict):
                yield from taken.records(item, number)
            else:
                yield Unreadable(str(item)[:RAW_KEPT], "it is no STIX object", source.file, number)
        taken.close()


def _objects(source: Source) -> Iterator[tuple[int, object]]:
    """Every object of the file with its number; or the fault that stands in its place."""
    number = 0
    with open_source(source.path) as stream:
        for event in ObjectReader(stream, max_object=_MAX_OBJECT):
            if isinstance(event, StixRecord):
                number += 1
                yield number, event.item
            elif isinstance(event, Fault):
                if event.fatal:
                    where = f"{source.path}:{event.place.line}:{event.place.column}"
                    raise UserError(event.problem, where=where, fix="the file is no whole JSON document")
                number += 1
                yield number, event


@dataclass(slots=True)
class _Links:
    """The DISARM techniques of a bundle, and what leads to them."""

    techniques: dict[str, str] = field(default_factory=dict)
    """Labels by the id of the attack-pattern."""

    _targets: dict[str, list[str]] = field(default_factory=dict)
    """Ids of attack-patterns by the id of the object that leads to them."""

    _mentioned: set[str] = field(default_factory=set)
    count: int = 0

    def learn(self, item: StixObject) -> None:
        """Take note of an object, if it is a technique or leads to an attack-pattern."""
        kind, identity = item.get("type"), item.get("id")
        if kind == "attack-pattern" and isinstance(identity, str):
            label = disarm_label(item)
            if label is not None and not _is_withdrawn(item):
                self.techniques[identity] = label
        elif kind == "relationship":
            source, target = item.get("source_ref"), item.get("target_ref")
            leads = str(item.get("relationship_type")) in _LEADING and not _is_withdrawn(item)
            if leads and isinstance(source, str) and isinstance(target, str) and target.startswith("attack-pattern--"):
                self._link(source, target)
        elif kind in ("report", "grouping", "note", "opinion"):
            refs = item.get("object_refs")
            for ref in refs if isinstance(refs, list) else ():
                if isinstance(ref, str) and ref.startswith("attack-pattern--") and self.count < MAX_LINKS:
                    self.count += 1
                    self._mentioned.add(ref)

    def _link(self, source: str, target: str) -> None:
        if self.count < MAX_LINKS:
            self.count += 1
            self._mentioned.add(target)
            if source.startswith("indicator--") or source.partition("--")[0] in _OBSERVABLES:
                self._targets.setdefault(source, []).append(target)

    def is_used(self, identity: str) -> bool:
        """Whether something in the bundle refers to this technique."""
        return identity in self._mentioned

    def labels_of(self, identity: str) -> list[str]:
        """The labels of the techniques that an indicator or observable leads to."""
        return [self.techniques[target] for target in self._targets.get(identity, ()) if target in self.techniques]

    def unknown(self) -> int:
        """How many attack-patterns are referred to but are not in the bundle."""
        return len([ref for ref in self._mentioned if ref not in self.techniques])


class _Bundle:
    """The second pass: objects as findings."""

    def __init__(self, source: Source, links: _Links) -> None:
        self._source = source
        self._links = links
        self._passed: Counter[str] = Counter()
        self._tlp: Tlp | None = None
        self._idle = 0

    def records(self, item: StixObject, number: int) -> Iterator[Record]:
        """The findings of one object."""
        kind, identity = item.get("type"), item.get("id")
        if not isinstance(kind, str) or not isinstance(identity, str):
            yield Unreadable("", "the object has no type or no id", self._source.file, number)
            return
        self._mark(item)
        if _is_withdrawn(item):
            self._passed[f"{kind} (revoked by its producer)"] += 1
        elif kind == "indicator":
            yield from self._indicator(item, identity, number)
        elif kind in _OBSERVABLES:
            yield from self._observable(item, kind, identity, number)
        elif identity in self._links.techniques:
            yield from self._technique(item, identity, number)
        elif kind not in _FRAME:
            self._passed[kind] += 1

    def _technique(self, item: StixObject, identity: str, number: int) -> Iterator[Record]:
        if not self._links.is_used(identity):
            self._idle += 1
            return
        label = self._links.techniques[identity]
        yield Finding((_LABEL, label), label, Value(Kind.EMPTY, ""), _note("", identity), self._source.file, number)

    def _observable(self, item: StixObject, kind: str, identity: str, number: int) -> Iterator[Record]:
        try:
            labelled = observable_value(item, kind)
        except NoValueError as error:
            yield Unreadable("", f"{identity}: {error}", self._source.file, number)
            return
        if labelled is None:
            self._passed[kind] += 1
            return
        label, raw, values = labelled
        yield from self._findings(
            identity, label, raw, values, _note("", identity), number=number, role=NOT_FOR_DETECTION
        )

    def _indicator(self, item: StixObject, identity: str, number: int) -> Iterator[Record]:
        pattern, kind = item.get("pattern"), item.get("pattern_type", "stix")
        if not isinstance(pattern, str) or kind != "stix":
            reason = f"{identity}: its pattern is of type {kind!r}, and only STIX patterns are read"
            yield Unreadable(str(pattern)[:RAW_KEPT], reason, self._source.file, number)
            return
        try:
            found = pattern_values(pattern)
        except NoValueError as error:
            yield Unreadable(pattern[:RAW_KEPT], f"{identity}: {error}", self._source.file, number)
            return
        note = _note(item.get("name"), identity)
        for label, values in found:
            yield from self._findings(identity, label, pattern[:RAW_KEPT], values, note, number=number, role=None)

    def _findings(
        self,
        identity: str,
        label: str,
        raw: str,
        values: tuple[Value, ...],
        note: str,
        *,
        number: int,
        role: str | None,
    ) -> Iterator[Record]:
        for each in self._links.labels_of(identity) or [label]:
            yield Finding((_LABEL, each), raw, values[0], note, self._source.file, number, None, values[1:], role)

    def _mark(self, item: StixObject) -> None:
        refs = item.get("object_marking_refs")
        for ref in refs if isinstance(refs, list) else ():
            colour = TLP_OF_MARKING.get(str(ref))
            if colour is None:
                self._passed[f"marking {str(ref)[:60]}, which is none of TLP's"] += 1
            else:
                self._tlp = colour if self._tlp is None else max(self._tlp, colour)

    def close(self) -> None:
        """What was not taken, and how the bundle is marked."""
        say = self._source.say
        for what, count in self._passed.items():
            say(f"not taken: {count:,} of {what}")
        if self._idle:
            say(f"not taken: {self._idle:,} DISARM techniques that nothing in the bundle refers to")
        if self._links.unknown():
            say(f"{self._links.unknown():,} attack-patterns referred to are no DISARM techniques of this bundle")
        if self._links.count >= MAX_LINKS:
            say(f"more than {MAX_LINKS:,} references to techniques; the rest is not looked at")
        if self._tlp is not None:
            say(f"the strictest marking in the bundle is {self._tlp.label}", tlp=self._tlp)


def disarm_label(item: StixObject) -> str | None:
    """`T0049 Flooding ...` for an attack-pattern that is a DISARM technique; None for others.

    DISARM's own bundles have named their source `mitre-attack` for years, and ATT&CK has ids of the same form, so the
    phases and the addresses decide where the source's name does not.
    """
    name = tidy(str(item.get("name") or ""))[0]
    references = item.get("external_references")
    phases = item.get("kill_chain_phases")
    in_chain = any(
        isinstance(phase, dict) and "disarm" in str(phase.get("kill_chain_name")).casefold()
        for phase in (phases if isinstance(phases, list) else ())
    )
    for reference in references if isinstance(references, list) else ():
        if not isinstance(reference, dict):
            continue
        external_id = str(reference.get("external_id"))
        if not _TECHNIQUE_ID.fullmatch(external_id):
            continue
        source, url = str(reference.get("source_name")).casefold(), str(reference.get("url"))
        if "disarm" in source or "disarm" in url.casefold() or (in_chain and "attack.mitre.org" not in url.casefold()):
            return f"{external_id} {name}".strip()
    return None


def _is_withdrawn(item: StixObject) -> bool:
    return item.get("revoked") is True


def _note(name: object, identity: str) -> str:
    text = tidy(name)[0] if isinstance(name, str) else ""
    return f"{text}; {identity}" if text else identity
