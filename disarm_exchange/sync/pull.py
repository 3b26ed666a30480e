"""Pulling a peer's collection: fetch a page, check each object, keep page and checkpoint together, go on.

A bad object goes to quarantine with its reason and never blocks the rest. Cut off anywhere and run again, a pull ends
with the same objects: into a database, page and checkpoint are one transaction; into a file, the file appears only
when it is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.bundle import StixObject, atomic_writer
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, derived_id
from disarm_exchange.store import (
    Checkpoint,
    Database,
    Incoming,
    ObjectError,
    Outcome,
    add_objects,
    add_to_quarantine,
    get_checkpoint,
    local_collection,
    read_object,
    set_checkpoint,
)
from disarm_exchange.sync.ahead import Ahead
from disarm_exchange.sync.collecting import collecting_seldom
from disarm_exchange.sync.pulled_file import Aside, Seen, SeenVersions
from disarm_exchange.sync.remarks import Remarks
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.page import PageObject
from disarm_exchange.taxii.client.walk import DEFAULT_LIMIT, Step, Walk
from disarm_exchange.validate import Severity, check_object

OVERLAP = 30.0
"""Seconds that the newest objects are asked for again, since they may have been committed out of order."""

PROFILE = "stix"
"""The validation profile that an incoming object must pass without an error."""


@dataclass(slots=True)
class PullReport:
    """What a pull of one collection did.

    Attributes:
        peer: the API root's URL.
        collection: the collection's id there.
        into: where the objects went.
        fetched: objects received, repetitions included.
        new: object versions that were not here before.
        unchanged: object versions that were here already.
        conflicting: (id, version) of those that were here with other content; ours stay.
        erased: of objects that were erased here, and are not taken again.
        quarantined: objects put aside, each with (id, reason).
        pages: pages received.
        checkpoint: from where the next pull goes on; None: from the start.
        oddities: what the server did wrong, in words.
        stopped: why the pull ended early; empty when it did not.
        title: the collection's title there, where it is known.
    """

    peer: str
    collection: str
    into: str
    fetched: int = 0
    new: int = 0
    unchanged: int = 0
    erased: int = 0
    conflicting: Remarks = field(default_factory=Remarks)
    quarantined: Remarks = field(default_factory=Remarks)
    pages: int = 0
    checkpoint: str | None = None
    oddities: list[str] = field(default_factory=list)
    stopped: str = ""
    title: str = ""

    @property
    def named(self) -> str:
        """The collection for people: by its title, where that is known."""
        return f"{self.title} ({self.collection})" if self.title not in ("", self.collection) else self.collection

    @property
    def complete(self) -> bool:
        """Whether everything that the peer has is here, and nothing had to be put aside."""
        return not (self.stopped or self.quarantined or self.conflicting)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON."""
        return {
            "peer": self.peer,
            "collection": self.collection,
            "title": self.title,
            "into": self.into,
            "complete": self.complete,
            "counts": {
                "fetched": self.fetched,
                "new": self.new,
                "unchanged": self.unchanged,
                "erased": self.erased,
                "conflicting": len(self.conflicting),
                "quarantined": len(self.quarantined),
                "pages": self.pages,
            },
            "conflicting": [{"id": stix_id, "version": version} for stix_id, version in self.conflicting],
            "quarantined": [{"id": stix_id, "reason": reason} for stix_id, reason in self.quarantined],
            "checkpoint": self.checkpoint,
            "oddities": self.oddities,
            "stopped": self.stopped,
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A received object that is not let in: its bytes, its id where it has a readable one, and why."""

    raw: bytes
    id: str
    reason: str


Progress = Callable[[PullReport], None]
"""Is shown the report as it stands."""


class Sink(Protocol):
    """Where pulled objects go."""

    def keep(self, good: Sequence[PageObject], bad: Sequence[Refused], checkpoint: str | None) -> None:
        """Keep one page, and the checkpoint after it, together; count them in the report."""


def pull(
    connection: Connection,
    collection: RemoteCollection,
    report: PullReport,
    sink: Sink,
    *,
    added_after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    filters: Mapping[str, str] | None = None,
    overlap: float | None = None,
    profile: str = PROFILE,
    progress: Progress | None = None,
) -> None:
    """Pull a collection into a sink.

    Args:
        connection: to the peer's server.
        collection: there.
        report: counts what happens.
        sink: takes the pages.
        added_after: from where to go on (a checkpoint, or a moment of choice); None: from the start.
        limit: objects asked for in a page.
        filters: further query parameters of Get Objects.
        overlap: see `Walk`; None: `OVERLAP`, or none for a server that promises commit order.
        profile: the validation profile that an object must pass.
        progress: is shown the report after each page.

    Raises:
        TaxiiError: the walk could not be ended. The pages before are in the sink.
    """
    collection.require(write=False)
    if overlap is None:
        overlap = 0.0 if collection.commit_order else OVERLAP
    walk = Walk(
        connection, collection.objects_url, added_after=added_after, limit=limit, filters=filters, overlap=overlap
    )
    ahead = Ahead(iter(walk))
    try:
        with collecting_seldom():
            step = ahead.first()
            while step is not None:
                if not step.final:
                    ahead.start()
                _keep_step(step, report, sink, profile)
                if progress is not None:
                    progress(report)
                step = None if step.final else ahead.next()
    except Exception:
        ahead.wait()  # the connection may be used again
        raise
    finally:
        report.oddities = list(walk.oddities)


def _keep_step(step: Step, report: PullReport, sink: Sink, profile: str) -> None:
    good: list[PageObject] = []
    bad: list[Refused] = []
    for entry in step.page.objects:
        reason = entry.fault or refusal(entry.item, profile)
        if reason:
            bad.append(Refused(entry.raw, str(entry.item.get("id", ""))[:300], reason))
        else:
            good.append(entry)
    sink.keep(good, bad, step.checkpoint)
    report.pages += 1
    report.fetched += len(step.page.objects)
    report.checkpoint = step.checkpoint


def refusal(item: StixObject, profile: str = PROFILE) -> str:
    """Why an object is not let in, by its content; empty when it is."""
    for issue in check_object(item, profile=profile):
        if issue.severity is Severity.ERROR:
            return f"{issue.code} {issue.pointer or 'object'}: {issue.reason}"
    return ""


# into a database


def peer_key(collection: RemoteCollection) -> str:
    """The key of the peer that has a collection: its API root's URL."""
    return collection.url.rpartition("collections/")[0]


def local_alias(collection: RemoteCollection) -> str:
    """The name of the local collection that a remote one is pulled into when no other is chosen."""
    parts = urlsplit(collection.url)
    host = f"{parts.hostname}-{parts.port}" if parts.port else str(parts.hostname)
    return f"{host.replace(':', '.')}-{collection.id}"[:250]


class DatabaseSink:
    """Keeps pages in a local collection of a database."""

    def __init__(self, database: Database, collection: RemoteCollection, report: PullReport, alias: str) -> None:
        self._database = database
        self._report = report
        self._peer = peer_key(collection)
        self._remote = collection.id
        with database.write() as tx:
            self._local = local_collection(tx, alias)

    def checkpoint(self) -> str | None:
        """Where an earlier pull left off."""
        with self._database.read() as tx:
            found = get_checkpoint(tx, self._peer, self._remote)
        return found.added_after if found is not None else None

    def keep(self, good: Sequence[PageObject], bad: Sequence[Refused], checkpoint: str | None) -> None:
        """Objects, quarantine and checkpoint in one transaction."""
        incoming, refused = readable(good, bad)
        with self._database.write() as tx:
            for one in refused:
                add_to_quarantine(tx, one.raw, one.reason, peer=self._peer, collection=self._local, stix_id=one.id)
            stored = add_objects(tx, self._local.number, incoming, source=f"peer:{self._peer}", level_of=sharing_level)
            set_checkpoint(tx, Checkpoint(self._peer, self._remote, checkpoint, None))
        self._report.quarantined += [(one.id, one.reason) for one in refused]
        for item, fate in zip(incoming, stored, strict=True):
            self._report.new += fate.outcome is Outcome.ADDED
            self._report.unchanged += fate.outcome is Outcome.REPEATED
            self._report.erased += fate.outcome is Outcome.ERASED
            if fate.outcome is Outcome.CONFLICTING:
                self._report.conflicting.append((item.stix_id, fate.version))


def readable(good: Sequence[PageObject], bad: Sequence[Refused]) -> tuple[list[Incoming], list[Refused]]:
    """Objects as the store takes them, and those that it does not take added to the refused ones."""
    incoming: list[Incoming] = []
    refused = list(bad)
    for entry in good:
        try:
            incoming.append(read_object(entry.raw, entry.item))
        except ObjectError as fault:
            refused.append(Refused(entry.raw, fault.stix_id, fault.reason))
    return incoming, refused


def pull_into_database(
    connection: Connection,
    collection: RemoteCollection,
    database: Database,
    *,
    alias: str | None = None,
    added_after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    overlap: float | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Pull a collection into a local collection of a database, from where the last pull of it left off.

    Args:
        connection: to the peer's server.
        collection: there.
        database: ours.
        alias: of the local collection, made where there is none; `local_alias` by default.
        added_after: in place of the stored checkpoint.
        limit: objects asked for in a page.
        overlap: see `Walk`; None: `OVERLAP`, or none for a server that promises commit order.
        progress: is shown the report after each page.

    Raises:
        TaxiiError: not even one page could be had. Once one is stored, the fault ends up in the report's `stopped`.
        UserError: the alias is none.
    """
    name = alias or local_alias(collection)
    report = PullReport(peer_key(collection), collection.id, f"{database.name} ({name})", title=collection.title)
    sink = DatabaseSink(database, collection, report, name)
    start = added_after or sink.checkpoint()
    try:
        pull(
            connection,
            collection,
            report,
            sink,
            added_after=start,
            limit=limit,
            overlap=overlap,
            progress=progress,
        )
    except TaxiiError as fault:
        if not report.pages:
            raise
        report.stopped = str(fault)
    return report


# into a file


class _FileSink:
    """Collects pages for one bundle file; each object version once."""

    def __init__(self, report: PullReport) -> None:
        self._report = report
        self.write: Callable[[bytes], object] = bytes
        self._seen = SeenVersions()
        self.aside = Aside()

    def keep(self, good: Sequence[PageObject], bad: Sequence[Refused], checkpoint: str | None) -> None:
        incoming, refused = readable(good, bad)
        self.aside.add((one.id, one.reason, one.raw) for one in refused)
        self._report.quarantined += [(one.id, one.reason) for one in refused]
        for item in incoming:
            seen = self._seen.take(item.stix_id, item.version or item.digest.hex(), item.digest)
            if seen is Seen.NEW:
                self.write((b",\n" if self._report.new else b"\n") + orjson.dumps(item.item))
                self._report.new += 1
            elif seen is Seen.SAME:
                self._report.unchanged += 1
            else:
                self._report.conflicting.append((item.stix_id, item.version or ""))

    def close(self) -> None:
        self._seen.close()
        self.aside.close()


def pull_into_file(
    connection: Connection,
    collection: RemoteCollection,
    output: Path,
    *,
    added_after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    progress: Progress | None = None,
) -> PullReport:
    """Pull a collection into a bundle file, one object a line, which appears when all of it is there.

    Objects that are not let in go into `OUTPUT.quarantine.jsonl` beside it, each with its reason.

    Args:
        connection: to the peer's server.
        collection: there.
        output: the file.
        added_after: only what was added after that moment; None: everything.
        limit: objects asked for in a page.
        progress: is shown the report after each page.

    Raises:
        TaxiiError: the collection could not be read to its end; then no file appears.
        UserError: the file cannot be written.
    """
    report = PullReport(peer_key(collection), collection.id, str(output), title=collection.title)
    bundle_id = derived_id("bundle", PROJECT_NAMESPACE, "pull", collection.url, added_after or "")
    aside = output.with_name(f"{output.name}.quarantine.jsonl")
    try:
        with closing(_FileSink(report)) as sink:
            with atomic_writer(output) as stream:
                stream.write(b'{"type":"bundle","id":' + orjson.dumps(bundle_id) + b',"objects":[')
                sink.write = stream.write
                pull(
                    connection,
                    collection,
                    report,
                    sink,
                    added_after=added_after,
                    limit=limit,
                    overlap=0,
                    progress=progress,
                )
                stream.write(b"\n]}\n")
            sink.aside.write(aside)
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None
    return report
