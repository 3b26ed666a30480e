"""What a real medallion does wrong, and that nothing is lost by it (taxii.md)."""

from __future__ import annotations

import time
from pathlib import Path

from disarm_exchange.policy import Clearance
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, evidence_extension_definition, project_identity
from disarm_exchange.store import Database
from disarm_exchange.store.audit import list_events
from disarm_exchange.sync.publish import publish
from disarm_exchange.taxii.client.connection import Answer, CutShortError
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.faults import FaultKind
from disarm_exchange.taxii.client.push import PushSettings
from disarm_exchange.taxii.client.walk import Walk
from tests.interop.servers import COLLECTION, Site, medallion_site, own_site
from tests.sync.case import campaign, case, made, write

OBJECTS = f"/trust/collections/{COLLECTION}/objects/"


def fill(site: Site, folder: Path, count: int) -> int:
    path = write(folder / "case.json", case(count))
    collection = find_collection(site.connect(), site.url, "Shared")
    report = publish(path, site.connect(), collection, Clearance(Tlp.AMBER), settings=PushSettings(most_objects=5))
    assert report.complete
    return len(report.push.accepted)


def test_a_next_that_expires_in_the_middle_costs_no_object(tmp_path: Path) -> None:
    with medallion_site(page_size=5, session_timeout=0) as site:
        total = fill(site, tmp_path, 8)
        walk = Walk(
            site.connect(), f"{site.url}/trust/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/", limit=5
        )
        seen = set()
        for step in walk:
            seen |= {str(entry.item["id"]) for entry in step.page.objects}
            time.sleep(0.1)  # medallion's sweeper runs every 0.02 s here
    assert len(seen) == total
    assert "forgets `next` in the middle of a walk" in walk.oddities


def test_a_page_lost_on_the_way_is_not_skipped(tmp_path: Path) -> None:
    with medallion_site(page_size=5) as site:
        total = fill(site, tmp_path, 8)
        connection = site.connect()
        lost = [2, 4]
        count = [0]
        whole = connection._attempt

        def losing(method: str, *rest: object) -> Answer:
            answer = whole(method, *rest)  # type: ignore[arg-type]
            count[0] += 1
            if count[0] in lost:
                raise CutShortError(FaultKind.NETWORK, "cut on purpose")
            return answer

        connection._attempt = losing  # type: ignore[method-assign,assignment]
        walk = Walk(connection, f"{site.url}{OBJECTS}", limit=5)
        seen = {str(entry.item["id"]) for step in walk for entry in step.page.objects}
    assert len(seen) == total


def test_an_object_that_would_break_medallion_for_everybody_is_not_sent(tmp_path: Path) -> None:
    """An extension definition has a `version` of its own, which medallion takes for a time."""
    path = write(tmp_path / "case.json", [*case(3), project_identity(), evidence_extension_definition(), call()])
    with medallion_site() as site:
        collection = find_collection(site.connect(), site.url, "Shared")
        report = publish(path, site.connect(), collection, Clearance(Tlp.AMBER))
        walk = Walk(site.connect(), f"{site.url}{OBJECTS}")
        seen = [entry.item["type"] for step in walk for entry in step.page.objects]
    assert [(one.id, "medallion" in one.reason) for one in report.push.failed] == [(EVIDENCE_EXTENSION, True)]
    assert len(seen) == len(report.push.accepted) > 8


def test_our_own_server_gets_it(tmp_path: Path) -> None:
    path = write(tmp_path / "case.json", [*case(3), project_identity(), evidence_extension_definition(), call()])
    with own_site(tmp_path) as site:
        collection = find_collection(site.connect(), site.url, "Shared")
        assert publish(path, site.connect(), collection, Clearance(Tlp.AMBER)).complete
    with Database.open(tmp_path / "server.db") as database, database.read() as tx:
        assert list_events(tx, outcome="denied") == []


def call() -> StixObject:
    """A technique call, which needs the extension."""
    evidence = {
        "extension_type": "property-extension",
        "framework": "1.7",
        "rules": [{"id": "r", "reason": "why", "confidence": 70}],
        "evidence_count": 1,
        "evidence": [{"label": "x"}],
    }
    ends = {"source_ref": campaign()["id"], "target_ref": technique_stix_id("T0143")}
    link = made("relationship", "call", relationship_type="uses", confidence=70, **ends)
    return {**link, "extensions": {EVIDENCE_EXTENSION: evidence}}
