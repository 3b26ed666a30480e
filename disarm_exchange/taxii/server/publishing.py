"""Adding objects to a collection (TAXII 2.1 section 5.5): the good ones are stored, the bad ones named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from disarm_exchange import policy
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import clock
from disarm_exchange.store.access import Access, ApiRoot
from disarm_exchange.store.accounts import User
from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.database import Database
from disarm_exchange.store.incoming import Incoming, ObjectError, only_markings, read_object
from disarm_exchange.store.markings import NOBODY
from disarm_exchange.store.statuses import add_status
from disarm_exchange.store.vocabulary import is_vocabulary
from disarm_exchange.store.writer import Outcome, Stored, add_objects
from disarm_exchange.taxii.server import resources
from disarm_exchange.taxii.server.observing import OBJECTS, Trace
from disarm_exchange.taxii.server.resources import StatusDetails

# Above this size, in octets, parsed objects are not all kept at once.
_LARGE = 2 * 1024 * 1024

# What needs no remark.
_PLAIN = (Outcome.ADDED, Outcome.REPEATED)
_ERASED = "it was erased here, and is not taken again"

CheckObject = Callable[[StixObject], str | None]
"""Says what is wrong with an object; None for one that may be published."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and where."""

    user: User
    root: ApiRoot
    access: Access
    trace: Trace


def accept_all(_item: StixObject) -> str | None:
    """No further check than the store's own (type, id, timestamps, spec_version)."""
    return None


def publish(
    database: Database,
    bodies: Sequence[bytes],
    *,
    publisher: Publisher,
    check_object: CheckObject,
    status_seconds: int,
) -> bytes:
    """Store the objects of an envelope and the status that tells of it, both or neither; the status resource."""
    user, root, number = publisher.user, publisher.root, publisher.access.collection.number
    clearance = user.organisation.clearance
    received_at = clock.now()
    good: list[Incoming] = []
    failures: list[StatusDetails] = []
    thrifty = sum(map(len, bodies)) > _LARGE
    for position, body in enumerate(bodies):
        try:
            item = read_object(body)
        except ObjectError as error:
            failures.append(_failure(error.stix_id, error.version, error.reason, position, received_at))
            continue
        reason = check_object(item.item)
        if reason is None:
            good.append(only_markings(item) if thrifty else item)
        else:
            failures.append(_failure(item.stix_id, item.version or "", reason, position, received_at))
    status_id = str(uuid4())
    with database.write() as tx:
        stored = add_objects(
            tx,
            number,
            good,
            source=f"org:{user.organisation.name}",
            level_of=policy.sharing_level,
        )
        successes: list[StatusDetails] = []
        for position, (item, one) in enumerate(zip(good, stored, strict=True)):
            if one.outcome in _PLAIN and one.level <= clearance:
                successes.append(StatusDetails(item.stix_id, one.version))
            elif one.outcome is Outcome.ERASED and one.level <= clearance:
                failures.append(_failure(item.stix_id, one.version, _ERASED, position, received_at))
            else:
                successes.append(_success(item, one, clearance, received_at))
        status = resources.status(status_id, received_at, successes, failures)
        add_status(
            tx,
            status_id,
            status,
            api_root_id=root.id,
            organisation_id=user.organisation.id,
            kept_seconds=status_seconds,
        )
        counts = Counter(one.outcome.value for one in stored)
        counts["failed"] = len(failures)
        record(
            tx,
            AuditEvent(
                "objects add",
                "done",
                user.organisation.name,
                user.name,
                publisher.trace.client,
                publisher.access.collection.id,
                publisher.trace.request_id,
                {"status": status_id, **counts},
            ),
        )
    publisher.trace.objects = len(bodies)
    for outcome, count in counts.items():
        OBJECTS.labels(outcome).inc(count)
    return status


def _failure(stix_id: str, version: str, reason: str, position: int, received_at: int) -> StatusDetails:
    return StatusDetails(stix_id or f"objects[{position}]", version or clock.to_text(received_at), reason)


def _success(item: Incoming, stored: Stored, clearance: int, received_at: int) -> StatusDetails:
    version = stored.version
    if item.version is None and stored.level > clearance:
        version = clock.to_text(received_at)  # the stored one would tell whether it was there before
    return StatusDetails(item.stix_id, version, _remark(item, stored, clearance))


def _remark(item: Incoming, stored: Stored, clearance: int) -> str | None:
    """What the publisher should know. It must not tell whether something was there that the publisher may not see."""
    if stored.outcome is Outcome.CONFLICTING and stored.level <= clearance:
        return "this version is stored already with other content, which stays: give a change a new modified"
    if stored.given_level >= NOBODY:
        return "stored, but shared with nobody: it has no TLP marking, or one that is not known here"
    if stored.level > clearance and item.version is not None and is_vocabulary(item.item):
        return "stored; it is shown with the first object that mentions it and that the reader may see"
    return None
