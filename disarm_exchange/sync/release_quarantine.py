"""Looking again at objects in quarantine: what is fine now (a rule was mended, say) is let in as if just received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from disarm_exchange.store import Collection, Database, ObjectError, Transaction, read_object
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.pull import Quarantined, list_quarantine, remove_from_quarantine
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


def retry(
    database: Database, own: frozenset[str], *, ids: Sequence[int] = (), peer: str | None = None
) -> list[Retried]:
    """Look again at some quarantined objects, or at all.

    Args:
        database: ours.
        own: STIX ids of our own organisation.
        ids: only these numbers.
        peer: only what came from this peer.
    """
    results: list[Retried] = []
    with database.write() as tx:
        collections = {collection.number: collection for collection in list_collections(tx)}
        for one in list_quarantine(tx, peer=peer, limit=1_000_000):
            if ids and one.id not in ids:
                continue
            reason = _retry(tx, one, collections.get(one.collection or -1), own)
            results.append(Retried(one.id, one.stix_id or "", reason))
    return results


def _retry(tx: Transaction, one: Quarantined, into: Collection | None, own: frozenset[str]) -> str:
    if into is None:
        return "the collection that it was meant for is gone"
    try:
        incoming = read_object(one.body)
    except ObjectError as fault:
        return fault.reason
    reason = refusal(incoming.item)
    if reason:
        return reason
    merged = merge(tx, into, [incoming], peer=one.peer, own=own)
    if merged.refused:
        return merged.refused[0][1]
    remove_from_quarantine(tx, one.id)
    return ""
