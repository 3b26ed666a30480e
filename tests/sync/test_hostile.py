"""A hostile peer: it takes nobody's objects, fills no disk, and holds up nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.store import find_collection
from disarm_exchange.store.access import delete_collection
from disarm_exchange.store.peers import list_conflicts
from disarm_exchange.sync.settle import settle
from tests.sync.organisations import Organisation, organisations, peer_text

Three = tuple[Organisation, Organisation, Organisation]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    """`bert` pulls from `anna` and from `mallory`."""
    with organisations(tmp_path, "anna", "bert", "mallory") as (anna, bert, mallory):
        peers = [
            peer_text(one.name, one.url, "bert", 'pull = ["findings"]', f'identities = ["{one.identity}"]')
            for one in (anna, mallory)
        ]
        bert.configure("".join(peers))
        yield anna, bert, mallory


def squat(mallory: Organisation, victim: Organisation, **more: object) -> None:
    """Use the id of another's object for one of its own."""
    later = {**victim.campaign(month=9, description="squatted"), "created_by_ref": mallory.identity, **more}
    mallory.keep(later)


def test_an_object_that_is_here_is_neither_overwritten_nor_revoked(three: Three) -> None:
    anna, bert, mallory = three
    anna.keep(anna.campaign())
    bert.sync("anna")
    squat(mallory, anna, revoked=True)
    report = bert.sync("mallory")
    assert (report.outcome, report.counts["conflicts"]) == ("partial", 1)
    assert bert.holds("peers")[str(anna.campaign()["id"])] == anna.campaign()


def test_nobody_speaks_in_the_name_of_a_peer(three: Three) -> None:
    anna, bert, mallory = three
    mallory.keep(anna.campaign(month=9, revoked=True))
    bert.sync("mallory")
    anna.keep(anna.campaign())
    bert.sync("anna")
    assert bert.holds("peers")[str(anna.campaign()["id"])] == anna.campaign()


def test_an_id_that_was_taken_first_is_settled_by_a_person(three: Three) -> None:
    anna, bert, mallory = three
    stix_id = str(anna.campaign()["id"])
    squat(mallory, anna)
    bert.sync("mallory")
    anna.keep(anna.campaign(), anna.campaign(month=4, description="more"))
    assert bert.sync("anna").counts["conflicts"] == 1  # the newest version is what a server sends
    assert bert.holds("peers")[stix_id]["description"] == "squatted"
    assert bert.config is not None
    done = settle(bert.database, bert.config, stix_id, anna.identity)
    assert (done.aside, done.taken) == (1, 1)
    assert bert.holds("peers")[stix_id] == anna.campaign(month=4, description="more")
    assert bert.sync("mallory").counts["new"] == 0
    anna.keep(anna.campaign(month=5, description="still hers"))
    assert bert.sync("anna").counts["updated"] == 1
    squat(mallory, anna, modified="2026-10-01T00:00:00.000Z")
    assert bert.sync("mallory").counts["conflicts"] == 1
    assert bert.holds("peers")[stix_id]["description"] == "still hers"
    with bert.database.read() as tx:
        assert {one.kind for one in list_conflicts(tx)} == {"foreign-edit"}


def test_what_is_our_own_cannot_be_given_away(three: Three) -> None:
    _, bert, mallory = three
    bert.keep(bert.campaign())
    squat(mallory, bert)
    bert.sync("mallory")
    assert bert.config is not None
    with pytest.raises(UserError, match="our own"):
        settle(bert.database, bert.config, str(bert.campaign()["id"]), mallory.identity)
    with pytest.raises(UserError, match="nothing by"):
        settle(bert.database, bert.config, str(bert.campaign()["id"]), "identity--nobody")
    assert bert.holds("findings")[str(bert.campaign()["id"])] == bert.campaign()


def test_only_so_much_is_taken_in_one_run_and_the_rest_later(three: Three) -> None:
    anna, bert, _ = three
    bert.configure(bert.settings.replace('pull = ["findings"]', 'pull = ["findings"]\nlimit = 2\nmost_objects = 4'))
    anna.keep(*(anna.campaign(f"c{number}") for number in range(9)))
    first, second, third = (bert.sync("anna") for _ in range(3))
    assert (first.outcome, first.counts["new"]) == ("partial", 4)
    assert "most_objects" in first.reasons[0]
    assert (second.counts["new"], third.counts["new"], third.outcome) == (
        3,
        2,
        "ok",
    )  # a checkpoint in the middle repeats its last object


def test_one_that_sends_for_ever_gets_its_share_of_the_disk_and_no_more(three: Three) -> None:
    """Over any number of runs, until somebody raises the limit or makes room."""
    anna, bert, mallory = three
    quota = 'pull = ["findings"]\nlimit = 5\nmost_objects_in_all = 10'
    bert.configure(bert.settings.replace('pull = ["findings"]', quota))
    for run in range(6):
        mallory.keep(*(mallory.made("campaign", f"flood {run} {number}", name="x") for number in range(5)))
        mallory.keep(mallory.made("campaign", "one", modified=f"2026-05-0{run + 1}T00:00:00.000Z", name=f"no {run}"))
        report = bert.sync("mallory")
    assert 10 <= len(bert.holds("peers")) <= 15  # up to a page more
    assert report.outcome == "partial"
    assert "most_objects_in_all" in report.reasons[0]
    assert "[peers.mallory]" in report.reasons[0]
    anna.keep(anna.campaign())
    assert bert.sync("anna").outcome == "ok"  # nobody else is held up
    bert.configure(bert.settings.replace("most_objects_in_all = 10", "most_objects_in_all = 1000"))
    assert bert.sync("mallory").outcome == "ok"
    assert len(bert.holds("peers")) == 32


def test_so_many_megabytes_and_no_more(three: Three) -> None:
    _, bert, mallory = three
    quota = 'pull = ["findings"]\nlimit = 1\nmost_megabytes_in_all = 1'
    bert.configure(bert.settings.replace('pull = ["findings"]', quota))
    texts = ["x" * 300_000 + str(number) for number in range(6)]
    mallory.keep(*(mallory.made("campaign", text[-9:], name="x", description=text) for text in texts))
    bert.sync("mallory")
    report = bert.sync("mallory")
    assert len(bert.holds("peers")) == 4
    assert "most_megabytes_in_all" in report.reasons[0]


def test_room_that_was_made_is_counted(three: Three) -> None:
    _, bert, mallory = three
    quota = 'pull = ["findings"]\nlimit = 5\nmost_objects_in_all = 5'
    bert.configure(bert.settings.replace('pull = ["findings"]', quota))
    mallory.keep(*(mallory.made("campaign", f"flood {number}", name="x") for number in range(10)))
    assert bert.sync("mallory").outcome == "partial"
    with bert.database.write() as tx:
        peers = find_collection(tx, "peers")
        assert peers is not None
        delete_collection(tx, peers)
    assert bert.sync("mallory").counts["new"] == 5


def test_one_whose_objects_are_not_valid_fills_its_quarantine_and_no_more(three: Three) -> None:
    anna, bert, mallory = three
    quota = 'pull = ["findings"]\nlimit = 5\nmost_in_quarantine = 10'
    bert.configure(bert.settings.replace('pull = ["findings"]', quota))
    mallory.keep(*(mallory.made("campaign", f"junk {number}", first_seen="never") for number in range(40)))
    anna.keep(anna.campaign())
    first, second = bert.sync("mallory"), bert.sync("mallory")
    assert (first.counts["refused"], second.counts["refused"]) == (10, 0)
    assert "most_in_quarantine" in second.reasons[0]
    assert bert.sync("anna").outcome == "ok"  # nobody else is held up
