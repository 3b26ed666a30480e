"""A server with pages, and readers of every clearance; objects of a small case with something of every kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from disarm_exchange.cli.web_door import web_pages
from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.ids import sco_id, technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store import Collection, Database, add_collection, add_objects, read_object
from disarm_exchange.store.access import ApiRoot, add_api_root, find_api_root, set_grant
from disarm_exchange.store.accounts import Organisation, add_organisation, add_token, add_user
from disarm_exchange.store.incoming import write_object
from disarm_exchange.store.operators import set_operator
from disarm_exchange.taxii.server import ServerSettings, create_app, run_server
from tests.store.objects import DAY, stix_id

PASSWORD = "correct horse battery"
CAMPAIGN = stix_id("campaign", 101)
DOMAIN = sco_id("domain-name", {"value": "paper-lantern.example"})
ACCOUNT = sco_id("user-account", {"account_type": "telegram", "account_login": "lantern_band"})
INDICATOR = stix_id("indicator", 102)
USES = stix_id("relationship", 103)
REPORT = stix_id("report", 104)
TECHNIQUE = technique_stix_id("T0049")


@dataclass
class Pages:
    """A running server."""

    url: str
    database: Database
    root: ApiRoot
    organisations: dict[str, Organisation]
    token: str
    client: httpx.Client

    def get(self, path: str, user: str = "operator", **headers: str) -> httpx.Response:
        """A page as this user, by HTTP Basic."""
        given = {"Accept": "text/html", **headers}
        return self.client.get(self.url + path, auth=(user, PASSWORD), headers=given)

    def collection(self, title: str, *items: dict[str, object], readers: Sequence[str] | None = None) -> Collection:
        """A new collection that everybody (or these) may read, with these objects in it."""
        with self.database.write() as tx:
            made = add_collection(tx, title, api_root=self.root)
            for name, organisation in self.organisations.items():
                if readers is None or name in readers:
                    set_grant(tx, made, organisation.id, can_read=True, can_write=False)
        self.add(made, *items)
        return made

    def add(self, collection: Collection, *items: dict[str, object], source: str = "org:operator") -> None:
        """Store objects, each as if published alone."""
        with self.database.write() as tx:
            for item in items:
                incoming = read_object(write_object(item))
                add_objects(tx, collection.number, [incoming], source=source, level_of=sharing_level)

    def browse(self) -> httpx.Client:
        """A client that keeps cookies and asks for pages."""
        return httpx.Client(base_url=self.url, headers={"Accept": "text/html"}, timeout=30)

    def log_in(
        self, client: httpx.Client, user: str = "operator", password: str = PASSWORD, to: str = "/"
    ) -> httpx.Response:
        """Fill in the form and send it."""
        form = client.get("/web/login/", params={"next": to})
        fields = {"name": user, "password": password, "token": token_in(form.text), "next": to}
        return client.post("/web/login/", data=fields)


@contextmanager
def pages(database: Database, *, settings: ServerSettings | None = None, config: Path | None = None) -> Iterator[Pages]:
    """A server on a database that may have been used before."""
    server = settings or ServerSettings()
    with database.write() as tx:
        root = find_api_root(tx, "exchange") or add_api_root(tx, "exchange", "Exchange")
        organisations = {"operator": add_organisation(tx, "operator", clearance=Tlp.RED)}
        set_operator(tx, organisations["operator"].id, operates=True)
        for tlp in Tlp:
            name = f"cleared-{tlp.token}"
            organisations[name] = add_organisation(tx, name, clearance=tlp)
        users = [add_user(tx, organisation, name, password=PASSWORD) for name, organisation in organisations.items()]
        token = add_token(tx, users[0], "tests")[1]
    app = create_app(database, settings=server, routes=web_pages(server, config))
    with run_server(app) as url, httpx.Client(timeout=30) as client:
        yield Pages(url, database, root, organisations, token, client)


def token_in(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def case(tlp: Tlp = Tlp.GREEN, mark: str = "Paper Lantern") -> list[dict[str, object]]:
    """A campaign with a technique and its evidence, an indicator, observables and a report."""
    marked = {"object_marking_refs": [tlp.marking_id]}
    versioned = {"spec_version": "2.1", "created": DAY.format(1), "modified": DAY.format(1), **marked}
    evidence = {
        "extension_type": "property-extension", "framework": "1.7", "evidence_count": 12,
        "rules": [{"id": "rule-1", "reason": "the label says so", "confidence": 85}],
        "evidence": [{"label": "Bots", "value": "hxxps://t[.]me/lantern_band", "note": "seen in May"}],
    }  # fmt: skip
    return [
        {"type": "campaign", "id": CAMPAIGN, "name": mark, "description": f"{mark} in words", **versioned},
        {"type": "attack-pattern", "id": TECHNIQUE, "name": "Flood Existing Hashtag",
         "external_references": [{"source_name": "DISARM", "external_id": "T0049"}], **versioned},
        {"type": "relationship", "id": USES, "relationship_type": "uses", "source_ref": CAMPAIGN,
         "target_ref": TECHNIQUE, "confidence": 85, "extensions": {EVIDENCE_EXTENSION: evidence}, **versioned},
        {"type": "domain-name", "id": DOMAIN, "value": "paper-lantern.example", **marked},
        {"type": "user-account", "id": ACCOUNT, "account_type": "telegram", "account_login": "lantern_band", **marked},
        {"type": "indicator", "id": INDICATOR, "name": "a domain", "pattern_type": "stix",
         "pattern": "[domain-name:value = 'paper-lantern.example']", "valid_from": DAY.format(1), **versioned},
        {"type": "relationship", "id": stix_id("relationship", 105), "relationship_type": "indicates",
         "source_ref": INDICATOR, "target_ref": CAMPAIGN, **versioned},
        {"type": "relationship", "id": stix_id("relationship", 106), "relationship_type": "based-on",
         "source_ref": INDICATOR, "target_ref": DOMAIN, **versioned},
        {"type": "report", "id": REPORT, "name": f"Report on {mark}", "published": DAY.format(2),
         "object_refs": [CAMPAIGN, TECHNIQUE, USES, INDICATOR, DOMAIN, ACCOUNT], **versioned},
    ]  # fmt: skip
