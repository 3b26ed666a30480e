"""Opinions, sightings and notes on a partner's objects, to its feedback collection on a real medallion and on ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from disarm_exchange.policy import Clearance
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection
from disarm_exchange.store.access import list_api_roots, set_grant
from disarm_exchange.store.accounts import find_organisation
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.preview import preview
from disarm_exchange.sync.publish import publish
from disarm_exchange.sync.run import RunReport
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.walk import Walk
from tests.interop.servers import COLLECTION, FEEDBACK, PASSWORD, USER, Site, medallion_site, own_site
from tests.sync.case import campaign, write
from tests.sync.organisations import BORN, Organisation

THEIRS = campaign()
NOW = datetime.fromisoformat("2026-11-24T00:00:00Z")


@dataclass
class Scene:
    """A partner's server with a campaign of theirs, and us, who have pulled it."""

    site: Site
    us: Organisation

    def configure(self, *policy: str, push: str = "") -> None:
        lines = [
            "[peers.them]", f'url = "{self.site.url}/trust/"', f'user = "{USER}"', 'password = "{password}"',
            f'identities = ["{THEIRS["created_by_ref"]}"]', f'pull = ["{COLLECTION}"]', f'feedback = "{FEEDBACK}"',
            'from = ["findings"]', 'policy = "p"', push, "[policies.p]", *policy,
        ]  # fmt: skip
        self.us.configure("\n".join(lines) + "\n")

    def run(self) -> RunReport:
        return self.us.sync("them")

    def there(self, collection: str) -> dict[str, StixObject]:
        walk = Walk(self.site.connect(), f"{self.site.url}/trust/collections/{collection}/objects/")
        return {str(entry.item["id"]): entry.item for step in walk for entry in step.page.objects}

    def previewed(self) -> dict[str, object]:
        assert isinstance(self.us.config, SyncConfig)
        shown = preview(self.us.database, self.us.config, self.us.config.peer("them"), now=NOW)
        found: dict[str, object] = json.loads(b"".join(shown.json()))
        return found


@pytest.fixture(params=["medallion", "own"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "them").mkdir()
    with ExitStack() as stack:
        if request.param == "medallion":
            site = stack.enter_context(medallion_site())
        else:
            site = stack.enter_context(own_site(tmp_path / "them"))
            with Database.open(tmp_path / "them" / "server.db") as theirs, theirs.write() as tx:
                us = find_organisation(tx, "us")
                assert us is not None
                second = add_collection(tx, "Feedback", api_root=list_api_roots(tx)[0], collection_id=FEEDBACK)
                set_grant(tx, second, us.id, can_read=True, can_write=True)
        shared = find_collection(site.connect(), site.url, "Shared")
        sent = publish(write(tmp_path / "theirs.json", [THEIRS]), site.connect(), shared, Clearance(Tlp.AMBER))
        assert len(sent.push.accepted) == 1
        database = stack.enter_context(Database.open(tmp_path / "ours.db"))
        with database.write() as tx:
            add_collection(tx, "Findings", alias="findings")
        organisation = Organisation("us", database, "", tmp_path)
        (tmp_path / "password").write_text(PASSWORD)
        yield Scene(site, organisation)


def feedback(us: Organisation) -> list[StixObject]:
    """What we think of their campaign, and of one of our own."""
    seen = {"first_seen": BORN, "last_seen": BORN, "count": 3}
    return [
        us.made("opinion", "o", opinion="strongly-agree", object_refs=[THEIRS["id"]]),
        us.made("note", "n", content="seen here too", object_refs=[THEIRS["id"]]),
        us.made("sighting", "s", sighting_of_ref=THEIRS["id"], **seen),
        us.made("opinion", "secret", Tlp.RED, opinion="disagree", object_refs=[THEIRS["id"]]),
        us.campaign("ours"),
        us.made("opinion", "ours", opinion="agree", object_refs=[us.campaign("ours")["id"]]),
    ]


def test_feedback_goes_to_the_feedback_collection_and_nothing_else_goes(scene: Scene) -> None:
    scene.configure('max_tlp = "amber"')
    assert scene.run().counts["new"] == 1
    items = feedback(scene.us)
    scene.us.keep(*items)
    shown = scene.previewed()
    report = scene.run()
    there = scene.there(FEEDBACK)
    assert there == {str(item["id"]): item for item in items[:3]}
    assert scene.there(COLLECTION).keys() == {THEIRS["id"]}
    assert report.outcome == "ok", report.reasons
    assert (report.counts["sent"], report.counts["withheld"]) == (3, 1)
    going = shown["would_go"]
    assert isinstance(going, list)
    assert {one["id"]: one["to"] for one in going} == dict.fromkeys(there, FEEDBACK)
    counts = shown["counts"]
    assert isinstance(counts, dict)
    assert (counts["would_go"], counts["no_feedback"], counts["withheld"]) == (3, 2, 1)
    assert scene.run().counts["sent"] == 0


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (('max_tlp = "clear"',), "marking"),
        (('max_tlp = "amber"', 'not_types = ["opinion", "note", "sighting"]'), "filter"),
        (('max_tlp = "amber"', 'creators = ["identity--00000000-0000-4000-8000-000000000000"]'), "filter"),
    ],
)
def test_under_a_policy_that_denies_it_nothing_leaves_and_that_is_said(
    scene: Scene, policy: tuple[str, ...], rule: str
) -> None:
    scene.configure(*policy)
    scene.run()
    scene.us.keep(*feedback(scene.us)[:3])
    shown = scene.previewed()
    report = scene.run()
    assert scene.there(FEEDBACK) == {}
    assert (report.counts["sent"], report.counts["withheld"]) == (0, 3)
    assert shown["would_go"] == []
    withheld = shown["withheld"]
    assert isinstance(withheld, list)
    assert [one["rule"] for one in withheld] == [rule] * 3


def test_what_was_kept_back_goes_once_there_is_a_place_for_it(scene: Scene) -> None:
    """A peer that took only feedback takes findings from now on: nothing is taken for sent that was not."""
    scene.configure('max_tlp = "amber"')
    scene.us.keep(*feedback(scene.us))
    scene.run()
    scene.configure('max_tlp = "amber"', push=f'push = "{COLLECTION}"')
    assert scene.run().counts["sent"] == 2
    assert scene.there(COLLECTION).keys() == {THEIRS["id"], *(item["id"] for item in feedback(scene.us)[4:])}
