from __future__ import annotations

import pytest

from disarm_exchange.stix.markings import TLP2_EXTENSION, Tlp, marking_definition
from disarm_exchange.validate import check_object
from tests.validate.bundles import own


@pytest.mark.parametrize("tlp", list(Tlp))
def test_published_tlp_markings_are_right(tlp: Tlp) -> None:
    assert check_object(marking_definition(tlp)) == []


def test_a_red_marking_under_the_id_of_green_is_forged() -> None:
    item = marking_definition(Tlp.RED)
    item["id"] = Tlp.GREEN.marking_id
    assert [i.code for i in check_object(item)] == ["DX601"]


def test_a_green_marking_under_an_id_of_its_own_is_forged() -> None:
    item = marking_definition(Tlp.GREEN)
    item["id"] = "marking-definition--11111111-2222-4333-8444-555555555555"
    assert [(i.code, i.pointer) for i in check_object(item)] == [("DX601", "/id")]


def test_tlp_content_taken_out_is_forged() -> None:
    item = marking_definition(Tlp.GREEN)
    item["extensions"] = {TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": "clear"}}
    assert [i.code for i in check_object(item)] == ["DX601"]


def test_two_colours_on_one_object_contradict_each_other() -> None:
    item = {**own("campaign", "x"), "name": "x", "object_marking_refs": [Tlp.RED.marking_id, Tlp.CLEAR.marking_id]}
    assert "DX602" in [i.code for i in check_object(item)]


def test_the_same_colour_of_tlp_1_and_2_agrees() -> None:
    white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
    item = {**own("campaign", "x"), "name": "x", "object_marking_refs": [white, Tlp.CLEAR.marking_id]}
    assert [i.code for i in check_object(item)] == ["DX606"]
