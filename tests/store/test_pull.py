"""Pages and their checkpoints, and quarantine."""

from __future__ import annotations

import pytest

from disarm_exchange.store import (
    Checkpoint,
    Collection,
    Database,
    PageResult,
    clear_checkpoint,
    get_checkpoint,
    ingest_page,
    list_quarantine,
    write_object,
)
from tests.store.objects import indicator, seen, stix_id

POINT = Checkpoint("acme", "remote", "2026-01-01T00:00:00.000001Z", "token")


def test_a_page_and_its_checkpoint_are_stored_together(database: Database, collection: Collection) -> None:
    with database.write() as tx:
        result = ingest_page(tx, collection, [indicator(1), write_object(indicator(2))], POINT)
    assert result == PageResult(added=2, repeated=0, conflicting=(), quarantined=0)
    with database.read() as tx:
        found = get_checkpoint(tx, "acme", "remote")
    assert found is not None
    assert (found.added_after, found.next) == (POINT.added_after, POINT.next)
    assert found.updated_at > 0
    assert {item.source for item in seen(database, collection, 5)} == {"peer:acme"}


def test_neither_is_there_when_the_transaction_fails(database: Database, collection: Collection) -> None:
    def fail() -> None:
        with database.write() as tx:
            ingest_page(tx, collection, [indicator(1)], POINT)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as tx:
        assert get_checkpoint(tx, "acme", "remote") is None
    assert seen(database, collection, 5) == []


def test_a_faulty_object_waits_in_quarantine_and_the_rest_is_stored(database: Database, collection: Collection) -> None:
    bad = b'{"type":"indicator","id":"%s","x": 1 }' % stix_id("indicator", 7).encode()
    with database.write() as tx:
        ingest_page(tx, collection, [indicator(1), bad.replace(b"7", b"!", 1), bad.replace(b"21", b"x")], POINT)
        result = ingest_page(tx, collection, [indicator(1), b"{", {**indicator(2), "spec_version": "2.0"}], POINT)
        waiting = list_quarantine(tx, peer="acme")
    assert (result.repeated, result.quarantined) == (1, 2)
    assert waiting[-1].stix_id == stix_id("indicator", 2)
    assert waiting[-1].reason == "spec_version is not 2.1"
    assert waiting[-2].body == b"{"
    assert len(seen(database, collection, 5)) == 2 - 1 + (len(waiting) == 3)


def test_the_same_faulty_object_is_kept_once(database: Database, collection: Collection) -> None:
    bad = {**indicator(2), "spec_version": "2.0"}
    with database.write() as tx:
        for _ in range(3):
            ingest_page(tx, collection, [bad], POINT)
        assert len(list_quarantine(tx)) == 1


def test_conflicting_versions_are_named(database: Database, collection: Collection) -> None:
    with database.write() as tx:
        ingest_page(tx, collection, [indicator(1)])
        result = ingest_page(tx, collection, [indicator(1, name="other")])
    assert result.conflicting == ((stix_id("indicator", 1), indicator(1)["modified"]),)


def test_checkpoints_are_kept_per_peer_and_collection(database: Database) -> None:
    from disarm_exchange.store import set_checkpoint

    with database.write() as tx:
        set_checkpoint(tx, POINT)
        set_checkpoint(tx, Checkpoint("acme", "other", None, "b"))
        set_checkpoint(tx, Checkpoint("acme", "remote", "later", None))
        clear_checkpoint(tx, "acme", "other")
    with database.read() as tx:
        found = get_checkpoint(tx, "acme", "remote")
        assert found is not None
        assert (found.added_after, found.next) == ("later", None)
        assert get_checkpoint(tx, "acme", "other") is None


def test_what_is_pulled_is_shared_with_nobody_unless_told(database: Database, collection: Collection) -> None:
    from disarm_exchange.policy import sharing_level

    with database.write() as tx:
        ingest_page(tx, collection, [indicator(1)])
        ingest_page(tx, collection, [indicator(2)], level_of=sharing_level)
    assert [item.stix_id for item in seen(database, collection, 4)] == [stix_id("indicator", 2)]
