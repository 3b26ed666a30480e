"""A reader of lower clearance learns over TAXII that an object was marked more strictly, by a revocation of it."""

from __future__ import annotations

import random
import threading
from collections import Counter

import httpx
import pytest
import stix2
from taxii2client.v21 import Collection as ForeignCollection

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.access import set_grant
from disarm_exchange.store.accounts import add_organisation, add_user, change_organisation, find_organisation
from tests.store.objects import DAY, indicator, relationship, stix_id
from tests.taxii.server.world import PASSWORD, TAXII, Place, World

ONE = stix_id("indicator", 1)
GREEN, AMBER, RED = Tlp.GREEN, Tlp.AMBER, Tlp.RED


@pytest.fixture
def place(world: World) -> Place:
    """An indicator that was GREEN first and is RED now, with a name that nobody below RED may read."""
    made = world.collection(indicator(1, description="was open"), indicator(2))
    assert made.add(indicator(1, day=2, tlp=RED, name="secret"), user="chief").json()["success_count"] == 1
    return made


def test_the_next_poll_brings_a_revocation_and_no_byte_of_the_new_version(world: World) -> None:
    place = world.collection(indicator(1, description="was open"))
    first = place.get("objects/", user="reader")
    place.add(indicator(1, day=2, tlp=RED, name="secret"), user="chief")
    answer = place.get(f"objects/?added_after={first.headers['X-TAXII-Date-Added-Last']}", user="reader")
    old = {key: value for key, value in indicator(1).items() if key != "name"}
    assert answer.json() == {"objects": [{**old, "modified": DAY.format(2), "revoked": True}]}
    assert answer.headers["X-TAXII-Date-Added-First"] == answer.headers["X-TAXII-Date-Added-Last"]
    last = answer.headers["X-TAXII-Date-Added-Last"]
    assert place.get(f"objects/?added_after={last}", user="reader").json() == {}
    assert place.versions("objects/", user="chief") == [DAY.format(2)]
    assert "revoked" not in place.get("objects/?match[version]=all", user="chief").text


@pytest.mark.parametrize("tail", [
    "objects/", f"objects/{ONE}/", "objects/?match[version]=all", "objects/?match[version]=first",
    f"objects/?match[version]={DAY.format(2)}", f"objects/?match[id]={ONE}", "objects/?match[type]=indicator",
])  # fmt: skip
def test_every_way_of_asking_shows_it_alone(place: Place, tail: str) -> None:
    found = [item for item in place.get(tail, user="reader").json()["objects"] if item["id"] == ONE]
    assert [(item["modified"], item["revoked"], "name" in item) for item in found] == [(DAY.format(2), True, False)]
    assert "secret" not in place.get(tail, user="reader").text


def test_manifest_and_versions_name_it(place: Place) -> None:
    manifest = place.get("manifest/", user="reader").json()["objects"]
    assert [(one["id"], one["version"]) for one in manifest] == [
        (stix_id("indicator", 2), DAY.format(1)),
        (ONE, DAY.format(2)),
    ]
    assert place.get(f"objects/{ONE}/versions/", user="reader").json() == {"versions": [DAY.format(2)]}
    assert place.get(f"objects/{ONE}/versions/", user="chief").json() == {"versions": [DAY.format(1), DAY.format(2)]}


def test_an_object_that_is_called_back_and_not_new_is_an_empty_answer(place: Place) -> None:
    last = place.get("objects/", user="reader").headers["X-TAXII-Date-Added-Last"]
    answer = place.get(f"objects/{ONE}/?added_after={last}", user="reader")
    assert (answer.status_code, answer.json()) == (200, {})


def test_who_came_after_it_never_hears_of_it(world: World, place: Place) -> None:
    with world.database.write() as tx:
        newcomer = add_organisation(tx, f"new to {place.collection.number}", clearance=GREEN)
        add_user(tx, newcomer, f"new {place.collection.number}", password=PASSWORD)
        set_grant(tx, place.collection, newcomer.id, can_read=True, can_write=False)
    user = f"new {place.collection.number}"
    assert place.ids(user=user) == [stix_id("indicator", 2)]
    assert place.get(f"objects/{ONE}/", user=user).status_code == 404
    place.add(indicator(2, day=2, tlp=RED), user="chief")
    found = place.get("objects/", user=user).json()["objects"]
    assert [(item["id"], item["revoked"]) for item in found] == [(stix_id("indicator", 2), True)]


def test_a_grant_that_is_given_anew_keeps_what_it_was_told(world: World, place: Place) -> None:
    reader = world.organisations["reader"]
    with world.database.write() as tx:
        set_grant(tx, place.collection, reader, can_read=True, can_write=True)
    assert ONE in place.ids(user="reader")
    for can_read in (False, True):
        with world.database.write() as tx:
            set_grant(tx, place.collection, reader, can_read=can_read, can_write=True)
    assert ONE not in place.ids(user="reader")


def test_who_is_cleared_higher_gets_the_object_and_not_its_recall(world: World) -> None:
    name = f"climber {random.getrandbits(40)}"
    with world.database.write() as tx:
        climber = add_organisation(tx, name, clearance=GREEN)
        add_user(tx, climber, name, password=PASSWORD)
    place = world.collection(indicator(1), indicator(3, tlp=AMBER))
    with world.database.write() as tx:
        set_grant(tx, place.collection, climber.id, can_read=True, can_write=False)
    place.add(indicator(1, day=2, tlp=AMBER), indicator(3, day=2, tlp=RED), user="chief")
    with world.database.write() as tx:
        found = find_organisation(tx, name)
        assert found is not None
        change_organisation(tx, found, clearance=AMBER)
    items = place.get("objects/", user=name).json()["objects"]
    assert [(item["id"], item.get("revoked")) for item in items] == [(ONE, None)]


def test_a_wider_version_reaches_who_was_called_back(place: Place) -> None:
    last = place.get("objects/", user="reader").headers["X-TAXII-Date-Added-Last"]
    place.add(indicator(1, day=3), user="chief")
    answer = place.get(f"objects/?added_after={last}", user="reader").json()["objects"]
    assert [(item["modified"], item.get("revoked")) for item in answer] == [(DAY.format(3), None)]
    assert place.ids("objects/?match[version]=all", user="reader") == [stix_id("indicator", 2), ONE]


def test_a_recall_cannot_be_deleted_by_those_whom_it_concerns(world: World) -> None:
    place = world.collection(indicator(1, tlp=AMBER))
    place.add(indicator(1, day=2, tlp=RED), user="chief")
    assert place.delete(f"objects/{ONE}/").status_code == 403
    assert place.delete(f"objects/{stix_id('indicator', 7)}/").status_code == 404
    assert place.delete(f"objects/{ONE}/?match[version]={DAY.format(5)}").status_code == 404
    assert place.ids() == [ONE]
    assert place.delete(f"objects/{ONE}/", user="chief").status_code == 200
    assert place.ids() == [ONE]
    assert place.get(f"objects/{ONE}/", user="chief").status_code == 404


def test_clients_that_know_only_taxii_and_stix_understand_it(world: World) -> None:
    """taxii2-client and the stores of the stix2 library: the newest version is the one that counts."""
    place = world.collection(indicator(1), indicator(2))
    collection = ForeignCollection(f"{world.url}{place.path}", user="reader", password=PASSWORD)
    store, position = stix2.MemoryStore(), ""
    for step in (None, indicator(1, day=2, tlp=RED, name="secret"), indicator(1, day=3)):
        if step is not None:
            place.add(step, user="chief")
        envelope = collection.get_objects(**({"added_after": position} if position else {}))
        store.add(envelope["objects"])
        position = collection.get_manifest()["objects"][-1]["date_added"]
        current = store.get(ONE)
        assert (current.revoked, str(current.modified)[:10]) == (
            step is not None and "name" in step and step["name"] == "secret",
            "2026-01-01" if step is None else str(step["modified"])[:10],
        )


@pytest.mark.parametrize("by_next", [True, False])
def test_nothing_is_lost_or_doubled_while_markings_are_tightened(world: World, by_next: bool) -> None:
    """Two writers tighten and add; readers of each clearance page all the time, and end with what they may have."""
    place = world.collection(*(indicator(number) for number in range(1, 61)))
    done = threading.Event()

    def write(numbers: range) -> None:
        for number in numbers:
            place.add(
                indicator(number, day=2, tlp=RED if number % 2 else AMBER),
                indicator(number + 100, tlp=RED if number % 3 else GREEN),
                relationship(number + 200, stix_id("indicator", number), stix_id("indicator", 60 - number)),
                user="chief",
            )

    got: dict[str, Counter[tuple[str, str]]] = {}
    copies: dict[str, dict[str, dict[str, object]]] = {}

    def read(user: str) -> None:
        mine, copy = got.setdefault(user, Counter()), copies.setdefault(user, {})
        position, more, last_round = "", "", False
        with httpx.Client(base_url=world.url, auth=(user, PASSWORD), headers={"Accept": TAXII}) as client:
            while True:
                ending = done.is_set()
                parameters = {
                    "limit": "7",
                    **({"added_after": position} if position else {}),
                    **({"next": more} if more else {}),
                }
                answer = client.get(f"{place.path}objects/", params=parameters)
                assert answer.status_code == 200
                envelope = answer.json()
                for item in envelope.get("objects", []):
                    mine[item["id"], item["modified"]] += 1
                    if item["id"] not in copy or copy[item["id"]]["modified"] < item["modified"]:
                        copy[item["id"]] = item
                more = envelope.get("next", "") if by_next else ""
                if not more:
                    position = answer.headers["X-TAXII-Date-Added-Last"]
                if not envelope.get("more"):
                    if last_round:
                        return
                    last_round = ending

    users = ("reader", "both", "chief")
    threads = [threading.Thread(target=write, args=(some,)) for some in (range(1, 30), range(30, 60))]
    readers = [threading.Thread(target=read, args=(user,)) for user in users]
    for thread in (*threads, *readers):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    for user in users:
        assert set(got[user].values()) == {1}
        may_have = {}
        tail = ""
        while tail is not None:
            answer = place.get(f"objects/{tail}", user=user).json()
            may_have |= {item["id"]: item for item in answer["objects"]}
            tail = f"?next={answer['next']}" if answer.get("more") else None
        assert copies[user] == may_have
    assert any(item.get("revoked") for item in copies["reader"].values())
    assert not any(item.get("revoked") for item in copies["chief"].values())
