"""medallion's real HTTP layer on our store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from taxii2client.v21 import Server, as_pages

from disarm_exchange.errors import UserError
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection
from disarm_exchange.store.access import add_api_root, set_grant
from disarm_exchange.store.accounts import add_organisation
from disarm_exchange.taxii.server.medallion import ExchangeBackend
from tests.store.objects import DAY, domain, indicator, stix_id
from tests.taxii.server.fire import Battle, Style, Target
from tests.taxii.server.medallion import AUTH, COLLECTION, PATH, ROOT, medallion
from tests.taxii.server.world import TAXII

ONE = stix_id("indicator", 1)


@pytest.fixture
def backend(tmp_path: Path) -> dict[str, object]:
    """medallion's configuration of our backend, on a database with one collection."""
    location = str(tmp_path / "x.db")
    with Database.open(location) as database, database.write() as tx:
        home = add_organisation(tx, "home", clearance=Tlp.AMBER)
        made = add_collection(tx, "Shared", api_root=add_api_root(tx, ROOT, "Root"), collection_id=COLLECTION)
        set_grant(tx, made, home.id, can_read=True, can_write=True)
    return {
        "module": "disarm_exchange.taxii.server.medallion",
        "module_class": "ExchangeBackend",
        "database": location,
        "organisation": "home",
    }


@pytest.fixture
def url(tmp_path: Path, backend: dict[str, object]) -> Iterator[str]:
    with medallion(tmp_path, backend) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    headers = {"Accept": TAXII, "Content-Type": TAXII}
    with httpx.Client(base_url=url + PATH, auth=AUTH, headers=headers, timeout=30) as opened:
        yield opened


def test_every_endpoint(client: httpx.Client, url: str) -> None:
    assert client.get(f"{url}/taxii2/").json()["api_roots"] == [f"/{ROOT}/"]
    assert client.get(f"{url}/{ROOT}/").json()["title"] == "Root"
    assert client.get(f"{url}/{ROOT}/collections/").json()["collections"][0]["id"] == COLLECTION
    assert client.get("").json()["can_write"] is True
    status = client.post(
        "objects/",
        json={"objects": [indicator(1), indicator(1, day=2), domain(2), indicator(3, tlp=Tlp.RED), {"x": 1}]},
    )
    assert status.status_code == 202
    assert (status.json()["success_count"], status.json()["failure_count"]) == (4, 1)
    assert client.get(f"{url}/{ROOT}/status/{status.json()['id']}/").json() == status.json()
    assert client.get("objects/").json()["objects"] == [indicator(1, day=2), domain(2)]
    manifest = client.get("manifest/")
    assert [record["id"] for record in manifest.json()["objects"]] == [ONE, stix_id("domain-name", 2)]
    assert manifest.headers["x-taxii-date-added-last"] == manifest.json()["objects"][-1]["date_added"]
    assert client.get(f"objects/{ONE}/?match[version]=all").json()["objects"] == [indicator(1), indicator(1, day=2)]
    assert client.get(f"objects/{ONE}/versions/").json()["versions"] == [DAY.format(1), DAY.format(2)]
    assert client.delete(f"objects/{ONE}/").status_code == 200
    assert client.get(f"objects/{ONE}/").status_code == 404
    assert client.delete(f"objects/{ONE}/").status_code == 404


def test_what_is_wrong_is_said_with_the_right_status(client: httpx.Client, url: str) -> None:
    assert client.get("objects/?added_after=nonsense").status_code == 400
    assert client.get("objects/?match[version]=nonsense").status_code == 400
    assert client.get("objects/?next=nonsense").status_code == 400
    assert client.get(f"{url}/nothing/").status_code == 404
    assert client.get(f"{url}/{ROOT}/collections/nothing/").status_code == 404
    assert client.get(f"objects/{stix_id('indicator', 9)}/versions/").status_code == 404
    for body in ({"objects": []}, [], {}, "text"):
        assert client.post("objects/", json=body).status_code == 422


def test_nothing_is_lost_or_doubled_by_any_paging(url: str) -> None:
    battle = Battle(Target([url], PATH, AUTH))
    styles = [Style(endpoint, by_next, 7) for endpoint in ("objects", "manifest") for by_next in (True, False)]
    results = battle.fight(writers=2, styles=styles, until=lambda rounds: rounds < 4)
    assert battle.faults == []
    assert battle.verdict(results) == dict.fromkeys(results, (0, 0))


def test_everything_is_there_after_a_restart(tmp_path: Path, backend: dict[str, object]) -> None:
    with medallion(tmp_path, backend) as url:
        collection = Server(f"{url}/taxii2/", user=AUTH[0], password=AUTH[1]).api_roots[0].collections[0]
        collection.add_objects({"objects": [indicator(number) for number in range(25)]})
    with medallion(tmp_path, backend) as url:
        collection = Server(f"{url}/taxii2/", user=AUTH[0], password=AUTH[1]).api_roots[0].collections[0]
        found = [item for page in as_pages(collection.get_objects, per_request=10) for item in page["objects"]]
    assert [item["id"] for item in found] == [stix_id("indicator", number) for number in range(25)]


def test_an_unknown_organisation_or_database_is_an_error(backend: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="organisation"):
        ExchangeBackend(**{**backend, "organisation": "nobody"})
    with pytest.raises(UserError, match="database"):
        ExchangeBackend(**{**backend, "database": str(tmp_path / "none.db")})
