"""Nothing of an object above a reader's clearance is in any answer, over HTTP, for random worlds and readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.stix.project import location
from disarm_exchange.store import Database
from disarm_exchange.store.access import set_grant
from disarm_exchange.store.accounts import add_organisation, add_user
from tests.store.objects import DAY, relationship, stix_id
from tests.taxii.server.world import PASSWORD, Place, World, served

_NOBODY = 9
_UNKNOWN = stix_id("marking-definition", 99)
_COLOURS = sorted(TLP_OF_MARKING)

# TLP 1, TLP 2, a colour of OpenCTI's, an unknown marking, none; on the whole and on parts
_markings = st.one_of(
    st.sampled_from([{"object_marking_refs": [one]} for one in _COLOURS]),
    st.sampled_from([{"object_marking_refs": [_COLOURS[0], one]} for one in (*_COLOURS, _UNKNOWN)]),
    st.sampled_from([
        {
            "object_marking_refs": [Tlp.CLEAR.marking_id],
            "granular_markings": [{"marking_ref": one, "selectors": ["name"]}, {"lang": "en", "selectors": ["name"]}],
        }
        for one in (*_COLOURS, _UNKNOWN)
    ]),
    st.sampled_from([{}, {"object_marking_refs": [_UNKNOWN]}]),
)  # fmt: skip
_objects = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 3), _markings, st.sets(st.integers(0, 5), max_size=2)),
    min_size=1,
    max_size=9,
)


def made(number: int, day: int, marking: dict[str, object], others: set[int]) -> dict[str, object]:
    """A version with a mark of its own, `telltale-NUMBER-DAY`, by which its bytes are known."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id("indicator", number),
        "created": DAY.format(1),
        "modified": DAY.format(day),
        "name": f"telltale-{number}-{day}",
        "pattern": "[url:value = 'http://a.example']",
        "pattern_type": "stix",
        "valid_from": DAY.format(1),
        "external_references": [
            {"source_name": "see", "description": stix_id("indicator", other)} for other in sorted(others - {number})
        ],
        **marking,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with a reader of each clearance."""
    with Database.open(tmp_path_factory.mktemp("clearance") / "x.db") as database, served(database) as made_world:
        with database.write() as tx:
            for tlp in Tlp:
                organisation = add_organisation(tx, f"cleared-{tlp.token}", clearance=tlp)
                add_user(tx, organisation, f"cleared-{tlp.token}", password=PASSWORD)
                made_world.organisations[organisation.name] = organisation.id
        yield made_world


def place_for(world: World) -> Place:
    place = world.collection()
    with world.database.write() as tx:
        for tlp in Tlp:
            organisation = world.organisations[f"cleared-{tlp.token}"]
            set_grant(tx, place.collection, organisation, can_read=True, can_write=True)
    return place


def model(history: list[dict[str, object]]) -> dict[int, set[tuple[str, str]]]:
    """Which versions (id, modified) each clearance may see: by own marking, the newest's, and those mentioned."""
    stored: dict[tuple[str, str], dict[str, object]] = {}
    for item in history:
        stored.setdefault((str(item["id"]), str(item["modified"])), item)
    level = {key: min(sharing_level(item), _NOBODY) for key, item in stored.items()}
    newest = {key[0]: key for key in sorted(stored)}
    while True:
        before = dict(level)
        for key, item in stored.items():
            said = [reference["description"] for reference in item["external_references"]]  # type: ignore[attr-defined]
            others = [level[newest[other]] for other in said if other in newest]
            level[key] = max([level[key], level[newest[key[0]]], *others])
        if level == before:
            return {int(tlp): {key for key, value in level.items() if value <= tlp} for tlp in Tlp}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=_objects)
def test_no_answer_holds_anything_above_the_readers_clearance(
    world: World, history: list[tuple[int, int, dict[str, object], set[int]]]
) -> None:
    place = place_for(world)
    items = [made(*each) for each in history]
    assert place.add(*items, user="chief").json()["success_count"] == len(items)
    visible = model(items)
    names = {str(item["name"]) for item in items}
    for tlp in Tlp:
        user = f"cleared-{tlp.token}"
        allowed = visible[int(tlp)]
        text = answers(place, user)
        assert {name for name in names if name in text} <= {
            str(item["name"]) for item in items if (str(item["id"]), str(item["modified"])) in allowed
        }
        shown_ids = {key[0] for key in allowed}
        assert [one for one in {str(item["id"]) for item in items} - shown_ids if one in text] == []
        got = place.get("objects/?match[version]=all", user=user).json().get("objects", [])
        assert {(item["id"], item["modified"]) for item in got} == allowed


def answers(place: Place, user: str) -> str:
    """Every answer that a reader can get about a collection: bodies and headers; ids asked for are not counted."""
    texts = []
    for tail in ("objects/", "manifest/"):
        for query in ("", "?match[version]=all", "?match[version]=first", "?limit=1", "?match[type]=indicator,malware"):
            answer = place.get(tail + query, user=user)
            texts.append(answer.text + str(answer.headers))
            if query == "?limit=1":
                while "next" in answer.json():
                    answer = place.get(f"{tail}{query}&next={answer.json()['next']}", user=user)
                    texts.append(answer.text + str(answer.headers))
                    assert answer.json().get("objects"), "more was true, and nothing came"
    for number in range(6):
        for tail in ("", "versions/", "?match[version]=all"):
            answer = place.get(f"objects/{stix_id('indicator', number)}/{tail}", user=user)
            texts.append(answer.text + str(answer.headers))
    return "".join(texts)


def test_publishing_tells_nothing_of_a_withheld_version(world: World) -> None:
    secret = made(1, 1, {"object_marking_refs": [Tlp.RED.marking_id]}, set())
    taken, free = place_for(world), place_for(world)
    taken.add(secret, user="chief")
    other = {**secret, "name": "another content", "object_marking_refs": [Tlp.GREEN.marking_id]}
    told = [place.add(other, user="cleared-green").json() for place in (taken, free)]
    for status in told:
        del status["id"], status["request_timestamp"]
    assert told[0] == told[1]


def test_publishing_tells_nothing_of_vocabulary_that_only_a_withheld_object_uses(world: World) -> None:
    place = {kind: place_for(world) for kind in ("used", "alone", "free")}
    country = location("Ruritania", country="RU")
    user = relationship(1, stix_id("campaign", 8), str(country["id"]), tlp=Tlp.RED)
    place["used"].add(country, user, user="chief")
    place["alone"].add(country, user="chief")
    assert place["used"].ids(user="chief") == [country["id"], user["id"]]
    text = answers(place["used"], "cleared-green") + answers(place["alone"], "cleared-green")
    assert [one for one in (str(country["id"]), "Ruritania") if one in text] == []
    for sent in ([country], [country, relationship(2, str(country["id"]), stix_id("campaign", 9))]):
        told = [one.add(*sent, user="cleared-green").json() for one in place.values()]
        for status in told:
            del status["id"], status["request_timestamp"]
        assert told[0] == told[1] == told[2]
    assert sorted(place["used"].ids(user="cleared-green")) == sorted(str(item["id"]) for item in sent)
    assert len(place["used"].ids(user="chief")) == 3


def test_deleting_what_one_may_not_see_is_deleting_what_is_not_there(world: World) -> None:
    place = place_for(world)
    place.add(made(1, 1, {"object_marking_refs": [Tlp.RED.marking_id]}, set()), user="chief")
    hidden = place.delete(f"objects/{stix_id('indicator', 1)}/", user="cleared-green")
    absent = place.delete(f"objects/{stix_id('indicator', 2)}/", user="cleared-green")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert {**hidden.json(), "error_id": ""} == {**absent.json(), "error_id": ""}
    assert len(place.ids(user="chief")) == 1
