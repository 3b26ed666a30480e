"""What must hold for any set of objects, tried on random graphs of them."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.policy import Clearance, may_read, release
from disarm_exchange.policy.clearance import marking_ids
from disarm_exchange.policy.references import uuid_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from tests.policy.objects import APRIL, MARCH, make, oid

KINDS = ["domain-name", "note", "report", "relationship", "sighting", "process", "x-thing", "extension-definition"]
LISTS = {"note": "object_refs", "report": "object_refs", "process": "child_refs", "x-thing": "part_refs"}


@st.composite
def graphs(draw: st.DrawFn) -> list[StixObject]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
    names = [oid(kind, number) for number, kind in enumerate(kinds)]
    anyone = st.sampled_from(names)
    objects: list[StixObject] = []
    for number, kind in enumerate(kinds):
        marking = draw(st.lists(st.sampled_from([*Tlp, oid("marking-definition", 99)]), max_size=2))
        item = make(kind, number, *marking, modified=draw(st.sampled_from([MARCH, APRIL])))
        if kind in LISTS:
            item[LISTS[kind]] = draw(st.lists(anyone, min_size=1, max_size=4))
        if kind == "relationship":
            item |= {"source_ref": draw(anyone), "target_ref": draw(anyone)}
        if kind == "sighting":
            item |= {"sighting_of_ref": draw(anyone), "where_sighted_refs": draw(st.lists(anyone, max_size=2))}
        if draw(st.booleans()):
            item["created_by_ref"] = draw(anyone)
        if draw(st.integers(0, 5)) == 0:
            item["description"] = f"about {draw(anyone)}"
        objects.append(item)
        if draw(st.integers(0, 5)) == 0:
            objects.append({**item, "modified": APRIL, "object_marking_refs": [draw(st.sampled_from(Tlp)).marking_id]})
    return draw(st.permutations(objects))


@given(graphs(), st.sampled_from(Tlp))
def test_no_trace_of_a_withheld_object_goes_out(objects: list[StixObject], ceiling: Tlp) -> None:
    result = release(objects, Clearance(ceiling))
    released = {str(item["id"]) for item in result.objects}
    sent = orjson.dumps(result.objects).decode()
    assert [entry.id for entry in result.withheld if entry.id not in released and uuid_of(entry.id) in sent] == []


@given(graphs(), st.sampled_from(Tlp))
def test_nothing_goes_out_above_its_marking(objects: list[StixObject], ceiling: Tlp) -> None:
    clearance = Clearance(ceiling)
    free = ("extension-definition", "marking-definition")
    for item in release(objects, clearance).objects:
        assert may_read(marking_ids(item), clearance) or (item["type"] in free and not marking_ids(item))


@given(graphs(), st.sampled_from(Tlp))
def test_every_object_is_accounted_for_once(objects: list[StixObject], ceiling: Tlp) -> None:
    result = release(objects, Clearance(ceiling))
    assert len(result.objects) + len(result.withheld) == len(objects)


@given(graphs(), st.sampled_from(Tlp))
def test_what_went_out_once_goes_out_again_unchanged(objects: list[StixObject], ceiling: Tlp) -> None:
    first = release(objects, Clearance(ceiling))
    second = release(first.objects, Clearance(ceiling))
    assert second.objects == first.objects
    assert second.withheld == []


@given(graphs(), st.sampled_from(Tlp))
def test_the_order_of_the_objects_decides_nothing(objects: list[StixObject], ceiling: Tlp) -> None:
    turned = release(list(reversed(objects)), Clearance(ceiling)).objects
    straight = release(objects, Clearance(ceiling)).objects
    assert sorted(map(orjson.dumps, turned)) == sorted(map(orjson.dumps, straight))


@given(graphs())
def test_a_higher_ceiling_never_releases_less(objects: list[StixObject]) -> None:
    before: set[bytes] = set()
    for ceiling in Tlp:
        now = {f"{item['id']} {item['modified']}".encode() for item in release(objects, Clearance(ceiling)).objects}
        assert before <= now
        before = now


@given(graphs(), st.sampled_from(Tlp))
def test_required_references_still_point_at_released_objects(objects: list[StixObject], ceiling: Tlp) -> None:
    result = release(objects, Clearance(ceiling))
    here = {str(item["id"]) for item in objects}
    released = {str(item["id"]) for item in result.objects}
    for item in result.objects:
        if item["type"] == "relationship":
            assert {str(item["source_ref"]), str(item["target_ref"])} & here <= released
        if item["type"] in ("note", "report"):
            assert item["object_refs"]
