"""The audit log is only ever added to."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from disarm_exchange.store import Database
from disarm_exchange.store.audit import AuditEvent, list_events, record
from disarm_exchange.store.tables import audit_events


def test_events_come_back_in_order_and_filtered(database: Database) -> None:
    with database.write() as tx:
        record(tx, AuditEvent("a", "done", at=10), AuditEvent("b", "denied", "acme", at=20, detail={"x": [1]}))
        record(tx, AuditEvent("c", "done", "acme", at=30))
    with database.read() as tx:
        assert [event.action for event in list_events(tx)] == ["a", "b", "c"]
        assert [event.action for event in list_events(tx, limit=2)] == ["b", "c"]
        assert [event.action for event in list_events(tx, since=20, organisation="acme")] == ["b", "c"]
        assert list_events(tx, outcome="denied") == [AuditEvent("b", "denied", "acme", detail={"x": [1]}, at=20)]


@pytest.mark.parametrize("change", [update(audit_events).values(action="x"), delete(audit_events)])
def test_events_can_be_neither_changed_nor_deleted(database: Database, change: object) -> None:
    with database.write() as tx:
        record(tx, AuditEvent("a", "done"))

    def tamper() -> None:
        with database.write() as tx:
            tx.connection.execute(change)  # type: ignore[call-overload]

    with pytest.raises(DBAPIError, match="only ever added to"):
        tamper()
    with database.read() as tx:
        assert [event.action for event in list_events(tx)] == ["a"]
