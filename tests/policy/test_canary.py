"""No canary gets out, under any policy; and each of the guards is needed (the search finds what it must find)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_exchange.policy.clearance import Clearance
from disarm_exchange.policy.redaction import Action, Kind, Redaction
from disarm_exchange.policy.sharing import SharingPolicy, share
from disarm_exchange.stix.markings import Tlp
from tests.policy.canaries import escaped, nest, sent

KEY = b"a key of the pair, 32 bytes long"
RULES = st.fixed_dictionaries({}, optional={kind: st.sampled_from(Action) for kind in Kind if kind is not Kind.IP})


def leaked(
    seed: int, rules: dict[Kind, Action], ceiling: Tlp, *, carried_out: dict[Kind, Action] | None = None
) -> list[str]:
    home = nest(seed)
    redaction = Redaction(rules if carried_out is None else carried_out, KEY)
    result = share(home.objects, SharingPolicy(clearance=Clearance(ceiling), redaction=redaction))
    return escaped(home, rules, ceiling, sent(result.objects))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), RULES, st.sampled_from(Tlp))
def test_no_forbidden_canary_is_in_any_byte(seed: int, rules: dict[Kind, Action], ceiling: Tlp) -> None:
    assert leaked(seed, rules, ceiling) == []


def test_the_case_is_not_emptied_to_be_safe() -> None:
    home = nest(5)
    rules = {kind: Action.PSEUDONYM for kind in Kind if kind is not Kind.IP}
    everything = share(home.objects, SharingPolicy(clearance=Clearance(Tlp.RED), redaction=Redaction(rules, KEY)))
    assert len(everything.objects) > 0.9 * len(home.objects)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.IP])
def test_the_search_finds_a_redactor_that_is_switched_off(kind: Kind) -> None:
    rules = {other: Action.PSEUDONYM for other in Kind if other is not Kind.IP}
    without = {other: action for other, action in rules.items() if other is not kind}
    assert any(leaked(seed, rules, Tlp.RED, carried_out=without) for seed in range(10))


def test_the_search_finds_markings_that_are_not_kept() -> None:
    home = nest(3)
    result = share(home.objects, SharingPolicy(clearance=Clearance(Tlp.RED)))
    assert escaped(home, {}, Tlp.GREEN, sent(result.objects))
