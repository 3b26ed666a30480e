"""Looking again at objects in quarantine: what is fine now (a rule was mended, say) is let in as if just received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from disarm_exchange.errors import UserError
from disarm_exchange.store import Collection, Database, ObjectError, Transaction, find_collection, read_object
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.peers import Holding, note_holdings
from disarm_exchange.store.pull import Quarantined, list_quarantine, remove_from_quarantine
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.merge import merge
from disarm_exchange.sync.pull import refusal


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one quarantined object: let in, or why not."""

    id: int
    stix_id: str
    reason: str

    @property
    def let_in(self) -> bool:
        """Whether it is in now."""
        return not self.reason


def retry(database: Database, config: SyncConfig, *, ids: Sequence[int] = (), peer: str | None = None) -> list[Retried]:
    """Look again at some quarantined objects, or at all. The rules are those of an object that is just received.

    Args:
        database: ours.
        config: with our identities, and those of peers.
        ids: only these numbers.
        peer: only what came from this peer.

    Raises:
        UserError: there is no such number; then nothing is done.
    """
    results: list[Retried] = []
    with database.write() as tx:
        collections = {collection.number: collection for collection in list_collections(tx)}
        waiting = [one for one in list_quarantine(tx, peer=peer, limit=1_000_000) if not ids or one.id in ids]
        missing = sorted(set(ids).difference(one.id for one in waiting))
        if missing:
            raise UserError(f"no number {missing[0]} in quarantine", fix="see: disarm-exchange quarantine list")
        for one in waiting:
            reason = _retry(tx, one, collections.get(one.collection or -1), config)
            results.append(Retried(one.id, one.stix_id or "", reason))
    return results


def _retry(tx: Transaction, one: Quarantined, into: Collection | None, config: SyncConfig) -> str:
    if into is None:
        return "the collection that it was meant for is gone"
    try:
        incoming = read_object(one.body)
    except ObjectError as fault:
        return fault.reason
    reason = refusal(incoming.item)
    if reason:
        return reason
    sender = config.senders().get(str(incoming.item.get("created_by_ref")))
    if sender is not None and sender != one.peer:
        return f"its creator is the peer {sender!r}, from which alone its objects are taken"
    inboxes = [find_collection(tx, peer.inbox) for peer in config.peers.values() if peer.inbox is not None]
    merged = merge(
        tx,
        into,
        [incoming],
        peer=one.peer,
        own=config.identities,
        senders=config.senders(),
        inboxes=frozenset(inbox.number for inbox in inboxes if inbox is not None),
    )
    if merged.refused:
        return merged.refused[0][1]
    holding = Holding(incoming.stix_id, incoming.version or incoming.digest.hex(), incoming.stix_id, "pulled")
    note_holdings(tx, one.peer, [holding])
    remove_from_quarantine(tx, one.id)
    return ""
