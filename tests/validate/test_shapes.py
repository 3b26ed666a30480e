"""The short ways say what the long way says: schemas made for a shape, and rules not asked again about the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.issue import Issue
from disarm_exchange.validate.plan import Planner
from disarm_exchange.validate.profiles import PROFILES
from disarm_exchange.validate.schemas import registry, schema_uri
from disarm_exchange.validate.shapes import MAX_NAMES, schema_of_shape
from tests.validate.bundles import exchange_bundle
from tests.validate.corpus import all_cases
from tests.validate.mutators import MUTATORS
from tests.validate.test_engines import mutants, paths, values

CORPUS = [case.item for case in all_cases()]
SOUND = [item for item in CORPUS if registry().decider(schema_uri(item)).is_valid(item)]
POOL: list[object] = [None, True, 0, -1, 1.5, "", "x", [], [None], ["x"], {}, {"a": 1}, {"a": None}]


def changed(item: StixObject) -> Iterator[StixObject]:
    """The object with one value after the other, at any depth, made something else; its names and type stay."""
    for path in paths(item):
        if path == ("type",):
            continue
        for value in POOL:
            other = copy.deepcopy(item)
            here: object = other
            for step in path[:-1]:
                here = here[step]  # type: ignore[index]
            here[path[-1]] = value  # type: ignore[index]
            yield other


def verdicts(sample: StixObject, item: StixObject) -> tuple[bool, bool]:
    """Of the general schema and of the one made for the shape of a sound sample."""
    uri = schema_uri(sample)
    schema = schema_of_shape(registry().schemas, uri, sample.keys())
    assert schema is not None
    return registry().decider(uri).is_valid(item), registry().compiled(schema).is_valid(item)


@pytest.mark.parametrize("sample", SOUND, ids=lambda item: str(item["type"]))
def test_a_schema_of_a_shape_judges_every_change_of_a_value_like_the_general_one(sample: StixObject) -> None:
    uri = schema_uri(sample)
    schema = schema_of_shape(registry().schemas, uri, sample.keys())
    assert schema is not None
    general, special = registry().decider(uri).is_valid, registry().compiled(schema).is_valid
    assert special(sample)
    for item in changed(sample):
        assert general(item) is special(item), item


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOUND), st.data())
def test_it_judges_anything_like_the_general_one(sample: StixObject, data: st.DataObject) -> None:
    names = sorted(sample.keys() - {"type"})
    item = {**sample, **{name: data.draw(values) for name in data.draw(st.sets(st.sampled_from(names), max_size=3))}}
    assert verdicts(sample, item)[0] is verdicts(sample, item)[1]


def test_there_is_none_for_names_that_no_object_may_have() -> None:
    (campaign,) = [item for item in exchange_bundle() if item["type"] == "campaign"]
    for names in ([*campaign, "a-b"], [*campaign, "severity"], [name for name in campaign if name != "name"]):
        assert schema_of_shape(registry().schemas, schema_uri(campaign), names) is None


def test_there_is_none_for_more_names_than_any_type_has() -> None:
    names = [*SOUND[0], *(f"x_{number}" for number in range(MAX_NAMES))]
    assert schema_of_shape(registry().schemas, schema_uri(SOUND[0]), names) is None


def long_way(profile: str, patch: pytest.MonkeyPatch) -> Validator:
    """A validator whose every object meets the general schema and all rules."""
    validator = Validator(profile, slow_explanations=0)
    patch.setattr(validator._planner, "USUAL", 10**9)
    patch.setattr(validator._planner, "FIRST", 0)
    patch.setattr(validator._planner, "MAX_CLEAN", 0)
    return validator


def short_way(profile: str, patch: pytest.MonkeyPatch) -> Validator:
    """One that takes every short way from the second object of a shape on."""
    validator = Validator(profile, slow_explanations=0)
    patch.setattr(validator._planner, "USUAL", 1)
    return validator


def mutated() -> Iterator[StixObject]:
    for mutate in MUTATORS.values():
        for position in range(len(exchange_bundle())):
            bundle = copy.deepcopy(exchange_bundle())
            mutate(bundle, bundle[position])
            yield bundle[min(position, len(bundle) - 1)]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_object_has_the_same_issues_both_ways(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = long_way(profile, monkeypatch), short_way(profile, monkeypatch)
    # three times over: unknown shapes, shapes with a schema of their own, likenesses already known
    for item in [*CORPUS, *exchange_bundle(), *mutated()] * 3:
        assert short.check(item) == long.check(item)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mutants(), min_size=1, max_size=4))
def test_mutants_have_the_same_issues_both_ways(items: list[StixObject]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        long = long_way("exchange", patch)
        for item in items * 2:
            expected: list[Issue] = long.check(item)
            assert WARM.check(item) == expected


WARM = Validator("exchange", slow_explanations=0)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Planner, "MAX_CLEAN", 5)
    monkeypatch.setattr(Planner, "USUAL", 1)
    validator = Validator("exchange")
    for number in range(50):
        item = {
            **exchange_bundle()[5],
            "object_marking_refs": [f"marking-definition--6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a{number:02x}"],
        }
        validator.check(item)
    assert sum(len(plan.clean) for plan in _plans(validator)) == 5


def _plans(validator: Validator) -> list[object]:
    planner = validator._planner
    return [*planner._plans.values(), *(plan for plan, _count in planner._rare.values())]
