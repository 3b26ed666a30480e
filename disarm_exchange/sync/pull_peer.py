"""Pulling a peer's collection into ours: checked, merged by creator, with provenance, page and checkpoint together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from disarm_exchange.store import (
    Checkpoint,
    Collection,
    Database,
    add_to_quarantine,
    find_collection,
    get_checkpoint,
    local_collection,
    set_checkpoint,
)
from disarm_exchange.store.peers import Holding, note_holdings
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.merge import merge
from disarm_exchange.sync.pull import PullReport, Refused, pull, readable
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.page import PageObject


@dataclass(slots=True)
class Taken:
    """What pulling one collection did.

    Attributes:
        report: of the pull itself.
        new, updated, revoked, unchanged: object versions.
        conflicts: (id, reason) of what was not taken over.
    """

    report: PullReport
    new: int = 0
    updated: int = 0
    revoked: int = 0
    unchanged: int = 0
    conflicts: list[tuple[str, str]] = field(default_factory=list)


class PeerSink:
    """Takes pages of a peer over into our collection."""

    def __init__(
        self, database: Database, peer: Peer, remote: RemoteCollection, own: frozenset[str], taken: Taken
    ) -> None:
        self._database = database
        self._peer = peer
        self._remote = remote.id
        self._own = own
        self._taken = taken
        with database.write() as tx:
            self._into: Collection = find_collection(tx, peer.into) or local_collection(tx, peer.into)

    def checkpoint(self) -> str | None:
        """Where the last pull left off."""
        with self._database.read() as tx:
            found = get_checkpoint(tx, self._peer.name, self._remote)
        return None if found is None else found.added_after

    def keep(self, good: Sequence[PageObject], bad: Sequence[Refused], checkpoint: str | None) -> None:
        """Objects, conflicts, quarantine, provenance and checkpoint in one transaction."""
        incoming, refused = readable(good, bad)
        with self._database.write() as tx:
            for one in refused:
                add_to_quarantine(tx, one.raw, one.reason, peer=self._peer.name, collection=self._into, stix_id=one.id)
            merged = merge(
                tx, self._into, incoming, peer=self._peer.name, own=self._own, authoritative=self._peer.identities
            )
            holdings = (
                Holding(one.stix_id, one.version or one.digest.hex(), one.stix_id, "pulled") for one in incoming
            )
            note_holdings(tx, self._peer.name, holdings)
            set_checkpoint(tx, Checkpoint(self._peer.name, self._remote, checkpoint, None))
        taken = self._taken
        taken.new += merged.new
        taken.updated += merged.updated
        taken.revoked += merged.revoked
        taken.unchanged += merged.unchanged
        taken.conflicts += merged.refused
        taken.report.quarantined += [(one.id, one.reason) for one in refused]


def pull_peer(
    connection: Connection,
    remote: RemoteCollection,
    database: Database,
    peer: Peer,
    own: frozenset[str],
    *,
    progress: Callable[[int], None] | None = None,
) -> Taken:
    """Pull one of a peer's collections, from where the last pull of it left off.

    Args:
        connection: to the peer.
        remote: the collection there.
        database: ours.
        peer: the peer.
        own: STIX ids of our own organisation.
        progress: is told how many objects have come.

    Raises:
        TaxiiError: not even one page could be had. Later faults end up in the report's `stopped`.
    """
    taken = Taken(PullReport(peer.name, remote.id, peer.into))
    sink = PeerSink(database, peer, remote, own, taken)
    try:
        pull(
            connection,
            remote,
            taken.report,
            sink,
            added_after=sink.checkpoint(),
            limit=peer.limit,
            overlap=peer.overlap,
            progress=None if progress is None else lambda report: progress(report.fetched),
        )
    except TaxiiError as fault:
        if not taken.report.pages:
            raise
        taken.report.stopped = str(fault)
    return taken
