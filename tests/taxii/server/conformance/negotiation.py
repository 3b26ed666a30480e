"""Sections 1.6.8 and 3.1: media types."""

from __future__ import annotations

from tests.store.objects import indicator
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.world import ROOT, TAXII, World

_ACCEPTED = [
    TAXII,
    "application/taxii+json",
    "application/taxii+json; version=2.1",
    "application/taxii+json ; version=2.1",
    'application/taxii+json;version="2.1"',
    'application/taxii+json; version="2\\.1"',
    "APPLICATION/TAXII+JSON;VERSION=2.1",
    "application/taxii+json;version=2.1;q=0.5",
    "application/taxii+json;q=0.1",
    "application/taxii+json;version=3.0, application/taxii+json;version=2.1",
    "text/html, application/taxii+json;version=2.1;q=0.2",
    "application/taxii+json;version=2.0;q=1, */*;q=0.1",
    "application/stix+json, application/taxii+json",
    "application/*",
    "*/*",
    "text/html;q=0.9,*/*;q=0.8",
    "application/taxii+json;charset=utf-8",
    ", ,application/taxii+json;version=2.1,",
    'text/plain;x="a,b;c", application/taxii+json',
]
_REFUSED = [
    "application/json",
    "text/html",
    "application/taxii+json;version=2.0",
    "application/taxii+json;version=3.0",
    'application/taxii+json;version="2.1;q=1"',
    "application/taxii+json;version=2.1;q=0",
    "application/taxii+json;version=2.1;q=0, */*",
    "application/stix+json;version=2.1",
    "nonsense",
    "text/*",
]
_POSTED = [
    TAXII,
    "application/taxii+json",
    "application/taxii+json; version=2.1",
    'application/taxii+json;version="2.1"',
    "Application/TAXII+JSON; Version=2.1",
    "application/taxii+json;version=2.1;charset=UTF-8",
]
_NOT_POSTED = [
    "application/json",
    "application/stix+json;version=2.1",
    "application/taxii+json;version=2.0",
    "application/vnd.oasis.taxii+json;version=2.0",
    "text/plain",
    "application/taxii+json;charset=utf-16",
    "nonsense",
    f"{TAXII}, {TAXII}",
]
_PATHS = ["/taxii2/", f"/{ROOT}/", f"/{ROOT}/collections/"]


def _is_taxii(world: World, path: str, accept: str, status: int) -> None:
    answer = world.get(path, Accept=accept)
    assert answer.status_code == status
    assert answer.headers["content-type"] == TAXII


for _path in _PATHS:
    for _accept in _ACCEPTED:
        must(
            "3.1",
            f"Accept {_accept} is not 406 on {_path}",
            lambda world, path=_path, accept=_accept: _is_taxii(world, path, accept, 200),
        )
for _accept in _REFUSED:
    check("3.1", f"Accept {_accept} is 406", "MAY")(
        lambda world, accept=_accept: _is_taxii(world, _PATHS[0], accept, 406)
    )


@check("3.1", "no Accept header means any type")
def _no_accept(world: World) -> None:
    answer = world.client.send(
        world.client.build_request("GET", "/taxii2/", headers={"Authorization": f"Bearer {world.token}"})
    )
    assert answer.status_code == 200


@check("5.3", "the manifest also takes application/stix+json in Accept")
def _manifest_stix(world: World) -> None:
    place = world.collection(indicator(1))
    for accept in ("application/stix+json;version=2.1", "application/stix+json", f"{TAXII},application/stix+json"):
        answer = place.get("manifest/", Accept=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (200, TAXII)


@check("3.1", "a response without a version in Accept is the highest version", "SHOULD")
def _highest(world: World) -> None:
    assert world.get("/taxii2/", Accept="application/taxii+json").headers["content-type"] == TAXII


def _posts(world: World, content_type: str, status: int) -> None:
    place = world.collection()
    answer = world.request(
        "POST",
        f"{place.path}objects/",
        headers={"Content-Type": content_type},
        content=b'{"objects":[{"type":"url","id":"url--00000000-0000-4000-8000-000000000001","value":"http://a"}]}',
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == TAXII
    assert bool(place.ids(user="chief")) is False  # unmarked: stored, but for nobody


for _type in _POSTED:
    must("3.1", f"Content-Type {_type} is not 415", lambda world, kind=_type: _posts(world, kind, 202))
for _type in _NOT_POSTED:
    check("5.5", f"Content-Type {_type} is 415")(lambda world, kind=_type: _posts(world, kind, 415))


@check("5.5", "a body without a Content-Type is 415")
def _no_content_type(world: World) -> None:
    place = world.collection()
    answer = world.request("POST", f"{place.path}objects/", headers={"Content-Type": ""}, content=b"{}")
    assert answer.status_code == 415


@check("3.1", "Content-Type with the version on every success and error")
def _content_type_everywhere(world: World) -> None:
    place = world.collection(indicator(1))
    paths = ["/taxii2/", f"/{ROOT}/", f"/{ROOT}/collections/", place.path]
    paths += [place.path + tail for tail in ("objects/", "manifest/", f"objects/{indicator(1)['id']}/")]
    paths += [place.path + f"objects/{indicator(1)['id']}/versions/", "/nothing/here/", f"/{ROOT}/status/x/"]
    for path in paths:
        assert world.get(path).headers["content-type"] == TAXII, path
        assert world.get(path, user=None).headers["content-type"] == TAXII, path
    assert place.add(indicator(2)).headers["content-type"] == TAXII
    assert place.delete(f"objects/{indicator(2)['id']}/").headers["content-type"] == TAXII


@check("1.6.7", "resources are UTF-8 JSON")
def _utf8(world: World) -> None:
    place = world.collection(indicator(1, name="Ж中😀"))
    assert "Ж中😀" in place.get("objects/").content.decode("utf-8")
