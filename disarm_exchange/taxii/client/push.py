"""Adding objects to a collection: envelopes of the right size, in the right order, until each object's fate is known.

TAXII 2.1 section 5.5. An object version counts as accepted when the server says so, or when it says no but
holds that version already (medallion calls a repeated version a failure). What failed is sent once more; what fails
again is reported with the server's reason. Sending the same objects again does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.taxii.client.addresses import shown
from disarm_exchange.taxii.client.connection import MEDIA_TYPE, Connection
from disarm_exchange.taxii.client.directory import RemoteCollection
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.walk import canonical_moment

MOST_OBJECTS = 1000
"""Objects in one envelope, whatever its size."""

MOST_BYTES = 8 << 20
"""Bytes of one envelope, where the server allows more or does not say."""

_OPENING, _CLOSING = b'{"objects":[', b"]}"
_ASKED_AT_ONCE = 20
_NO_COLLECTION = "00000000-0000-0000-0000-000000000000"

_MOST_REJECTED = 40
"""Envelopes refused one after the other, whole or in parts, until we believe that the server takes nothing of ours. One
bad object among a thousand makes eleven."""

_ORDER = {
    "marking-definition": 0,
    "identity": 1,
    "extension-definition": 2,
    "relationship": 5,
    "sighting": 6,
    "observed-data": 6,
    "note": 7,
    "opinion": 7,
    "grouping": 8,
    "report": 8,
    "language-content": 9,
}
_THINGS = 4


@dataclass(frozen=True, slots=True)
class Parcel:
    """One object version to be sent.

    Args:
        id: its id.
        version: `modified`, else `created`, else an empty text.
        kind: its type.
        raw: its bytes.
        other_version: whether it has a property called `version` that is something else than a moment.
    """

    id: str
    version: str
    kind: str
    raw: bytes = field(repr=False)
    other_version: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An object version that the server did not take, and why."""

    id: str
    version: str
    reason: str


@dataclass(slots=True)
class PushResult:
    """What became of the objects sent: every one is in exactly one of `accepted`, `pending` and `failed`.

    Attributes:
        sent: object versions given to send.
        accepted: taken by the server, or held by it already.
        already_there: of those, the ones that the server refused as known.
        pending: not decided when we stopped asking.
        failed: not taken.
        envelopes: requests that carried objects.
        statuses: ids of the server's status resources.
    """

    sent: int = 0
    accepted: list[Parcel] = field(default_factory=list)
    already_there: int = 0
    pending: list[Parcel] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    envelopes: int = 0
    statuses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PushSettings:
    """How objects are sent.

    Args:
        most_objects: in one envelope.
        most_bytes: in one envelope; the server's own limit counts when it is lower.
        poll_first: seconds before a pending status is asked for; doubled each time.
        poll_longest: seconds between two questions.
        patience: seconds in all to wait for one status to be complete.
    """

    most_objects: int = MOST_OBJECTS
    most_bytes: int = MOST_BYTES
    poll_first: float = 0.2
    poll_longest: float = 10.0
    patience: float = 300.0


def parcel(item: StixObject, raw: bytes) -> Parcel:
    """An object and its bytes as a parcel."""
    version = str(item.get("modified") or item.get("created") or "")
    other = "version" in item and not _is_moment(item["version"])
    return Parcel(str(item.get("id")), version, str(item["type"]), raw, other)


def in_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Things before relationships, relationships before what tells about them, reports last; otherwise as given."""
    return sorted(parcels, key=lambda one: rank_of(one.kind))


def rank_of(kind: str) -> int:
    """Where objects of a type stand in the order of sending."""
    return _ORDER.get(kind, _THINGS)


def envelopes(parcels: Iterable[Parcel], most_bytes: int, most_objects: int) -> Iterator[list[Parcel]]:
    """Cut a sequence into envelopes within both limits; an object too large for any makes one by itself."""
    batch: list[Parcel] = []
    size = len(_OPENING) + len(_CLOSING)
    for one in parcels:
        if batch and (size + len(one.raw) + 1 > most_bytes or len(batch) >= most_objects):
            yield batch
            batch, size = [], len(_OPENING) + len(_CLOSING)
        batch.append(one)
        size += len(one.raw) + 1
    if batch:
        yield batch


class Push:
    """One act of sending objects to a collection."""

    def __init__(
        self, connection: Connection, collection: RemoteCollection, settings: PushSettings | None = None
    ) -> None:
        self._connection = connection
        self._collection = collection
        self._settings = settings or PushSettings()
        limit = collection.max_content_length
        self._most_bytes = min(limit, self._settings.most_bytes) if limit else self._settings.most_bytes
        self._rejected_in_a_row = 0
        self.result = PushResult()

    def send(self, parcels: Sequence[Parcel]) -> Iterator[PushResult]:
        """Send the objects, in the order of `in_order`; the result so far after each envelope.

        Raises:
            TaxiiError: the server cannot be reached, or denies us; `result` says what happened until then, and what
                was not sent is in none of its lists.
        """
        self._collection.require(write=True)
        self.result.sent += len(parcels)
        parcels = self._harmless(parcels)
        failed: list[tuple[Parcel, str]] = []
        for batch in envelopes(in_order(parcels), self._most_bytes, self._settings.most_objects):
            failed += self._deliver(batch)
            yield self.result
        if failed:
            self._settle(failed)
            yield self.result

    def _harmless(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Leave out what would break the server for everybody.

        medallion takes a property called `version` (an extension definition and a piece of software have one) for the
        time of the object; when it is none, every later GET and DELETE of the collection is answered with 500.
        """
        if not any(one.other_version for one in parcels) or not self._is_medallion():
            return list(parcels)
        reason = "medallion would fail for everybody after an object with such a `version`, so it was not sent"
        self.result.failed += [Failure(one.id, one.version, reason) for one in parcels if one.other_version]
        return [one for one in parcels if not one.other_version]

    def _is_medallion(self) -> bool:
        """Told by the title of its error messages.

        Ours is known by what it promises; it need not be asked for what is not there, which it would put on record.
        """
        if self._collection.commit_order:
            return False
        root = self._collection.url.rpartition("collections/")[0]
        try:
            self._connection.get(f"{root}collections/{_NO_COLLECTION}/")
        except TaxiiError as fault:
            return "ProcessingError" in fault.problem
        return False

    def _settle(self, failed: list[tuple[Parcel, str]]) -> None:
        """Find out which of the refused objects the server holds anyway, and send the others once more."""
        missing = self._not_held(failed)
        again: list[tuple[Parcel, str]] = []
        for batch in envelopes([one for one, _ in missing], self._most_bytes, self._settings.most_objects):
            again += self._deliver(batch)
        for one, reason in self._not_held(again):
            self.result.failed.append(Failure(one.id, one.version, reason))

    def _not_held(self, refused: list[tuple[Parcel, str]]) -> list[tuple[Parcel, str]]:
        """Those of the refused objects that the server does not hold; the others are accepted."""
        if not refused or not self._collection.can_read:
            return refused
        held: set[tuple[str, str]] = set()
        ids = sorted({one.id for one, _ in refused})
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            try:
                held |= self._held(ids[start : start + _ASKED_AT_ONCE])
            except TaxiiError:
                break  # not knowing, we say what the server said
        left: list[tuple[Parcel, str]] = []
        for one, reason in refused:
            if (one.id, _moment(one.version)) in held or (
                not one.version and any(one.id == there for there, _ in held)
            ):
                self.result.accepted.append(one)
                self.result.already_there += 1
            else:
                left.append((one, reason))
        return left

    def _held(self, ids: Sequence[str]) -> set[tuple[str, str]]:
        query = {"match[id]": ",".join(ids), "match[version]": "all", "limit": 1000}
        told = self._connection.get(f"{self._collection.url}manifest/", params=query)
        if told.get("more") is True and len(ids) > 1:  # a server of small pages: fewer ids fit one
            half = len(ids) // 2
            return self._held(ids[:half]) | self._held(ids[half:])
        listed = told.get("objects", [])
        entries = [entry for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)]
        return {(str(entry.get("id")), _moment(str(entry.get("version")))) for entry in entries}

    def _deliver(self, batch: list[Parcel]) -> list[tuple[Parcel, str]]:
        """Send one envelope, halved where the server does not take it whole; what it refused, with reasons."""
        refused: list[tuple[Parcel, str]] = []
        queue = deque([batch])
        while queue:
            part = queue.popleft()
            try:
                refused += self._post(part)
                self._rejected_in_a_row = 0
            except TaxiiError as fault:
                self._rejected_in_a_row += 1
                takes_nothing = self._rejected_in_a_row > _MOST_REJECTED
                if takes_nothing or fault.kind not in (FaultKind.TOO_LARGE, FaultKind.REFUSED):
                    raise
                if len(part) == 1:
                    refused.append((part[0], fault.problem))
                else:
                    half = len(part) // 2
                    queue.extendleft((part[half:], part[:half]))
        return refused

    def _post(self, batch: list[Parcel]) -> list[tuple[Parcel, str]]:
        body = _OPENING + b",".join(one.raw for one in batch) + _CLOSING
        self.result.envelopes += 1
        told = self._connection.post(self._collection.objects_url, {"Content-Type": MEDIA_TYPE}, None, body)
        return self._sort(batch, self._completed(told))

    def _completed(self, told: Mapping[str, object]) -> Mapping[str, object]:
        """The status resource (section 4.3.1), asked for until it is complete or our patience ends."""
        status_id = told.get("id")
        if not isinstance(status_id, str) or "status" not in told:
            where = shown(self._collection.objects_url)
            raise TaxiiError(FaultKind.PROTOCOL, "answers an envelope with no status resource", where=where)
        self.result.statuses.append(self._connection.hide(status_id))
        root = self._collection.url.rpartition("collections/")[0]
        wait, waited = self._settings.poll_first, 0.0
        while told.get("status") != "complete" and waited < self._settings.patience:
            self._connection.retry.sleep(wait)
            waited += wait
            wait = min(self._settings.poll_longest, wait * 2)
            try:
                told = self._connection.get(f"{root}status/{quote(status_id, safe='')}/")
            except TaxiiError as fault:
                if fault.kind is not FaultKind.MISSING:
                    raise
                break  # the server forgot it; what it said last stands
        return told

    def _sort(self, batch: list[Parcel], status: Mapping[str, object]) -> list[tuple[Parcel, str]]:
        """Give each object of an envelope its fate; the refused ones are returned."""
        failures, pendings = _Details(status.get("failures")), _Details(status.get("pendings"))
        successes = _Details(status.get("successes"))
        complete = status.get("status") == "complete"
        silent = not failures.messages and status.get("failure_count", 0) != 0
        refused: list[tuple[Parcel, str]] = []
        for one in batch:
            reason = failures.about(one)
            if reason is not None:
                refused.append((one, self._connection.hide(reason) or "the server gives no reason"))
            elif successes.about(one) is not None:
                self.result.accepted.append(one)
            elif not complete or pendings.about(one) is not None:
                self.result.pending.append(one)
            elif silent:
                refused.append((one, "the server counts failures and names none"))
            else:
                self.result.accepted.append(one)
        return refused


class _Details:
    """A list of status details: messages by object version."""

    def __init__(self, listed: object) -> None:
        self.messages: dict[str, dict[str, str]] = {}
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                versions = self.messages.setdefault(str(entry.get("id")), {})
                versions[_moment(str(entry.get("version", "")))] = str(entry.get("message") or "")
            elif isinstance(entry, str):  # as TAXII 2.0 had it
                self.messages.setdefault(entry, {})[""] = ""

    def about(self, one: Parcel) -> str | None:
        """The message about an object version; None when the list does not name it."""
        versions = self.messages.get(one.id)
        if not versions:
            return None
        if "" in versions or not one.version:
            return next(iter(versions.values()))
        return versions.get(_moment(one.version))


def _is_moment(value: object) -> bool:
    try:
        parse_timestamp(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _moment(version: str) -> str:
    """A version in one spelling: servers write 07Z, 07.000Z or 07.000000Z for the same moment."""
    try:
        return canonical_moment(version)
    except ValueError:
        return version
