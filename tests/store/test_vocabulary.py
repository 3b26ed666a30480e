"""Shared vocabulary goes with its users: it tells no reader of a case that the reader may not see."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import PROJECT_IDENTITY_ID, location, organisation, project_identity
from disarm_exchange.store import Collection, Database, Keyword, StoredObject, add_collection
from disarm_exchange.store.checking import check_database
from disarm_exchange.store.query import Filter, visible
from disarm_exchange.store.reader import read_bodies, read_records
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from tests.store.objects import DAY, ids, indicator, relationship, seen, stix_id, store

CLEAR, GREEN, AMBER, RED = Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.RED
ALL = (Keyword.ALL,)
PLACE = location("Ruritania", country="RU")
PLACE_ID = str(PLACE["id"])


def pattern(number: int, *, day: int = 1, mentioned: tuple[str, ...] = (), tlp: Tlp = CLEAR) -> dict[str, object]:
    """A technique as every producer has it; `mentioned`: ids in its references."""
    return {
        "type": "attack-pattern",
        "spec_version": "2.1",
        "id": stix_id("attack-pattern", number),
        "created": DAY.format(1),
        "modified": DAY.format(day),
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": f"technique {number}",
        "external_references": [{"source_name": "see", "description": one} for one in mentioned],
        "object_marking_refs": [tlp.marking_id],
    }


def uses(number: int, target: str, tlp: Tlp) -> dict[str, object]:
    return relationship(50 + number, stix_id("campaign", 80), target, tlp=tlp)


def shown(database: Database, collection: Collection, clearance: int, stix_id: str = PLACE_ID) -> int:
    return sum(item.stix_id == stix_id for item in seen(database, collection, clearance, versions=ALL))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_it_is_for_those_who_see_a_user_of_it(
    database: Database, collection: Collection, together: bool, turned: bool
) -> None:
    items = [PLACE, uses(1, PLACE_ID, AMBER)]
    if turned:
        items.reverse()
    for some in [items] if together else [[one] for one in items]:
        store(database, collection, *some)
    assert [shown(database, collection, tlp) for tlp in Tlp] == [0, 0, 1, 1, 1]
    assert list(check_database(database)) == []


def test_what_nothing_uses_is_for_nobody_yet(database: Database, collection: Collection) -> None:
    store(database, collection, PLACE, organisation(stix_id("identity", 1), "Acme"))
    assert [len(seen(database, collection, tlp)) for tlp in Tlp] == [0] * 5
    assert len(seen(database, collection, 5)) == 2


def test_other_objects_are_what_their_own_marking_says(database: Database, collection: Collection) -> None:
    foreign = {**PLACE, "created_by_ref": stix_id("identity", 7)}
    store(database, collection, foreign, uses(1, PLACE_ID, AMBER))
    assert shown(database, collection, CLEAR) == 1


def test_a_wider_user_shows_it_to_more_readers_each_once_after_all_they_have_read(
    database: Database, collection: Collection
) -> None:
    store(database, collection, PLACE, uses(1, PLACE_ID, RED))
    for number, tlp in ((2, AMBER), (3, CLEAR), (4, GREEN)):
        before = {level: seen(database, collection, level, versions=ALL) for level in Tlp}
        store(database, collection, uses(number, PLACE_ID, tlp))
        for level in Tlp:
            after = seen(database, collection, level, versions=ALL)
            assert after[: len(before[level])] == before[level]
            assert shown(database, collection, level) == (
                level >= min(RED, AMBER, *((CLEAR,) if number > 2 else ()), tlp)
            )
    assert list(check_database(database)) == []
    bodies = {item.body for level in range(6) for item in seen(database, collection, level) if item.stix_id == PLACE_ID}
    assert len(bodies) == 1


def test_sent_again_with_a_wider_user_it_is_shown(database: Database, collection: Collection) -> None:
    store(database, collection, PLACE, uses(1, PLACE_ID, RED))
    store(database, collection, PLACE, uses(2, PLACE_ID, GREEN))
    assert [shown(database, collection, tlp) for tlp in Tlp] == [0, 1, 1, 1, 1]


def test_there_is_one_row_for_whoever_asks_for_the_newest(database: Database, collection: Collection) -> None:
    store(database, collection, PLACE, uses(1, PLACE_ID, RED))
    store(database, collection, uses(2, PLACE_ID, GREEN))
    columns = object_versions.c
    with database.read() as tx:
        rows = tx.connection.execute(object_versions.select().where(columns.stix_id == PLACE_ID)).all()
    assert sorted((row.newest, row.current, row.level, row.ceiling) for row in rows) == [
        (False, True, RED, 10),
        (True, True, GREEN, RED),
    ]


def test_what_it_mentions_is_shown_with_it(database: Database, collection: Collection) -> None:
    store(database, collection, project_identity(), pattern(1), uses(1, stix_id("attack-pattern", 1), AMBER))
    assert seen(database, collection, GREEN) == []
    store(database, collection, uses(2, stix_id("attack-pattern", 1), GREEN))
    expected = {PROJECT_IDENTITY_ID, stix_id("attack-pattern", 1), stix_id("relationship", 52)}
    assert set(ids(seen(database, collection, GREEN))) == expected


def test_its_own_marking_still_holds(database: Database, collection: Collection) -> None:
    store(database, collection, pattern(1, tlp=AMBER), uses(1, stix_id("attack-pattern", 1), CLEAR))
    assert seen(database, collection, GREEN) == []
    assert len(seen(database, collection, AMBER)) == 2


def test_a_new_version_is_for_those_who_know_the_old_one(database: Database, collection: Collection) -> None:
    store(database, collection, pattern(1), uses(1, stix_id("attack-pattern", 1), GREEN))
    store(database, collection, pattern(1, day=2), uses(2, stix_id("attack-pattern", 1), RED))
    assert [item.version for item in seen(database, collection, GREEN) if item.type == "attack-pattern"] == [
        DAY.format(2)
    ]
    assert shown(database, collection, CLEAR, stix_id("attack-pattern", 1)) == 0


def test_all_versions_become_visible_and_the_first_is_the_first(database: Database, collection: Collection) -> None:
    name = stix_id("attack-pattern", 1)
    store(database, collection, pattern(1), pattern(1, day=2), uses(1, name, RED))
    store(database, collection, uses(2, name, GREEN))
    assert shown(database, collection, GREEN, name) == shown(database, collection, RED, name) == 2
    for tlp in (GREEN, RED):
        firsts = seen(database, collection, tlp, versions=(Keyword.FIRST,), types=("attack-pattern",))
        assert [item.version for item in firsts] == [DAY.format(1)]


def test_it_is_deleted_for_everybody(database: Database, collection: Collection) -> None:
    store(database, collection, PLACE, uses(1, PLACE_ID, RED))
    store(database, collection, uses(2, PLACE_ID, GREEN))
    with database.write() as tx:
        assert delete_versions(tx, collection.number, PLACE_ID, visible(GREEN)) == 1
    assert [shown(database, collection, tlp) for tlp in Tlp] == [0] * 5
    assert list(check_database(database)) == []


_step = st.lists(
    st.one_of(
        st.tuples(st.just("pattern"), st.integers(1, 3), st.integers(1, 2), st.sampled_from(list(Tlp)[:3])),
        st.tuples(st.just("uses"), st.integers(1, 9), st.integers(1, 3), st.sampled_from(list(Tlp))),
        st.tuples(st.just("secret"), st.integers(1, 2), st.integers(1, 2), st.sampled_from(list(Tlp))),
    ),
    min_size=1,
    max_size=5,
)


def _made(kind: str, number: int, other: int, tlp: Tlp) -> dict[str, object]:
    if kind == "pattern":
        mentioned = (stix_id("attack-pattern", number % 3 + 1), stix_id("indicator", number + 20))
        return pattern(number, day=other, mentioned=mentioned, tlp=CLEAR if other == 1 else tlp)
    if kind == "uses":
        return uses(number, stix_id("attack-pattern", other), tlp)
    return indicator(20 + number, day=other, tlp=tlp)


class _Reader:
    """Polls by `added_after`; keeps what came."""

    def __init__(self, clearance: int) -> None:
        self.clearance = clearance
        self.position = 0
        self.got: Counter[tuple[str, str]] = Counter()

    def poll(self, database: Database, collection: Collection, limit: int) -> list[StoredObject]:
        wanted = Filter(self.clearance, self.position, versions=ALL)
        more = True
        while more:
            with database.read() as tx:
                page = read_records(tx, collection.number, wanted, limit=limit)
                bodies = read_bodies(tx, collection.number, wanted, limit=limit, max_bytes=10**6)
            assert len(bodies.items) == len(page.items)
            self.got.update((record.stix_id, record.version) for record in page.items)
            self.position = page.last or self.position
            wanted, more = wanted.after(self.position), page.more
        return seen(database, collection, self.clearance, versions=ALL)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_step, min_size=1, max_size=6), limit=st.integers(1, 4))
def test_every_reader_gets_each_version_once_and_no_technique_before_a_user_of_it(
    database: Database, steps: list[list[tuple[str, int, int, Tlp]]], limit: int
) -> None:
    with database.write() as tx:
        place = add_collection(tx, "Findings")
    readers = [_Reader(level) for level in range(6)]
    once_named: dict[int, set[str]] = {level: set() for level in range(6)}
    for step in steps:
        store(database, place, *(_made(*one) for one in step))
        for reader in readers:
            visible_now = reader.poll(database, place, limit)
            assert set(reader.got.values()) <= {1}
            assert {(item.stix_id, item.version) for item in visible_now} <= set(reader.got)
            users = [item for item in visible_now if item.type != "attack-pattern"]
            text = b"".join(item.body for item in users).decode()
            named = once_named[reader.clearance]
            named |= {one for one in (stix_id("attack-pattern", number) for number in (1, 2, 3)) if one in text}
            bodies = {item.stix_id: item.body.decode() for item in visible_now if item.type == "attack-pattern"}
            while more := {other for one in named & bodies.keys() for other in bodies if other in bodies[one]} - named:
                named |= more
            if reader.clearance < 5:
                assert bodies.keys() <= named
        for lower, higher in pairwise(readers):
            assert set(lower.got) <= set(higher.got) | _lost(lower, higher, database, place)
    problems = [one for one in check_database(database) if f"collection {place.number}," in one]
    assert problems == []


def _lost(lower: _Reader, higher: _Reader, database: Database, place: Collection) -> set[tuple[str, str]]:
    """What the lower reader got before it was marked more strictly; it is in no answer any more."""
    now = {(item.stix_id, item.version) for item in seen(database, place, lower.clearance, versions=ALL)}
    return set(lower.got) - now
