"""Adding objects: envelopes, statuses, refusals (taxii.md, client checks 20 to 23, 25)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection, find_collection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.push import Parcel, Push, PushResult, PushSettings, envelopes, in_order, parcel
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.taxii.client.scripted import TAXII, Asked, Reply, ScriptedServer, reply, scripted

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
VERSION = "2026-03-01T00:00:07.000Z"


def make(number: int, kind: str = "url", **more: object) -> Parcel:
    item: dict[str, object] = {"type": kind, "id": f"{kind}--00000000-0000-4000-8000-{number:012d}", **more}
    return parcel(item, json.dumps(item).encode())


class Inbox:
    """A TAXII collection that stores what is posted; `refuse` gives a reason for an object, `accept` a reply."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, object]] = {}
        self.order: list[str] = []
        self.posts: list[list[str]] = []
        self.refuse: Callable[[dict[str, object]], str | None] = lambda _item: None
        self.answer: Callable[[Asked, list[dict[str, object]]], Reply | None] = lambda _asked, _items: None
        self.statuses: list[object] = []
        self.can_read = True
        self.max_content_length = 100_000

    def __call__(self, asked: Asked) -> Reply:
        info = {"id": COLLECTION, "title": "In", "can_read": self.can_read, "can_write": True}
        if asked.path == "/api/":
            return reply({"title": "R", "versions": [TAXII], "max_content_length": self.max_content_length})
        if asked.path == "/api/collections/":
            return reply({"collections": [info]})
        if asked.path.startswith("/api/status/"):
            return reply(self.statuses.pop(0)) if self.statuses else reply({}, 404)
        if asked.path.endswith("/manifest/"):
            wanted = (asked["match[id]"] or "").split(",")
            found = [item for item in self.held.values() if item["id"] in wanted]
            return reply({"objects": [{"id": item["id"], "version": item.get("modified", "x")} for item in found]})
        items = json.loads(asked.body)["objects"]
        self.posts.append([item["id"] for item in items])
        return self.answer(asked, items) or reply(self.store(items), 202)

    def store(self, items: list[dict[str, object]]) -> dict[str, object]:
        details: dict[bool, list[dict[str, object]]] = {True: [], False: []}
        for item in items:
            reason = self.refuse(item)
            entry = {"id": item["id"], "version": item.get("modified", "x")}
            details[reason is None].append(entry if reason is None else {**entry, "message": reason})
            if reason is None:
                self.held[str(item["id"])] = item
                self.order.append(str(item["id"]))
        return {
            "id": "2d086da7-4bdc-4f91-900e-d77486753710",
            "status": "complete",
            "total_count": len(items),
            "success_count": len(details[True]),
            "failure_count": len(details[False]),
            "pending_count": 0,
            "failures": details[False],
        }


def collection_of(server: ScriptedServer) -> tuple[Connection, RemoteCollection]:
    connection = Connection(server.url, retry=RetryPolicy(attempts=3, sleep=lambda _seconds: None))
    return connection, find_collection(connection, f"{server.url}/api/", write=True)


def send(server: ScriptedServer, parcels: list[Parcel], **settings: float) -> PushResult:
    push = Push(*collection_of(server), PushSettings(**settings))  # type: ignore[arg-type]
    for _ in push.send(parcels):
        pass
    result = push.result
    assert len(result.accepted) + len(result.pending) + len(result.failed) == result.sent == len(parcels)
    return result


def test_everything_arrives_and_is_said_to_be_accepted() -> None:
    inbox = Inbox()
    with scripted(inbox) as server:
        result = send(server, [make(number) for number in range(25)], most_objects=10)
    assert len(inbox.held) == len(result.accepted) == 25
    assert [len(post) for post in inbox.posts] == [10, 10, 5]
    assert server.asked[-1].headers["content-type"] == TAXII


def test_things_go_before_relationships_before_reports() -> None:
    kinds = ["report", "relationship", "url", "note", "marking-definition", "sighting", "campaign", "identity"]
    ordered = [one.kind for one in in_order(make(number, kind) for number, kind in enumerate(kinds))]
    assert ordered == [
        "marking-definition",
        "identity",
        "url",
        "campaign",
        "relationship",
        "sighting",
        "note",
        "report",
    ]


@pytest.mark.parametrize("limit", [200, 333, 1000, 10_000])
def test_envelopes_stay_within_the_servers_bytes(limit: int) -> None:
    inbox = Inbox()
    inbox.max_content_length = limit
    with scripted(inbox) as server:
        send(server, [make(number, x="y" * (number % 40)) for number in range(60)])
        sizes = [len(asked.body) for asked in server.asked if asked.method == "POST"]
    assert max(sizes) <= limit
    assert len(inbox.held) == 60


def test_an_object_larger_than_any_envelope_goes_alone() -> None:
    parcels = [make(0), make(1, x="y" * 5000), make(2)]
    assert [len(batch) for batch in envelopes(parcels, 1000, 10)] == [1, 1, 1]


def test_a_server_that_finds_envelopes_too_large_gets_smaller_ones() -> None:
    inbox = Inbox()
    inbox.answer = lambda asked, _items: reply({"title": "Too large"}, 413) if len(asked.body) > 400 else None
    with scripted(inbox) as server:
        result = send(server, [*(make(number) for number in range(20)), make(99, x="y" * 500)])
    assert len(inbox.held) == 20
    assert [(one.id, "too large" in one.reason) for one in result.failed] == [(make(99).id, True)]


def test_one_bad_object_in_an_envelope_that_is_refused_whole_is_found() -> None:
    inbox = Inbox()
    bad = make(13).id
    inbox.answer = lambda _asked, items: (
        reply({"title": "Bad object"}, 422) if any(item["id"] == bad for item in items) else None
    )
    with scripted(inbox) as server:
        result = send(server, [make(number) for number in range(100)])
    assert len(inbox.held) == 99
    assert [one.id for one in result.failed] == [bad]
    assert "Bad object" in result.failed[0].reason


def test_a_server_that_takes_nothing_is_not_asked_for_each_object() -> None:
    inbox = Inbox()
    inbox.answer = lambda _asked, _items: reply({"title": "No"}, 400)
    with scripted(inbox) as server:
        with pytest.raises(TaxiiError) as caught:
            send(server, [make(number) for number in range(500)])
        assert len(inbox.posts) < 60
    assert caught.value.kind is FaultKind.REFUSED


def test_what_failed_is_sent_once_more_and_then_reported_with_its_reason() -> None:
    inbox = Inbox()
    tries: dict[str, int] = {}

    def refuse(item: dict[str, object]) -> str | None:
        tries[str(item["id"])] = tries.get(str(item["id"]), 0) + 1
        if item["id"] == make(1).id and tries[str(item["id"])] == 1:
            return "try again"
        return "never\x07" if item["id"] == make(2).id else None

    inbox.refuse = refuse
    with scripted(inbox) as server:
        result = send(server, [make(number) for number in range(4)])
    assert [(one.id, one.reason) for one in result.failed] == [(make(2).id, "never")]
    assert inbox.posts[1] == [make(1).id, make(2).id]
    assert set(tries.values()) == {1, 2}


def test_a_repeated_version_called_a_failure_is_none() -> None:
    """medallion 3.0 does so, against section 5.5."""
    inbox = Inbox()
    parcels = [make(1, "campaign", modified=VERSION), make(2)]
    with scripted(inbox) as server:
        send(server, parcels)
        inbox.refuse = lambda _item: "Unable to process object"
        result = send(server, parcels)
        assert len(result.accepted) == result.already_there == 2
        newer = make(1, "campaign", modified="2026-04-01T00:00:00.000Z")
        assert [one.version for one in send(server, [newer]).failed] == [newer.version]


def test_without_the_right_to_read_the_servers_word_stands() -> None:
    inbox = Inbox()
    inbox.can_read = False
    inbox.refuse = lambda _item: "Unable to process object"
    with scripted(inbox) as server:
        assert len(send(server, [make(1)]).failed) == 1
        assert not [asked for asked in server.asked if asked.path.endswith("/manifest/")]


def pending(status: str, **lists: object) -> dict[str, object]:
    return {"id": "s 1/x", "status": status, "total_count": 2, "success_count": 0, "failure_count": 0, **lists}


def test_a_pending_status_is_asked_for_until_complete_and_never_again() -> None:
    inbox = Inbox()
    inbox.answer = lambda _asked, _items: reply(pending("pending", pending_count=2), 202)
    inbox.statuses = [pending("pending"), pending("complete"), pending("never asked")]
    with scripted(inbox) as server:
        result = send(server, [make(1), make(2)])
        polls = [asked.path for asked in server.asked if "/status/" in asked.path]
    assert polls == ["/api/status/s%201%2Fx/"] * 2
    assert len(result.accepted) == 2


def test_what_stays_pending_is_reported_as_pending() -> None:
    inbox = Inbox()
    done = [{"id": make(1).id, "version": "x"}]
    inbox.answer = lambda _asked, _items: reply(pending("pending"), 202)
    inbox.statuses = [pending("pending", successes=done) for _ in range(100)]
    with scripted(inbox) as server:
        result = send(server, [make(1), make(2)], patience=5.0)
    assert [one.id for one in result.accepted] == [make(1).id]
    assert [one.id for one in result.pending] == [make(2).id]


def test_a_status_that_the_server_forgot_leaves_what_it_said_last() -> None:
    inbox = Inbox()
    inbox.answer = lambda _asked, _items: reply(pending("pending"), 202)
    with scripted(inbox) as server:
        assert len(send(server, [make(1)]).pending) == 1


def test_failures_that_are_counted_and_not_named_are_not_taken_for_success() -> None:
    inbox = Inbox()
    inbox.can_read = False
    said = pending("complete", failure_count=1, successes=[{"id": make(1).id, "version": "x"}])
    inbox.answer = lambda _asked, _items: reply(said, 202)
    with scripted(inbox) as server:
        result = send(server, [make(1), make(2)])
    assert [one.id for one in result.accepted] == [make(1).id]
    assert [one.id for one in result.failed] == [make(2).id]


def test_other_spellings_of_a_version_are_understood() -> None:
    """OpenTAXII writes versions with six digits."""
    inbox = Inbox()
    inbox.can_read = False
    old, new = (make(1, "campaign", modified=text) for text in (VERSION, "2026-04-01T00:00:00Z"))
    details = [{"id": old.id, "version": "2026-04-01T00:00:00.000000Z", "message": "no"}]
    inbox.answer = lambda _asked, _items: reply(pending("complete", failure_count=1, failures=details), 202)
    with scripted(inbox) as server:
        result = send(server, [old, new])
    assert [one.version for one in result.failed] == [new.version]


def test_a_post_whose_answer_was_lost_is_repeated() -> None:
    inbox = Inbox()
    lost = [True]

    def answer(_asked: Asked, items: list[dict[str, object]]) -> Reply | None:
        return Reply(json.dumps(inbox.store(items)).encode(), 202, cut=5) if lost and lost.pop() else None

    inbox.answer = answer
    with scripted(inbox) as server:
        result = send(server, [make(1), make(2)])
    assert len(result.accepted) == 2
    assert inbox.posts[0] == inbox.posts[1]


def test_no_right_to_write_no_request() -> None:
    inbox = Inbox()
    with scripted(inbox) as server:
        connection, found = collection_of(server)
        before = len(server.asked)
        denied = replace(found, can_write=False)
        with pytest.raises(TaxiiError, match="may not write"):
            list(Push(connection, denied).send([make(1)]))
        assert len(server.asked) == before
