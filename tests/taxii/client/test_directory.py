"""From a URL and a name to a collection (taxii.md, client checks 9, 18, 19, 25, 26)."""

from __future__ import annotations

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection, find_collection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from tests.taxii.client.scripted import Asked, Reply, ScriptedServer, reply, scripted

ONE_ID, TWO_ID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116", "52892447-4d7e-4f70-b94d-d7f22742ff63"
ONE = {"id": ONE_ID, "title": "One", "can_read": True, "can_write": False, "alias": "one"}
TWO = {"id": TWO_ID, "title": "Two", "can_read": True, "can_write": True, "x_new": [1]}
ABOUT = {"title": "R", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 4321}


class Site:
    """A TAXII site: resources by path."""

    def __init__(self, server_roots: list[str] | None = None, **changes: object) -> None:
        self.resources: dict[str, object] = {
            "/taxii2/": {"title": "S", "api_roots": server_roots or ["/api/"], "default": "/api/"},
            "/api/": ABOUT,
            "/api/collections/": {"collections": [ONE, TWO]},
            f"/api/collections/{TWO_ID}/": TWO,
            **changes,
        }

    def __call__(self, asked: Asked) -> Reply:
        if asked.path not in self.resources:
            return reply({"title": "Not found"}, 404)
        return reply(self.resources[asked.path])


def find(server: ScriptedServer, path: str, wanted: str | None = None, *, write: bool = False) -> RemoteCollection:
    return find_collection(Connection(server.url), f"{server.url}{path}", wanted, write=write)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/taxii2", "/taxii2/", "/api", "/api/", "/api/collections/", "/api/collections"],
)
@pytest.mark.parametrize("wanted", [ONE_ID, "one", "One"])
def test_any_url_and_any_name_lead_to_the_collection(path: str, wanted: str) -> None:
    with scripted(Site()) as server:
        found = find(server, path, wanted)
    assert (found.id, found.alias, found.max_content_length) == (ONE_ID, "one", 4321)
    assert found.objects_url == f"{server.url}/api/collections/{ONE_ID}/objects/"
    assert all(asked.path.endswith("/") for asked in server.asked)


def test_an_api_root_is_asked_about_itself_once() -> None:
    with scripted(Site()) as server:
        found = find(server, "/api/", "one")
    assert [asked.path for asked in server.asked] == ["/api/", "/api/collections/"]
    assert found.max_content_length == 4321


@pytest.mark.parametrize("tail", ["", "/", "/objects", "/objects/", "/manifest/"])
def test_the_url_of_the_collection_itself_needs_no_name(tail: str) -> None:
    with scripted(Site()) as server:
        assert find(server, f"/api/collections/{TWO_ID}{tail}").id == TWO_ID


def test_the_only_collection_that_may_be_used_needs_no_name() -> None:
    with scripted(Site()) as server:
        assert find(server, "/taxii2/", write=True).id == TWO_ID
        with pytest.raises(UserError, match="several") as caught:
            find(server, "/taxii2/")
    assert ONE_ID in str(caught.value)


def test_an_unknown_name_lists_what_is_there() -> None:
    with scripted(Site()) as server, pytest.raises(UserError, match="no collection 'three'") as caught:
        find(server, "/taxii2/", "three")
    assert TWO_ID in str(caught.value)


def test_a_collection_that_the_list_leaves_out_is_asked_for_itself() -> None:
    site = Site(**{"/api/collections/": {}, "/api/collections/two/": TWO})
    with scripted(site) as server:
        assert find(server, "/api/", "two").url == f"{server.url}/api/collections/{TWO_ID}/"


def test_relative_and_absolute_api_roots_work_and_the_default_comes_first() -> None:
    site = Site()
    with scripted(site) as server:
        roots = ["/other/", f"{server.url}/api/"]
        site.resources["/taxii2/"] = {"title": "S", "api_roots": roots, "default": roots[1]}
        site.resources["/other/"] = ABOUT
        site.resources["/other/collections/"] = {"collections": []}
        assert find(server, "/taxii2/", "Two").id == TWO_ID
    assert [asked.path for asked in server.asked][1] == "/api/"


def test_an_api_root_on_another_server_gets_no_credentials() -> None:
    with scripted(Site(["https://elsewhere.example/api/"])) as server, pytest.raises(TaxiiError) as caught:
        find(server, "/taxii2/", "one")
    assert caught.value.kind is FaultKind.REDIRECT


def test_collections_that_make_no_sense_are_left_out() -> None:
    listed = [{"title": "no id"}, {"id": "../../x", "title": "t"}, 7, None, ONE, {"id": "bare"}]
    with scripted(Site(**{"/api/collections/": {"collections": listed}})) as server:
        assert find(server, "/api/", "one").id == ONE_ID
        assert find(server, "/api/", "bare").can_read is True


def test_an_api_root_that_describes_itself_badly_still_works() -> None:
    with scripted(Site(**{"/api/": {"versions": []}})) as server:
        assert find(server, "/api/", "one").max_content_length == 0
    untitled = {"self": 1, "versions": [], "max_content_length": 777}
    with scripted(Site(**{"/api/": untitled})) as server:
        assert find(server, "/api/", "one").max_content_length == 777
    with scripted(Site(**{"/api/": {**ABOUT, "max_content_length": "many"}})) as server:
        assert find(server, "/api/", "one").max_content_length == 0


def test_what_is_no_taxii_is_said() -> None:
    with scripted(Site(**{"/shop/": {"hello": "world"}})) as server, pytest.raises(TaxiiError, match="neither a TAXII"):
        find(server, "/shop/", "one")


def test_two_names_for_two_collections_are_a_mistake() -> None:
    with scripted(Site()) as server, pytest.raises(UserError, match="only one of them"):
        find(server, f"/api/collections/{TWO_ID}/", "one")


def test_rights_are_seen_before_anything_is_asked() -> None:
    with scripted(Site()) as server:
        found = find(server, "/api/", "one")
    found.require(write=False)
    with pytest.raises(TaxiiError, match="may not write") as caught:
        found.require(write=True)
    assert caught.value.kind is FaultKind.FORBIDDEN


def test_a_servers_promise_of_commit_order_is_read() -> None:
    with scripted(Site(**{"/api/": {**ABOUT, "x_date_added_in_commit_order": True}})) as server:
        assert find(server, "/api/", "one").commit_order is True
    with scripted(Site()) as server:
        assert find(server, "/api/", "one").commit_order is False
