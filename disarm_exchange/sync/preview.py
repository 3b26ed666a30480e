"""What would go to a peer and what not, for people to read before anything is sent. Writes nothing, asks nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from disarm_exchange.policy import Withheld
from disarm_exchange.store import Database
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.outgoing import Item, Outgoing, plan


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan in words.

    Args:
        peer: the recipient.
        policy: the name of the policy.
        outgoing: the plan.
        items: what would go, revocations of recalled objects included.
        withheld: what would stay, and which rule decided.
    """

    peer: str
    policy: str
    outgoing: Outgoing
    items: list[Item] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)

    def rules(self) -> Counter[str]:
        """How many objects each rule keeps home."""
        return Counter(one.rule for one in self.withheld)

    def to_dict(self) -> dict[str, object]:
        """As JSON: each object that would go, in the form in which it would; each that would not, with the rule."""
        outgoing = self.outgoing
        return {
            "peer": self.peer,
            "policy": self.policy,
            "counts": {
                "considered": outgoing.considered,
                "would_go": len(self.items),
                "there_already": outgoing.held,
                "theirs": outgoing.theirs,
                "withheld": len(self.withheld),
                "not_valid": len(outgoing.refused),
                "cannot_be_recalled": len(outgoing.unrecallable),
            },
            "would_go": [
                {
                    "id": one.parcel.id,
                    "version": one.parcel.version,
                    "type": one.parcel.kind,
                    "made_from": one.holding.source_id,
                    "changed": one.changed,
                    "recall": one.holding.how == "recalled",
                    "object": one.parcel.raw.decode(),
                }
                for one in self.items
            ],
            "withheld": [
                {"id": one.id, "version": one.version, "rule": one.rule, "reason": one.reason} for one in self.withheld
            ],
            "not_valid": [{"id": stix_id, "reason": reason} for stix_id, reason in outgoing.refused],
            "cannot_be_recalled": [{"id": stix_id, "reason": reason} for stix_id, reason in outgoing.unrecallable],
        }


def preview(database: Database, config: SyncConfig, peer: Peer, *, now: datetime) -> Preview:
    """Plan a push without carrying it out.

    Raises:
        UserError: the peer has no policy, or a collection or key that it names is not there.
    """
    name = peer.policy or ""
    policy = config.policy(name)
    outgoing = plan(database, peer, policy, config.identities, now=now, preview=True)
    items = [item for part in outgoing.parts() for item in part]
    return Preview(peer.name, name, outgoing, items, outgoing.kept or [])
