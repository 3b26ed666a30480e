"""Which organisations run the server: their people may see peers, quarantine, audit log and what waits to be shared."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.web_tables import operators


def is_operator(tx: Transaction, organisation_id: int) -> bool:
    """Whether an organisation runs the server. Nobody does until it is said."""
    query = select(operators.c.since).where(operators.c.organisation_id == organisation_id)
    return tx.connection.execute(query).first() is not None


def set_operator(tx: Transaction, organisation_id: int, *, operates: bool) -> None:
    """Say whether an organisation runs the server. Works at once."""
    if is_operator(tx, organisation_id) == operates:
        return
    if operates:
        tx.connection.execute(insert(operators).values(organisation_id=organisation_id, since=clock.now()))
    else:
        tx.connection.execute(delete(operators).where(operators.c.organisation_id == organisation_id))
