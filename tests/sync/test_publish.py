"""What of a file goes to a peer, and the account of the rest."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.reading import read_records
from disarm_exchange.sync.publish import Drafted, PublishReport, draft, publish
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.push import PushSettings
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.sync.case import BORN, campaign, case, domain, made, write
from tests.taxii.client.scripted import Asked, Reply, Responder, reply, scripted
from tests.taxii.client.test_push import Inbox

AMBER = Clearance(Tlp.AMBER)


def drafted(folder: Path, objects: list[StixObject]) -> Drafted:
    return draft(read_records(write(folder / "b.json", objects)), AMBER)


def publish_to(respond: Responder, path: Path, **settings: int) -> PublishReport:
    with scripted(respond) as server:
        connection = Connection(server.url, retry=RetryPolicy(attempts=2, sleep=lambda _seconds: None))
        there = find_collection(connection, f"{server.url}/api/", write=True)
        return publish(path, connection, there, AMBER, settings=PushSettings(**settings))


def test_every_object_of_the_file_has_one_fate(tmp_path: Path) -> None:
    broken = {**domain(99), "value": 7}
    objects = [*case(6, secret=2), broken, domain(3), {**campaign(), "created": "never"}]
    inbox = Inbox()
    inbox.refuse = lambda item: "not this one" if item.get("value") == "site5.example" else None
    report = publish_to(inbox, write(tmp_path / "b.json", objects))
    counts = report.to_dict()["counts"]
    assert isinstance(counts, dict)
    fates = ("repeated", "refused", "withheld", "accepted", "pending", "failed", "unsent")
    assert sum(counts[fate] for fate in fates) == counts["read"] == len(objects)
    assert (counts["repeated"], counts["refused"], counts["failed"]) == (1, 2, 1)
    assert report.complete is False
    assert [one.reason for one in report.push.failed] == ["not this one"]


def test_what_is_not_valid_is_refused_with_code_and_place(tmp_path: Path) -> None:
    bad = made(
        "indicator", "bad", name="x", pattern="[not a pattern", pattern_type="stix", valid_from="2026-03-01T00:00:00Z"
    )
    result = drafted(tmp_path, [bad, domain(1)])
    assert [item["id"] for item, _ in result.objects] == [domain(1)["id"]]
    assert result.refused[0].id == bad["id"]
    assert result.refused[0].rule.startswith("DX")
    assert "/pattern" in result.refused[0].reason


def test_nothing_that_refers_to_a_refused_object_dangles(tmp_path: Path) -> None:
    bad = {**domain(1), "value": 7}
    link = made("relationship", "l", relationship_type="related-to", source_ref=campaign()["id"], target_ref=bad["id"])
    report = made("report", "r", name="R", published=BORN, object_refs=[bad["id"], campaign()["id"]])
    result = drafted(tmp_path, [bad, link, report, campaign()])
    sent = {str(item["type"]): item for item, _ in result.objects}
    assert sorted(sent) == ["campaign", "report"]
    assert sent["report"]["object_refs"] == [campaign()["id"]]


def test_two_contents_of_one_version_are_not_both_sent(tmp_path: Path) -> None:
    result = drafted(tmp_path, [campaign(), campaign(description="another")])
    assert len(result.objects) == 1
    assert "different content" in result.refused[0].reason


def test_versions_of_one_object_both_go(tmp_path: Path) -> None:
    newer = campaign(modified="2026-04-01T00:00:00.000Z")
    assert len(drafted(tmp_path, [campaign(), newer]).objects) == 2


def test_a_key_that_stands_twice_cannot_hide_a_marking(tmp_path: Path) -> None:
    text = orjson.dumps(domain(1, Tlp.RED))[:-1] + b',"object_marking_refs":["' + Tlp.CLEAR.marking_id.encode() + b'"]}'
    (tmp_path / "b.json").write_bytes(b'{"type":"bundle","id":"x","objects":[' + text + b"]}")
    result = draft(read_records(tmp_path / "b.json"), AMBER)
    assert result.objects == []
    assert "twice" in result.refused[0].reason


def test_objects_go_out_in_their_own_bytes_unless_cut(tmp_path: Path) -> None:
    spaced = orjson.dumps(domain(1)).replace(b'":', b'" : ')
    (tmp_path / "b.json").write_bytes(b'{"objects":[' + spaced + b"]}")
    assert draft(read_records(tmp_path / "b.json"), AMBER).objects[0][1] == spaced


def test_a_server_lost_in_the_middle_is_told_and_the_next_run_completes(tmp_path: Path) -> None:
    inbox = Inbox()
    dead = [False]

    def respond(asked: Asked) -> Reply:
        if asked.method == "POST" and len(inbox.posts) == 2 and not dead[0]:
            return reply({"title": "Down"}, 503)
        return inbox(asked)

    path = write(tmp_path / "b.json", case(20))
    broken_off = publish_to(respond, path, most_objects=5)
    assert (broken_off.complete, len(broken_off.push.accepted)) == (False, 10)
    assert "Down" in broken_off.stopped
    assert broken_off.unsent == len(broken_off.draft.objects) - 10
    dead[0] = True
    again = publish_to(respond, path, most_objects=5)
    assert (again.complete, again.unsent) == (True, 0)
    assert len(inbox.held) == len(again.draft.objects)


def test_a_server_that_takes_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    inbox = Inbox()
    inbox.answer = lambda _asked, _items: reply({"title": "No"}, 403)
    with pytest.raises(TaxiiError, match="denies"):
        publish_to(inbox, write(tmp_path / "b.json", case(3)))


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        publish_to(Inbox(), tmp_path / "nope.json")


def test_nothing_allowed_nothing_sent(tmp_path: Path) -> None:
    inbox = Inbox()
    report = publish_to(
        inbox, write(tmp_path / "b.json", [domain(1, Tlp.RED), {**domain(2), "object_marking_refs": []}])
    )
    assert inbox.posts == []
    assert report.push.sent == 0
