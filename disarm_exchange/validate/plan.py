"""What has to be done for objects of one shape: same type, same property names in the same order.

Most objects of a bundle share a few dozen shapes. Which rules concern a shape, which of its properties are references
and what its names alone give away is worked out once; an object then only meets the rules that concern it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import Finding
from disarm_exchange.validate.kinds import kind_of
from disarm_exchange.validate.properties import properties_of
from disarm_exchange.validate.rule import NOTHING, Check, Facets, ObjectRule, ShapeRule
from disarm_exchange.validate.schemas import SchemaRegistry, schema_uri
from disarm_exchange.validate.shapes import schema_of_shape

_COMMON = frozenset({"created_by_ref", "object_marking_refs"})
_VARIED = frozenset({"event", "persona"})
"""Types of which there are two, told apart by more than the names of their properties."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The work for one shape."""

    object_type: str
    uri: str
    """`$id` of the schema that such objects must meet."""
    is_valid: Callable[[object], bool]
    """The fast engine's verdict."""
    checks: tuple[tuple[ObjectRule, Check], ...]
    """Rules that look at values."""
    own: tuple[tuple[ObjectRule, Check], ...]
    """Those of them that have to see each object."""
    own_codes: frozenset[str]
    facets: tuple[Facets, ...]
    """What decides the others."""
    alike: Callable[[StixObject], Hashable]
    """Those facets of an object: of schema-valid objects that are alike one stands for all. None: not worth it."""
    clean: set[Hashable]
    """Of which it is known that the others find nothing."""
    known: tuple[tuple[ObjectRule, Finding], ...]
    """What is wrong with every object of this shape."""
    references: tuple[str, ...]
    """Properties at the top that hold references, but for creator and markings, which all objects have."""
    observable: bool
    """Whether such objects are cyber-observables."""
    foreign: bool
    """Whether there are properties that the schema knows nothing of: they may hold anything."""


class Planner:
    """Plans by shape, kept for as many shapes as a hostile input may not exceed."""

    MAX_SHAPES = 4096
    MAX_CLEAN = 100_000
    """Kinds of sameness that are remembered over all shapes."""
    USUAL = 16
    """Objects of a shape from which on all is done to be quick with it."""
    FIRST = 3
    """Shapes of one schema that get a schema of their own at once: together they take no longer than the whole one."""

    def __init__(self, registry: SchemaRegistry, rules: Sequence[ObjectRule], *, dad_cdm: bool = True) -> None:
        self._registry = registry
        self._dad_cdm = dad_cdm
        self._rules = rules
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._rare: dict[tuple[str, ...], tuple[Plan, int]] = {}
        self._shapes = Counter[str]()
        self._clean = 0

    def plan(self, item: StixObject, object_type: str) -> Plan:
        """The plan for an object of that type."""
        shape = (object_type, *item) if object_type not in _VARIED else (object_type, self._uri(item), *item)
        plan = self._plans.get(shape)
        return plan if plan is not None else self._unusual(item, object_type, shape)

    def _unusual(self, item: StixObject, object_type: str, shape: tuple[str, ...]) -> Plan:
        """The plan for a shape that was not often met; after a while it becomes a usual one."""
        plan, count = self._rare.get(shape, (None, 0))
        if plan is None:
            plan = self._make(item, object_type)
        if count >= self.USUAL and plan.is_valid(item):
            del self._rare[shape]
            self._plans[shape] = plan = replace(
                plan, is_valid=self.verdict(plan.uri, item.keys()), alike=_alike(plan.facets, item)
            )
        elif count or len(self._rare) + len(self._plans) < self.MAX_SHAPES:
            self._rare[shape] = plan, count + 1
        return plan

    def _first_verdict(self, uri: str, names: Collection[str]) -> Callable[[object], bool]:
        self._shapes[uri] += 1
        return self.verdict(uri, names) if self._shapes[uri] <= self.FIRST else self._registry.decider(uri).is_valid

    def verdict(self, uri: str, names: Collection[str]) -> Callable[[object], bool]:
        """The fast engine's verdict on objects with those properties."""
        schema = schema_of_shape(self._registry.schemas, uri, names)
        return (self._registry.decider(uri) if schema is None else self._registry.compiled(schema)).is_valid

    def remember(self, plan: Plan, key: Hashable) -> None:
        """Objects of that plan that are alike in `key` need not be shown to the shared rules again."""
        if key is not None and self._clean < self.MAX_CLEAN:
            self._clean += 1
            plan.clean.add(key)

    def _uri(self, item: StixObject) -> str:
        return schema_uri(item, dad_cdm=self._dad_cdm)

    def _make(self, item: StixObject, object_type: str) -> Plan:
        keys = list(item)
        uri = self._uri(item)
        rules = [rule for rule in self._rules if concerns(rule, object_type, item)]
        checks = tuple(
            (rule, _unless_revoked(check) if rule.spares_revoked and "revoked" in item else check)
            for rule in rules
            if not isinstance(rule, ShapeRule) and (check := rule.bind(object_type, item.keys())) is not None
        )
        facets = {rule: None if "revoked" in item else rule.decided_by(object_type, item.keys()) for rule, _ in checks}
        return Plan(
            object_type=object_type,
            uri=uri,
            is_valid=self._first_verdict(uri, keys),
            checks=checks,
            own=tuple((rule, check) for rule, check in checks if facets[rule] is None),
            own_codes=frozenset(rule.code for rule, _ in checks if facets[rule] is None),
            facets=tuple(facet for facet in facets.values() if facet is not None),
            alike=_unknown,
            clean=set(),
            known=tuple(
                (rule, found)
                for rule in rules
                if isinstance(rule, ShapeRule)
                for found in rule.check_shape(object_type, keys)
            ),
            references=tuple(key for key in keys if key.endswith(("_ref", "_refs")) and key not in _COMMON),
            observable="created" not in item and "modified" not in item,
            foreign=not properties_of(uri).issuperset(keys),
        )


def _unknown(_item: StixObject) -> None:
    return None


def _alike(facets: Sequence[Facets], sample: StixObject) -> Callable[[StixObject], Hashable]:
    """The facets taken out of an object of the shape of a valid one; None if they are of another form here."""
    types = {name for facet in facets for name in facet.types}
    # twice the type, the same in all, as itemgetter gives a tuple only for two names or more
    names = ["type", "type", *sorted({name for facet in facets for name in facet.values} | types)]
    values = itemgetter(*names)
    lists = [position for position, name in enumerate(names) if isinstance(sample[name], list)]
    references = [position for position, name in enumerate(names) if name in types]

    def alike(item: StixObject) -> Hashable:
        parts = [*values(item)]
        try:
            for position in lists:
                parts[position] = tuple(parts[position])
            for position in references:
                # two hyphens and a UUID follow the type
                parts[position] = parts[position][:-38]
            key = tuple(parts)
            hash(key)
        except TypeError:
            return None  # types of somebody's own may hold anything there
        return key

    return alike


def _unless_revoked(check: Check) -> Check:
    return lambda item: NOTHING if item["revoked"] is True else check(item)


def concerns(rule: ObjectRule, object_type: str, item: Mapping[str, object]) -> bool:
    """Whether a rule has anything to say about objects of that type with those properties."""
    if rule.types is not None and object_type not in rule.types:
        return False
    if rule.kinds is not None and kind_of(object_type) not in rule.kinds:
        return False
    return not rule.keys or any(key in item for key in rule.keys)
