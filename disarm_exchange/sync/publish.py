"""Publishing a bundle to a peer's collection: read, check, decide what may leave, send, and account for every object.

Every object of the file ends in exactly one of: refused (it is not valid, so it is not sent to anybody), withheld (the
policy keeps it home), accepted, pending or failed (as the peer says), unsent (the sending stopped before it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from disarm_exchange.policy import Clearance, release
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.stix.reading import Record, read_records
from disarm_exchange.store.incoming import ObjectError, read_object
from disarm_exchange.taxii.client.connection import Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import TaxiiError
from disarm_exchange.taxii.client.push import Push, PushResult, PushSettings, parcel
from disarm_exchange.validate import Severity, check_object

PROFILE = "exchange"
"""The validation profile that outgoing objects must pass without an error."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that was not accepted by the peer, and why. For our own eyes.

    Args:
        id: the object's id, or an empty text.
        version: its version, or an empty text.
        rule: which rule or side decided: a validation code, a policy rule, `peer`.
        reason: in words.
    """

    id: str
    version: str
    rule: str
    reason: str

    def to_dict(self) -> dict[str, object]:
        """As reports have it."""
        return {"id": self.id, "version": self.version, "rule": self.rule, "reason": self.reason}


@dataclass(slots=True)
class Drafted:
    """What is left of a file for a recipient.

    Attributes:
        read: objects in the file.
        repeated: objects that stand in the file more than once; only the first of each counts further.
        objects: what may go, with the bytes to send.
        refused, withheld: what may not, and why.
        trimmed: ids of objects that go with references to withheld objects cut.
    """

    read: int = 0
    repeated: int = 0
    objects: list[tuple[StixObject, bytes]] = field(default_factory=list)
    refused: list[Kept] = field(default_factory=list)
    withheld: list[Kept] = field(default_factory=list)
    trimmed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PublishReport:
    """What became of a publication; see the module's text for the fates."""

    source: str
    collection: str
    draft: Drafted
    push: PushResult
    stopped: str = ""
    """Why the sending ended early; empty when it did not."""
    title: str = ""
    """The collection's title."""

    @property
    def unsent(self) -> int:
        """Objects that were to go and were not sent."""
        told = len(self.push.accepted) + len(self.push.pending) + len(self.push.failed)
        return len(self.draft.objects) - told

    @property
    def complete(self) -> bool:
        """Whether all that may leave and is valid is now with the peer."""
        return not (self.stopped or self.unsent or self.push.pending or self.push.failed or self.draft.refused)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON: counts, and each object that is not with the peer, with its reason."""
        draft, push = self.draft, self.push
        failed = [Kept(one.id, one.version, "peer", one.reason).to_dict() for one in push.failed]
        return {
            "source": self.source,
            "collection": self.collection,
            "title": self.title,
            "complete": self.complete,
            "counts": {
                "read": draft.read,
                "repeated": draft.repeated,
                "refused": len(draft.refused),
                "withheld": len(draft.withheld),
                "trimmed": len(draft.trimmed),
                "accepted": len(push.accepted),
                "already_there": push.already_there,
                "pending": len(push.pending),
                "failed": len(push.failed),
                "unsent": self.unsent,
                "envelopes": push.envelopes,
            },
            "refused": [kept.to_dict() for kept in draft.refused],
            "withheld": [kept.to_dict() for kept in draft.withheld],
            "trimmed": draft.trimmed,
            "pending": [{"id": one.id, "version": one.version} for one in push.pending],
            "failed": failed,
            "statuses": push.statuses,
            "stopped": self.stopped,
        }


def draft(records: Iterable[Record], clearance: Clearance, *, profile: str = PROFILE) -> Drafted:
    """Decide what of a file may go to a recipient.

    Args:
        records: the objects of the file, with their bytes.
        clearance: the recipient's.
        profile: the validation profile that each object must pass.

    Raises:
        UserError: the file cannot be read, or no such profile.
    """
    result = Drafted()
    bodies: dict[int, bytes] = {}
    good: list[StixObject] = []
    refused_ids: set[str] = set()
    digests: dict[tuple[str, str], bytes] = {}
    for record in records:
        result.read += 1
        try:
            incoming = read_object(record.raw)
        except ObjectError as fault:
            result.refused.append(Kept(fault.stix_id, fault.version, "structure", fault.reason))
            refused_ids.add(fault.stix_id)
            continue
        version = incoming.version or ""
        # an observable has no versions: each content of it stands for itself
        key = (incoming.stix_id, version or incoming.digest.hex())
        if key in digests:
            if digests[key] == incoming.digest:
                result.repeated += 1
            else:
                reason = "this version stands there twice, with different content"
                result.refused.append(Kept(incoming.stix_id, version, "structure", reason))
            continue
        digests[key] = incoming.digest
        problems = [issue for issue in check_object(incoming.item, profile=profile) if issue.severity is Severity.ERROR]
        if problems:
            words = "; ".join(f"{issue.pointer or 'object'}: {issue.reason}" for issue in problems[:3])
            result.refused.append(Kept(incoming.stix_id, version, problems[0].code, words))
            refused_ids.add(incoming.stix_id)
            continue
        good.append(incoming.item)
        bodies[id(incoming.item)] = record.raw
    released = release(good, clearance, elsewhere=lambda ids: _among(ids, refused_ids))
    result.withheld = [Kept(one.id, one.version, one.rule, one.reason) for one in released.withheld]
    result.trimmed = released.trimmed
    result.objects = [(item, bodies.get(id(item)) or orjson.dumps(item)) for item in released.objects]
    return result


def publish(
    source: Path | str,
    connection: Connection,
    collection: RemoteCollection,
    clearance: Clearance,
    *,
    profile: str = PROFILE,
    settings: PushSettings | None = None,
    on_step: OnStep = unwatched,
) -> PublishReport:
    """Publish a file of STIX objects.

    Running it again does no harm: the peer holds each version once.

    Args:
        source: a bundle, an envelope or JSON Lines; `-` for standard input.
        connection: to the peer's server.
        collection: there.
        clearance: what the readers of that collection may have.
        profile: the validation profile that each object must pass without an error.
        settings: sizes and patience.
        on_step: is told how far the reading is, and then the sending.

    Raises:
        UserError: the file cannot be read.
        TaxiiError: nothing at all could be sent. Once something was, the fault ends up in the report's `stopped`.
    """
    drafted = draft(read_records(source, on_step=on_step), clearance, profile=profile)
    push = Push(connection, collection, settings)
    report = PublishReport(str(source), collection.url, drafted, push.result, title=collection.title)
    try:
        total = len(drafted.objects)
        for result in push.send([parcel(item, raw) for item, raw in drafted.objects]):
            done = len(result.accepted) + len(result.pending) + len(result.failed)
            on_step(Step("sending", done, total=total))
    except TaxiiError as fault:
        if not push.result.accepted and not push.result.pending:
            raise
        report.stopped = str(fault)
    return report


def _among(ids: Collection[str], wanted: set[str]) -> list[str]:
    return [stix_id for stix_id in ids if stix_id in wanted]
