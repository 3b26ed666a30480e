"""What a run with nothing new asks of a server, and what happens when a collection is not where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from disarm_exchange.sync.finding import REMEMBERED_SECONDS
from disarm_exchange.taxii.server.observing import REQUESTS
from tests.sync.organisations import Organisation, organisations, peer_text
from tests.taxii.client.scripted import Asked, Reply, ScriptedServer, reply, scripted

ROOT = {"title": "R", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 1_000_000}
PROMISE = {**ROOT, "x_date_added_in_commit_order": True}
FIRST, SECOND = "91a7b528-80eb-42ed-a74d-c6fbd5a26116", "52892447-4d7e-4f70-b94d-d7f22742ff63"
ADDED = {
    "X_TAXII_Date_Added_First": "2026-11-23T09:59:50.000000Z",
    "X_TAXII_Date_Added_Last": "2026-11-23T09:59:50.000000Z",
}


class Site:
    """A server with one collection, called `feed`."""

    def __init__(self) -> None:
        self.collection = FIRST
        self.gone = 404
        self.objects: list[object] = []
        self.promise = ""

    def __call__(self, asked: Asked) -> Reply:
        listed = {"id": self.collection, "title": "Feed", "alias": "feed", "can_read": True, "can_write": False}
        answers: dict[str, Reply] = {
            "/api/": reply(PROMISE),
            "/api/collections/": reply({"collections": [listed]}),
            f"/api/collections/{self.collection}/objects/": self.page(),
        }
        return answers.get(asked.path, reply({"title": "Not found"}, self.gone))

    def page(self) -> Reply:
        promise = {"X_Date_Added_In_Commit_Order": self.promise}
        return reply({"objects": self.objects}, 200, **ADDED, **promise) if self.objects else reply({}, 200, **promise)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Organisation]:
    with organisations(tmp_path, "bert") as (bert,):
        yield bert


@pytest.fixture
def site() -> Iterator[tuple[Site, ScriptedServer]]:
    responder = Site()
    with scripted(responder) as server:
        yield responder, server


def run(reader: Organisation, server: ScriptedServer) -> tuple[str, list[str]]:
    """The outcome of a run, and the paths that it asked for."""
    del server.asked[:]
    reader.configure(peer_text("them", f"{server.url}/api/", "bert", 'pull = ["feed"]'))
    outcome = reader.sync("them").outcome
    return outcome, [asked.path for asked in server.asked]


def objects(collection: str) -> str:
    return f"/api/collections/{collection}/objects/"


def test_from_the_second_run_on_a_collection_costs_one_request(
    reader: Organisation, site: tuple[Site, ScriptedServer]
) -> None:
    _, server = site
    assert run(reader, server) == ("ok", ["/api/", "/api/collections/", objects(FIRST)])
    assert run(reader, server) == ("ok", [objects(FIRST)])
    assert run(reader, server) == ("ok", [objects(FIRST)])


@pytest.mark.parametrize("status", [404, 403, 410, 406])
def test_a_collection_that_is_not_there_any_more_is_looked_for_in_the_same_run(
    reader: Organisation, site: tuple[Site, ScriptedServer], status: int
) -> None:
    responder, server = site
    run(reader, server)
    responder.collection, responder.gone = SECOND, status
    assert run(reader, server) == ("ok", [objects(FIRST), "/api/", "/api/collections/", objects(SECOND)])
    assert run(reader, server) == ("ok", [objects(SECOND)])


def test_after_a_day_it_is_looked_for_anew(reader: Organisation, site: tuple[Site, ScriptedServer]) -> None:
    _, server = site
    run(reader, server)
    before = reader.terms.clock()
    reader.terms = replace(reader.terms, clock=lambda: before + timedelta(seconds=REMEMBERED_SECONDS + 1))
    assert run(reader, server)[1] == ["/api/", "/api/collections/", objects(FIRST)]


def test_what_was_found_at_one_url_is_not_asked_of_another(
    reader: Organisation, site: tuple[Site, ScriptedServer]
) -> None:
    _, server = site
    run(reader, server)
    with scripted(Site()) as other:
        assert run(reader, other)[1] == ["/api/", "/api/collections/", objects(FIRST)]


@pytest.mark.parametrize(("promise", "after"), [("", "09:59:20"), ("false", "09:59:20"), ("true", "09:59:50")])
def test_commit_order_holds_as_long_as_the_answers_promise_it(
    reader: Organisation, site: tuple[Site, ScriptedServer], promise: str, after: str
) -> None:
    """What an API root once said is not remembered: a server in its place may show an object late."""
    responder, server = site
    run(reader, server)
    responder.objects, responder.promise = [reader.campaign()], promise
    run(reader, server)
    run(reader, server)
    assert server.asked[-1]["added_after"] == f"2026-11-23T{after}.000000Z"


def test_our_own_server_costs_one_request_a_run(tmp_path: Path) -> None:
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        bert.configure(peer_text("anna", anna.url, "bert", 'pull = ["findings"]'))
        anna.keep(anna.campaign())
        bert.sync("anna")
        before = _requests()
        bert.sync("anna")
        bert.sync("anna")
        assert _requests() - before == 2


def _requests() -> float:
    """How many requests the servers of this process have answered so far, by their own metrics."""
    samples = [one for metric in REQUESTS.collect() for one in metric.samples]
    return sum(one.value for one in samples if one.name == "taxii_requests_total")
