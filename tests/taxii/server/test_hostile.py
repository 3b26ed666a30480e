"""Hostile input: whatever is sent, no answer is a 5xx, memory stays bounded, and the server keeps answering."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.objects import domain, indicator
from tests.taxii.server.world import ROOT, TAXII, Place, World

_FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_ascii = st.characters(min_codepoint=32, max_codepoint=126)
_words = st.one_of(
    st.sampled_from(
        ["objects", "manifest", "versions", "collections", "status", ROOT, "taxii2", "..", ".", "%00", "%2e"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: quote(text, safe="")),
)
_parameters = st.lists(
    st.tuples(
        st.sampled_from(
            ["limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[spec_version]", "x"]
        ),
        st.one_of(
            st.sampled_from(["last", "all", "first", "0", "-1", "1", "9" * 40, "2.1", "2026-01-01T00:00:00Z", ",", ""]),
            st.text(max_size=20),
        ),
    ),
    max_size=4,
)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.text(_ascii, max_size=60).map(str.strip),
        "Content-Type": st.one_of(st.just(TAXII), st.text(_ascii)).map(str.strip),
        "Content-Encoding": st.sampled_from(["gzip", "zstd", "br", "identity", "gzip, gzip", "\x7f"]),
        "Accept-Encoding": st.text(_ascii, max_size=40).map(str.strip),
        "Range": st.just("bytes=0-1"),
        "Expect": st.just("200-ok"),
    },
)
_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from([TAXII, "indicator", str(indicator(1)["id"]), "2026-01-01T00:00:00.000Z", "2.1"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["type", "id", "created", "modified", "spec_version", "object_marking_refs", "objects"]
                ),
                st.sampled_from(["granular_markings", "marking_ref", "lang", "selectors", "definition_type"]),
                st.text(max_size=5),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    return world.collection(indicator(1), domain(2))


@pytest.fixture(autouse=True)
def still_answers(place: Place) -> Iterator[None]:
    """After every test the server serves as before."""
    yield
    assert str(indicator(1)["id"]) in place.ids()


@_FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "HEAD", "PUT", "OPTIONS", "TRACE", "FROB"]),
    words=st.lists(_words, max_size=6),
    parameters=_parameters,
    headers=_headers,
    in_collection=st.booleans(),
)
def test_any_request(
    place: Place,
    method: str,
    words: list[str],
    parameters: list[tuple[str, str]],
    headers: dict[str, str],
    in_collection: bool,
) -> None:
    path = (place.path if in_collection else "/") + "/".join(words)
    query = str(httpx.QueryParams(parameters))
    try:
        answer = place.world.request(method, f"{path}?{query}", user="reader", headers=headers)
    except (httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeEncodeError):
        return  # the client itself will not send it
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.json()["http_status"] == str(answer.status_code)


@_FUZZ
@given(value=_json, wrapped=st.booleans())
def test_any_json(place: Place, value: object, wrapped: bool) -> None:
    import json

    text = json.dumps({"objects": [value, indicator(3)]} if wrapped else value)
    answer = place.world.request("POST", f"{place.path}objects/", content=text.encode())
    assert answer.status_code in (202, 422)
    if answer.status_code == 202:
        status = answer.json()
        assert status["total_count"] == status["success_count"] + status["failure_count"]


@_FUZZ
@given(body=st.binary(max_size=200), encoding=st.sampled_from(["gzip", "zstd", "identity"]))
def test_any_bytes(place: Place, body: bytes, encoding: str) -> None:
    answer = place.world.request("POST", f"{place.path}objects/", headers={"Content-Encoding": encoding}, content=body)
    assert answer.status_code in (400, 422)


@_FUZZ
@given(place_to_cut=st.integers(0, 2000), garbage=st.binary(max_size=4), keep=st.booleans())
def test_a_damaged_envelope(place: Place, place_to_cut: int, garbage: bytes, keep: bool) -> None:
    body = orjson.dumps({"objects": [indicator(4), domain(5), indicator(6)]})
    cut = place_to_cut % len(body)
    answer = place.world.request(
        "POST", f"{place.path}objects/", content=body[:cut] + garbage + (body[cut + 1 :] if keep else b"")
    )
    assert answer.status_code in (202, 422)


BODIES = {
    "surrogate": b'{"objects":[{"type":"x","name":"\\ud800"}]}',
    "NaN": b'{"objects":[{"type":"x","n":NaN}]}',
    "minus infinity": b'{"objects":[{"type":"x","n":-Infinity}]}',
    "huge number": b'{"objects":[{"type":"x","n":1' + b"0" * 5000 + b"}]}",
    "huge exponent": b'{"objects":[{"type":"x","n":1e999999999}]}',
    "deep object": b'{"objects":[' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}",
    "deep list": b'{"objects":[{"a":' + b"[" * 5000 + b"]" * 5000 + b"}]}",
    "nothing but commas": b'{"objects":[' + b"1," * 450_000 + b"1]}",
    "many empty objects": b'{"objects":[' + b"{}," * 300_000 + b"{}]}",
    "many small values in one": b'{"objects":[{"type":"x","a":[' + b"[]," * 300_000 + b"[]]}]}",
    "one long string": b'{"objects":[{"type":"x","a":"' + b"a" * 900_000 + b'"}]}',
    "one long key": b'{"objects":[{"' + b"a" * 900_000 + b'":1}]}',
    "dashes": b'{"objects":[{"type":"x","a":"' + b"-" * 900_000 + b'"}]}',
    "an id of dashes": b'{"objects":[{"type":"x","id":"' + b"a--" * 300_000 + b'"}]}',
    "quotes": b'{"objects":["' + b'\\"' * 450_000 + b'"]}',
    "control characters": b'{"objects":[{"type":"x\x00y"}]}',
    "an escaped NUL": orjson.dumps({"objects": [{**indicator(7), "name": "a\0b", "labels": ["\0"]}]}),
    "keys of databases": orjson.dumps({"objects": [{**indicator(8), "x_'; DROP TABLE users; --": "%s ? :a"}]}),
    "far future": orjson.dumps({"objects": [{**indicator(9), "modified": "9999-12-31T23:59:59.999999Z"}]}),
    "year zero": orjson.dumps({"objects": [{**indicator(9), "created": "0000-01-01T00:00:00Z"}]}),
    "year one": orjson.dumps(
        {"objects": [{**indicator(9), "created": "0001-01-01T00:00:00Z", "modified": "0001-01-01T00:00:00Z"}]}
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body(world: World, name: str) -> None:
    place = world.collection()
    answer = world.request("POST", f"{place.path}objects/", content=BODIES[name])
    assert answer.status_code in (202, 422)
    assert place.get("objects/?match[version]=all").status_code == 200
    assert place.get("manifest/?match[version]=all").status_code == 200


def exchange(world: World, request: bytes, *, finish: bool = True) -> bytes:
    """Send bytes as they are; what comes back until the server closes or falls silent."""
    address = urlsplit(world.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        answer = b""
        while part := connection.recv(65536):
            answer += part
            if not finish and b"\r\n\r\n" in answer:
                return answer
        return answer


_RAW = [
    b"GET /taxii2/ HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%fe/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET //taxii2// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /taxii2/?%zz=%zz&%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /taxii2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff\xfe\r\nConnection: close\r\n\r\n",
    b"GET /taxii2/ HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 300_000 + b"\r\n\r\n",
    b"POST /taxii2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /taxii2/ HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /taxii2/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"POST /taxii2/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /taxii2/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", _RAW, ids=range(len(_RAW)))
def test_raw_bytes_on_the_wire(world: World, request_bytes: bytes) -> None:
    answer = exchange(world, request_bytes)
    assert re.match(rb"HTTP/1\.1 (?!5)\d\d\d|\Z", answer)


def head(world: World, path: str, rest: bytes) -> bytes:
    return (
        b"POST " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: " + TAXII.encode() + b"\r\n"
        b"Authorization: Bearer " + world.token.encode() + b"\r\n" + rest
    )


def test_a_body_that_ends_early_stores_nothing(world: World) -> None:
    place = world.collection()
    body = orjson.dumps({"objects": [indicator(1)]})
    exchange(world, head(world, f"{place.path}objects/", b"Content-Length: 5000\r\n\r\n" + body))
    assert place.ids() == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nothing like HTTP\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /taxii2/ HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST /taxii2/ HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n", 400),
        (b"GET /taxii2/ HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n", 431),
        (b"GET /taxii2/ HTTP/1.1\r\n" + b"X-Many: x\r\n" * 30_000 + b"\r\n", 431),
    ],
)
def test_what_is_no_http_gets_a_taxii_error_too(place: Place, sent: bytes, status: int) -> None:
    address = urlsplit(place.world.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/taxii+json;version=2.1" in head.lower()
    assert orjson.loads(body)["http_status"] == str(status)
    assert place.get(user="reader").status_code == 200


def test_many_requests_on_one_connection_may_have_long_heads(place: Place) -> None:
    answers = [place.get("manifest/", user="reader", X_Long="x" * 60_000).status_code for _ in range(8)]
    assert answers == [200] * 8
