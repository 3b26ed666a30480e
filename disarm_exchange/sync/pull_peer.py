"""Pulling a peer's collection into ours: checked, merged by creator, with provenance, page and checkpoint together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from disarm_exchange.errors import UserError
from disarm_exchange.store import (
    Checkpoint,
    Collection,
    Database,
    Keyword,
    add_to_quarantine,
    find_collection,
    get_checkpoint,
    iter_objects,
    local_collection,
    set_checkpoint,
)
from disarm_exchange.store.clock import from_text, to_text
from disarm_exchange.store.peers import Holding, count_aside, note_holdings
from disarm_exchange.store.quota import Total, add_to_total, count_total, total_of
from disarm_exchange.sync.config import Peer, Quota, SyncConfig
from disarm_exchange.sync.merge import merge
from disarm_exchange.sync.pull import PullReport, Refused, pull, readable, refusal
from disarm_exchange.sync.remarks import Remarks
from disarm_exchange.sync.same_techniques import SameTechniques
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.page import PageObject

_PAGE = 500


@dataclass(slots=True)
class Taken:
    """What pulling one collection did.

    Attributes:
        report: of the pull itself.
        new, updated, revoked, unchanged: object versions.
        conflicts: (id, reason) of what was not taken over.
        size: bytes of objects received.
        same: DISARM techniques that came under a further STIX id, with all their ids.
    """

    report: PullReport
    new: int = 0
    updated: int = 0
    revoked: int = 0
    unchanged: int = 0
    conflicts: Remarks = field(default_factory=Remarks)
    size: int = 0
    same: dict[str, list[str]] = field(default_factory=dict)


class PeerSink:
    """Takes pages of a peer over into our collection."""

    def __init__(self, database: Database, peer: Peer, remote: str, config: SyncConfig, taken: Taken) -> None:
        self._database = database
        self._peer = peer
        self._remote = remote
        self._config = config
        self._taken = taken
        with database.write() as tx:
            self._into: Collection = find_collection(tx, peer.into) or local_collection(tx, peer.into)
            named = [find_collection(tx, one.inbox) for one in config.peers.values() if one.inbox is not None]
        self._inboxes = frozenset(inbox.number for inbox in named if inbox is not None)
        self._techniques: SameTechniques | None = None

    def checkpoint(self) -> str | None:
        """Where the last pull left off."""
        with self._database.read() as tx:
            found = get_checkpoint(tx, self._peer.name, self._remote)
        return None if found is None else found.added_after

    def keep(self, good: Sequence[PageObject], bad: Sequence[Refused], checkpoint: str | None) -> None:
        """Objects, conflicts, quarantine, provenance and checkpoint in one transaction."""
        size = sum(len(one.raw) for one in good) + sum(len(one.raw) for one in bad)
        self._check_quota(size, len(good) + len(bad))
        incoming, refused = readable(good, bad)
        techniques = [one.item for one in incoming if one.type == "attack-pattern"]
        same: dict[str, list[str]] = {}
        if techniques:
            self._techniques = self._techniques or SameTechniques(self._database, [self._into.number])
            same = self._techniques.take(techniques)
        with self._database.write() as tx:
            for one in refused:
                add_to_quarantine(tx, one.raw, one.reason, peer=self._peer.name, collection=self._into, stix_id=one.id)
            merged = merge(
                tx,
                self._into,
                incoming,
                peer=self._peer.name,
                own=self._config.identities,
                senders=self._config.senders(),
                inboxes=self._inboxes,
            )
            holdings = (
                Holding(one.stix_id, one.version or one.digest.hex(), one.stix_id, "pulled") for one in incoming
            )
            note_holdings(tx, self._peer.name, holdings)
            kept = merged.new + merged.updated + merged.revoked + merged.conflicts + len(refused)
            if kept:
                size = merged.size + sum(len(one.raw) for one in refused)
                add_to_total(tx, self._peer.name, kept, size)
            set_checkpoint(tx, Checkpoint(self._peer.name, self._remote, checkpoint, None))
        taken = self._taken
        taken.same |= same
        taken.new += merged.new
        taken.updated += merged.updated
        taken.revoked += merged.revoked
        taken.unchanged += merged.unchanged
        taken.conflicts += merged.refused
        taken.report.quarantined += [(one.id, one.reason) for one in refused]

    def _check_quota(self, size: int, count: int) -> None:
        """See whether another page may be taken.

        Raises:
            OverQuotaError: it may not; the checkpoint stays before it.
        """
        quota, taken = self._peer.quota, self._taken
        taken.size += size
        if taken.report.pages and taken.report.fetched + count > quota.objects:
            raise OverQuotaError(f"{quota.objects:,} objects are taken in one run (most_objects)")
        if taken.report.pages and taken.size > quota.megabytes << 20:
            raise OverQuotaError(f"{quota.megabytes:,} MB are taken in one run (most_megabytes)")
        with self._database.read() as tx:
            aside = count_aside(tx, self._peer.name)
        if aside >= quota.aside:
            raise OverQuotaError(f"{aside:,} objects of it are in quarantine or in conflict (most_in_quarantine)")
        if count:
            self._check_total()

    def _check_total(self) -> None:
        """See whether the peer has its share of the disk, counting again before it is told so: things get deleted.

        Raises:
            OverQuotaError: it has.
        """
        name, quota = self._peer.name, self._peer.quota
        with self._database.read() as tx:
            total = total_of(tx, name)
        if total is None or _is_full(total, quota):
            with self._database.write() as tx:
                total = count_total(tx, name)
        if _is_full(total, quota):
            raise OverQuotaError(
                f"{total.objects:,} objects of it are here, {total.bytes >> 20:,} MB (most_objects_in_all and "
                f"most_megabytes_in_all of [peers.{name}]: raise them, or delete what is not needed)"
            )


def _is_full(total: Total, quota: Quota) -> bool:
    return total.objects >= quota.objects_in_all or total.bytes >= quota.megabytes_in_all << 20


class OverQuotaError(UserError):
    """A peer has more than we take from it at a time. What was taken stays; the rest comes with a later run."""

    def __init__(self, words: str) -> None:
        super().__init__(f"no more for now: {words}")


def pull_peer(
    connection: Connection,
    remote: RemoteCollection,
    database: Database,
    peer: Peer,
    config: SyncConfig,
    *,
    progress: Callable[[int], None] | None = None,
) -> Taken:
    """Pull one of a peer's collections, from where the last pull of it left off.

    Args:
        connection: to the peer.
        remote: the collection there.
        database: ours.
        peer: the peer.
        config: with our identities, and those of peers.
        progress: is told how many objects have come.

    Raises:
        TaxiiError: not even one page could be had. Later faults end up in the report's `stopped`.
    """
    taken = Taken(PullReport(peer.name, remote.id, peer.into, title=remote.title))
    sink = PeerSink(database, peer, remote.id, config, taken)
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
    except OverQuotaError as fault:
        taken.report.stopped = str(fault)
    except TaxiiError as fault:
        if not taken.report.pages:
            raise
        taken.report.stopped = str(fault)
    return taken


def take_inbox(database: Database, peer: Peer, config: SyncConfig) -> Taken:
    """Take over what a peer has pushed into its inbox here since the last time, by the same rules as what we pull.

    Args:
        database: ours.
        peer: the peer.
        config: with our identities, and those of peers.

    Raises:
        UserError: there is no such collection.
    """
    assert peer.inbox is not None
    with database.read() as tx:
        inbox = find_collection(tx, peer.inbox)
    if inbox is None:
        raise UserError(f"there is no collection {peer.inbox!r} here", fix="make it, or correct `inbox` of the peer")
    taken = Taken(PullReport(peer.name, inbox.id, peer.into))
    sink = PeerSink(database, peer, inbox.id, config, taken)
    mark = sink.checkpoint()
    page: list[PageObject] = []
    last = mark
    try:
        for stored in iter_objects(database, inbox.number, versions=(Keyword.ALL,), added_after=_micro(mark)):
            page.append(PageObject(stored.body, stored.parse()))
            last = to_text(stored.date_added)
            if len(page) >= _PAGE:
                _take(sink, taken, page, last)
                page = []
        if page:
            _take(sink, taken, page, last)
    except OverQuotaError as fault:
        taken.report.stopped = str(fault)
    return taken


def _take(sink: PeerSink, taken: Taken, page: Sequence[PageObject], last: str | None) -> None:
    good: list[PageObject] = []
    bad: list[Refused] = []
    for entry in page:
        reason = refusal(entry.item)
        if reason:
            bad.append(Refused(entry.raw, str(entry.item.get("id", "")), reason))
        else:
            good.append(entry)
    sink.keep(good, bad, last)
    taken.report.pages += 1
    taken.report.fetched += len(page)


def _micro(mark: str | None) -> int | None:
    return None if mark is None else from_text(mark)
