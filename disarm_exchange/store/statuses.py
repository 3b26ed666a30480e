"""Status resources of publish requests (TAXII 2.1 section 4.3): kept beside the objects, until they expire."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.tables import statuses

KEPT_SECONDS = 48 * 3600
"""How long a status can be asked for; section 4.3 wants 24 hours at least."""

_MOST_AT_ONCE = 100


def add_status(
    tx: Transaction,
    status_id: str,
    body: bytes,
    *,
    api_root_id: int,
    organisation_id: int,
    kept_seconds: int = KEPT_SECONDS,
) -> None:
    """Keep a status for the organisation that published; some expired ones go on the way."""
    moment = clock.now()
    expired = select(statuses.c.id).where(statuses.c.expires_at <= moment).limit(_MOST_AT_ONCE)
    tx.connection.execute(delete(statuses).where(statuses.c.id.in_(expired)))
    tx.connection.execute(
        insert(statuses).values(
            id=status_id,
            api_root_id=api_root_id,
            organisation_id=organisation_id,
            expires_at=moment + kept_seconds * 1_000_000,
            body=body,
        )
    )


def find_status(tx: Transaction, status_id: str, *, api_root_id: int, organisation_id: int) -> bytes | None:
    """The status, for the organisation that published, until it expires."""
    body = tx.connection.execute(
        select(statuses.c.body).where(
            statuses.c.id == status_id,
            statuses.c.api_root_id == api_root_id,
            statuses.c.organisation_id == organisation_id,
            statuses.c.expires_at > clock.now(),
        )
    ).scalar_one_or_none()
    return None if body is None else bytes(body)
