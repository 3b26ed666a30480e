"""Pulling into a database and into a file: what is kept, put aside, and where the next pull goes on."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Database, get_checkpoint, iter_objects, list_quarantine
from disarm_exchange.store import find_collection as find_local
from disarm_exchange.sync.pull import PullReport, peer_key, pull_into_database, pull_into_file
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection, find_collection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.sync.case import campaign, domain
from tests.taxii.client.quirky import Collection, moment
from tests.taxii.client.scripted import TAXII, Asked, Reply, Responder, ScriptedServer, reply, scripted

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"


def feed(*objects: object) -> Collection:
    return Collection([(float(number), item) for number, item in enumerate(objects)])  # type: ignore[misc]


def site(objects: Responder) -> Responder:
    def respond(asked: Asked) -> Reply:
        if asked.path == "/api/":
            return reply({"title": "R", "versions": [TAXII], "max_content_length": 1000})
        if asked.path == "/api/collections/":
            info = {"id": COLLECTION, "title": "Feed", "can_read": True, "can_write": False}
            return reply({"collections": [info]})
        return objects(asked)

    return respond


def connect(server: ScriptedServer) -> tuple[Connection, RemoteCollection]:
    connection = Connection(server.url, retry=RetryPolicy(attempts=2, sleep=lambda _seconds: None))
    return connection, find_collection(connection, f"{server.url}/api/")


def pull_here(server: ScriptedServer, folder: Path, limit: int = 4) -> PullReport:
    with Database.open(folder / "mine.db") as database:
        return pull_into_database(*connect(server), database, alias="feed", limit=limit, overlap=0)


def held(folder: Path) -> list[StixObject]:
    with Database.open(folder / "mine.db") as database:
        with database.read() as tx:
            local = find_local(tx, "feed")
        assert local is not None
        return [one.parse() for one in iter_objects(database, local.number)]


def quarantined(folder: Path) -> list[tuple[str | None, bytes]]:
    with Database.open(folder / "mine.db") as database, database.read() as tx:
        return [(one.stix_id, one.body) for one in list_quarantine(tx)]


def test_objects_and_checkpoint_are_kept(tmp_path: Path) -> None:
    objects = [domain(number) for number in range(10)]
    with scripted(site(feed(*objects))) as server:
        report = pull_here(server, tmp_path)
        with Database.open(tmp_path / "mine.db") as database, database.read() as tx:
            kept = get_checkpoint(tx, f"{server.url}/api/", COLLECTION)
    assert held(tmp_path) == objects
    assert (report.fetched, report.new, report.unchanged, report.pages, report.complete) == (10, 10, 0, 3, True)
    assert kept is not None
    assert kept.added_after == report.checkpoint == moment(9)


def test_a_pull_with_nothing_new_is_one_request_for_objects(tmp_path: Path) -> None:
    with scripted(site(feed(*(domain(number) for number in range(10))))) as server:
        pull_here(server, tmp_path)
        before = len([asked for asked in server.asked if asked.path.endswith("/objects/")])
        report = pull_here(server, tmp_path)
        after = len([asked for asked in server.asked if asked.path.endswith("/objects/")])
    assert after - before == 1
    assert (report.fetched, report.new, report.complete) == (0, 0, True)


BAD: list[object] = [
    {**domain(1), "value": 7},
    {"type": "url"},
    {"type": "url", "id": "url--x", "value": "https://a.example/"},
    "a text",
    None,
    {**campaign(), "created": "yesterday"},
    {**campaign(), "name": [["x"] * 3]},
]


def test_bad_objects_are_put_aside_with_a_reason_and_the_rest_comes_in(tmp_path: Path) -> None:
    mixed: list[object] = [entry for number, bad in enumerate(BAD) for entry in (domain(number + 10), bad)]
    with scripted(site(feed(*mixed))) as server:
        report = pull_here(server, tmp_path)
    assert len(held(tmp_path)) == report.new == len(BAD)
    assert len(quarantined(tmp_path)) == len(report.quarantined) == len(BAD)
    assert all(reason for _, reason in report.quarantined)
    assert report.complete is False
    assert report.checkpoint == moment(len(mixed) - 1)


def test_an_object_that_is_no_json_is_put_aside_in_its_own_bytes(tmp_path: Path) -> None:
    body = b'{"objects":[' + orjson.dumps(domain(1)) + b',{"a":NaN},' + orjson.dumps(domain(2)) + b"]}"
    with scripted(site(lambda _asked: Reply(body))) as server:
        pull_here(server, tmp_path)
        pull_here(server, tmp_path)
    assert quarantined(tmp_path) == [("", b'{"a":NaN}')]
    assert held(tmp_path) == [domain(1), domain(2)]


def test_the_same_version_with_other_content_is_a_conflict_and_ours_stays(tmp_path: Path) -> None:
    with scripted(site(feed(campaign(), campaign(description="other")))) as server:
        report = pull_here(server, tmp_path)
    assert list(report.conflicting) == [(campaign()["id"], campaign()["modified"])]
    assert held(tmp_path) == [campaign()]


def test_a_pull_that_breaks_off_tells_and_the_next_one_completes(tmp_path: Path) -> None:
    collection = feed(*(domain(number) for number in range(10)))
    broken = [True]

    def respond(asked: Asked) -> Reply:
        return reply({"title": "Down"}, 503) if asked["next"] == "p8" and broken[0] else collection(asked)

    with scripted(site(respond)) as server:
        report = pull_here(server, tmp_path)
        assert "Down" in report.stopped
        assert (report.new, report.complete) == (8, False)
        broken[0] = False
        assert pull_here(server, tmp_path).new == 2
    assert held(tmp_path) == [domain(number) for number in range(10)]


def test_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    with (
        scripted(site(lambda _asked: reply({"title": "No"}, 403))) as server,
        pytest.raises(TaxiiError, match="denies"),
    ):
        pull_here(server, tmp_path)


def test_each_peer_has_its_own_checkpoint(tmp_path: Path) -> None:
    with scripted(site(feed(domain(1)))) as one, scripted(site(feed(domain(2), domain(3)))) as two:
        pull_here(one, tmp_path)
        assert pull_here(two, tmp_path).new == 2
        assert peer_key(connect(one)[1]) != peer_key(connect(two)[1])


def test_a_file_appears_only_when_complete(tmp_path: Path) -> None:
    collection = feed(*(domain(number) for number in range(10)))
    output = tmp_path / "out.json"

    def respond(asked: Asked) -> Reply:
        return reply({"title": "Down"}, 503) if asked["next"] == "p8" else collection(asked)

    with scripted(site(respond)) as server, pytest.raises(TaxiiError):
        pull_into_file(*connect(server), output, limit=4)
    assert list(tmp_path.iterdir()) == []
    with scripted(site(collection)) as server:
        report = pull_into_file(*connect(server), output, limit=4)
    assert [item["id"] for item in orjson.loads(output.read_bytes())["objects"]] == [
        domain(number)["id"] for number in range(10)
    ]
    assert (report.new, report.complete) == (10, True)


def test_beside_a_file_what_was_put_aside_is_named(tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    with scripted(site(feed(domain(1), *BAD, domain(1)))) as server:
        report = pull_into_file(*connect(server), output)
    lines = [orjson.loads(line) for line in (tmp_path / "out.json.quarantine.jsonl").read_bytes().splitlines()]
    assert len(lines) == len(BAD)
    assert all(line["reason"] and line["object"] for line in lines)
    assert (report.new, report.unchanged) == (1, 1)
    assert len(orjson.loads(output.read_bytes())["objects"]) == 1
