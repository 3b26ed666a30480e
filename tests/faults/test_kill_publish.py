"""kill -9 at every step of a publication, then publish again: the peer holds each object once."""

from __future__ import annotations

from pathlib import Path

from disarm_exchange.policy import Clearance
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.sync.publish import publish
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.push import PushSettings
from disarm_exchange.taxii.client.walk import Walk
from tests.faults.killing import run_apart, steps, warm_up
from tests.interop.servers import own_site
from tests.sync.case import case, write


def test_a_publication_killed_at_any_step_and_run_again_ends_the_same(tmp_path: Path) -> None:
    warm_up()
    path = write(tmp_path / "case.json", case(6))
    with own_site(tmp_path) as site:

        def action() -> None:
            connection = site.connect()
            there = find_collection(connection, f"{site.url}/trust/", "shared")
            report = publish(path, connection, there, Clearance(Tlp.AMBER), settings=PushSettings(most_objects=4))
            assert report.complete

        def held() -> list[str]:
            connection = site.connect()
            there = find_collection(connection, f"{site.url}/trust/", "shared")
            walk = Walk(connection, there.objects_url, overlap=0)
            return sorted(str(entry.item["id"]) for step in walk for entry in step.page.objects)

        assert run_apart(action)
        whole = held()
        assert len(whole) == len(set(whole)) > 10
        last = steps(action, lambda: None)
        assert last > 8
        for step in range(1, last + 1):
            assert not run_apart(action, die_at=step)
            assert run_apart(action)
            assert held() == whole


def test_a_publication_killed_half_way_is_completed_by_the_next(tmp_path: Path) -> None:
    warm_up()
    path = write(tmp_path / "case.json", case(6))
    for step in range(5, 12):
        folder = tmp_path / str(step)
        folder.mkdir()
        with own_site(folder) as site:

            def action() -> None:
                connection = site.connect()
                there = find_collection(connection, f"{site.url}/trust/", "shared")
                settings = PushSettings(most_objects=4)
                assert publish(path, connection, there, Clearance(Tlp.AMBER), settings=settings).complete

            run_apart(action, die_at=step)
            assert run_apart(action)
            connection = site.connect()
            there = find_collection(connection, f"{site.url}/trust/", "shared")
            found = [entry.item["id"] for one in Walk(connection, there.objects_url) for entry in one.page.objects]
            assert len(found) == len(set(found)) == 17
