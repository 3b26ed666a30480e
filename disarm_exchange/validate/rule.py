"""What a rule is, and the roll of all rules.

A rule is one small class: an id, a severity, a title, why it matters, how to mend it, where it is written, which
objects it concerns, and a check. Rules are found by importing the modules of `disarm_exchange.validate.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar, NamedTuple

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Finding, Severity
from disarm_exchange.validate.kinds import Kind

Found = Iterable[Finding]
Check = Callable[[StixObject], Found]
NOTHING: tuple[Finding, ...] = ()


class Facets(NamedTuple):
    """A small part of an object, the same in many."""

    values: tuple[str, ...] = ()
    """Properties whose values count: texts or lists of texts."""
    types: tuple[str, ...] = ()
    """Properties that hold a reference, of which only the type counts."""


class Rule:
    """The description of one rule. Subclasses say when it runs and what it checks.

    Every subclass gives `code`, `severity`, `title`, `why`, `fix` and `source`.
    """

    code: ClassVar[str]
    severity: ClassVar[Severity]
    title: ClassVar[str]
    """What is wrong, in a few words."""
    why: ClassVar[str]
    """What goes wrong for whom if it stays."""
    fix: ClassVar[str]
    source: ClassVar[str]
    """Where the rule comes from: the section of a specification, or a measured fact about a consumer."""
    spares_revoked: ClassVar[bool] = False
    """Whether objects that their creator took back are left alone: what they said is no longer said."""

    def __init__(self, context: Context) -> None:
        self.context = context


class ObjectRule(Rule):
    """A rule that needs to see only one object at a time.

    It may take for granted what the schemas say about the object: an object that the schemas refuse is still shown to
    it, but if the check then stumbles over a wrong type, the schema issue is held to be enough.
    """

    types: ClassVar[frozenset[str] | None] = None
    """Object types it concerns; None for all."""
    kinds: ClassVar[frozenset[Kind] | None] = None
    """Kinds of object it concerns; None for all."""
    keys: ClassVar[tuple[str, ...]] = ()
    """It runs only where at least one of these properties is present; empty: always."""

    def check(self, item: StixObject) -> Found:
        """What is wrong with this object."""
        raise NotImplementedError

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """The check for objects of that type with those properties, made once for all of them; None if there is none.

        Rules override it to prepare what depends on the type and the names only.
        """
        return self.check

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """What alone decides the check for objects of that type with those properties; None: it has to see each."""
        return None


class ShapeRule(ObjectRule):
    """A rule that looks only at the type and the names of properties; it runs once for all objects of one shape."""

    def check_shape(self, object_type: str, keys: Sequence[str]) -> Found:
        """What is wrong with objects of this type that have exactly these properties."""
        raise NotImplementedError


class BundleRule(Rule):
    """A rule about how objects stand to each other, asked when all of them have passed. One instance serves one run."""

    watches: ClassVar[frozenset[str]] = frozenset()
    """Types of object that it wants to see as they pass."""

    def see(self, item: StixObject, number: int) -> None:
        """An object of one of those types passes; it may be one that the schemas refuse."""

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """What is wrong with the objects together."""
        raise NotImplementedError


@cache
def all_rules() -> Mapping[str, type[Rule]]:
    """Every rule by its code, in order of code.

    Raises:
        RuntimeError: two rules have one code (a fault of this program).
    """
    package = import_module("disarm_exchange.validate.rules")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    rules: dict[str, type[Rule]] = {}
    for rule in _concrete(Rule):
        if rule.code in rules:
            raise RuntimeError(f"two rules are called {rule.code}")
        rules[rule.code] = rule
    return dict(sorted(rules.items()))


def _concrete(parent: type[Rule]) -> Iterator[type[Rule]]:
    for child in parent.__subclasses__():
        if "code" in child.__dict__:
            yield child
        yield from _concrete(child)
