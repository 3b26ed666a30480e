"""Sections 1.6.9, 5 and 8.2.2: who may do what."""

from __future__ import annotations

import base64

from tests.store.objects import indicator
from tests.taxii.server.conformance.registry import check, must
from tests.taxii.server.world import PASSWORD, ROOT, World

_OBJECT = str(indicator(1)["id"])
_ENDPOINTS = {
    "4.1": ("GET", "/taxii2/"),
    "4.2": ("GET", f"/{ROOT}/"),
    "4.3": ("GET", f"/{ROOT}/status/2d086da7-4bdc-4f91-900e-d77486753710/"),
    "5.1": ("GET", f"/{ROOT}/collections/"),
    "5.2": ("GET", "{}"),
    "5.3": ("GET", "{}manifest/"),
    "5.4": ("GET", "{}objects/"),
    "5.5": ("POST", "{}objects/"),
    "5.6": ("GET", f"{{}}objects/{_OBJECT}/"),
    "5.7": ("DELETE", f"{{}}objects/{_OBJECT}/"),
    "5.8": ("GET", f"{{}}objects/{_OBJECT}/versions/"),
}
_WRONG = {
    "no Authorization": None,
    "a wrong password": "Basic " + base64.b64encode(b"both:wrong password").decode(),
    "an unknown user": "Basic " + base64.b64encode(b"nobody:wrong password").decode(),
    "an empty user": "Basic " + base64.b64encode(b":").decode(),
    "no colon": "Basic " + base64.b64encode(b"both").decode(),
    "a NUL": "Basic " + base64.b64encode(b"bo\0th:x").decode(),
    "no UTF-8": "Basic " + base64.b64encode(b"both:\xff").decode(),
    "no base64": "Basic !!!!",
    "an unknown scheme": "Digest x=y",
    "a made-up token": "Bearer dxt_0123456789abcdef_secret",
    "a formless token": "Bearer x",
    "a scheme only": "Basic",
    "too much": "Basic " + "A" * 5000,
}


def _unauthorised(world: World, method: str, path: str, authorization: str | None) -> None:
    place = world.collection(indicator(1))
    headers = {} if authorization is None else {"Authorization": authorization}
    content = b'{"objects":[{}]}' if method == "POST" else None
    answer = world.request(method, path.format(place.path), user=None, headers=headers, content=content)
    assert answer.status_code == 401
    challenges = answer.headers["www-authenticate"]
    assert "Basic realm=" in challenges
    assert "Bearer" in challenges
    assert answer.json()["http_status"] == "401"
    assert place.ids() == [_OBJECT]


for _section, (_method, _path) in _ENDPOINTS.items():
    must(
        _section,
        f"a client that is not authenticated gets 401 on {_method}",
        lambda world, method=_method, path=_path: _unauthorised(world, method, path, None),
    )
for _name, _value in _WRONG.items():
    must(
        "5.4",
        f"{_name} fails authentication",
        lambda world, value=_value: _unauthorised(world, "GET", "{}objects/", value),
    )


@check("1.6.9", "401 regardless of the method")
def _any_method(world: World) -> None:
    for method in ("PUT", "PATCH", "OPTIONS", "DELETE", "HEAD"):
        assert world.request(method, f"/{ROOT}/collections/", user=None).status_code == 401


@check("8.2.2", "HTTP Basic", "SHOULD")
def _basic(world: World) -> None:
    assert world.get("/taxii2/").status_code == 200


@check("8.2.2", "Basic in any case, password with a colon in it", "SHOULD")
def _basic_case(world: World) -> None:
    value = "bASIC " + base64.b64encode(f"both:{PASSWORD}".encode()).decode()
    assert world.get("/taxii2/", user=None, Authorization=value).status_code == 200


@check("8.2.2", "other schemes: API tokens as Bearer or Token", "MAY")
def _bearer(world: World) -> None:
    for scheme in ("Bearer", "bearer", "Token"):
        assert world.get("/taxii2/", user=None, Authorization=f"{scheme} {world.token}").status_code == 200


@check("8.2.1", "a request without User-Agent is not rejected", "SHOULD")
def _no_user_agent(world: World) -> None:
    request = world.client.build_request("GET", "/taxii2/", headers={"Authorization": f"Bearer {world.token}"})
    del request.headers["user-agent"]
    assert world.client.send(request).status_code == 200


_READS = ["objects/", "manifest/", f"objects/{_OBJECT}/", f"objects/{_OBJECT}/versions/"]


def _forbidden(world: World, tail: str) -> None:
    place = world.collection(indicator(1))
    assert place.get(tail, user="writer").status_code == 403
    assert place.get(tail, user="stranger").status_code == 404


for _section, _tail in zip(("5.4", "5.3", "5.6", "5.8"), _READS, strict=True):
    must(_section, f"can_read false is 403 or 404 on {_tail}", lambda world, tail=_tail: _forbidden(world, tail))


@check("5.5", "can_write false is 403 or 404")
def _no_write(world: World) -> None:
    place = world.collection()
    assert place.add(indicator(1), user="reader").status_code == 403
    assert place.add(indicator(1), user="stranger").status_code == 404
    assert place.ids(user="chief") == []


@check("5.7", "DELETE: read and write false is 404, one of them 403, both go on")
def _no_delete(world: World) -> None:
    place = world.collection(indicator(1))
    tail = f"objects/{_OBJECT}/"
    assert place.delete(tail, user="stranger").status_code == 404
    assert place.delete(tail, user="reader").status_code == 403
    assert place.delete(tail, user="writer").status_code == 403
    assert place.delete(tail, user="both").status_code == 200


@check("5.2", "a collection one may not see is like one that is not there")
def _invisible(world: World) -> None:
    place = world.collection(indicator(1))
    hidden = place.get(user="stranger")
    absent = world.get(f"/{ROOT}/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/", user="stranger")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert {**hidden.json(), "error_id": ""} == {**absent.json(), "error_id": ""}
    assert place.collection.id not in world.get(f"/{ROOT}/collections/", user="stranger").text


@check("5.2.1", "can_read and can_write are those of the asking client")
def _rights(world: World) -> None:
    place = world.collection()
    for user, rights in {"both": (True, True), "reader": (True, False), "writer": (False, True)}.items():
        shown = place.get(user=user).json()
        assert (shown["can_read"], shown["can_write"]) == rights
        listed = world.get(f"/{ROOT}/collections/", user=user).json()["collections"]
        assert shown in listed


@check("4.3", "a status is for the client that published")
def _own_status(world: World) -> None:
    status_id = world.collection().add(indicator(1)).json()["id"]
    assert world.get(f"/{ROOT}/status/{status_id}/").status_code == 200
    assert world.get(f"/{ROOT}/status/{status_id}/", user="chief").status_code == 404
