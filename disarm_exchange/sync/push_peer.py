"""Pushing a plan to a peer: envelope by envelope, each remembered when the peer has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from disarm_exchange.store import Database
from disarm_exchange.store.peers import (
    forget_failures,
    forget_old_failures,
    note_failures,
    note_holdings,
    set_push_mark,
)
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.outgoing import Item, Outgoing
from disarm_exchange.sync.remarks import Remarks
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.push import Push, PushSettings

MOST_FAILED = 10_000
"""Object versions that a peer may refuse in one run; then the run ends."""


@dataclass(slots=True)
class Pushed:
    """What became of a plan.

    Attributes:
        sent: object versions that the peer has now.
        recalled: of those, revocations of what it should no longer hold.
        pending: not decided there yet; they go again next time.
        failed: (id, reason) of what the peer did not take; they go again next time.
        stopped: why it ended early, or empty.
    """

    sent: int = 0
    recalled: int = 0
    pending: int = 0
    failed: Remarks = field(default_factory=Remarks)
    stopped: str = ""


class Pusher:
    """Sends the items of a plan to one collection of a peer, part by part.

    What the peer has is remembered after each envelope.

    Args:
        connection: to the peer.
        collection: there.
        database: ours.
        peer: the recipient.
        policy: its fingerprint, for the record.
        settings: sizes and patience.
        progress: is told how many are there.
    """

    def __init__(
        self,
        connection: Connection,
        collection: RemoteCollection,
        database: Database,
        peer: Peer,
        *,
        policy: str,
        settings: PushSettings | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._connection = connection
        self._collection = collection
        self._settings = settings
        self._database = database
        self._peer = peer
        self._policy = policy
        self._progress = progress
        self.pushed = Pushed()

    def send(self, items: Sequence[Item]) -> None:
        """Send a part; nothing once a part before had to be broken off.

        Raises:
            TaxiiError: nothing could be sent at all, of this part and those before.
        """
        if self.pushed.stopped:
            return
        push = Push(self._connection, self._collection, self._settings)
        by_key = {(one.parcel.id, one.parcel.raw): one for one in items}
        remembered = 0
        try:
            for _ in push.send([one.parcel for one in items]):
                self._remember([by_key[one.id, one.raw] for one in push.result.accepted[remembered:]])
                remembered = len(push.result.accepted)
        except TaxiiError as fault:
            self._remember([by_key[one.id, one.raw] for one in push.result.accepted[remembered:]])
            if not self.pushed.sent:
                raise
            self.pushed.stopped = str(fault)
        self.pushed.pending += len(push.result.pending)
        failures = {(one.id, one.version): one.reason for one in push.result.failed}
        self.pushed.failed += [(stix_id, reason) for (stix_id, _), reason in failures.items()]
        if failures:
            with self._database.write() as tx:
                note_failures(tx, self._peer.name, [(*key, reason) for key, reason in failures.items()])
        if len(self.pushed.failed) >= MOST_FAILED and not self.pushed.stopped:
            self.pushed.stopped = f"it refused {len(self.pushed.failed):,} objects: nothing more is sent in this run"

    def _remember(self, fresh: Sequence[Item]) -> None:
        self.pushed.sent += len(fresh)
        self.pushed.recalled += sum(one.holding.how == "recalled" for one in fresh)
        if fresh:
            with self._database.write() as tx:
                note_holdings(tx, self._peer.name, [one.holding for one in fresh], policy=self._policy)
                forget_failures(tx, self._peer.name, [(one.holding.stix_id, one.holding.version) for one in fresh])
        if self._progress is not None:
            self._progress(self.pushed.sent)


def note_complete(database: Database, peer: Peer, outgoing: Outgoing) -> None:
    """Remember that everything up to the plan's marks was considered, and is there or on record as failed."""
    with database.write() as tx:
        forget_old_failures(tx, peer.name, outgoing.begun)
        for number, date_added in outgoing.marks:
            set_push_mark(tx, peer.name, number, date_added, outgoing.terms)
