"""The probe tells right from wrong on real servers (what it must find in medallion is measured in taxii.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.probe import Probed, Verdict, probe
from tests.interop.servers import Site, medallion_site, own_site
from tests.interop.test_medallion_faults import fill
from tests.sync.test_pull import connect, site
from tests.taxii.client.quirky import Collection, Quirks, numbered
from tests.taxii.client.scripted import scripted


def results(running: Site) -> list[Probed]:
    connection = running.connect()
    return list(probe(connection, Connection(running.url), find_collection(connection, running.url, "Shared")))


def broken(found: list[Probed]) -> set[str]:
    return {one.rule for one in found if one.verdict is Verdict.BROKEN}


def test_our_own_server_breaks_no_rule(tmp_path: Path) -> None:
    with own_site(tmp_path) as running:
        fill(running, tmp_path, 6)
        found = results(running)
    assert [(one.rule, one.detail) for one in found if one.verdict in (Verdict.BROKEN, Verdict.SKIPPED)] == []


def test_medallions_known_faults_are_found(tmp_path: Path) -> None:
    with medallion_site() as running:
        fill(running, tmp_path, 6)
        found = results(running)
    assert broken(found) == {
        "Accept without a version is fine (3.1)",
        "the same next gives the same page",
        "each object has a date_added of its own",
        "a malformed added_after is answered with 400 (3.4)",
    }
    assert all(one.coping for one in found if one.verdict is Verdict.BROKEN)


def test_of_an_empty_collection_nothing_false_is_said(tmp_path: Path) -> None:
    with own_site(tmp_path) as running:
        found = results(running)
    assert broken(found) == set()
    assert len([one for one in found if one.verdict is Verdict.SKIPPED]) > 3


@pytest.mark.parametrize(
    ("quirks", "rule"),
    [
        (Quirks(gives_next=False), "next leads to the next page (3.5)"),
        (Quirks(ignores_next=True), "next leads to the next page (3.5)"),
        (Quirks(inclusive=True), "added_after is exclusive (3.4)"),
        (Quirks(ignores_added_after=True), "added_after is exclusive (3.4)"),
        (Quirks(ignores_limit=True), "limit is kept (3.4)"),
        (Quirks(no_dates=True), "date headers with six digits (5.4)"),
        (Quirks(bundle=True), "an envelope, not a bundle (3.7)"),
        (Quirks(spends_tokens=True), "the same next gives the same page"),
    ],
    ids=str,
)
def test_each_fault_is_found(quirks: Quirks, rule: str) -> None:
    with scripted(site(Collection(numbered([1.0, 2.0, 3.0, 4.0]), quirks))) as server:
        connection, there = connect(server)
        found = list(probe(connection, Connection(server.url), there))
    assert rule in broken(found)


def test_a_clock_that_is_off_is_noted() -> None:
    collection = Collection(numbered([1.0]), server_time="Tue, 01 Dec 2026 00:00:00 GMT")
    with scripted(site(collection)) as server:
        connection, there = connect(server)
        found = list(probe(connection, Connection(server.url), there, now=datetime(2026, 12, 1, 1, tzinfo=UTC)))
    assert [one.detail for one in found if one.rule == "clock"] == ["its clock is 3600 s behind ours"]
