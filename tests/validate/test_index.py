"""What is remembered of a stream, against what a list in memory would say; with windows small enough to overflow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.validate import contents
from disarm_exchange.validate import index as index_module
from disarm_exchange.validate.index import BundleIndex
from disarm_exchange.validate.spools import LineSpool, NumberSpool

IDS = [f"{kind}--{number}" for kind in ("campaign", "note", "url") for number in range(4)]
COLOURS: list[list[str] | None] = [None, [Tlp.CLEAR.marking_id], [Tlp.AMBER.marking_id], [Tlp.RED.marking_id]]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("_RECENT", 3), ("_SLICE", 2), ("_BATCH", 2), ("_SORT", 4), ("LONG", 3)):
        monkeypatch.setattr(index_module, name, size)
    monkeypatch.setattr(contents, "LONG", 3)


objects = st.lists(
    st.builds(
        lambda name, one, many, colour, report, revoked: {
            "type": "report" if report else name.partition("--")[0],
            "id": name,
            "modified": "m",
            "source_ref": one,
            "object_refs": many,
            **({"object_marking_refs": colour} if colour else {}),
            **({"revoked": True} if revoked else {}),
        },
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.lists(st.sampled_from(IDS), max_size=7),
        st.sampled_from(COLOURS),
        st.booleans(),
        st.booleans(),
    ),
    max_size=14,
)


def indexed(items: list[StixObject]) -> BundleIndex:
    index = BundleIndex()
    for number, item in enumerate(items):
        index.add(item, number, ("source_ref", "object_refs"))
    return index


def references(items: list[StixObject]) -> Iterator[tuple[int, str, str]]:
    for number, item in enumerate(items):
        yield number, "/source_ref", str(item["source_ref"])
        many = item["object_refs"]
        assert isinstance(many, list)
        for position, target in enumerate(many):
            yield number, f"/object_refs/{position}", target


@given(objects)
def test_exactly_the_references_to_nothing_are_unresolved(items: list[StixObject]) -> None:
    there = {item["id"] for item in items}
    expected = {found for found in references(items) if found[2] not in there}
    assert {(r.number, r.pointer, r.target) for r in indexed(items).unresolved()} == expected


@given(objects)
def test_exactly_what_no_report_names_is_outside(items: list[StixObject]) -> None:
    named = {target for item in items if item["type"] == "report" for target in item["object_refs"]}  # type: ignore[attr-defined]
    gone = withdrawn(items)
    expected = [(n, item["id"]) for n, item in enumerate(items) if item["id"] not in named and n not in gone]
    assert list(indexed(items).outside_reports()) == expected


def withdrawn(items: list[StixObject]) -> set[int]:
    """Revoked objects, then again and again what is referred to and not by anything else."""
    gone = {number for number, item in enumerate(items) if item.get("revoked")}
    while True:
        links = [(number, target) for number, _pointer, target in references(items)]
        dead = {target for number, target in links if number in gone}
        alive = {target for number, target in links if number not in gone}
        more = {number for number, item in enumerate(items) if item["id"] in dead - alive} | gone
        if more == gone:
            return gone
        gone = more


@given(objects)
def test_exactly_the_revoked_and_what_only_they_refer_to_is_withdrawn(items: list[StixObject]) -> None:
    assert indexed(items).withdrawn() == withdrawn(items)


@given(objects)
def test_exactly_the_objects_that_share_an_id_are_repeated(items: list[StixObject]) -> None:
    numbers: dict[object, list[int]] = {}
    for number, item in enumerate(items):
        numbers.setdefault(item["id"], []).append(number)
    expected = sorted(group for group in numbers.values() if len(group) > 1)
    assert sorted([version.number for version in group] for group in indexed(items).repeated()) == expected


@given(objects)
def test_contents_are_equal_just_where_objects_are(items: list[StixObject]) -> None:
    for group in indexed(items).repeated():
        for one in group:
            for other in group:
                assert (one.content == other.content) == (items[one.number] == items[other.number])


@given(objects)
def test_suspect_links_lead_to_what_fewer_may_see_or_what_is_revoked(items: list[StixObject]) -> None:
    last = {str(item["id"]): number for number, item in enumerate(items)}
    colours = [COLOURS.index(item.get("object_marking_refs")) for item in items]  # type: ignore[arg-type]
    expected = {
        (number, last[target])
        for number, _pointer, target in references(items)
        if target in last and (items[last[target]].get("revoked") or 0 < colours[number] < colours[last[target]])
    }
    assert {(link.number, link.target) for link in indexed(items).suspects()} == expected


def test_different_types_with_one_uuid_are_found() -> None:
    uuid = "6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a11"
    items: list[StixObject] = [{"id": f"campaign--{uuid}"}, {"id": "note--1"}, {"id": f"tool--{uuid}"}]
    index = BundleIndex()
    for number, item in enumerate(items):
        index.add(item, number, ())
    assert list(index.sharing_uuid()) == [[(0, f"campaign--{uuid}"), (2, f"tool--{uuid}")]]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50))
def test_a_spool_of_numbers_gives_them_back_in_order(numbers: list[int]) -> None:
    spool = NumberSpool()
    spool.extend(numbers)
    assert [number for chunk in spool.chunks() for number in chunk] == numbers
    assert len(spool) == len(numbers)
    spool.close()


@given(st.lists(st.text(max_size=8), max_size=20))
def test_a_spool_of_lines_gives_each_line_back(lines: list[str]) -> None:
    spool = LineSpool()
    for line in lines:
        spool.append(line)
    expected = [line.replace("\n", " ").replace("\r", " ") for line in lines]
    assert list(spool) == expected
    assert list(spool) == expected
    spool.close()
