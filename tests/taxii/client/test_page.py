from __future__ import annotations

import pytest

from disarm_exchange.taxii.client.page import FIRST_HEADER, LAST_HEADER, NotAPageError, read_page

DATES = {FIRST_HEADER: "2026-11-01T00:00:00.000001Z", LAST_HEADER: "2026-11-01T00:00:00.000002Z"}


def test_objects_keep_their_own_bytes() -> None:
    page = read_page(b'{ "more" : true, "objects":[ {"b" : 1, "a":"\\u00e9"} ,\n{"c":2}], "next":"n 1" }', DATES)
    assert [entry.raw for entry in page.objects] == [b'{"b" : 1, "a":"\\u00e9"}', b'{"c":2}']
    assert [entry.item for entry in page.objects] == [{"b": 1, "a": "é"}, {"c": 2}]
    assert (page.more, page.next, page.first, page.last) == (True, "n 1", *DATES.values())
    assert page.oddities == ()


@pytest.mark.parametrize("body", [b"{}", b'{"objects":[]}', b'{"objects":null,"more":false}', b'{"more":false}'])
def test_an_empty_page_is_fine(body: bytes) -> None:
    page = read_page(body, {})
    assert (list(page.objects), page.more, page.oddities) == ([], False, ())


BAD = [
    b"NaN",
    b'{"a":NaN}',
    b'{"a":1e400}',
    b'"\xff"',
    b'{"a":"\xff"}',
    b"7",
    b"null",
    b'["x"]',
    b'{"a":"\\ud800"}',
    b'{"a" 1}',
    b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
    b"[" * 5000 + b"]" * 5000,
    b"[" * 200_000 + b"]" * 200_000,
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:12].decode("latin-1"))
def test_a_bad_object_is_marked_and_spoils_no_other(bad: bytes) -> None:
    page = read_page(b'{"objects":[{"a":1},' + bad + b',{"b":"}]"}],"more":true,"next":"x"}', DATES)
    assert [bool(entry.fault) for entry in page.objects] == [False, True, False]
    assert page.objects[1].raw == bad
    assert page.objects[2].item == {"b": "}]"}
    assert (page.more, page.next) == (True, "x")


@pytest.mark.parametrize(
    ("body", "cut"),
    [
        (b"", True),
        (b"[]", False),
        (b"null", False),
        (b"<html>", False),
        (b'{"objects":{}}', False),
        (b'{"objects":7}', False),
        (b'{"objects":[{"a":1},{"b"', True),
        (b'{"objects":[{"a":1}', True),
        (b'{"objects":[1 2]}', False),
        (b'{"objects":[,]}', False),
        (b'{"objects":[{"a":1}]} {"objects":[]}', False),
    ],
)
def test_what_is_no_page_is_told_apart_from_what_was_cut(body: bytes, cut: bool) -> None:
    with pytest.raises(NotAPageError) as caught:
        read_page(body, {})
    if body != b'{"objects":[,]}':  # both readings are right
        assert caught.value.cut is cut


def test_a_byte_order_mark_is_no_hindrance() -> None:
    assert read_page(b'\xef\xbb\xbf{"objects":[{"a":1}]}', DATES).objects[0].item == {"a": 1}


def test_what_the_server_does_wrong_is_noted() -> None:
    page = read_page(b'{"type":"bundle","id":"x","objects":[{"a":1}],"more":"true","next":7}', {FIRST_HEADER: "now"})
    assert (page.more, page.next, page.first, page.last) == (True, "7", None, None)
    assert len(page.oddities) == 5


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "yesterday", ""])
def test_dates_that_cannot_be_are_not_taken(text: str) -> None:
    assert read_page(b'{"objects":[{"a":1}]}', {LAST_HEADER: text}).last is None


def test_dates_of_an_empty_page_say_nothing() -> None:
    """Our own server gives the beginning of time for a collection that never held anything."""
    page = read_page(b"{}", {FIRST_HEADER: "1970-01-01T00:00:00.000000Z", LAST_HEADER: "1970-01-01T00:00:00.000000Z"})
    assert (page.last, page.oddities) == (None, ())
