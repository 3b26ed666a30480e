"""Versions, repeats, conflicts, and the order of `date_added`."""

from __future__ import annotations

import pytest

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import (
    Collection,
    Database,
    Keyword,
    Outcome,
    Stored,
    Transaction,
    add_objects,
    clock,
    local_collection,
    read_object,
    write_object,
)
from tests.store.objects import DAY, domain, ids, indicator, seen, stix_id, store

ALL = (Keyword.ALL,)


def outcomes(stored: list[Stored]) -> list[Outcome]:
    return [one.outcome for one in stored]


def test_bodies_come_back_byte_true(database: Database, collection: Collection) -> None:
    body = (
        b'{ "type":"url",\n "id" : "%s" , "value":"http:\\/\\/a.example\\u00e9", "n": 1.0 }'
        % stix_id("url", 1).encode()
    )
    with database.write() as tx:
        add_objects(tx, collection.number, [read_object(body)], source="local", level_of=sharing_level)
    assert [item.body for item in seen(database, collection, 5)] == [body]


def test_date_added_strictly_increases_within_and_across_calls(database: Database, collection: Collection) -> None:
    stored = store(database, collection, *(indicator(n) for n in range(50)))
    stored += store(database, collection, *(indicator(n) for n in range(50, 60)))
    dates = [one.date_added for one in stored]
    assert dates == sorted(set(dates))


def test_a_clock_that_goes_back_does_not_take_date_added_back(
    database: Database, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store(database, collection, indicator(1))[0]
    monkeypatch.setattr(clock, "now", lambda: 1_000_000)
    second = store(database, collection, indicator(2))[0]
    assert second.date_added == first.date_added + 1


def test_a_repeated_version_is_no_new_row(database: Database, collection: Collection) -> None:
    first = store(database, collection, indicator(1))
    again = store(database, collection, indicator(1), indicator(1))
    assert outcomes(again) == [Outcome.REPEATED, Outcome.REPEATED]
    assert [one.date_added for one in again] == [first[0].date_added] * 2
    assert len(seen(database, collection, 5, versions=ALL)) == 1


def test_a_repeat_may_order_its_keys_otherwise(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1))
    turned = dict(reversed(indicator(1).items()))
    assert outcomes(store(database, collection, turned)) == [Outcome.REPEATED]


def test_the_same_version_with_other_content_conflicts_and_the_stored_one_stays(
    database: Database, collection: Collection
) -> None:
    store(database, collection, indicator(1))
    assert outcomes(store(database, collection, indicator(1, name="other"))) == [Outcome.CONFLICTING]
    assert [item.parse()["name"] for item in seen(database, collection, 5, versions=ALL)] == ["indicator 1"]


def test_the_latest_version_is_the_one_modified_last_whenever_it_came(
    database: Database, collection: Collection
) -> None:
    store(database, collection, indicator(1, day=3), indicator(1, day=1), indicator(1, day=2))
    assert [item.version for item in seen(database, collection, 5)] == [DAY.format(3)]
    firsts = seen(database, collection, 5, versions=(Keyword.FIRST,))
    assert [item.version for item in firsts] == [DAY.format(1)]
    assert len(seen(database, collection, 5, versions=ALL)) == 3


def test_modified_counts_as_a_moment_not_as_text(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1, modified="2026-01-02T00:00:00.100Z"))
    again = store(database, collection, indicator(1, modified="2026-01-02T00:00:00.1Z"))
    assert outcomes(again) == [Outcome.CONFLICTING]
    assert again[0].version == "2026-01-02T00:00:00.100Z"


def test_an_observable_is_stored_once_for_each_content(database: Database, collection: Collection) -> None:
    first = store(database, collection, domain(1))
    assert outcomes(store(database, collection, domain(1))) == [Outcome.REPEATED]
    changed = store(database, collection, domain(1, resolves_to_refs=[stix_id("ipv4-addr", 1)]))
    assert outcomes(changed) == [Outcome.ADDED]
    assert outcomes(store(database, collection, domain(1))) == [Outcome.REPEATED]
    assert first[0].version == clock.to_text(first[0].date_added)
    assert [item.date_added for item in seen(database, collection, 5)] == [changed[0].date_added]


def test_an_object_without_modified_has_created_as_version(database: Database, collection: Collection) -> None:
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id("marking-definition", 1),
        "created": DAY.format(5),
        "definition_type": "statement",
        "definition": {"statement": "x"},
    }
    assert store(database, collection, marking)[0].version == DAY.format(5)


def test_nothing_is_stored_when_the_transaction_fails(database: Database, collection: Collection) -> None:
    def fail_late() -> None:
        with database.write() as tx:
            add_objects(
                tx, collection.number, [read_object(write_object(indicator(1)))], source="local", level_of=sharing_level
            )
            raise KeyError

    with pytest.raises(KeyError):
        fail_late()
    assert seen(database, collection, 5, versions=ALL) == []


def test_a_nested_transaction_fails_alone(database: Database, collection: Collection) -> None:
    def add(tx: Transaction, number: int) -> None:
        add_objects(
            tx, collection.number, [read_object(write_object(indicator(number)))], source="x", level_of=sharing_level
        )

    def fail(tx: Transaction) -> None:
        with tx.nested():
            add(tx, 2)
            raise KeyError

    with database.write() as tx:
        add(tx, 1)
        with pytest.raises(KeyError):
            fail(tx)
        add(tx, 3)
    assert ids(seen(database, collection, 5)) == [stix_id("indicator", 1), stix_id("indicator", 3)]


def test_collections_do_not_share_objects(database: Database, collection: Collection) -> None:
    with database.write() as tx:
        other = local_collection(tx, "other")
    store(database, collection, indicator(1))
    assert outcomes(store(database, other, indicator(1))) == [Outcome.ADDED]
    assert len(seen(database, other, Tlp.GREEN)) == 1


def test_an_unknown_collection_is_an_error(database: Database) -> None:
    with database.write() as tx, pytest.raises(LookupError):
        add_objects(tx, 999, [], source="local", level_of=sharing_level)
