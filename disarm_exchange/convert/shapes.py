"""The fast lane of a conversion: what many findings have in common is decided once.

The shape of a finding is all of it but the text of its value: its labels, its note, its value's kind and platform,
what guards the value, whether its host is shared. Mapping, part and outcome follow from the shape. They are asked of
the general way with the first finding that has it, and so are the objects (`moulds`): nothing is decided here.

It takes findings that become an observable, with or without an indicator. It leaves to the general way: records with
further values, `www.` domains (which say a second one), values whose part bears on other records or was learnt from
them, everything that becomes a note, a count or nothing, very long labels and notes, and whatever a mould cannot take.

Why it can be trusted: all that the general way looks at is in the shape, in the text that the mapping asks for, or in
the fields that a mould fills in; tests/convert/test_shapes.py compares the two ways over all sources there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.moulds import Mould, mould_of
from disarm_exchange.convert.outcome import OBSERVABLE_KINDS, Decision, Outcome, decide
from disarm_exchange.convert.parts import part_of, spreads, value_key
from disarm_exchange.disarm.mapping import Answers, Query, Verdict
from disarm_exchange.disarm.mapping import Mapping as TechniqueMapping
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.values import Kind, Value, shared_host_guard
from disarm_exchange.stix.bundle import StixObject

_SHAPES_REMEMBERED = 20_000
_HOSTS_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 2_000
"""Characters of the labels and the note of one shape."""

_HOST = re.compile(r"[a-z0-9._-]+")
_DOMAIN = Kind.DOMAIN
_ODD = "?"
"""In place of a host that is nothing to look up."""

_TAKEN = frozenset({Outcome.INDICATOR, Outcome.OBSERVABLE_ONLY})

BuildAll = Callable[[Frame, Value, Verdict, Outcome], list[list[StixObject]]]
"""The general way: the objects of a value with this verdict and outcome, in groups of those that come together."""


@dataclass(slots=True, eq=False)
class Case:
    """Findings of one shape and verdict, which differ in their values alone."""

    label: str
    """The innermost label."""

    note: str
    verdict: Verdict
    decision: Decision
    mould: Mould
    values: list[Value] = field(default_factory=list)
    """Those of the block at hand, in the order of the records."""


@dataclass(slots=True, eq=False)
class _Shape:
    only: Case | None = None
    """The case of all its findings, unless their text matters."""

    answers: Answers | None = None
    """Where their text matters: how."""

    cases: dict[int, tuple[Verdict, Case | None]] = field(default_factory=dict)
    """By the identity of the verdict, which the mapping remembers."""


class FastLane:
    """Tells for a finding which case it is, if it is an ordinary one.

    Args:
        frame: the case's.
        mapping: the rules that call techniques.
        separator: what stands between two objects of a group.
        parts: whose values are, where an earlier attempt found out.
        query_of: what the mapping is asked about a finding.
        build: the general way to objects; of the verdict it may look at the techniques that are called.
    """

    def __init__(
        self,
        frame: Frame,
        mapping: TechniqueMapping,
        *,
        separator: bytes,
        parts: Mapping[str, str],
        query_of: Callable[[Finding], Query],
        build: BuildAll,
    ) -> None:
        self._frame = frame
        self._mapping = mapping
        self._separator = separator
        self._parts = parts
        self._query_of = query_of
        self._build = build
        self._shapes: dict[object, _Shape | None] = {}
        self._moulds: dict[object, Mould | None] = {}
        self._hosts: dict[str, str] = {}

    def case_of(self, finding: Finding) -> Case | None:
        """The case of a finding; None where it must go the general way."""
        value = finding.value
        kind, url, guard = value.kind, value.url, value.guard
        if (
            finding.more
            or kind not in OBSERVABLE_KINDS
            or (kind is _DOMAIN and value.text.startswith("www."))
            or (self._parts and value_key(value) in self._parts)
        ):
            return None
        shared = self._shared(url) if url is not None else None
        if shared == _ODD:
            return None
        guarded = guard if guard is None else (guard.list, guard.entry)
        named = not value.login, not value.user_id
        key = finding.labels, finding.note, finding.role, kind, value.platform, named, shared, guarded
        shape = self._shapes.get(key) or self._learn(key, finding)
        if shape.answers is None:
            return shape.only
        verdict = shape.answers.of(finding.raw)
        known = shape.cases.get(id(verdict))
        if known is None:
            known = shape.cases[id(verdict)] = verdict, self._case(finding, verdict)
        return known[1]

    def _shared(self, url: str) -> str:
        """The entry that says that a URL's host is shared; empty if none does."""
        start = url.find("://") + 3
        end = url.find("/", start)
        host = url[start:end]
        known = self._hosts.get(host)
        if known is None:
            if end < 0 or _HOST.fullmatch(host) is None:
                return _ODD
            guard = shared_host_guard(host)
            if len(self._hosts) >= _HOSTS_REMEMBERED:
                self._hosts.clear()
            known = self._hosts[host] = "" if guard is None else guard.entry
        return known

    def _learn(self, key: object, finding: Finding) -> _Shape:
        if sum(map(len, finding.labels)) + len(finding.note) > _LONGEST_REMEMBERED:
            return _Shape()
        if len(self._shapes) >= _SHAPES_REMEMBERED:
            self._shapes.clear()
        answers = self._mapping.answers(self._query_of(finding))
        textual = bool(answers.looked_for)
        shape = _Shape(answers=answers) if textual else _Shape(self._case(finding, answers.without))
        self._shapes[key] = shape
        return shape

    def _case(self, finding: Finding, verdict: Verdict) -> Case | None:
        part = part_of(finding, verdict)
        decision = decide(finding.value, part)
        if decision.outcome not in _TAKEN or (decision.outcome is Outcome.OBSERVABLE_ONLY and spreads(part)):
            return None
        mould = self._mould(finding.value, verdict, decision.outcome)
        label = finding.labels[-1] if finding.labels else ""
        return None if mould is None else Case(label, finding.note, verdict, decision, mould)

    def _mould(self, value: Value, verdict: Verdict, outcome: Outcome) -> Mould | None:
        fields = value.url is None, not value.login, not value.user_id
        called = frozenset([call.technique_id for call in verdict.calls])
        key = value.kind, value.platform, fields, outcome, called
        if key not in self._moulds:

            def build(frame: Frame, one: Value) -> list[list[StixObject]]:
                return self._build(frame, one, verdict, outcome)

            self._moulds[key] = mould_of(value, self._frame, build, self._separator)
        return self._moulds[key]
