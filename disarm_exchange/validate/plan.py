"""What has to be done for objects of one shape: same type, same property names in the same order.

Most objects of a bundle share a few dozen shapes. Which rules concern a shape, which of its properties are references
and what its names alone give away is worked out once; an object then only meets the rules that concern it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import Finding
from disarm_exchange.validate.kinds import kind_of
from disarm_exchange.validate.rule import NOTHING, Check, ObjectRule, ShapeRule
from disarm_exchange.validate.schemas import SchemaRegistry, schema_uri

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
    known: tuple[tuple[ObjectRule, Finding], ...]
    """What is wrong with every object of this shape."""
    references: tuple[str, ...]
    """Properties at the top that hold references, but for creator and markings, which all objects have."""
    observable: bool
    """Whether such objects are cyber-observables."""


class Planner:
    """Plans by shape, kept for as many shapes as a hostile input may not exceed."""

    MAX_SHAPES = 4096

    def __init__(self, registry: SchemaRegistry, rules: Sequence[ObjectRule], *, dad_cdm: bool = True) -> None:
        self._registry = registry
        self._dad_cdm = dad_cdm
        self._rules = rules
        self._plans: dict[tuple[str, ...], Plan] = {}

    def plan(self, item: StixObject, object_type: str) -> Plan:
        """The plan for an object of that type."""
        shape = (object_type, *item) if object_type not in _VARIED else (object_type, self._uri(item), *item)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._make(item, object_type)
            if len(self._plans) < self.MAX_SHAPES:
                self._plans[shape] = plan
        return plan

    def _uri(self, item: StixObject) -> str:
        return schema_uri(item, dad_cdm=self._dad_cdm)

    def _make(self, item: StixObject, object_type: str) -> Plan:
        keys = list(item)
        uri = self._uri(item)
        rules = [rule for rule in self._rules if concerns(rule, object_type, item)]
        return Plan(
            object_type=object_type,
            uri=uri,
            is_valid=self._registry.decider(uri).is_valid,
            checks=tuple(
                (rule, _unless_revoked(check) if rule.spares_revoked and "revoked" in item else check)
                for rule in rules
                if not isinstance(rule, ShapeRule) and (check := rule.bind(object_type, item.keys())) is not None
            ),
            known=tuple(
                (rule, found)
                for rule in rules
                if isinstance(rule, ShapeRule)
                for found in rule.check_shape(object_type, keys)
            ),
            references=tuple(key for key in keys if key.endswith(("_ref", "_refs")) and key not in _COMMON),
            observable="created" not in item and "modified" not in item,
        )


def _unless_revoked(check: Check) -> Check:
    return lambda item: NOTHING if item["revoked"] is True else check(item)


def concerns(rule: ObjectRule, object_type: str, item: Mapping[str, object]) -> bool:
    """Whether a rule has anything to say about objects of that type with those properties."""
    if rule.types is not None and object_type not in rule.types:
        return False
    if rule.kinds is not None and kind_of(object_type) not in rule.kinds:
        return False
    return not rule.keys or any(key in item for key in rule.keys)
