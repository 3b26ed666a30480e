"""What a reader of a clearance sees: by markings, by the newest version, and by what objects mention."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Collection, Database, Keyword, add_collection
from disarm_exchange.store.query import chosen_versions, visible
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from tests.store.objects import ids, indicator, relationship, seen, stix_id, store

GREEN, AMBER, RED = Tlp.GREEN, Tlp.AMBER, Tlp.RED
ALL = (Keyword.ALL,)
ONE, TWO, THREE = (stix_id("indicator", number) for number in (1, 2, 3))


@pytest.mark.parametrize("tlp", list(Tlp))
def test_a_reader_sees_up_to_the_own_clearance(database: Database, collection: Collection, tlp: Tlp) -> None:
    store(database, collection, *(indicator(int(colour), tlp=colour) for colour in Tlp))
    assert [item.level for item in seen(database, collection, tlp)] == list(range(tlp + 1))


def test_unmarked_and_unknown_markings_are_for_nobody(database: Database, collection: Collection) -> None:
    unknown = indicator(2, tlp=None, object_marking_refs=[GREEN.marking_id, stix_id("marking-definition", 9)])
    store(database, collection, indicator(1, tlp=None), unknown)
    assert seen(database, collection, RED) == []
    assert len(seen(database, collection, 5)) == 2


def test_a_statement_beside_a_colour_is_known_from_its_definition(database: Database, collection: Collection) -> None:
    statement = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id("marking-definition", 9),
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
        "object_marking_refs": [GREEN.marking_id],
    }
    marked = indicator(1, object_marking_refs=[GREEN.marking_id, stix_id("marking-definition", 9)])
    store(database, collection, marked, statement)
    assert ids(seen(database, collection, GREEN)) == [ONE, statement["id"]]


def test_a_collection_may_say_what_unmarked_means(database: Database) -> None:
    with database.write() as tx:
        lenient = add_collection(tx, "Lenient", unmarked_level=Tlp.CLEAR)
    strange = indicator(2, object_marking_refs=[stix_id("marking-definition", 9)])
    store(database, lenient, indicator(1, tlp=None), strange)
    assert ids(seen(database, lenient, Tlp.CLEAR)) == [ONE]


def test_terms_in_words_alone_are_no_marking_to_such_a_collection(database: Database) -> None:
    with database.write() as tx:
        lenient = add_collection(tx, "Lenient", unmarked_level=Tlp.GREEN)
    terms = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id("marking-definition", 9),
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }
    red = {**terms, "id": stix_id("marking-definition", 8), "object_marking_refs": [RED.marking_id]}
    with_terms = indicator(1, tlp=None, object_marking_refs=[terms["id"]])
    with_red_terms = indicator(2, tlp=None, object_marking_refs=[red["id"]])
    store(database, lenient, terms, red, with_terms, with_red_terms)
    assert ids(seen(database, lenient, GREEN)) == [terms["id"], ONE]


def test_a_part_marked_more_strictly_withholds_the_object(database: Database, collection: Collection) -> None:
    part = {"marking_ref": RED.marking_id, "selectors": ["name"]}
    store(database, collection, indicator(1, granular_markings=[part]))
    assert seen(database, collection, AMBER) == []
    assert len(seen(database, collection, RED)) == 1


def test_a_newer_stricter_version_takes_the_older_ones_back(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1, day=1))
    store(database, collection, indicator(1, day=2, tlp=RED))
    assert seen(database, collection, GREEN, versions=ALL) == []
    assert len(seen(database, collection, RED, versions=ALL)) == 2


def test_an_older_stricter_version_leaves_the_newer_one_alone(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1, day=2), indicator(1, day=1, tlp=RED))
    assert len(seen(database, collection, GREEN, versions=ALL)) == 1
    assert len(seen(database, collection, GREEN, versions=(Keyword.FIRST,))) == 1


@pytest.mark.parametrize("order", ["before", "after", "together, before", "together, after"])
def test_what_mentions_a_withheld_object_is_withheld(database: Database, collection: Collection, order: str) -> None:
    pair = [relationship(1, ONE, TWO), indicator(2, tlp=RED)]
    if "after" in order:
        pair.reverse()
    store(database, collection, indicator(1))
    if "together" in order:
        store(database, collection, *pair)
    else:
        for item in pair:
            store(database, collection, item)
    assert ids(seen(database, collection, GREEN)) == [ONE]
    assert len(seen(database, collection, RED)) == 3


def test_mentions_are_followed_through_chains_and_rings(database: Database, collection: Collection) -> None:
    def names(number: int, other: int) -> dict[str, object]:
        return indicator(number, labels=[f"see {stix_id('indicator', other)}"])

    store(database, collection, names(1, 2), names(2, 3), names(3, 1), names(4, 1), indicator(5))
    store(database, collection, indicator(6, tlp=AMBER))
    assert len(seen(database, collection, GREEN)) == 5
    store(database, collection, indicator(3, day=2, labels=[stix_id("indicator", 6)]))
    assert ids(seen(database, collection, GREEN)) == [stix_id("indicator", 5)]


def test_an_escaped_mention_is_a_mention(database: Database, collection: Collection) -> None:
    from disarm_exchange.policy import sharing_level
    from disarm_exchange.store import add_objects, read_object, write_object

    store(database, collection, indicator(2, tlp=RED))
    body = write_object(indicator(1, name=f"see {TWO}")).replace(TWO.encode(), TWO.replace("-", "\\u002d").encode())
    assert b"\\u002d" in body
    with database.write() as tx:
        add_objects(tx, collection.number, [read_object(body)], source="local", level_of=sharing_level)
    assert seen(database, collection, GREEN) == []


def test_deleting_the_newest_version_makes_the_one_before_it_the_latest(
    database: Database, collection: Collection
) -> None:
    store(database, collection, indicator(1, day=1), indicator(1, day=2))
    with database.write() as tx:
        gone = delete_versions(tx, collection.number, ONE, chosen_versions([Keyword.LAST], GREEN) & visible(GREEN))
    assert gone == 1
    assert [item.version for item in seen(database, collection, GREEN)] == ["2026-01-01T00:00:00.000Z"]


def test_deleting_forgets_whom_an_object_mentioned(database: Database, collection: Collection) -> None:
    store(database, collection, relationship(1, ONE, TWO))
    with database.write() as tx:
        assert delete_versions(tx, collection.number, stix_id("relationship", 1), object_versions.c.newest) == 1
    from sqlalchemy import func, select

    from disarm_exchange.store.tables import mentions

    with database.read() as tx:
        assert tx.connection.execute(select(func.count()).select_from(mentions)).scalar() == 0


# A small world of objects that mention each other, marked at random, added in any order and in any envelopes.
_worlds = st.lists(
    st.tuples(
        st.integers(0, 6), st.integers(1, 3), st.sampled_from([*Tlp, None]), st.sets(st.integers(0, 6), max_size=3)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=_worlds, cuts=st.sets(st.integers(1, 13), max_size=4))
def test_no_reader_sees_the_id_of_what_is_withheld(
    database: Database, world: list[tuple[int, int, Tlp | None, set[int]]], cuts: set[int]
) -> None:
    with database.write() as tx:
        place = add_collection(tx, "World")
    items = [
        indicator(number, day=day, tlp=tlp, labels=[stix_id("indicator", other) for other in sorted(others - {number})])
        for number, day, tlp, others in world
    ]
    edges = sorted({0, len(items), *(cut for cut in cuts if cut < len(items))})
    for start, end in pairwise(edges):
        store(database, place, *items[start:end])
    everything = seen(database, place, 5, versions=ALL)
    for clearance in Tlp:
        answer = seen(database, place, clearance, versions=ALL)
        shown = {item.stix_id for item in answer}
        withheld = {item.stix_id for item in everything} - shown
        text = b"".join(item.body for item in answer).decode()
        assert [hidden for hidden in withheld if hidden in text] == []
        newest = {item.stix_id: item for item in sorted(everything, key=lambda item: item.version)}
        own = {stix_id: item.parse().get("object_marking_refs") for stix_id, item in newest.items()}
        allowed = {colour.marking_id for colour in Tlp if colour <= clearance}
        assert all(own[stix_id] and set(own[stix_id]) <= allowed for stix_id in shown)
        # and nothing is withheld without need: what reaches nothing stricter is shown
        assert shown == _reachable_only_allowed(newest, allowed) or _was_stricter_once(everything, allowed)


def _reachable_only_allowed(newest: dict, allowed: set[str]) -> set[str]:
    parsed = {stix_id: item.parse() for stix_id, item in newest.items()}
    bad = {stix_id for stix_id, item in parsed.items() if not set(item.get("object_marking_refs") or ["?"]) <= allowed}
    while True:
        more = {stix_id for stix_id, item in parsed.items() if bad & set(item["labels"])} - bad
        if not more:
            return set(parsed) - bad
        bad |= more


def _was_stricter_once(everything: list, allowed: set[str]) -> bool:
    """Levels never fall, so an older, stricter or more talkative version may still hold something back."""
    return len(everything) != len({item.stix_id for item in everything})
