"""One run for one peer: pull, then push, then feedback; under a lease, and on record whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from disarm_exchange.errors import UserError
from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.store import Database, Transaction
from disarm_exchange.store.runs import end_run, find_lease, release_lease, start_run, take_lease
from disarm_exchange.sync.clocks import machine_clock
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.finding import pull_found
from disarm_exchange.sync.keeping import Keeper, LostLeaseError
from disarm_exchange.sync.outgoing import plan
from disarm_exchange.sync.pull_peer import Taken, take_inbox
from disarm_exchange.sync.push_peer import Pushed, Pusher, note_complete
from disarm_exchange.sync.workers import is_gone, worker_name
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection
from disarm_exchange.taxii.client.push import PushSettings
from disarm_exchange.taxii.client.retry import RetryPolicy

LEASE_SECONDS = 900.0
"""After which a dead worker's lease is free; a living one renews it all the time."""

_log = logging.getLogger("disarm_exchange.sync")
_log.addHandler(logging.NullHandler())  # who sets up no logs gets none

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNTS = (
    "fetched", "new", "updated", "revoked", "unchanged", "refused", "conflicts",
    "sent", "recalled", "pending", "failed", "withheld", "as_one",
)  # fmt: skip


@dataclass(slots=True)
class RunReport:
    """What a run for one peer did.

    Attributes:
        peer: its name.
        run_id: of the history; None: it did not run.
        outcome: `ok`: everything done; `partial`: some of it; `failed`: nothing; `busy`: another worker is at it.
        counts: see `COUNTS`: objects fetched, of them new, updated, revoked, unchanged, refused (in quarantine), in
            conflict; objects sent, of them recalled; pending and failed there; withheld here; techniques that came
            under a further STIX id and count as one.
        reasons: in words, what is not as it should be.
        oddities: what the peer's server does wrong.
        notes: in words, what is as it should be and may still surprise.
        as_one: DISARM techniques that came under a further STIX id and count as one, with all their ids.
    """

    peer: str
    run_id: int | None = None
    outcome: str = "ok"
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    reasons: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    as_one: dict[str, list[str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """As JSON."""
        return {
            "peer": self.peer,
            "run_id": self.run_id,
            "outcome": self.outcome,
            "counts": self.counts,
            "reasons": self.reasons,
            "oddities": self.oddities,
            "notes": self.notes,
            "as_one": self.as_one,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run depends on beside the configuration; tests put their own.

    Args:
        worker: a name for this process, unlike that of any other.
        clock: the time; `shared_clock` where several machines work on one database.
        retry: how patiently requests are repeated.
        settings: how objects are sent.
        on_step: is told what is done with which peer, and how far it is.
    """

    worker: str = field(default_factory=worker_name)
    clock: Callable[[], datetime] = machine_clock
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    settings: PushSettings = field(default_factory=PushSettings)
    on_step: OnStep = unwatched

    def now(self) -> int:
        """In microseconds."""
        return (self.clock() - _EPOCH) // timedelta(microseconds=1)


def lease_of(peer: str) -> str:
    """The name of the lease on a peer."""
    return f"sync {peer}"


def run_peer(
    database: Database,
    config: SyncConfig,
    peer: Peer,
    terms: Terms | None = None,
    *,
    unless: Callable[[Transaction], bool] | None = None,
) -> RunReport:
    """Bring us and a peer into step, and put it on record. Never raises for what the peer does.

    Args:
        database: ours.
        config: with our identities and the policies.
        peer: one of its peers.
        terms: see `Terms`.
        unless: asked once the lease is ours: whether nothing is to be done after all; the outcome is then `skipped`.
    """
    terms = terms or Terms()
    report = RunReport(peer.name)
    lease = lease_of(peer.name)
    now = terms.now()
    with database.write() as tx:
        busy = _take_lease(tx, lease, terms.worker, now)
        if busy:
            report.outcome = "busy"
            report.reasons.append(busy)
            return report
        if unless is not None and unless(tx):
            release_lease(tx, lease, terms.worker)
            report.outcome = "skipped"
            return report
        run_id = report.run_id = start_run(tx, peer.name, terms.worker, now=now)
    _log.info("run begins", extra={"run": run_id, "peer": peer.name, "worker": terms.worker})
    report.outcome = "failed"
    try:
        with Keeper(database, lease, terms.worker, now=terms.now, seconds=LEASE_SECONDS) as keeper:
            run = _Run(database, config, peer, terms, report, keeper)
            run.steps()
        report.outcome = run.outcome()
    except LostLeaseError as lost:
        report.outcome = "partial"
        report.reasons.append(str(lost))
    except BaseException as error:
        report.reasons.append(f"broken off: {type(error).__name__}")
        raise
    finally:
        now = terms.now()
        with database.write() as tx:
            reason = "; ".join(report.reasons)
            end_run(tx, run_id, now=now, outcome=report.outcome, counts=report.counts, reason=reason)
            release_lease(tx, lease, terms.worker)
        level = logging.INFO if report.outcome == "ok" else logging.WARNING
        counts = {name: count for name, count in report.counts.items() if count}
        _log.log(level, "run ended", extra={"run": run_id, "peer": peer.name, "outcome": report.outcome, **counts})
    return report


def _take_lease(tx: Transaction, lease: str, worker: str, now: int) -> str:
    """Take a lease, also from a worker on this machine that has ended; else who has it, in words."""
    if take_lease(tx, lease, worker, now=now, seconds=LEASE_SECONDS):
        return ""
    found = find_lease(tx, lease)
    if found is not None and is_gone(found[0]):
        release_lease(tx, lease, found[0])
        if take_lease(tx, lease, worker, now=now, seconds=LEASE_SECONDS):
            return ""
    if found is None:
        return "another worker is at it"
    ends = (_EPOCH + timedelta(microseconds=found[1])).strftime("%H:%M:%SZ")
    return f"another worker is at it: {found[0]} (if that one is gone: its turn is over at {ends})"


class _Run:
    def __init__(
        self, database: Database, config: SyncConfig, peer: Peer, terms: Terms, report: RunReport, keeper: Keeper
    ) -> None:
        self._keeper = keeper
        self._database = database
        self._config = config
        self._peer = peer
        self._terms = terms
        self._report = report
        self.all_steps = 0
        self.failed_steps = 0

    def outcome(self) -> str:
        if self.failed_steps and self.failed_steps == self.all_steps:
            return "failed"
        return "partial" if self._report.reasons else "ok"

    def steps(self) -> None:
        try:
            connection = self._peer.connect(self._terms.retry)
        except UserError as fault:
            self.all_steps = self.failed_steps = 1
            self._report.reasons.append(str(fault))
            return
        with connection:
            if self._peer.inbox is not None:
                self._step(self._take_inbox)
            for name in self._peer.pull:
                self._step(partial(self._pull, connection, name))
            if self._peer.push or self._peer.feedback:
                self._step(partial(self._push, connection))

    def _step(self, step: Callable[[], None]) -> None:
        """One step; a failing one does not keep the others from being tried."""
        self._keeper.keep()
        self.all_steps += 1
        try:
            step()
        except UserError as fault:
            self.failed_steps += 1
            self._report.reasons.append(str(fault))

    def _tell(self, doing: str) -> Callable[[int], None]:
        """Show progress, and see that the lease is still ours while there is any."""
        peer, terms = self._peer.name, self._terms

        def told(count: int) -> None:
            self._keeper.keep()
            terms.on_step(Step(f"{peer}: {doing}", count))

        return told

    def _pull(self, connection: Connection, name: str) -> None:
        taken = pull_found(
            connection,
            name,
            self._database,
            self._peer,
            self._config,
            now=self._terms.now(),
            progress=self._tell("pulled"),
        )
        self._count(name, taken)
        fetched = {"collection": taken.report.collection, "fetched": taken.report.fetched, "pages": taken.report.pages}
        _log.info("pulled", extra={"run": self._report.run_id, "peer": self._peer.name, **fetched})

    def _take_inbox(self) -> None:
        self._count(str(self._peer.inbox), take_inbox(self._database, self._peer, self._config))

    def _count(self, name: str, taken: Taken) -> None:
        report, counts = self._report, self._report.counts
        if name == taken.report.collection:
            name = taken.report.named
        counts["fetched"] += taken.report.fetched
        counts["new"] += taken.new
        counts["updated"] += taken.updated
        counts["revoked"] += taken.revoked
        counts["unchanged"] += taken.unchanged
        counts["refused"] += len(taken.report.quarantined)
        counts["conflicts"] += len(taken.conflicts)
        report.as_one |= taken.same
        counts["as_one"] = len(report.as_one)
        report.oddities += [oddity for oddity in taken.report.oddities if oddity not in report.oddities]
        if taken.report.quarantined:
            see = f"see: disarm-exchange quarantine list --peer {self._peer.name}"
            report.reasons.append(f"{len(taken.report.quarantined)} objects of {name} are in quarantine ({see})")
        if taken.conflicts:
            see = f"see: disarm-exchange sync conflicts {self._peer.name}"
            report.reasons.append(f"{len(taken.conflicts)} objects of {name} are in conflict with what we hold ({see})")
        if taken.report.stopped:
            report.reasons.append(f"{name}: {taken.report.stopped}")

    def _push(self, connection: Connection) -> None:
        peer, database = self._peer, self._database
        assert peer.policy is not None
        policy = self._config.policy(peer.policy)
        outgoing = plan(database, peer, policy, self._config.identities, now=self._terms.clock())
        pushers: dict[str, Pusher] = {}
        broken: dict[str, UserError] = {}
        for items in outgoing.parts():
            for target in sorted({item.to for item in items} - broken.keys()):
                try:
                    if target not in pushers:
                        pushers[target] = Pusher(
                            connection,
                            find_collection(connection, peer.url, target, write=True),
                            database,
                            peer,
                            policy=policy.fingerprint,
                            settings=self._terms.settings,
                            progress=self._tell("pushed"),
                        )
                    pushers[target].send([item for item in items if item.to == target])
                except UserError as fault:  # the other collection there may still take what is for it
                    broken[target] = fault
        self._report.counts["withheld"] += outgoing.withheld
        if outgoing.stays_there:
            self._report.notes.append(
                f"a filter keeps {outgoing.stays_there:,} objects home now that the peer has from before; "
                "only a stricter marking calls back"
            )
        if outgoing.unrecallable:
            stix_id, reason = outgoing.unrecallable[0]
            rest = len(outgoing.unrecallable) - 1
            more = f", and {rest:,} more (all: disarm-exchange share preview --to {peer.name} --json)" if rest else ""
            self._report.reasons.append(f"the peer holds {stix_id}, which cannot be recalled: {reason}{more}")
        if outgoing.refused:
            self._report.reasons.append(f"{len(outgoing.refused)} objects are not valid and were not sent")
        results = [pusher.pushed for pusher in pushers.values()]
        for pushed in results:
            self._count_pushed(pushed)
        if broken and not any(pushed.sent for pushed in results):
            raise next(iter(broken.values()))
        self._report.reasons += [f"{target}: {fault}" for target, fault in broken.items()]
        if not (outgoing.idle or broken or any(pushed.pending or pushed.stopped for pushed in results)):
            note_complete(database, peer, outgoing)

    def _count_pushed(self, pushed: Pushed) -> None:
        counts, reasons = self._report.counts, self._report.reasons
        counts["sent"] += pushed.sent
        counts["recalled"] += pushed.recalled
        counts["pending"] += pushed.pending
        counts["failed"] += len(pushed.failed)
        if pushed.failed:
            reasons.append(f"{len(pushed.failed)} objects were not taken, for example: {pushed.failed[0][1]}")
        if pushed.pending:
            reasons.append(f"{pushed.pending} objects are not decided there yet")
        if pushed.stopped:
            reasons.append(pushed.stopped)
