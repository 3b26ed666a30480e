"""Sections 4.3, 5.5 and 5.7: adding objects, their status, deleting."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterator

import orjson
import zstandard

from tests.store.objects import DAY, domain, indicator, stix_id
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.conformance.resources import TIMESTAMP
from tests.taxii.server.world import ROOT, TAXII, World

_ONE, _TWO = stix_id("indicator", 1), stix_id("indicator", 2)
_ENVELOPE = orjson.dumps({"objects": [indicator(1), indicator(2)]})


@check("5.5", "adding objects is 202 with a status resource")
def _accepted(world: World) -> None:
    place = world.collection()
    answer = place.add(indicator(1), domain(2))
    assert answer.status_code == 202
    status = answer.json()
    assert uuid.UUID(status["id"]).version == 4
    assert status["status"] == "complete"
    assert TIMESTAMP.fullmatch(status["request_timestamp"])
    counts = [status[f"{name}_count"] for name in ("total", "success", "failure", "pending")]
    assert counts == [2, 2, 0, 0]
    assert [one["id"] for one in status["successes"]] == [_ONE, stix_id("domain-name", 2)]
    versions = {record["id"]: record["version"] for record in place.get("manifest/").json()["objects"]}
    assert {one["id"]: one["version"] for one in status["successes"]} == versions


@check("4.3", "the status can be asked for again")
def _asked_again(world: World) -> None:
    answer = world.collection().add(indicator(1))
    again = world.get(f"/{ROOT}/status/{answer.json()['id']}/")
    assert (again.status_code, again.content) == (200, answer.content)


@check("4.3", "an unknown status is 404")
def _no_status(world: World) -> None:
    for status_id in (str(uuid.uuid4()), "x", "%00", "x" * 3000, "a%2Fb"):
        assert world.get(f"/{ROOT}/status/{status_id}/").status_code == 404


@check("5.5", "an exact duplicate is no error, and no second object")
def _duplicate(world: World) -> None:
    place = world.collection(indicator(1), domain(2))
    status = place.add(indicator(1), domain(2), indicator(1)).json()
    assert (status["success_count"], status["failure_count"]) == (3, 0)
    assert all("message" not in one for one in status["successes"])
    assert len(place.ids("objects/?match[version]=all")) == 2


@check("4.3.1", "bad objects are named in failures, the good ones are stored")
def _bad_ones(world: World) -> None:
    place = world.collection()
    bad = {**indicator(3), "modified": "not-a-time"}
    status = place.add(indicator(1), bad, {"type": "indicator"}, 5, None, "text", [], indicator(2)).json()
    assert (status["total_count"], status["success_count"], status["failure_count"]) == (8, 2, 6)
    first = status["failures"][0]
    assert (first["id"], first["version"]) == (stix_id("indicator", 3), "not-a-time")
    assert all(one["id"] and one["version"] and one["message"] for one in status["failures"])
    assert place.ids() == [_ONE, _TWO]


@check("5.5", "STIX 2.0 is not supported here and fails by name")
def _stix_20(world: World) -> None:
    place = world.collection()
    old = {key: value for key, value in indicator(1).items() if key != "spec_version"}
    assert "2.0" in place.add(old).json()["failures"][0]["message"]


@check("3.1", "objects come back byte for byte as they were sent")
def _byte_true(world: World) -> None:
    body = (
        b'{ "type":"url",\n\t"id" : "url--00000000-0000-4000-8000-000000000001", "value":"http:\\/\\/a.example\\u00e9",'
        b'"x_n": 1.0e2, "x_big": 9007199254740993, "object_marking_refs":'
        b'["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"] }'
    )
    place = world.collection()
    answer = world.request("POST", f"{place.path}objects/", content=b'{"objects":[' + body + b"]}")
    assert answer.json()["success_count"] == 1
    assert place.get("objects/").content == b'{"objects":[' + body + b"]}"


_UNPROCESSABLE = {
    "nothing": b"",
    "white space": b"  \n",
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "a string": b'"x"',
    "a bundle's worth of nothing": b"{}",
    "no objects": b'{"objects":[]}',
    "objects null": b'{"objects":null}',
    "objects a dict": b'{"objects":{}}',
    "objects a string": b'{"objects":"x"}',
    "objects a number": b'{"objects":5}',
    "half an envelope": b'{"objects":[{"type":',
    "two envelopes": b'{"objects":[1]}{"objects":[1]}',
    "a property twice": b'{"objects":[1],"objects":[2]}',
    "a property twice, spaced": b'{ "objects": [1], "objects" : [2] }',
    "a property twice, escaped": b'{"objects":[1],"obj\\u0065cts":[2]}',
    "NaN": b'{"objects":[NaN]}',
    "no UTF-8": b'{"objects":["\xff"]}',
    "UTF-16": '{"objects":[1]}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + b'{"objects":[1]}',
    "deep nesting": b'{"objects":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep nesting beside objects": b'{"objects":[1],"x":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}",
}


def _is_422(world: World, body: bytes) -> None:
    place = world.collection()
    answer = world.request("POST", f"{place.path}objects/", content=body)
    assert answer.status_code == 422
    assert place.ids() == []


for _name, _body in _UNPROCESSABLE.items():
    must("5.5", f"a body that is {_name} is 422", lambda world, body=_body: _is_422(world, body))


@check("7.1.1", "custom properties of an envelope are ignored", "MAY")
def _custom(world: World) -> None:
    place = world.collection()
    body = orjson.dumps({"x_acme_note": {"objects": [1]}, "more": False, "objects": [indicator(1)]})
    assert world.request("POST", f"{place.path}objects/", content=body).json()["success_count"] == 1


def _of_size(size: int) -> bytes:
    body = _ENVELOPE[:-1] + b" " * (size - len(_ENVELOPE)) + b"}"
    assert len(body) == size
    return body


@check("4.2.1", "a body of just max_content_length is not 413, one octet more is")
def _longest(world: World) -> None:
    place = world.collection()
    longest = world.get(f"/{ROOT}/").json()["max_content_length"]
    assert world.request("POST", f"{place.path}objects/", content=_of_size(longest)).status_code == 202
    assert world.request("POST", f"{place.path}objects/", content=_of_size(longest + 1)).status_code == 413


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


@check("4.2.1", "the same for a body sent in chunks, without a length")
def _chunked(world: World) -> None:
    place = world.collection()
    longest = world.get(f"/{ROOT}/").json()["max_content_length"]
    headers = {"Content-Type": TAXII, "Authorization": f"Bearer {world.token}"}
    url = f"{world.url}{place.path}objects/"
    assert world.client.post(url, content=_chunks(_of_size(longest)), headers=headers).status_code == 202
    assert world.client.post(url, content=_chunks(_of_size(longest + 1)), headers=headers).status_code == 413


@check("5.5", "the length is checked after the right to write, so that it tells nothing")
def _length_later(world: World) -> None:
    place = world.collection()
    body = b" " * 1_000_001
    for user, status in {"stranger": 404, "reader": 403, "writer": 413}.items():
        assert world.request("POST", f"{place.path}objects/", user=user, content=body).status_code == status


@check("3.1", "bodies in gzip and zstd are taken", "MAY")
def _encoded(world: World) -> None:
    for encoding, body in {"gzip": gzip.compress(_ENVELOPE), "zstd": zstandard.compress(_ENVELOPE)}.items():
        place = world.collection()
        answer = world.request("POST", f"{place.path}objects/", headers={"Content-Encoding": encoding}, content=body)
        assert (answer.status_code, place.ids()) == (202, [_ONE, _TWO])
    for encoding in ("br", "deflate, gzip"):
        answer = world.request("POST", f"{place.path}objects/", headers={"Content-Encoding": encoding}, content=b"x")
        assert answer.status_code == 415


@check("3.1", "answers come in gzip or zstd when the client takes them", "MAY")
def _packed(world: World) -> None:
    place = world.collection(*(indicator(number) for number in range(9)))
    plain = place.get("objects/", Accept_Encoding="identity")
    assert "content-encoding" not in plain.headers
    for accepted, encoding in {
        "gzip": "gzip",
        "zstd": "zstd",
        "gzip, zstd": "zstd",
        "zstd;q=0, gzip;q=0.5": "gzip",
        "*": "zstd",
        "br;q=1.0, *;q=0": None,
        "gzip;q=0": None,
        "nonsense;;": None,
    }.items():
        answer = place.get("objects/", Accept_Encoding=accepted)
        assert answer.headers.get("content-encoding") == encoding, accepted
        assert answer.content == plain.content
        assert "Accept-Encoding" in answer.headers["vary"]


@check("5.7", "a deleted object is 404, and in no manifest or list")
def _deleted(world: World) -> None:
    place = world.collection(indicator(1), indicator(2))
    answer = place.delete(f"objects/{_ONE}/")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"", TAXII)
    assert place.get(f"objects/{_ONE}/").status_code == 404
    assert place.get(f"objects/{_ONE}/versions/").status_code == 404
    assert (place.ids(), place.ids("manifest/")) == ([_TWO], [_TWO])
    assert place.delete(f"objects/{_ONE}/").status_code == 404


@check("5.7", "all versions of an object are deleted when none is named")
def _all_deleted(world: World) -> None:
    place = world.collection(indicator(1, day=1), indicator(1, day=2))
    assert place.delete(f"objects/{_ONE}/").status_code == 200
    assert place.ids("objects/?match[version]=all") == []


_DELETIONS = {
    "last": [1, 2],
    "first": [2, 3],
    "all": [],
    DAY.format(2): [1, 3],
    f"{DAY.format(1)},last": [2],
}


def _deletes(world: World, versions: str, left: list[int]) -> None:
    place = world.collection(*(indicator(1, day=day) for day in (1, 2, 3)))
    gone = [DAY.format(day) for day in (1, 2, 3) if day not in left]
    assert place.delete(f"objects/{_ONE}/?match[version]={versions}").status_code == 200
    assert place.versions("objects/?match[version]=all") == [DAY.format(day) for day in left]
    for version in gone:
        assert place.get(f"objects/{_ONE}/?match[version]={version}").status_code == 404
    assert place.versions("objects/") == [DAY.format(day) for day in left[-1:]]


for _versions, _left in _DELETIONS.items():
    must(
        "5.7",
        f"DELETE with match[version]={_versions}",
        lambda world, versions=_versions, left=_left: _deletes(world, versions, left),
    )


@check("5.7", "deleting what is not there, or only a version that is not there, is 404 and deletes nothing")
def _nothing_deleted(world: World) -> None:
    place = world.collection(indicator(1))
    tails = [f"objects/{_TWO}/", f"objects/{_ONE}/?match[version]={DAY.format(9)}", "objects/x/", "objects/%00/"]
    tails.append(f"objects/{_ONE}/?match[spec_version]=2.0")
    for tail in tails:
        assert place.delete(tail).status_code == 404
    assert place.delete(f"objects/{_ONE}/?match[version]=nonsense").status_code == 400
    assert place.ids() == [_ONE]


@check("5.7", "what was deleted can be added again, as new")
def _added_again(world: World) -> None:
    place = world.collection(indicator(1), indicator(2))
    last = place.get("objects/").headers["x-taxii-date-added-last"]
    place.delete(f"objects/{_ONE}/")
    place.add(indicator(1))
    assert place.ids(f"objects/?added_after={last}") == [_ONE]


@check("5.6", "an object that is not there is 404, whatever its name")
def _no_object(world: World) -> None:
    place = world.collection(indicator(1))
    for name in (_TWO, "x", "%00", "indicator--", "x" * 3000, "%F0%9F%98%80", _ONE.upper(), f"{_ONE}%20"):
        assert place.get(f"objects/{name}/").status_code == 404
        assert place.get(f"objects/{name}/versions/").status_code == 404


@check("5.6", "an object whose filter leaves nothing is an empty envelope")
def _filtered_out(world: World) -> None:
    place = world.collection(indicator(1))
    assert place.get(f"objects/{_ONE}/?added_after=2100-01-01T00:00:00.000000Z").json() == {}
    assert place.get(f"objects/{_ONE}/?match[spec_version]=2.0").json() == {}


@check("5.8", "the versions of an object")
def _versions_of(world: World) -> None:
    place = world.collection(indicator(1, day=1), indicator(1, day=2))
    assert place.get(f"objects/{_ONE}/versions/").json() == {"versions": [DAY.format(1), DAY.format(2)]}
