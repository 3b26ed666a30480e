from __future__ import annotations

import pytest

from disarm_exchange.policy import NOT_SHAREABLE, Clearance, effective_marking, marking_ids, may_read, sharing_level
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp, marking_definition
from tests.policy.objects import TLP1, make, oid, statement

AMBER = Clearance(Tlp.AMBER)


@pytest.mark.parametrize("tlp", list(Tlp))
def test_each_tlp2_colour_is_its_own_level(tlp: Tlp) -> None:
    assert sharing_level(make("url", 1, tlp)) == int(tlp)


@pytest.mark.parametrize(("name", "level"), [("white", 0), ("green", 1), ("amber", 2), ("red", 4)])
def test_tlp1_ids_mean_the_tlp2_colours(name: str, level: int) -> None:
    assert sharing_level(make("url", 1, TLP1[name])) == level


def test_no_marking_is_for_nobody() -> None:
    assert sharing_level(make("url", 1)) == NOT_SHAREABLE
    assert not may_read([], Clearance(Tlp.RED))


def test_unknown_marking_is_for_nobody_whatever_stands_beside_it() -> None:
    assert sharing_level(make("url", 1, Tlp.CLEAR, oid("marking-definition", 9))) == NOT_SHAREABLE
    assert not may_read([Tlp.CLEAR.marking_id, oid("marking-definition", 9)], Clearance(Tlp.RED))


def test_of_two_colours_the_stricter_one_counts() -> None:
    item = make("url", 1, Tlp.GREEN, TLP1["red"])
    assert effective_marking(item).tlp is Tlp.RED
    assert effective_marking(item).colours == {Tlp.GREEN, Tlp.RED}
    assert not may_read(marking_ids(item), AMBER)


def test_a_stricter_granular_marking_raises_the_whole_object() -> None:
    item = make("report", 1, Tlp.GREEN)
    item["granular_markings"] = [{"marking_ref": Tlp.RED.marking_id, "selectors": ["name"]}]
    assert sharing_level(item) == Tlp.RED
    assert not may_read(marking_ids(item), AMBER)


def test_a_milder_granular_marking_lowers_nothing() -> None:
    item = make("report", 1, Tlp.RED)
    item["granular_markings"] = [{"marking_ref": Tlp.CLEAR.marking_id, "selectors": ["name"]}]
    assert sharing_level(item) == Tlp.RED


def test_a_granular_marking_alone_leaves_the_rest_unmarked() -> None:
    item = make("report", 1)
    item["granular_markings"] = [{"marking_ref": Tlp.CLEAR.marking_id, "selectors": ["name"]}]
    assert sharing_level(item) == NOT_SHAREABLE


def test_a_language_tag_restricts_nothing() -> None:
    item = make("report", 1, Tlp.GREEN)
    item["granular_markings"] = [{"lang": "de", "selectors": ["name"]}]
    assert sharing_level(item) == Tlp.GREEN


def test_a_known_statement_travels_beside_a_colour_but_is_none() -> None:
    copyright_notice = statement(7)
    known = {str(copyright_notice["id"]): copyright_notice}
    assert sharing_level(make("url", 1, Tlp.GREEN, oid("marking-definition", 7)), known) == Tlp.GREEN
    assert sharing_level(make("url", 1, oid("marking-definition", 7)), known) == NOT_SHAREABLE


def test_the_marking_of_a_statement_binds_what_it_marks() -> None:
    secret = statement(7, Tlp.RED)
    item = make("url", 1, Tlp.GREEN, str(secret["id"]))
    assert sharing_level(item, {str(secret["id"]): secret}) == Tlp.RED


def test_statements_that_mark_each_other_end_as_unknown() -> None:
    one = statement(7, oid("marking-definition", 8))
    two = statement(8, oid("marking-definition", 7))
    known = {str(one["id"]): one, str(two["id"]): two}
    assert sharing_level(make("url", 1, Tlp.CLEAR, str(one["id"])), known) == NOT_SHAREABLE


def test_a_marking_agreed_with_the_recipient_passes_but_needs_a_colour_too() -> None:
    agreed = oid("marking-definition", 9)
    clearance = Clearance(Tlp.GREEN, frozenset({agreed}))
    assert may_read([Tlp.GREEN.marking_id, agreed], clearance)
    assert not may_read([agreed], clearance)
    assert not may_read([Tlp.AMBER.marking_id, agreed], clearance)


@pytest.mark.parametrize(
    "broken",
    [
        {"object_marking_refs": Tlp.CLEAR.marking_id},
        {"object_marking_refs": [Tlp.CLEAR.marking_id, 7]},
        {"object_marking_refs": [Tlp.CLEAR.marking_id], "granular_markings": ["x"]},
        {"object_marking_refs": [Tlp.CLEAR.marking_id], "granular_markings": {"marking_ref": "x"}},
        {"object_marking_refs": [Tlp.CLEAR.marking_id], "granular_markings": [{"selectors": ["name"]}]},
    ],
)
def test_malformed_markings_are_for_nobody(broken: StixObject) -> None:
    assert sharing_level({**make("url", 1), **broken}) == NOT_SHAREABLE


def test_a_tlp_definition_has_its_own_colour_as_level() -> None:
    assert sharing_level(marking_definition(Tlp.RED)) == Tlp.RED
    assert sharing_level(statement(7)) == NOT_SHAREABLE


@pytest.mark.parametrize("ceiling", list(Tlp))
def test_the_cheap_form_and_the_level_agree(ceiling: Tlp) -> None:
    for tlp in Tlp:
        item = make("url", 1, tlp)
        assert may_read(marking_ids(item), Clearance(ceiling)) == (sharing_level(item) <= ceiling)
