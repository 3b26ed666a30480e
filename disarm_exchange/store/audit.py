"""The audit log: who wrote what, and who was denied what. Rows are only added; the database refuses anything else."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
from sqlalchemy import insert, select

from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.tables import audit_events


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that was done, or denied.

    Attributes:
        action: what was tried: `objects add`, `objects delete`, `org add`, `log in`, ...
        outcome: `done` or `denied`.
        organisation, user: who tried; None where that is not known.
        client: the address it came from; `command line` for an administrator at the machine.
        collection: the id of the collection it was about.
        request_id: as in the server's log and in its answer.
        detail: counts, ids, reasons. Never a secret, and nothing of an object's content.
        at: when, in microseconds; set by the store.
    """

    action: str
    outcome: str
    organisation: str | None = None
    user: str | None = None
    client: str | None = None
    collection: str | None = None
    request_id: str | None = None
    detail: dict[str, object] = field(default_factory=dict)
    at: int = 0


def record(tx: Transaction, *events: AuditEvent) -> None:
    """Add events, in the transaction of what they tell of: both are there, or neither."""
    tx.connection.execute(
        insert(audit_events),
        [
            {
                "at": event.at or clock.now(),
                "action": event.action,
                "outcome": event.outcome,
                "organisation": event.organisation,
                "user": event.user,
                "client": event.client,
                "collection": event.collection,
                "request_id": event.request_id,
                "detail": orjson.dumps(event.detail, option=orjson.OPT_SORT_KEYS).decode(),
            }
            for event in events
        ],
    )


def list_events(
    tx: Transaction,
    *,
    since: int | None = None,
    organisation: str | None = None,
    outcome: str | None = None,
    limit: int = 1000,
) -> list[AuditEvent]:
    """The newest events that match, oldest first.

    Args:
        tx: any transaction.
        since: not before this moment, in microseconds.
        organisation: only of this organisation.
        outcome: only `done` or only `denied`.
        limit: how many at most.
    """
    found = page_of_events(tx, since=since, organisation=organisation, outcome=outcome, limit=limit)
    return [event for _, event in reversed(found)]


def page_of_events(
    tx: Transaction,
    *,
    since: int | None = None,
    organisation: str | None = None,
    outcome: str | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, AuditEvent]]:
    """The newest events that match, newest first, each with its number; `before` a number: only older ones."""
    columns = audit_events.c
    query = select(
        columns.action,
        columns.outcome,
        columns.organisation,
        columns.user,
        columns.client,
        columns.collection,
        columns.request_id,
        columns.detail,
        columns.at,
        columns.id,
    ).order_by(columns.id.desc())
    if before is not None:
        query = query.where(columns.id < before)
    if since is not None:
        query = query.where(columns.at >= since)
    if organisation is not None:
        query = query.where(columns.organisation == organisation)
    if outcome is not None:
        query = query.where(columns.outcome == outcome)
    rows = tx.connection.execute(query.limit(limit)).all()
    return [
        (
            row.id,
            AuditEvent(
                row.action,
                row.outcome,
                row.organisation,
                row.user,
                row.client,
                row.collection,
                row.request_id,
                orjson.loads(row.detail),
                row.at,
            ),
        )
        for row in rows
    ]
