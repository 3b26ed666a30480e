"""Pushing a plan to a peer: envelope by envelope, each remembered when the peer has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from disarm_exchange.store import Database
from disarm_exchange.store.peers import forget_failures, note_failures, note_holdings, set_push_mark
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.outgoing import Item, Outgoing
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.push import Push, PushSettings


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
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: str = ""


def push_items(
    connection: Connection,
    collection: RemoteCollection,
    database: Database,
    peer: Peer,
    items: Sequence[Item],
    *,
    policy: str,
    settings: PushSettings | None = None,
    progress: Callable[[int], None] | None = None,
) -> Pushed:
    """Send the items of a plan. What the peer has is remembered after each envelope.

    Args:
        connection: to the peer.
        collection: there.
        database: ours.
        peer: the recipient.
        items: of the plan.
        policy: its fingerprint, for the record.
        settings: sizes and patience.
        progress: is told how many are there.

    Raises:
        TaxiiError: nothing could be sent at all.
    """
    result = Pushed()
    by_key = {(one.parcel.id, one.parcel.raw): one for one in items}
    push = Push(connection, collection, settings)
    remembered = 0

    def remember() -> None:
        nonlocal remembered
        fresh = [by_key[one.id, one.raw] for one in push.result.accepted[remembered:]]
        remembered = len(push.result.accepted)
        result.sent += len(fresh)
        result.recalled += sum(one.holding.how == "recalled" for one in fresh)
        if fresh:
            with database.write() as tx:
                note_holdings(tx, peer.name, [one.holding for one in fresh], policy=policy)
                forget_failures(tx, peer.name, [(one.holding.stix_id, one.holding.version) for one in fresh])
        if progress is not None:
            progress(result.sent)

    try:
        for _ in push.send([one.parcel for one in items]):
            remember()
    except TaxiiError as fault:
        remember()
        if not result.sent:
            raise
        result.stopped = str(fault)
    result.pending = len(push.result.pending)
    failures = {(one.id, one.version): one.reason for one in push.result.failed}
    result.failed = [(stix_id, reason) for (stix_id, _), reason in failures.items()]
    if failures:
        with database.write() as tx:
            note_failures(tx, peer.name, [(*key, reason) for key, reason in failures.items()])
    return result


def note_complete(database: Database, peer: Peer, outgoing: Outgoing, *, policy: str) -> None:
    """Remember that everything up to the plan's marks was considered, and is there or on record as failed."""
    with database.write() as tx:
        for number, date_added in outgoing.marks:
            set_push_mark(tx, peer.name, number, date_added, policy)
