"""Sound bundles, broken in one place at a time: almost every break is seen."""

from __future__ import annotations

import copy
from collections import Counter
from functools import cache

import pytest

from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.issue import Severity
from tests.validate.bundles import exchange_bundle
from tests.validate.mutators import MUTATORS

VALIDATOR = Validator("exchange")


@cache
def outcomes() -> dict[str, tuple[int, int]]:
    """For each mutator how many of its mutants were caught, and how many there are."""
    found: dict[str, tuple[int, int]] = {}
    for name, mutate in MUTATORS.items():
        caught = made = 0
        for position in range(len(exchange_bundle())):
            bundle = copy.deepcopy(exchange_bundle())
            if mutate(bundle, bundle[position]):
                made += 1
                caught += any(issue.severity >= Severity.WARNING for issue in VALIDATOR.validate(bundle))
        found[name] = (caught, made)
    return found


def test_the_bundle_is_sound_before_it_is_broken() -> None:
    assert list(VALIDATOR.validate(exchange_bundle())) == []


def test_there_are_forty_ways_and_more_to_break_it() -> None:
    assert len(MUTATORS) >= 40


@pytest.mark.parametrize("name", MUTATORS)
def test_every_way_breaks_something_and_is_seen(name: str) -> None:
    caught, made = outcomes()[name]
    assert made
    assert caught


def test_at_least_95_of_100_breaks_are_seen() -> None:
    totals = Counter[str]()
    for caught, made in outcomes().values():
        totals["caught"] += caught
        totals["made"] += made
    assert totals["caught"] / totals["made"] >= 0.95, {
        name: pair for name, pair in outcomes().items() if pair[0] < pair[1]
    }
