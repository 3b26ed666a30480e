"""Sections 2, 3.2, 3.6 to 3.8, 4 and 5: what resources hold."""

from __future__ import annotations

import re
import uuid

import httpx

from tests.store.objects import domain, indicator
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.world import ROOT, TAXII, World

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ONE = str(indicator(1)["id"])
_DATED = ["objects/", "manifest/", f"objects/{_ONE}/", f"objects/{_ONE}/versions/"]


def no_empty_lists(value: object) -> bool:
    """Section 2: empty lists are prohibited."""
    if isinstance(value, dict):
        return all(no_empty_lists(part) for part in value.values())
    if isinstance(value, list):
        return bool(value) and all(no_empty_lists(part) for part in value)
    return True


@check("4.1.1", "discovery has a title, its API roots and a default that is one of them")
def _discovery(world: World) -> None:
    found = world.get("/taxii2/").json()
    assert isinstance(found["title"], str)
    assert found["default"] in found["api_roots"]
    assert f"/{ROOT}/" in found["api_roots"]


@check("4.1.1", "API roots are relative URLs with one slash in front, or https, without a query")
def _roots(world: World) -> None:
    for url in world.get("/taxii2/").json()["api_roots"]:
        assert re.fullmatch(r"(/|https://[^/]+/)[^/?][^?]*", url)


@check("8.2.1", "discovery is at /taxii2/ at the root of the server")
def _at_root(world: World) -> None:
    assert world.get("/taxii2/").status_code == 200


@check("8.2.1", "at least one API root, and it answers")
def _one_root(world: World) -> None:
    for url in world.get("/taxii2/").json()["api_roots"]:
        assert world.get(url).status_code == 200


@check("4.2.1", "the API root has title, versions with the media type, and max_content_length above zero")
def _api_root(world: World) -> None:
    found = world.get(f"/{ROOT}/").json()
    assert isinstance(found["title"], str)
    assert TAXII in found["versions"]
    assert all(re.fullmatch(r"application/taxii\+json;version=\d+\.\d+", version) for version in found["versions"])
    assert isinstance(found["max_content_length"], int)
    assert found["max_content_length"] > 0
    assert found["x_date_added_in_commit_order"] is True


@check("4.2", "an unknown API root is 404")
def _no_root(world: World) -> None:
    for name in ("nothing", "%00", "a%20b", "ROOT", "..."):
        assert world.get(f"/{name}/").status_code == 404
        assert world.get(f"/{name}/collections/").status_code == 404


@check("5.1", "the collections resource lists collections in the same order every time (3.3)")
def _order(world: World) -> None:
    made = [world.collection().collection.id for _ in range(3)]
    listed = [found["id"] for found in world.get(f"/{ROOT}/collections/").json()["collections"]]
    assert [one for one in listed if one in made] == made
    assert [found["id"] for found in world.get(f"/{ROOT}/collections/").json()["collections"]] == listed


@check("5.1.1", "no collections: the key is left out")
def _no_collections(world: World) -> None:
    assert world.get(f"/{ROOT}/collections/", user="stranger").json() == {}


@check("5.2.1", "a collection has id, title, can_read, can_write; the id is a version 4 UUID")
def _collection(world: World) -> None:
    found = world.collection(alias="an-alias").get().json()
    assert uuid.UUID(found["id"]).version == 4
    assert isinstance(found["title"], str)
    assert found["can_read"] is True
    assert found["can_write"] is True
    assert found["alias"] == "an-alias"


@check("5.2.1", "an alias serves in place of the id")
def _alias(world: World) -> None:
    place = world.collection(indicator(1), alias="by-name")
    for tail in ("", "objects/", "manifest/", f"objects/{_ONE}/", f"objects/{_ONE}/versions/"):
        by_alias = world.get(f"/{ROOT}/collections/by-name/{tail}")
        assert by_alias.status_code == 200
        assert by_alias.content == place.get(tail).content


@check("5.2", "an unknown collection is 404")
def _no_collection(world: World) -> None:
    for name in ("nothing", "%00", "a%0Ab", "91a7b528-80eb-42ed-a74d-c6fbd5a26116", "x" * 3000, "%F0%9F%98%80"):
        assert world.get(f"/{ROOT}/collections/{name}/").status_code == 404
        assert world.get(f"/{ROOT}/collections/{name}/objects/").status_code == 404


@check("5.2.1", "media_types describe what the collection stores, and manifest media types are among them (5.3.1)")
def _media_types(world: World) -> None:
    place = world.collection(indicator(1), domain(2))
    media_types = place.get().json()["media_types"]
    assert {record["media_type"] for record in place.get("manifest/").json()["objects"]} <= set(media_types)


@check("5.3.1", "manifest records have id, date_added and version")
def _manifest(world: World) -> None:
    place = world.collection(indicator(1), domain(2))
    one, two = place.get("manifest/").json()["objects"]
    assert (one["id"], one["version"]) == (_ONE, indicator(1)["modified"])
    assert TIMESTAMP.fullmatch(one["date_added"])
    assert two["version"] == two["date_added"]  # an observable: a version consistent to the server


@check("5.3.1", "versions stand as the object has them")
def _version_text(world: World) -> None:
    place = world.collection(indicator(1, modified="2026-01-01T00:00:07Z"))
    assert place.get("manifest/").json()["objects"][0]["version"] == "2026-01-01T00:00:07Z"
    assert place.get(f"objects/{_ONE}/versions/").json()["versions"] == ["2026-01-01T00:00:07Z"]


@check("5.3.1", "an object without modified has created as its version")
def _created(world: World) -> None:
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": "TLP:GREEN",
        "definition": {"tlp": "green"},
    }
    place = world.collection(marking)
    assert place.get("manifest/").json()["objects"][0]["version"] == marking["created"]
    assert place.get(f"objects/{marking['id']}/versions/").json()["versions"] == [marking["created"]]
    assert place.ids(f"objects/?match[version]={marking['created']}") == [marking["id"]]


@check("5.4", "nothing to return is an empty envelope, an empty manifest")
def _empty(world: World) -> None:
    place = world.collection()
    assert place.get("objects/").json() == {}
    assert place.get("manifest/").json() == {}


@check("3.7", "STIX comes in an envelope, also a single object")
def _envelope(world: World) -> None:
    place = world.collection(indicator(1))
    assert place.get("objects/").json() == {"objects": [indicator(1)]}
    assert place.get(f"objects/{_ONE}/").json() == {"objects": [indicator(1)]}


def _dates(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["x-taxii-date-added-first"], answer.headers["x-taxii-date-added-last"]


def _has_dates(world: World, tail: str) -> None:
    place = world.collection(indicator(1), indicator(2))
    for query in ("", "?limit=1", "?added_after=2100-01-01T00:00:00.000000Z"):
        first, last = _dates(place.get(tail + query))
        assert TIMESTAMP.fullmatch(first)
        assert TIMESTAMP.fullmatch(last)
    for answer in (world.request("HEAD", place.path + tail), place.get(tail)):
        assert _dates(answer)[0] <= _dates(answer)[1]


for _tail in _DATED:
    must("3.2", f"X-TAXII-Date-Added-First and Last on {_tail}", lambda world, tail=_tail: _has_dates(world, tail))


@check("3.2", "the headers are the date_added of the first and last object of the response")
def _first_last(world: World) -> None:
    place = world.collection(*(indicator(number) for number in range(5)))
    records = place.get("manifest/").json()["objects"]
    for query in ("", "?limit=2", "?limit=1", f"?match[id]={indicator(3)['id']}"):
        shown = [record for record in records if record["id"] in place.ids(f"objects/{query}")]
        assert _dates(place.get(f"objects/{query}")) == (shown[0]["date_added"], shown[-1]["date_added"])
        assert _dates(place.get(f"manifest/{query}")) == (shown[0]["date_added"], shown[-1]["date_added"])


@check("2", "no empty lists anywhere")
def _lists(world: World) -> None:
    place = world.collection()
    answers = [world.get("/taxii2/"), world.get(f"/{ROOT}/"), world.get(f"/{ROOT}/collections/", user="stranger")]
    answers += [place.get(), place.get("objects/"), place.get("manifest/"), place.add(indicator(1)), place.add(3)]
    assert all(no_empty_lists(answer.json()) for answer in answers)


@check("3.6.1", "an error message has a title, and http_status is the status")
def _errors(world: World) -> None:
    place = world.collection()
    answers = {
        400: place.get("objects/?limit=0"),
        401: place.get(user=None),
        403: place.get("objects/", user="writer"),
        404: world.get("/nothing/"),
        405: world.request("PUT", f"{place.path}objects/"),
        406: place.get(Accept="text/html"),
        413: world.request("POST", f"{place.path}objects/", content=b" " * 1_000_001),
        415: world.request("POST", f"{place.path}objects/", headers={"Content-Type": "text/plain"}, content=b"{}"),
        422: world.request("POST", f"{place.path}objects/", content=b"[]"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == TAXII
        error = answer.json()
        assert isinstance(error["title"], str)
        assert error["http_status"] == str(status)


@check("3.1", "a path without its last slash is served all the same", "MAY")
def _slash(world: World) -> None:
    place = world.collection(indicator(1))
    for path in ("/taxii2/", f"/{ROOT}/", f"/{ROOT}/collections/", place.path, f"{place.path}objects/"):
        assert world.get(path[:-1]).content == world.get(path).content
    answer = world.request("POST", f"{place.path}objects", content=b'{"objects":[1]}')
    assert answer.status_code == 202


@check("3.1", "methods an endpoint does not have are 405 with Allow")
def _methods(world: World) -> None:
    place = world.collection(indicator(1))
    allowed = {
        "/taxii2/": "GET, HEAD",
        place.path: "GET, HEAD",
        f"{place.path}objects/": "GET, HEAD, POST",
        f"{place.path}objects/{_ONE}/": "GET, HEAD, DELETE",
        f"{place.path}manifest/": "GET, HEAD",
    }
    for path, methods in allowed.items():
        for method in {"PUT", "PATCH", "POST", "DELETE", "OPTIONS"} - set(methods.split(", ")):
            answer = world.request(method, path)
            assert (answer.status_code, answer.headers.get("allow")) == (405, methods), (method, path)


@check("3.1", "HEAD answers as GET, without the body")
def _head(world: World) -> None:
    place = world.collection(indicator(1))
    for tail in ("", *_DATED):
        whole, head = place.get(tail, Accept_Encoding="identity"), world.request("HEAD", place.path + tail)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["content-type"] == TAXII
