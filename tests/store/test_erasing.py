"""Erasing: everything of an object goes but its id, and it does not come back."""

from __future__ import annotations

from sqlalchemy import select

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Collection, Database, Outcome, add_to_quarantine, list_quarantine
from disarm_exchange.store.checking import check_database
from disarm_exchange.store.copying import copy_database
from disarm_exchange.store.erasing import Gone, erase, held_by, overdue, sweep
from disarm_exchange.store.index_tables import search_terms
from disarm_exchange.store.indexing import catch_up
from disarm_exchange.store.peers import Holding, note_holdings
from disarm_exchange.store.tables import mentions, recalls
from tests.store.objects import DAY, domain, ids, indicator, relationship, seen, stix_id, store

# every object has a UUID of its own
DOMAIN, OTHER, INDICATOR = stix_id("domain-name", 11), stix_id("domain-name", 12), stix_id("indicator", 1)
ASKED = "asked for"


def based_on(number: int, target: str) -> dict[str, object]:
    return {**relationship(100 + number, INDICATOR, target), "relationship_type": "based-on"}


def note(number: int, *refs: str) -> dict[str, object]:
    return {
        "type": "note", "spec_version": "2.1", "id": stix_id("note", 200 + number), "created": DAY.format(1),
        "modified": DAY.format(1), "content": "seen", "object_refs": list(refs),
        "object_marking_refs": indicator(1)["object_marking_refs"],
    }  # fmt: skip


def take(database: Database, collection: Collection, *chosen: str, for_good: bool = True) -> list[str]:
    gone = erase(database, collection.number, [Gone(one, ASKED) for one in chosen], for_good=for_good)
    return sorted(one.stix_id for one in gone)


def test_all_versions_go_and_none_comes_back(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), indicator(1, day=3), indicator(2))
    assert take(database, collection, INDICATOR) == [INDICATOR]
    assert ids(seen(database, collection, 5)) == [stix_id("indicator", 2)]
    again = store(database, collection, indicator(1), indicator(1, day=9), indicator(3))
    assert [one.outcome for one in again] == [Outcome.ERASED, Outcome.ERASED, Outcome.ADDED]
    assert INDICATOR not in ids(seen(database, collection, 5))
    assert list(check_database(database)) == []


def test_what_was_merely_over_may_come_back_in_a_newer_version(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), indicator(1, day=3), domain(11))
    take(database, collection, INDICATOR, DOMAIN, for_good=False)
    again = store(database, collection, indicator(1, day=2), indicator(1, day=3), indicator(1, day=4), domain(11))
    assert [one.outcome for one in again] == [Outcome.ERASED, Outcome.ERASED, Outcome.ADDED, Outcome.ERASED]


def test_what_makes_no_sense_alone_goes_along(database: Database, collection: Collection) -> None:
    group = {**note(3, DOMAIN), "type": "grouping", "id": stix_id("grouping", 300), "context": "x"}
    store(database, collection, domain(11), domain(12), indicator(1), based_on(1, DOMAIN), based_on(2, OTHER))
    store(database, collection, note(1, DOMAIN), note(2, DOMAIN, OTHER), group)
    assert take(database, collection, DOMAIN) == sorted(
        [DOMAIN, stix_id("relationship", 101), stix_id("note", 201)]
    )  # the indicator has another base, the second note another subject
    assert take(database, collection, OTHER) == sorted(
        [OTHER, stix_id("relationship", 102), INDICATOR, stix_id("note", 202)]
    )
    assert ids(seen(database, collection, 5)) == [stix_id("grouping", 300)]


def test_a_dry_run_names_the_same_and_erases_nothing(database: Database, collection: Collection) -> None:
    store(database, collection, domain(11), indicator(1), based_on(1, DOMAIN))
    asked = [Gone(DOMAIN, ASKED), Gone(DOMAIN, ASKED)]
    said = list(erase(database, collection.number, asked, for_good=True, dry_run=True))
    assert len(seen(database, collection, 5)) == 3
    assert list(erase(database, collection.number, asked, for_good=True)) == said
    assert [(one.type, one.reason) for one in said] == [
        ("domain-name", ASKED),
        ("relationship", f"speaks of {DOMAIN}"),
        ("indicator", f"based on {DOMAIN}"),
    ]


def test_more_than_a_batch(database: Database, collection: Collection) -> None:
    store(database, collection, *(domain(number) for number in range(11, 1211)), indicator(1))
    found = overdue(database, collection.number, ("domain-name",), lambda item, _: str(item["value"]))
    assert len(list(erase(database, collection.number, found, for_good=False))) == 1200
    assert ids(seen(database, collection, 5)) == [INDICATOR]


def test_copies_elsewhere_go(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), relationship(101, INDICATOR, DOMAIN))
    catch_up(database, seconds=60)
    with database.write() as tx:
        add_to_quarantine(tx, b"{}", "bad", peer="p", stix_id=INDICATOR)
        note_holdings(tx, "acme", [Holding(INDICATOR, DAY.format(1), INDICATOR, "pushed")])
        assert "=a.example" in tx.connection.execute(select(search_terms.c.term)).scalars().all()
    take(database, collection, INDICATOR)
    sweep(database, collection.number)
    with database.read() as tx:
        assert tx.connection.execute(select(search_terms.c.term)).scalars().all() == []
        assert tx.connection.execute(select(mentions.c.mentioned)).scalars().all() == []
        assert list_quarantine(tx) == []
        assert held_by(tx, [INDICATOR]) == {"acme": 1}


def test_tombstones_go_into_a_backup(database: Database, collection: Collection, tmp_path: object) -> None:
    store(database, collection, indicator(1))
    take(database, collection, INDICATOR)
    with Database.open(f"{tmp_path}/copy.db") as copy:
        copy_database(database, copy)
        assert [one.outcome for one in store(copy, collection, indicator(1))] == [Outcome.ERASED]


def test_what_was_called_back_is_erased_with_its_object(database: Database, collection: Collection) -> None:
    store(database, collection, indicator(1), indicator(1, day=2, tlp=Tlp.RED))
    store(database, collection, indicator(2))
    store(database, collection, indicator(2, day=2, tlp=Tlp.RED, name="x"))
    with database.read() as tx:
        called_back = tx.connection.execute(select(recalls.c.stix_id).distinct()).scalars().all()
    assert called_back == [stix_id("indicator", 2)]
    list(erase(database, collection.number, [Gone(stix_id("indicator", 2), "asked")], for_good=True))
    with database.read() as tx:
        assert tx.connection.execute(select(recalls.c.stix_id)).all() == []
