"""Walking collections of servers with real-life faults (taxii.md, client checks 13 to 17, 23, 26 to 29)."""

from __future__ import annotations

import pytest

from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.retry import RetryPolicy
from disarm_exchange.taxii.client.walk import Step, Walk
from tests.taxii.client.quirky import Collection, Quirks, moment, numbered
from tests.taxii.client.scripted import Asked, Reply, Responder, ScriptedServer, in_turn, reply, scripted

TEN = [float(number) for number in range(10)]
BURST = [0.0, 1.0, *([2.0] * 12), 3.0]
"""Twelve objects of one moment: wider than a page."""


def walk(server: ScriptedServer, added_after: str | None = None, limit: int = 4, overlap: float = 0.0) -> Walk:
    connection = Connection(server.url, retry=RetryPolicy(attempts=3, sleep=lambda _seconds: None))
    return Walk(connection, f"{server.url}/objects/", added_after=added_after, limit=limit, overlap=overlap)


def ids(steps: list[Step]) -> set[object]:
    return {entry.item["id"] for step in steps for entry in step.page.objects}


def all_ids(collection: Collection) -> set[object]:
    return {item["id"] for _, item in collection.objects}


def test_next_is_followed_with_the_same_parameters() -> None:
    collection = Collection(numbered(TEN))
    with scripted(collection) as server:
        steps = list(walk(server, added_after="2026-10-01T00:00:00Z"))
    assert ids(steps) == all_ids(collection)
    assert [len(step.page.objects) for step in steps] == [4, 4, 2]
    assert [step.final for step in steps] == [False, False, True]
    assert [asked["next"] for asked in server.asked] == [None, "p4", "p8"]
    assert {asked["limit"] for asked in server.asked} == {"4"}
    assert {asked["added_after"] for asked in server.asked} == {"2026-10-01T00:00:00.000000Z"}


def test_a_token_of_any_characters_comes_back_unchanged() -> None:
    token = "a/b+c d&e=é%2F\"'"
    first = reply({"objects": [{"a": 1}], "more": True, "next": token})
    with scripted(in_turn(first, reply({"objects": [{"a": 2}]}))) as server:
        list(walk(server))
    assert server.asked[1]["next"] == token


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(gives_next=False),
        Quirks(gives_next=False, inclusive=True),
        Quirks(inclusive=True),
        Quirks(ignores_limit=True),
        Quirks(most=2),
        Quirks(bundle=True),
        Quirks(no_dates=True),
        Quirks(ignores_added_after=True),
        Quirks(always_more=True),
        Quirks(always_more=True, gives_next=False),
        Quirks(always_more=True, gives_next=False, inclusive=True),
        Quirks(spends_tokens=True),
        Quirks(unordered=True),
    ],
    ids=str,
)
@pytest.mark.parametrize("dates", [TEN, BURST, [5.0] * 3, []], ids=["ten", "burst", "same", "none"])
def test_all_objects_arrive_and_the_walk_ends(quirks: Quirks, dates: list[float]) -> None:
    collection = Collection(numbered(dates), quirks)
    with scripted(collection) as server:
        steps = list(walk(server))
        assert len(server.asked) < 40
    assert ids(steps) == all_ids(collection)
    assert steps[-1].final


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 11, 12, 13])
@pytest.mark.parametrize("inclusive", [False, True])
def test_objects_of_one_moment_are_not_cut_apart_without_next(limit: int, inclusive: bool) -> None:
    collection = Collection(numbered(BURST), Quirks(gives_next=False, inclusive=inclusive))
    with scripted(collection) as server:
        assert ids(list(walk(server, limit=limit))) == all_ids(collection)


def test_more_objects_of_one_moment_than_the_server_gives_is_said() -> None:
    collection = Collection(numbered(BURST), Quirks(gives_next=False, most=4))
    with scripted(collection) as server:
        going = walk(server)
        steps = list(going)
    assert steps[-1].final
    assert any("out of reach" in oddity for oddity in going.oddities)


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(ignores_next=True),
        Quirks(ignores_next=True, token="same"),
        Quirks(gives_next=False, ignores_added_after=True, most=4),
        Quirks(gives_next=False, no_dates=True),
    ],
    ids=str,
)
def test_a_server_that_leads_nowhere_is_left_with_an_error(quirks: Quirks) -> None:
    collection = Collection(numbered(TEN), quirks)
    got: list[Step] = []
    with scripted(collection) as server:
        with pytest.raises(TaxiiError) as caught:
            got.extend(walk(server))
        assert len(server.asked) < 12
    assert caught.value.kind is FaultKind.PROTOCOL


def test_pages_before_an_error_are_given_with_their_checkpoints() -> None:
    collection = Collection(numbered(TEN))

    def respond(asked: Asked) -> Reply:
        return Reply(status=403) if asked["next"] == "p8" else collection(asked)

    got: list[Step] = []
    with scripted(respond) as server, pytest.raises(TaxiiError) as caught:
        for step in walk(server):
            got.append(step)
    assert caught.value.kind is FaultKind.FORBIDDEN
    assert len(ids(got)) == 8


def test_an_empty_page_that_promises_more_ends_when_nothing_follows() -> None:
    with scripted(in_turn(reply({"more": True, "next": "a"}))) as server:
        assert list(walk(server))[-1].final
        assert len(server.asked) == 2


def test_objects_behind_an_empty_page_are_found() -> None:
    replies = in_turn(reply({"more": True, "next": "a"}), reply({"more": True, "next": "b"}), reply({"objects": [{}]}))
    with scripted(replies) as server:
        assert sum(len(step.page.objects) for step in walk(server)) == 1


def test_a_lost_page_is_asked_for_with_the_same_next() -> None:
    collection = Collection(numbered(TEN))
    trouble = [Reply(b"{" + b" " * 100, cut=20), Reply(b'{"objects":[{"a"', headers={"Content-Length": ""})]

    def respond(asked: Asked) -> Reply:
        return trouble.pop() if asked["next"] == "p4" and trouble else collection(asked)

    with scripted(respond) as server:
        assert ids(list(walk(server))) == all_ids(collection)
    assert [asked["next"] for asked in server.asked] == [None, "p4", "p4", "p4", "p8"]


def test_a_server_that_spends_its_tokens_loses_no_page_when_an_answer_is_cut() -> None:
    """medallion gives the page after the lost one when asked again; so the walk starts again by date."""
    collection = Collection(numbered(TEN), Quirks(spends_tokens=True))
    count = [0]

    def respond(asked: Asked) -> Reply:
        count[0] += 1
        answer = collection(asked)
        return Reply(answer.body, cut=10, headers=answer.headers) if count[0] == 2 else answer

    with scripted(respond) as server:
        going = walk(server)
        assert ids(list(going)) == all_ids(collection)
    assert server.asked[2]["next"] is None
    assert server.asked[2]["added_after"] == "2026-11-01T00:00:02.999999Z"
    assert any("keeps the state" in oddity for oddity in going.oddities)


def test_an_expired_next_is_replaced_by_the_date_reached() -> None:
    collection = Collection(numbered(TEN))
    expired = [True]

    def respond(asked: Asked) -> Reply:
        if asked["next"] == "p8" and expired.pop():
            return reply({"title": "next expired"}, 400)
        return collection(asked)

    with scripted(respond) as server:
        assert ids(list(walk(server))) == all_ids(collection)


def never_next(collection: Collection) -> Responder:
    return lambda asked: reply({"title": "no paging here"}, 400) if asked["next"] else collection(asked)


@pytest.mark.parametrize("dates", [TEN, BURST], ids=["ten", "burst"])
def test_a_next_that_never_works_is_done_without(dates: list[float]) -> None:
    collection = Collection(numbered(dates))
    with scripted(never_next(collection)) as server:
        assert ids(list(walk(server, limit=2))) == all_ids(collection)
    assert len(server.asked) < 60


def test_a_next_that_never_works_and_no_dates_end_in_the_servers_own_words() -> None:
    collection = Collection(numbered(TEN), Quirks(no_dates=True))
    with scripted(never_next(collection)) as server, pytest.raises(TaxiiError, match="no paging here"):
        list(walk(server, limit=2))


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones() -> None:
    collection = Collection([(date, {**item, "x": "y" * 500}) for date, item in numbered(TEN)])
    with scripted(collection) as server:
        connection = Connection(server.url)
        connection.limits = type(connection.limits)(size=2000)
        steps = list(Walk(connection, f"{server.url}/objects/", limit=10, overlap=0))
    assert ids(steps) == all_ids(collection)
    assert {asked["limit"] for asked in server.asked} == {"10", "2"}


def test_unknown_members_are_no_hindrance() -> None:
    with scripted(in_turn(reply({"objects": [{"a": 1, "x_new": []}], "x_more": {"deep": 1}}))) as server:
        assert [entry.item for step in walk(server) for entry in step.page.objects] == [{"a": 1, "x_new": []}]


# checkpoints


def test_the_last_checkpoint_is_the_servers_last_date_and_nothing_new_is_one_request() -> None:
    collection = Collection(numbered(TEN))
    with scripted(collection) as server:
        done = list(walk(server))[-1].checkpoint
        assert done == moment(9)
        before = len(server.asked)
        steps = list(walk(server, added_after=done))
        assert len(server.asked) == before + 1
    assert [(list(step.page.objects), step.checkpoint, step.final) for step in steps] == [([], moment(9), True)]


@pytest.mark.parametrize("dates", [TEN, BURST], ids=["ten", "burst"])
@pytest.mark.parametrize("gives_next", [True, False])
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_walk_broken_off_goes_on_from_any_checkpoint(dates: list[float], gives_next: bool, stop: int) -> None:
    collection = Collection(numbered(dates), Quirks(gives_next=gives_next))
    with scripted(collection) as server:
        first = [step for step, _ in zip(walk(server), range(stop), strict=False)]
        second = list(walk(server, added_after=first[-1].checkpoint))
    assert ids(first) | ids(second) == all_ids(collection)


def test_with_unordered_pages_only_the_end_moves_the_checkpoint() -> None:
    collection = Collection(numbered([5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 9.0]), Quirks(unordered=True))
    with scripted(collection) as server:
        steps = list(walk(server))
    assert [step.checkpoint for step in steps][1:] == [None, moment(9)]


def test_no_dates_no_checkpoint() -> None:
    with scripted(Collection(numbered(TEN), Quirks(no_dates=True))) as server:
        assert {step.checkpoint for step in walk(server)} == {None}


def test_late_commits_are_found_within_the_overlap() -> None:
    """OpenTAXII shows objects after later ones when several clients write at once."""
    collection = Collection(numbered(TEN), server_time="Sun, 01 Nov 2026 00:00:20 GMT")
    with scripted(collection) as server:
        checkpoint = list(walk(server, overlap=30))[-1].checkpoint
        assert checkpoint == "2026-10-31T23:59:39.000000Z"
        late = numbered([8.5], begin=100)
        collection.objects += late
        assert late[0][1]["id"] in ids(list(walk(server, added_after=checkpoint, overlap=30)))


def test_once_the_overlap_has_passed_nothing_is_asked_twice() -> None:
    collection = Collection(numbered(TEN), server_time="Sun, 01 Nov 2026 00:00:20 GMT")
    with scripted(collection) as server:
        early = list(walk(server, overlap=30))[-1].checkpoint
        collection.server_time = "Sun, 01 Nov 2026 00:05:00 GMT"
        settled = list(walk(server, added_after=early, overlap=30))[-1].checkpoint
        assert settled == moment(9)
        assert ids(list(walk(server, added_after=settled, overlap=30))) == set()


def test_a_checkpoint_never_goes_back() -> None:
    collection = Collection(numbered(TEN), Quirks(ignores_added_after=True))
    later = moment(100)
    with scripted(collection) as server:
        assert {step.checkpoint for step in walk(server, added_after=later)} == {later}


def test_a_server_whose_clock_was_a_year_ahead_and_is_set_right_loses_nothing() -> None:
    """What it adds from then on has dates before our checkpoint."""
    year = 365 * 86_400.0
    collection = Collection(numbered([year + date for date in TEN]), server_time="Mon, 01 Nov 2027 00:05:00 GMT")
    with scripted(collection) as server:
        ahead = list(walk(server))[-1].checkpoint
        assert ahead is not None
        assert ahead.startswith("2027")
        collection.server_time = "Sun, 01 Nov 2026 00:05:00 GMT"
        right = numbered([100.0, 200.0], begin=100)
        collection.objects = [*right, *collection.objects]
        back = walk(server, added_after=ahead)
        steps = list(back)
        assert ids(steps) == all_ids(collection)
        assert "has set its clock back: everything is asked for again" in back.oddities
        assert steps[-1].checkpoint == "2026-11-01T00:05:00.000000Z"
        collection.server_time = "Sun, 01 Nov 2026 00:10:00 GMT"
        later = numbered([400.0], begin=200)
        collection.objects = [*collection.objects[:2], *later, *collection.objects[2:]]
        again = walk(server, added_after=steps[-1].checkpoint)
        assert later[0][1]["id"] in ids(list(again))
        assert again.oddities == {}


def test_a_server_that_is_a_year_behind_is_walked_like_any_other() -> None:
    collection = Collection(numbered(TEN), server_time="Mon, 01 Nov 2027 00:05:00 GMT")
    with scripted(collection) as server:
        last = list(walk(server, overlap=30))[-1].checkpoint
        assert last == moment(9)
        assert ids(list(walk(server, added_after=last, overlap=30))) == set()
