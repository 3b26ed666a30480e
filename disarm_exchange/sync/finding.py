"""Pulling a collection where it was found the last time, so that a run with nothing new is one request.

Only the place is remembered, for a day. What the server said of itself is not: that it promises commit order would let
a pull go on behind objects that another server at the same address shows late, so a remembered collection is read with
the usual overlap, unless each answer promises it anew.
"""

from __future__ import annotations

from collections.abc import Callable

from disarm_exchange.store import Database
from disarm_exchange.store.found import Found, note_found, recall_found
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.pull_peer import Taken, pull_peer
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection, known_collection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError

REMEMBERED_SECONDS = 86_400
"""For how long the place of a collection is taken for known: an alias may come to mean another collection."""

_ELSEWHERE = frozenset(
    {
        FaultKind.FORBIDDEN,
        FaultKind.MISSING,
        FaultKind.MEDIA_TYPE,
        FaultKind.REFUSED,
        FaultKind.REDIRECT,
        FaultKind.PROTOCOL,
    }
)
"""Faults that may mean that the collection is not there any more, so that it is looked for again."""


def pull_found(
    connection: Connection,
    name: str,
    database: Database,
    peer: Peer,
    config: SyncConfig,
    *,
    now: int,
    progress: Callable[[int], None] | None = None,
) -> Taken:
    """Pull a collection of a peer, from where it was found the last time or else after looking for it.

    Args:
        connection: to the peer's server.
        name: the collection's id, alias or title.
        database: ours.
        peer: the peer.
        config: with our identities, and those of peers.
        now: in microseconds.
        progress: is told how many objects have come.

    Raises:
        UserError: there is no such collection.
        TaxiiError: not even one page could be had.
    """
    with database.read() as tx:
        found = recall_found(tx, peer.name, name, peer.url, since=now - REMEMBERED_SECONDS * 1_000_000)
    known = None if found is None else known_collection(connection, found.url, found.collection)
    if known is not None:
        try:
            return pull_peer(connection, known, database, peer, config, progress=progress)
        except TaxiiError as fault:
            if fault.kind not in _ELSEWHERE:
                raise
    remote = find_collection(connection, peer.url, name)
    taken = pull_peer(connection, remote, database, peer, config, progress=progress)
    with database.write() as tx:
        note_found(tx, Found(peer.name, name, peer.url, remote.url, remote.id, now))
    return taken
