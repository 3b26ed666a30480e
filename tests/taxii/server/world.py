"""A served exchange for the tests: four organisations with different rights, and as many collections as wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import orjson

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Collection, Database, add_collection
from disarm_exchange.store.access import ApiRoot, add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation, add_token, add_user
from disarm_exchange.taxii.server import CheckObject, ServerSettings, create_app, run_server
from disarm_exchange.taxii.server.publishing import accept_all

TAXII = "application/taxii+json;version=2.1"
PASSWORD = "correct horse battery"
ROOT = "exchange"

# user (and organisation) -> what it may do with each collection, and its clearance
_ORGANISATIONS = {
    "both": (True, True, Tlp.AMBER),
    "reader": (True, False, Tlp.GREEN),
    "writer": (False, True, Tlp.GREEN),
    "chief": (True, True, Tlp.RED),
    "stranger": (False, False, Tlp.RED),
}


@dataclass
class World:
    """A server, and clients of it."""

    database: Database
    url: str
    root: ApiRoot
    organisations: dict[str, int]
    token: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def request(
        self,
        method: str,
        path: str,
        *,
        user: str | None = "both",
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """A request as this user, with the TAXII media type unless other headers are given."""
        sent = {"Accept": TAXII, **(headers or {})}
        if content is not None:
            sent.setdefault("Content-Type", TAXII)
        sent = {name: value for name, value in sent.items() if value}
        auth = None if user is None else httpx.BasicAuth(user, PASSWORD)
        request = httpx.Request(method, f"{self.url}{path}", headers=sent, content=content)
        return self.client.send(request, auth=auth)

    def get(self, path: str, *, user: str | None = "both", **headers: str) -> httpx.Response:
        """GET; keywords are further headers, with _ for -."""
        return self.request(
            "GET", path, user=user, headers={key.replace("_", "-"): val for key, val in headers.items()}
        )

    def post(self, path: str, objects: Sequence[object], *, user: str = "both") -> httpx.Response:
        """POST an envelope."""
        return self.request("POST", path, user=user, content=orjson.dumps({"objects": list(objects)}))

    def collection(self, *items: dict[str, object], alias: str | None = None) -> Place:
        """A new collection that holds these objects; each organisation has its rights on it."""
        number = next(self.numbers)
        with self.database.write() as tx:
            made = add_collection(tx, f"Collection {number}", api_root=self.root, alias=alias)
            for name, (can_read, can_write, _) in _ORGANISATIONS.items():
                set_grant(tx, made, self.organisations[name], can_read=can_read, can_write=can_write)
        place = Place(self, made, f"/{ROOT}/collections/{made.id}/")
        if items:
            answer = place.add(*items, user="chief")
            assert answer.json()["success_count"] == len(items), answer.text
        return place


@dataclass(frozen=True)
class Place:
    """A collection on the server."""

    world: World
    collection: Collection
    path: str

    def get(self, tail: str = "", *, user: str | None = "both", **headers: str) -> httpx.Response:
        return self.world.get(self.path + tail, user=user, **headers)

    def add(self, *items: object, user: str = "both") -> httpx.Response:
        return self.world.post(f"{self.path}objects/", items, user=user)

    def delete(self, tail: str, *, user: str | None = "both") -> httpx.Response:
        return self.world.request("DELETE", self.path + tail, user=user)

    def ids(self, tail: str = "objects/", *, user: str = "both") -> list[str]:
        """The ids in the answer."""
        return [item["id"] for item in self.get(tail, user=user).json().get("objects", [])]

    def versions(self, tail: str, *, user: str = "both") -> list[str]:
        """The versions in the answer."""
        return [item["modified"] for item in self.get(tail, user=user).json().get("objects", [])]


@contextmanager
def served(
    database: Database, *, settings: ServerSettings | None = None, check_object: CheckObject = accept_all
) -> Iterator[World]:
    """A world on a database."""
    with database.write() as tx:
        root = add_api_root(tx, ROOT, "Exchange", description="For the tests", max_content_length=1_000_000)
        organisations: dict[str, int] = {}
        token = ""
        for name, (_, _, clearance) in _ORGANISATIONS.items():
            organisation = add_organisation(tx, name, clearance=clearance)
            user = add_user(tx, organisation, name, password=PASSWORD)
            organisations[name] = organisation.id
            if name == "both":
                token = add_token(tx, user, "tests")[1]
    with run_server(create_app(database, settings=settings, check_object=check_object)) as url:
        world = World(database, url, root, organisations, token)
        try:
            yield world
        finally:
            world.client.close()
