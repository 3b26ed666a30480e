"""The engine: shows every object to the schemas and to the rules that concern it, and the whole to the bundle rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sized
from functools import lru_cache
from itertools import islice
from typing import cast

import jsonschema_rs
import orjson

from disarm_exchange.disarm.catalogue import known_releases
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.duplicates import duplicate_key
from disarm_exchange.validate.index import BundleIndex
from disarm_exchange.validate.issue import Finding, Issue, Severity, shown
from disarm_exchange.validate.kinds import kind_of
from disarm_exchange.validate.plan import Plan, Planner
from disarm_exchange.validate.precheck import MAX_DEPTH, MAX_PROPERTIES, MAX_TEXT, Care, care, immoderate
from disarm_exchange.validate.profiles import DEFAULT, chosen, profile_named
from disarm_exchange.validate.rule import BundleRule, Found, ObjectRule, all_rules
from disarm_exchange.validate.rules.schema import CODE_OF_KEYWORD
from disarm_exchange.validate.schemas import OASIS, registry
from disarm_exchange.validate.violations import Violation, from_python, from_rs
from disarm_exchange.validate.wording import reason

_BUNDLE = f"{OASIS}common/bundle.json"

MAX_FINDINGS = 100
"""Findings of one rule about one object that are listed."""

STUMBLES = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a rule may raise on an object that the schemas refuse, or on properties that they know nothing of."""

_MAX_ID = 300
"""Characters of an id that are repeated in issues; a STIX id has at most 288."""


class Validator:
    """Checks objects for one purpose.

    Args:
        profile: name of a profile: `stix`, `dad-cdm`, `exchange`, `opencti`, `misp`.
        select: codes or beginnings of codes; where given, only those rules run.
        ignore: codes or beginnings of codes that do not run.
        known: ids of objects that the receiver has already.
        framework: the DISARM release that technique ids are looked up in.
        slow_explanations: refused objects that the Python engine explains; then the fast one does, in the same words.
            0 where a second for importing it, or a millisecond an object, is too long.

    Raises:
        UserError: no such profile, rule or release.
    """

    def __init__(
        self,
        profile: str = DEFAULT,
        *,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        known: Collection[str] = frozenset(),
        framework: str = "1.7",
        slow_explanations: int = 1000,
    ) -> None:
        self.profile = profile_named(profile)
        if framework not in known_releases():
            raise UserError(f"no DISARM release {framework!r} here", fix=f"known: {', '.join(known_releases())}")
        context = Context(matrices=self.profile.matrices, framework=framework, known_ids=known)
        codes = chosen(self.profile, select, ignore)
        self._enabled = frozenset(codes)
        rules = [all_rules()[code](context) for code in codes]
        self._registry = registry()
        self._planner = Planner(
            self._registry,
            [rule for rule in rules if isinstance(rule, ObjectRule)],
            dad_cdm="dad-cdm" in self.profile.matrices,
        )
        self._context = context
        self._bundle_rules = [type(rule) for rule in rules if isinstance(rule, BundleRule)]
        self._known = known
        self._explanations = slow_explanations

    def check(self, item: object, number: int = -1) -> list[Issue]:
        """Every issue of one object by itself, in the order schema, then rules by code."""
        return self._check(item, number)[0]

    def validate(self, objects: Iterable[object]) -> Iterator[Issue]:
        """Every issue of a stream of objects: each object's as it passes, those of the whole at the end.

        Memory does not grow with the number of objects but for eight bytes each.
        """
        watch = Watch(self)
        try:
            for number, item in enumerate(objects):
                yield from watch.see(item, number)
            yield from watch.finish()
        finally:
            watch.close()

    def container(self, members: StixObject) -> list[Issue]:
        """The issues of a bundle's own properties, without its objects."""
        if "type" not in members:
            return []
        object_id = _id(members)
        if members["type"] != "bundle":
            reason_ = f"type is {shown(members['type'])!r}, yet it holds a list of objects"
            return self._odd("DX005", object_id, -1, Finding("/type", reason_))
        if members.get("spec_version") == "2.0":
            return self._odd("DX006", object_id, -1, Finding("/spec_version", "the bundle says that it is STIX 2.0"))
        if self._planner.verdict(_BUNDLE, members.keys())(members):
            return []
        return self._refused(members, _BUNDLE, object_id, -1)

    def issue(self, code: str, object_id: str, number: int, finding: Finding) -> Issue:
        """An issue with the severity that the profile gives to the rule."""
        severity, fix = self._manner(code)
        return Issue(code, severity, finding.reason, fix, object_id, finding.pointer, number)

    def enabled(self, code: str) -> bool:
        """Whether that rule runs."""
        return code in self._enabled

    @lru_cache(maxsize=512)  # noqa: B019 (a validator lives as long as its process)
    def _manner(self, code: str) -> tuple[Severity, str]:
        rule = all_rules()[code]
        return self.profile.severities.get(code, rule.severity), rule.fix

    def references(self, item: StixObject, object_type: str) -> tuple[str, ...]:
        """The properties of an object that refer to others, but for creator and markings, which all objects have."""
        return self._planner.plan(item, object_type).references

    def check_planned(self, item: StixObject) -> tuple[list[Issue], Plan | None]:
        """As `check`, with what was worked out for objects of that shape; None where it has no type to speak of."""
        return self._check(item, -1)

    def bundle_rules(self) -> list[BundleRule]:
        """The rules about all objects together that run, made for one run."""
        return [rule(self._context) for rule in self._bundle_rules]

    def _check(self, item: object, number: int) -> tuple[list[Issue], Plan | None]:
        if not isinstance(item, dict):
            return self._odd("DX002", "", number, Finding("", f"{shown(item)!r} is no JSON object")), None
        object_type = item.get("type")
        if not isinstance(object_type, str):
            what = "has no type" if object_type is None else f"its type is {shown(object_type)!r}, not a text"
            return self._odd("DX101", _id(item), number, Finding("/type" if object_type else "", what)), None
        if object_type == "bundle":
            return self._odd("DX007", _id(item), number, Finding("", "a bundle stands among the objects")), None
        if len(item) > MAX_PROPERTIES:
            return self._odd("DX003", _id(item), number, Finding("", f"has {len(item):,} properties")), None
        plan = self._planner.plan(item, object_type)
        valid = plan.is_valid(item)
        if valid and not plan.known:
            key = plan.alike(item)
            checks, shared = (plan.own, False) if key in plan.clean else (plan.checks, True)
            issues: list[Issue] = []
            try:
                for rule, check in checks:
                    found = check(item)
                    if found:
                        issues += self._issues(rule.code, _id(item), number, found)
            except STUMBLES:
                if not plan.foreign:
                    raise
            else:
                if shared and all(issue.code in plan.own_codes for issue in issues):
                    self._planner.remember(plan, key)
                return issues, plan
        return self._in_detail(item, object_type, plan, valid, number), plan

    def _in_detail(self, item: StixObject, object_type: str, plan: Plan, valid: bool, number: int) -> list[Issue]:
        object_id = _id(item)
        issues: list[Issue] = []
        if not valid:
            if _is_stix_20(item, object_type):
                return self._odd("DX006", object_id, number, Finding("", "has no spec_version 2.1: this is STIX 2.0"))
            issues += self._refused(item, plan.uri, object_id, number)
        issues += [self.issue(rule.code, object_id, number, finding) for rule, finding in plan.known]
        for rule, check in plan.checks:
            try:
                issues += self._issues(rule.code, object_id, number, check(item))
            except STUMBLES:
                if valid and not plan.foreign:
                    raise
        return issues

    def _refused(self, item: StixObject, uri: str, object_id: str, number: int) -> list[Issue]:
        issues: list[Issue] = []
        for violation in self._violations(item, uri)[:MAX_FINDINGS]:
            code = CODE_OF_KEYWORD.get(violation.keyword, "DX110")
            if code in self._enabled:
                issues.append(self.issue(code, object_id, number, Finding(violation.pointer, reason(violation))))
        return issues

    def _violations(self, item: StixObject, uri: str) -> list[Violation]:
        how = care(item)
        decider = self._registry.decider(uri)
        if how is Care.FIRST:
            # all faults of a huge object would take as much memory again
            try:
                decider.validate(item)
            except jsonschema_rs.ValidationError as error:
                return from_rs([error])
        if how is Care.NONE and self._explanations > 0:
            self._explanations -= 1
            found = from_python(self._registry.explainer(uri).iter_errors(item))
            if found:
                return found
        return from_rs(islice(decider.iter_errors(item), 10 * MAX_FINDINGS))

    def _issues(self, code: str, object_id: str, number: int, found: Found) -> list[Issue]:
        """The findings of one rule about one object; many are told by the first of them and their count."""
        findings = list(islice(found, MAX_FINDINGS + 1))
        if len(findings) > MAX_FINDINGS:
            total = f"{len(found):,}" if isinstance(found, Sized) else f"more than {MAX_FINDINGS}"
            findings[-1] = Finding("", f"{total} findings of this rule in one object; the rest is not listed")
        return [self.issue(code, object_id, number, finding) for finding in findings]

    def _odd(self, code: str, object_id: str, number: int, finding: Finding) -> list[Issue]:
        return [self.issue(code, object_id, number, finding)] if code in self._enabled else []


class Watch:
    """One run over a stream of objects: what has been seen so far."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._check = validator._check
        self._index = BundleIndex(validator._known)
        self._rules = validator.bundle_rules()
        self._watchers: dict[str, tuple[BundleRule, ...]] = {}
        for object_type in sorted(set().union(*(rule.watches for rule in self._rules))):
            self._watchers[object_type] = tuple(rule for rule in self._rules if object_type in rule.watches)
        self._old = self._others = 0

    def see(self, item: object, number: int, raw: bytes = b"") -> list[Issue]:
        """The issues of the next object by itself. Of many STIX 2.0 objects only the first is told.

        With the object's own bytes also what parsing hides: properties given twice, depth without measure.
        """
        if raw:
            simple = len(raw) <= MAX_TEXT and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH
            beyond = None if simple else immoderate(raw, item)
            if beyond is not None:
                self._index.skip()
                return self._validator._odd("DX003", _id_of(item), number, beyond)
        issues, plan = self._check(item, number)
        if issues and issues[0].code == "DX006":
            self._old += 1
            if self._old > 1:
                issues = []
        else:
            self._others += 1
        if plan is None or not isinstance(item, dict):
            self._index.skip()
        else:
            self._index.add(item, number, plan.references)
            if plan.object_type in self._watchers:
                self._show(item, number, plan.object_type)
        # text that the parsed object gives again byte for byte has lost nothing
        if raw and (len(raw) > MAX_TEXT or orjson.dumps(item) != raw):
            twice = duplicate_key(raw, item)
            if twice is not None:
                issues += self._validator._odd("DX004", _id_of(item), number, twice)
        return issues

    def note(self, item: StixObject, number: int) -> None:
        """Remember the next object, which was checked by itself elsewhere, for the rules about all of them."""
        object_type = str(item["type"])
        self._index.add(item, number, self._validator.references(item, object_type))
        if object_type in self._watchers:
            self._show(item, number, object_type)

    def skip(self) -> None:
        """The next object could not be read; its number is used up."""
        self._index.skip()

    def _show(self, item: StixObject, number: int, object_type: str) -> None:
        revoked = "revoked" in item and item["revoked"] is True
        for rule in self._watchers[object_type]:
            if revoked and rule.spares_revoked:
                continue
            try:
                rule.see(item, number)
            except STUMBLES:
                continue  # an object that the schemas refuse

    def container(self, members: StixObject) -> list[Issue]:
        """The issues of a bundle's own properties; a TAXII envelope, which has no type, has none."""
        return self._validator.container(members)

    def finish(self) -> Iterator[Issue]:
        """The issues of all objects together."""
        if self._old > 1:
            finding = Finding("", f"{self._old:,} objects are STIX 2.0")
            yield self._validator.issue("DX006", "", -1, finding)
        if self._old and not self._others:
            return  # nothing that 2.1 asks of objects together is asked of STIX 2.0
        for rule in self._rules:
            told, last = 0, -2
            for found in rule.finish(self._index):
                told = told + 1 if found.number == last != -1 else 0
                last = found.number
                if told > MAX_FINDINGS:
                    continue
                finding = Finding(found.pointer, found.reason)
                if told == MAX_FINDINGS:
                    finding = Finding("", f"more than {told} findings of this rule; the rest is not listed")
                yield self._validator.issue(rule.code, found.object_id[:_MAX_ID], found.number, finding)

    def close(self) -> None:
        """Give back what the run held on disk."""
        self._index.close()


def _id(item: StixObject) -> str:
    object_id = item.get("id")
    return object_id[:_MAX_ID] if isinstance(object_id, str) else ""


def _id_of(item: object) -> str:
    return _id(cast(StixObject, item)) if isinstance(item, dict) else ""


def _is_stix_20(item: StixObject, object_type: str) -> bool:
    """STIX 2.0 objects have times but no spec_version; 2.1 observables have neither."""
    if item.get("spec_version") == "2.0":
        return True
    if "spec_version" in item or "created" not in item:
        return False
    return kind_of(object_type).value != "cyber-observable object"


def validate(objects: Iterable[object], *, profile: str = DEFAULT) -> Iterator[Issue]:
    """Every issue of a stream of objects: each object's as it passes, those of the whole at the end.

    Raises:
        UserError: no such profile.
    """
    return Validator(profile).validate(objects)


@lru_cache(maxsize=8)
def _validator(profile: str) -> Validator:
    return Validator(profile, slow_explanations=0)


def check_object(item: bytes | StixObject, *, profile: str = DEFAULT) -> list[Issue]:
    """Every issue of one object by itself; for a server's publish path and a client's pull.

    References to other objects are not followed. A few microseconds an object once warm, and no slow engine.

    Raises:
        UserError: no such profile.
    """
    validator = _validator(profile)
    if isinstance(item, bytes):
        try:
            parsed = orjson.loads(item)
        except orjson.JSONDecodeError as error:
            return [validator.issue("DX001", "", -1, Finding("", error.msg))]
        beyond = immoderate(item, parsed)
        return [validator.issue("DX003", "", -1, beyond)] if beyond is not None else validator.check(parsed)
    return validator.check(item)
