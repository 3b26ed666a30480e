"""Looking for what would keep synchronisation from working, each with what to do about it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from itertools import islice
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.store import Database, find_collection, iter_objects
from disarm_exchange.sync.config import Peer, SyncConfig
from disarm_exchange.sync.schedule import check_schedule
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import find_collection as find_remote
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.retry import RetryPolicy

_TELLING = ("campaign", "intrusion-set", "report", "indicator", "note")
"""Types whose objects have a creator, and one of which a case has for sure."""

_LOOKED_AT = 1000

_LITTLE_SPACE = 1 << 30
_CLOCK_SECONDS = 60


class Health(Enum):
    """What a check found."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        what: was looked at.
        health: how it is.
        detail: in words.
        fix: what to do, where anything is to be done.
    """

    what: str
    health: Health
    detail: str = ""
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"what": self.what, "health": self.health.value, "detail": self.detail, "fix": self.fix}


def examine(database: Database, config: SyncConfig, *, now: datetime | None = None) -> Iterator[Finding]:
    """Look at everything: our database and disk, each peer's schedule, policy, secrets, address, rights and clock.

    Args:
        database: ours.
        config: the configuration.
        now: this machine's time.
    """
    yield Finding("configuration", Health.FINE, f"{len(config.peers)} peers, {len(config.policies)} policies")
    if not config.identities:
        yield Finding(
            "our identities",
            Health.WARNING,
            "none are named: edits of our objects by others cannot be told",
            'name them: identities = ["identity--..."]',
        )
    yield _disk(database)
    for peer in config.peers.values():
        if not peer.enabled:
            yield Finding(f"peer {peer.name}", Health.WARNING, "is disabled", "set enabled = true")
            continue
        yield from _peer(database, config, peer, now or datetime.now(UTC))


def _disk(database: Database) -> Finding:
    with database.read() as tx:
        local = tx.dialect == "sqlite"
    if not local:
        return Finding("database", Health.FINE, database.name)
    free = shutil.disk_usage(Path(database.name).parent).free
    if free < _LITTLE_SPACE:
        return Finding("disk", Health.WARNING, f"{free >> 20} MiB are free", "make room, or move the database")
    return Finding("disk", Health.FINE, f"{free >> 30} GiB are free")


def _peer(database: Database, config: SyncConfig, peer: Peer, now: datetime) -> Iterator[Finding]:
    name = f"peer {peer.name}"
    try:
        check_schedule(peer.schedule)
        if peer.schedule.every is None and peer.schedule.cron is None:
            yield Finding(f"{name}: schedule", Health.WARNING, "runs only by hand", 'set every = "5m", or cron')
    except UserError as fault:
        yield _wrong(f"{name}: schedule", fault)
    if peer.policy is not None:
        try:
            config.policy(peer.policy)
            yield Finding(f"{name}: policy", Health.FINE, peer.policy)
        except UserError as fault:
            yield _wrong(f"{name}: policy", fault)
    with database.read() as tx:
        missing = [source for source in peer.sources if find_collection(tx, source) is None]
    for source in missing:
        fix = "make it: disarm-exchange collection add"
        yield Finding(f"{name}: from", Health.WRONG, f"there is no collection {source!r} here", fix)
    if config.identities:
        yield from _creators(database, config, peer)
    try:
        with peer.connect(RetryPolicy(attempts=1)) as connection:
            yield from _server(connection, peer, now)
    except UserError as fault:
        yield _wrong(f"{name}: login", fault)


def _creators(database: Database, config: SyncConfig, peer: Peer) -> Iterator[Finding]:
    """Whether what we push and did not receive is by one of our identities; looks at some of it."""
    with database.read() as tx:
        found = [find_collection(tx, source) for source in peer.sources]
    strangers: Counter[str] = Counter()
    for source in found:
        if source is not None:
            stored = iter_objects(database, source.number, types=_TELLING)
            ours = (one.parse() for one in islice(stored, _LOOKED_AT) if one.source == "local")
            strangers.update(str(item.get("created_by_ref", "nobody")) for item in ours)
    for creator, count in strangers.items():
        if creator not in config.identities and creator not in peer.identities:
            yield Finding(
                f"peer {peer.name}: from",
                Health.WARNING,
                f"{count:,} objects to push are by {creator}, which is not one of our identities: "
                "they cannot be called back, and edits by others cannot be told",
                "if that is us, add it to identities",
            )


def _server(connection: Connection, peer: Peer, now: datetime) -> Iterator[Finding]:
    name = f"peer {peer.name}"
    wanted = [(collection, False) for collection in peer.pull]
    wanted += [(collection, True) for collection in (peer.push, peer.feedback) if collection is not None]
    for collection, write in wanted:
        what = f"{name}: {'push to' if write else 'pull'} {collection}"
        try:
            remote = find_remote(connection, peer.url, collection, write=write)
            remote.require(write=write)
        except UserError as fault:
            yield _wrong(what, fault)
            if isinstance(fault, TaxiiError) and fault.kind not in (FaultKind.FORBIDDEN, FaultKind.MISSING):
                return  # it will be the same for the others
        else:
            yield Finding(what, Health.FINE, remote.title)
    yield from _clock(connection, peer, now)


def _clock(connection: Connection, peer: Peer, now: datetime) -> Iterator[Finding]:
    try:
        theirs = connection.ask("GET", peer.url, lambda answer: parsedate_to_datetime(answer.headers.get("Date", "")))
    except (UserError, ValueError):
        return
    apart = (theirs.astimezone(UTC) - now).total_seconds()
    if abs(apart) > _CLOCK_SECONDS:
        days, seconds = divmod(round(abs(apart)), 86_400)
        span = f"{days:,} d {seconds // 3600} h" if days else f"{seconds:,} s"
        words = f"theirs is {span} {'ahead of' if apart > 0 else 'behind'} ours"
        fix = "set the clock of the one that is wrong; pulling and pushing do not depend on it"
        yield Finding(f"peer {peer.name}: clock", Health.WARNING, words, fix)


def _wrong(what: str, fault: UserError) -> Finding:
    where = f"{fault.where}: " if fault.where else ""
    return Finding(what, Health.WRONG, f"{where}{fault.problem}", fault.fix)
