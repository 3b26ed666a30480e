"""The same journeys against a real medallion and our own server: publish, pull, compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from disarm_exchange.policy import Clearance
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, iter_objects
from disarm_exchange.store import find_collection as find_local
from disarm_exchange.sync.publish import PublishReport, publish
from disarm_exchange.sync.pull import PullReport, local_alias, pull_into_database, pull_into_file
from disarm_exchange.taxii.client.directory import RemoteCollection, find_collection
from disarm_exchange.taxii.client.push import PushSettings
from tests.interop.servers import Site, medallion_site, own_site
from tests.sync.case import campaign, case, domain, write

AMBER = Clearance(Tlp.AMBER)


@pytest.fixture(params=["medallion", "own"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with medallion_site() if request.param == "medallion" else own_site(tmp_path) as running:
        yield running


def remote(site: Site) -> RemoteCollection:
    return find_collection(site.connect(), f"{site.url}/taxii2/", "Shared")


def send(site: Site, path: Path, clearance: Clearance = AMBER, **settings: int) -> PublishReport:
    return publish(path, site.connect(), remote(site), clearance, settings=PushSettings(**settings))


def fetch(site: Site, folder: Path, limit: int = 20) -> tuple[PullReport, dict[str, StixObject]]:
    there = remote(site)
    with Database.open(folder / "mine.db") as database:
        report = pull_into_database(site.connect(), there, database, limit=limit, overlap=0)
        with database.read() as tx:
            local = find_local(tx, local_alias(there))
        assert local is not None
        return report, {one.stix_id: one.parse() for one in iter_objects(database, local.number)}


def by_id(objects: list[StixObject]) -> dict[str, StixObject]:
    return {str(item["id"]): item for item in objects}


def test_what_is_published_arrives_exactly(site: Site, tmp_path: Path) -> None:
    objects = [item for item in case(25) if item["id"] != Tlp.RED.marking_id]
    sent = send(site, write(tmp_path / "case.json", objects), most_objects=17)
    assert (sent.complete, len(sent.push.accepted)) == (True, len(objects))
    report, held = fetch(site, tmp_path)
    assert held == by_id(objects)
    assert (report.fetched, report.new, report.complete) == (len(objects), len(objects), True)


def test_publishing_and_pulling_again_doubles_nothing(site: Site, tmp_path: Path) -> None:
    path = write(tmp_path / "case.json", case(12))
    first = send(site, path)
    again = send(site, path)
    assert len(again.push.accepted) == len(first.push.accepted)
    assert (again.complete, again.push.failed) == (True, [])
    _, held = fetch(site, tmp_path)
    report, held_again = fetch(site, tmp_path)
    assert (report.new, held_again) == (0, held)


def test_publishing_again_is_no_failure_where_pages_are_small(tmp_path: Path) -> None:
    """medallion calls what it has a failure; what it has is asked for, also where its answers hold few objects."""
    path = write(tmp_path / "case.json", case(30))
    with medallion_site(page_size=3) as small:
        first, again = send(small, path), send(small, path)
    assert (again.complete, again.push.failed) == (True, [])
    assert again.push.already_there == len(again.push.accepted) == len(first.push.accepted) > 60


def test_secrets_stay_home_without_a_trace(site: Site, tmp_path: Path) -> None:
    sent = send(site, write(tmp_path / "case.json", case(10, secret=4)))
    assert {kept.rule for kept in sent.draft.withheld} == {"marking", "reference", "unused"}
    _, held = fetch(site, tmp_path)
    secret_ids = {str(domain(number)["id"]) for number in range(4)}
    text = orjson.dumps(list(held.values())).decode()
    assert [stix_id for stix_id in secret_ids if stix_id in text] == []
    assert "site3.example" not in text
    assert "site4.example" in text
    assert Tlp.RED.marking_id not in text


def test_a_second_pull_brings_only_what_is_new(site: Site, tmp_path: Path) -> None:
    send(site, write(tmp_path / "one.json", case(5)))
    fetch(site, tmp_path)
    newer = campaign(description="more is known", modified="2026-04-01T00:00:00.000Z")
    send(site, write(tmp_path / "two.json", [newer, domain(50)]))
    report, held = fetch(site, tmp_path)
    assert report.new == 2
    assert report.fetched <= 3
    assert held[str(newer["id"])] == newer


def test_pulled_into_a_file_the_same_objects_come_in_the_same_bytes(site: Site, tmp_path: Path) -> None:
    objects = [item for item in case(25) if item["id"] != Tlp.RED.marking_id]
    send(site, write(tmp_path / "case.json", objects))
    files = []
    for name in ("a.json", "b.json"):
        report = pull_into_file(site.connect(), remote(site), tmp_path / name, limit=10)
        assert report.complete
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert by_id(orjson.loads(files[0])["objects"]) == by_id(objects)
