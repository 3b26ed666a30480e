"""Who may revise an object: taking over what a peer sends, on both databases."""

from __future__ import annotations

import itertools

import orjson
import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Collection, Database, add_collection, iter_objects, local_collection, read_object
from disarm_exchange.store.markings import nobody
from disarm_exchange.store.peers import list_conflicts
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync.merge import Fate, Merged, judge, merge, winner_of
from tests.sync.case import PRODUCER, campaign, domain

OURS = "identity--5d0fe5b5-3c6f-4b58-9ad7-6f6a6cf4ad4e"
OWN = frozenset({OURS})
V1, V2, V3 = (f"2026-0{month}-01T00:00:00.000Z" for month in (3, 4, 5))


def version(modified: str, **more: object) -> StixObject:
    return campaign(modified=modified, **more)


def take(database: Database, *items: StixObject, peer: str = "acme", senders: dict[str, str] | None = None) -> Merged:
    with database.write() as tx:
        into = local_collection(tx, "peers")
        received = [read_object(orjson.dumps(item)) for item in items]
        return merge(tx, into, received, peer=peer, own=OWN, senders=senders)


def held(database: Database) -> list[StixObject]:
    with database.write() as tx:
        number = local_collection(tx, "peers").number
    return [one.parse() for one in iter_objects(database, number)]


def on_record(database: Database) -> list[tuple[str, str]]:
    with database.read() as tx:
        return [(one.kind, one.version) for one in list_conflicts(tx)]


def keep(database: Database, *items: StixObject) -> Collection:
    with database.write() as tx:
        mine = add_collection(tx, "Findings", alias="findings")
        add_objects(
            tx, mine.number, [read_object(orjson.dumps(item)) for item in items], source="local", level_of=nobody
        )
        return mine


def test_new_updated_revoked_and_unchanged_are_told_apart(database: Database) -> None:
    first = take(database, version(V1), domain(1))
    second = take(database, version(V1), version(V2), domain(1), domain(2))
    third = take(database, version(V3, revoked=True))
    assert (first.new, first.unchanged) == (2, 0)
    assert (second.new, second.updated, second.unchanged) == (1, 1, 2)
    assert (third.revoked, third.new, third.updated) == (1, 0, 0)
    assert {str(item.get("modified")) for item in held(database) if item["type"] == "campaign"} == {V3}


def test_an_edit_by_another_creator_is_a_conflict_on_record_once(database: Database) -> None:
    take(database, version(V1))
    for _ in range(2):
        result = take(database, {**version(V2), "created_by_ref": OURS.replace("5d", "6e")})
    assert (result.updated, len(result.refused)) == (0, 1)
    assert on_record(database) == [("foreign-edit", V2)]
    assert held(database) == [version(V1)]


def test_an_edit_that_hides_its_creator_is_a_conflict_too(database: Database) -> None:
    take(database, version(V1))
    edit = {name: value for name, value in version(V2).items() if name != "created_by_ref"}
    take(database, edit)
    assert on_record(database) == [("foreign-edit", V2)]


def test_nobody_revises_our_own_objects(database: Database) -> None:
    keep(database, {**version(V1), "created_by_ref": OURS})
    result = take(
        database, {**version(V2), "created_by_ref": OURS}, {**version(V1, labels=["x"]), "created_by_ref": OURS}
    )
    assert [kind for kind, _ in on_record(database)] == ["claims-to-be-ours", "two-contents"]
    assert len(result.refused) == 2
    assert held(database) == []


def test_nobody_creates_objects_in_our_name(database: Database) -> None:
    take(database, {**version(V1), "created_by_ref": OURS})
    assert on_record(database) == [("claims-to-be-ours", V1)]


def test_our_own_objects_coming_back_change_nothing(database: Database) -> None:
    keep(database, {**version(V2), "created_by_ref": OURS}, domain(1))
    result = take(database, {**version(V2), "created_by_ref": OURS}, {**version(V1), "created_by_ref": OURS}, domain(1))
    assert result.unchanged == 3
    assert held(database) == []
    assert on_record(database) == []


def test_a_revoked_object_does_not_rise(database: Database) -> None:
    take(database, version(V1), version(V2, revoked=True))
    result = take(database, version(V3))
    assert on_record(database) == [("risen", V3)]
    assert len(result.refused) == 1
    assert winner_of(held(database)) == version(V2, revoked=True)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_versions_come_the_revocation_wins(database: Database, order: tuple[int, ...]) -> None:
    versions = [version(V1), version(V2, revoked=True), version(V3)]
    for number in order:
        take(database, versions[number])
    assert held(database) == [version(V2, revoked=True)]
    assert on_record(database) == [("risen", V3)]


def test_of_two_contents_of_a_version_the_first_stays(database: Database) -> None:
    take(database, version(V1))
    take(database, version(V1, description="other"), peer="relay")
    assert held(database) == [version(V1)]
    assert on_record(database) == [("two-contents", V1)]


def test_of_two_contents_of_a_version_that_of_the_creator_itself_counts(database: Database) -> None:
    take(database, version(V1, description="forged"), peer="relay")
    take(database, version(V1), senders={PRODUCER: "acme"})
    assert held(database) == [version(V1)]
    assert on_record(database) == [("two-contents", V1)]


def test_what_an_organisation_created_is_taken_from_it_and_nobody_else(database: Database) -> None:
    senders = {PRODUCER: "acme"}
    result = take(database, version(V3, description="forged"), peer="relay", senders=senders)
    assert (result.new, result.unchanged) == (0, 1)
    take(database, version(V1), senders=senders)
    take(database, version(V3, description="forged"), version(V3, revoked=True), peer="relay", senders=senders)
    assert held(database) == [version(V1)]
    assert on_record(database) == []


def test_observables_are_taken_as_they_come(database: Database) -> None:
    result = take(database, domain(1), {**domain(1), "x_note": "more"})
    assert (result.new, result.updated, result.conflicts) == (1, 1, 0)


@pytest.mark.parametrize(
    ("item", "winner", "fate"),
    [
        (domain(1), None, Fate.TAKE),
        (version(V1), None, Fate.TAKE),
        (version(V2), version(V1), Fate.TAKE),
        (version(V1), version(V2), Fate.TAKE),
        (version(V3), version(V2, revoked=True), Fate.RISEN),
        (version(V1), version(V2, revoked=True), Fate.TAKE),
        (version(V3, revoked=True), version(V2, revoked=True), Fate.TAKE),
    ],
)
def test_the_rules(item: StixObject, winner: StixObject | None, fate: Fate) -> None:
    assert judge(item, winner, OWN) is fate
