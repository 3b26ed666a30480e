"""Deciding part by part gives what deciding over the whole gives; and after a push only what is new is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from disarm_exchange.policy import Action, Clearance, Filters, Kind, Redaction, SharingPolicy, share
from disarm_exchange.policy.personal import PERSONAL_TYPES
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection, find_collection, read_object
from disarm_exchange.store.markings import nobody
from disarm_exchange.store.peers import note_holdings, set_push_mark
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync import selection
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.outgoing import Item, invalid, plan
from disarm_exchange.sync.selection import Selection
from disarm_exchange.taxii.client.push import rank_of
from tests.policy.canaries import nest
from tests.sync.case import PRODUCER, campaign, domain, made

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEY = b"a key of the pair, 32 bytes long"
PEER = Peer("them", "https://x.example/", push="in", sources=("findings",), policy="p")
RULES = [
    None,
    Redaction(dict.fromkeys((kind for kind in Kind if kind is not Kind.IP), Action.PSEUDONYM), KEY),
    Redaction({Kind.HANDLE: Action.MASK, Kind.EMAIL: Action.DROP, Kind.DISPLAY_NAME: Action.DROP}, KEY),
]
FILTERS = [
    Filters(),
    Filters(not_types=frozenset({"note", "sighting"})),
    Filters(creators=frozenset({PRODUCER})),
    Filters(labels=frozenset({"x"})),
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "x.db") as found:
        with found.write() as tx:
            add_collection(tx, "Findings", alias="findings")
        yield found


def keep(database: Database, objects: list[StixObject]) -> None:
    with database.write() as tx:
        findings = find_collection(tx, "findings")
        assert findings is not None
        add_objects(
            tx, findings.number, [read_object(orjson.dumps(one)) for one in objects], source="local", level_of=nobody
        )


def in_parts(database: Database, policy: SharingPolicy) -> dict[str, StixObject]:
    with Selection(database, "them", policy, [1], now=NOW).decided() as decided:
        return {str(shaped["id"]): shaped for part in decided.parts() for shaped, _ in part}


def pushed(database: Database, policy: SharingPolicy) -> list[Item]:
    """Plan, and take it all as sent."""
    outgoing = plan(database, PEER, policy, frozenset({PRODUCER}), now=NOW)
    items: list[Item] = []
    for part in outgoing.parts():
        items += part
        with database.write() as tx:
            note_holdings(tx, "them", [one.holding for one in part])
    with database.write() as tx:
        for number, date_added in outgoing.marks:
            set_push_mark(tx, "them", number, date_added, outgoing.terms)
    return items


def looked_at(database: Database, policy: SharingPolicy) -> int:
    outgoing = plan(database, PEER, policy, frozenset({PRODUCER}), now=NOW)
    assert list(outgoing.parts()) is not None
    return outgoing.considered


@pytest.mark.parametrize("seed", range(20))
def test_parts_of_any_size_come_to_the_same_decision(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PART", 1 + seed % 7)
    objects = nest(seed).objects
    keep(database, objects)
    policy = SharingPolicy(
        "p", Clearance(list(Tlp)[seed % 5]), filters=FILTERS[seed % 4], redaction=RULES[seed // 4 % 3]
    )
    people = [item for item in objects if item["type"] in PERSONAL_TYPES]
    whole = share(objects, policy, now=NOW, known=people)
    assert in_parts(database, policy) == {str(item["id"]): item for item in whole.objects}


@pytest.mark.parametrize("seed", range(12))
def test_what_comes_bit_by_bit_ends_as_what_comes_at_once(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Objects before what refers to them, as they are published: the peer ends with the same objects."""
    monkeypatch.setattr(selection, "PART", 5)
    objects = sorted(nest(seed).objects, key=lambda item: rank_of(str(item["type"])))
    policy = SharingPolicy("p", Clearance(list(Tlp)[seed % 5]), filters=FILTERS[seed % 4], redaction=None)
    sent: dict[str, StixObject] = {}
    step = 4 + seed % 9
    for start in range(0, len(objects), step):
        keep(database, objects[start : start + step])
        sent |= {one.parcel.id: orjson.loads(one.parcel.raw) for one in pushed(database, policy)}
    whole = {str(one["id"]) for one in share(objects, policy, now=NOW).objects if not invalid(orjson.dumps(one))}
    extra = sent.keys() - whole
    assert whole <= sent.keys()
    # shared vocabulary that went before anything was withheld
    assert all(rank_of(stix_id.partition("--")[0]) < 3 or "attack-pattern" in stix_id for stix_id in extra)
    assert pushed(database, policy) == []


def test_things_come_before_what_refers_to_them(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "PART", 3)
    link = made(
        "relationship", "l", relationship_type="related-to", source_ref=campaign()["id"], target_ref=domain(8)["id"]
    )
    report = made("report", "r", name="R", published="2026-03-01T00:00:00.000Z", object_refs=[link["id"]])
    keep(database, [report, link, campaign(), *(domain(number) for number in range(9))])
    policy = SharingPolicy("p", Clearance(Tlp.RED))
    order = [str(one["type"]) for part in Selection(
        database, "them", policy, [1], now=NOW).decided().parts() for one, _ in part]  # fmt: skip
    assert order == [*["campaign"], *["domain-name"] * 9, "relationship", "report"]


def test_after_a_push_only_what_is_new_is_looked_at(database: Database) -> None:
    policy = SharingPolicy("p", Clearance(Tlp.GREEN))
    keep(database, [campaign(), *(domain(number, Tlp.RED if number < 5 else Tlp.GREEN) for number in range(40))])
    assert len(pushed(database, policy)) == 36
    keep(database, [domain(99)])
    assert looked_at(database, policy) == 1
    assert [one.parcel.id for one in pushed(database, policy)] == [domain(99)["id"]]


def test_what_stayed_home_for_the_sake_of_another_goes_when_that_goes(database: Database) -> None:
    policy = SharingPolicy("p", Clearance(Tlp.GREEN))
    link = made(
        "relationship", "l", relationship_type="related-to", source_ref=campaign()["id"], target_ref=domain(1)["id"]
    )
    note = made("note", "n", content="about the link", object_refs=[link["id"]])
    keep(database, [campaign(Tlp.RED), domain(1), link, note, *(domain(number) for number in range(10, 40))])
    assert len(pushed(database, policy)) == 31
    keep(database, [campaign(Tlp.GREEN, modified="2026-04-01T00:00:00.000Z")])
    assert [one.parcel.kind for one in pushed(database, policy)] == ["campaign", "relationship", "note"]


def test_a_tightened_marking_makes_it_look_at_everything(database: Database) -> None:
    policy = SharingPolicy("p", Clearance(Tlp.GREEN))
    link = made(
        "relationship", "l", relationship_type="related-to", source_ref=campaign()["id"], target_ref=domain(1)["id"]
    )
    keep(database, [campaign(), domain(1), link, *(domain(number) for number in range(10, 20))])
    assert len(pushed(database, policy)) == 13
    keep(database, [campaign(Tlp.RED, modified="2026-04-01T00:00:00.000Z")])
    assert sorted((one.parcel.kind, one.holding.how) for one in pushed(database, policy)) == [
        ("campaign", "recalled"), ("relationship", "recalled"),
    ]  # fmt: skip
    assert pushed(database, policy) == []


def test_what_a_filter_keeps_home_is_not_called_back(database: Database) -> None:
    link = made(
        "relationship", "l", relationship_type="related-to", source_ref=campaign()["id"], target_ref=domain(1)["id"]
    )
    keep(database, [campaign(), domain(1), link])
    assert len(pushed(database, SharingPolicy("p", Clearance(Tlp.GREEN)))) == 3
    narrower = SharingPolicy("p", Clearance(Tlp.GREEN), Filters(not_types=frozenset({"campaign"})))
    assert pushed(database, narrower) == []


def test_an_account_that_is_withheld_is_not_quoted_by_a_later_call(database: Database) -> None:
    """Its value is known although only the call is looked at."""
    home = nest(3)
    calls = [item for item in home.objects if "extensions" in item and item["type"] == "relationship"]
    keep(database, [item for item in home.objects if item not in calls])
    policy = SharingPolicy("p", Clearance(Tlp.GREEN))
    first = pushed(database, policy)
    keep(database, calls)
    sent = b"".join(one.parcel.raw for one in [*first, *pushed(database, policy)]).decode()
    hidden = [value for value, tlp in home.marked.items() if tlp > Tlp.GREEN]
    assert [value for value in hidden if value in sent] == []
