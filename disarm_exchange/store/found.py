"""Where a peer's collections were found, so that not every run has to look for them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from disarm_exchange.store.database import Transaction
from disarm_exchange.store.peer_tables import found_collections

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Found:
    """A collection of a peer, as it was found.

    Attributes:
        peer: our name of the peer.
        name: what was looked for: an id, alias or title.
        asked: the URL at which it was looked for.
        url: of the collection; ends with a slash.
        collection: its id there.
        at: when, in microseconds.
    """

    peer: str
    name: str
    asked: str
    url: str
    collection: str
    at: int


def recall_found(tx: Transaction, peer: str, name: str, asked: str, *, since: int) -> Found | None:
    """Where a collection was found; None when it was not, or not at that URL, or before `since` (microseconds)."""
    columns = found_collections.c
    row = tx.connection.execute(
        select(columns.peer, columns.name, columns.asked, columns.url, columns.collection, columns.at).where(
            columns.peer == peer, columns.name == name, columns.asked == asked, columns.at >= since
        )
    ).one_or_none()
    return None if row is None else Found(*row)


def note_found(tx: Transaction, found: Found) -> None:
    """Note where a collection was found, in place of what was noted before."""
    forget_found(tx, found.peer, found.name)
    if max(len(found.name), len(found.collection)) > _LONGEST_NAME:
        return
    tx.connection.execute(
        insert(found_collections).values(
            peer=found.peer,
            name=found.name,
            asked=found.asked,
            url=found.url,
            collection=found.collection,
            at=found.at,
        )
    )


def forget_found(tx: Transaction, peer: str, name: str) -> None:
    """Look for a collection anew the next time."""
    columns = found_collections.c
    tx.connection.execute(delete(found_collections).where(columns.peer == peer, columns.name == name))
