"""What would go to a peer now: decided by its policy, less what it holds already, plus what has to be recalled.

Nothing here sends or writes; `share preview` shows a plan, `push_peer` carries it out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.policy import SharingPolicy, Withheld, marking_ids, share
from disarm_exchange.policy.personal import PERSONAL_TYPES
from disarm_exchange.policy.redactor import Redactor
from disarm_exchange.policy.references import links, mentioned_ids, uuid_of, without
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import format_timestamp, parse_timestamp
from disarm_exchange.store import Collection as StoredCollection
from disarm_exchange.store import Database, Transaction, find_collection, iter_objects, read_object
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.peers import (
    Holding,
    count_failures,
    held_versions,
    holdings_of,
    newest_anywhere,
    push_mark,
    version_body,
)
from disarm_exchange.sync.config import Peer
from disarm_exchange.taxii.client.push import Parcel, parcel
from disarm_exchange.validate import Severity, check_object

FEEDBACK_TYPES = frozenset({"opinion", "sighting", "note"})


@dataclass(frozen=True, slots=True)
class Item:
    """One object version that is to go.

    Args:
        parcel: as it goes.
        source: the object here that it is made from.
        holding: what the peer will hold then.
        changed: whether it goes in another form than it has here.
    """

    parcel: Parcel
    source: StixObject
    holding: Holding
    changed: bool


@dataclass(slots=True)
class Outgoing:
    """A plan for one peer.

    Attributes:
        considered: objects looked at.
        items: what is to go, revocations of recalled objects included.
        held: how many may go and are there already.
        theirs: how many may go and are the peer's own.
        withheld: what stays, and which rule decided.
        refused: what may go and is not valid: (id, reason).
        unrecallable: what the peer should no longer hold and we cannot take back: (id, reason).
        marks: up to where each of our collections was considered: (number, date_added).
        idle: nothing has changed since the last complete push, so nothing was looked at.
    """

    considered: int = 0
    items: list[Item] = field(default_factory=list)
    held: int = 0
    theirs: int = 0
    withheld: list[Withheld] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unrecallable: list[tuple[str, str]] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    idle: bool = False


def plan(
    database: Database, peer: Peer, policy: SharingPolicy, own: frozenset[str], *, now: datetime, preview: bool = False
) -> Outgoing:
    """Decide what goes to a peer.

    Args:
        database: ours.
        peer: the recipient.
        policy: what may leave for it.
        own: STIX ids of our own organisation.
        now: for filters by age.
        preview: look at everything, also when nothing has changed.

    Raises:
        UserError: one of the collections to push from is not there.
    """
    result = Outgoing()
    with database.read() as tx:
        sources = [_collection(tx, name) for name in peer.sources]
        result.marks = [(source.number, source.last_date_added) for source in sources]
        before = [push_mark(tx, peer.name, source.number) for source in sources]
        now_marks = [(source.last_date_added, policy.fingerprint) for source in sources]
        waiting = count_failures(tx, peer.name)
    if before == now_marks and not waiting and policy.filters.max_age is None and not preview:
        result.idle = True
        return result
    objects = _newest(database, sources)
    people = _people(database) if policy.redaction is not None else []
    result.considered = len(objects)
    with database.read() as tx:
        unshared = _Unshared(tx, peer.name)
        shared = share(objects, policy, now=now, elsewhere=unshared, known=people)
        result.withheld = shared.released.withheld
        _choose(tx, peer, result, zip(shared.objects, shared.sources, strict=True))
        redactor = Redactor(policy.redaction, [*objects, *people]) if policy.redaction is not None else None
        _Recall(tx, peer, own, unshared, redactor).plan(result, {str(item["id"]): item for item in objects})
    return result


def for_feedback(item: Item, peer: Peer, creators: Mapping[str, object]) -> bool:
    """Whether an object says something about the peer's own objects, and so belongs into its feedback collection.

    Args:
        item: that is to go.
        peer: the recipient.
        creators: of the objects here, by id.
    """
    if item.source.get("type") not in FEEDBACK_TYPES or item.source.get("created_by_ref") in peer.identities:
        return False
    refs = item.source.get("object_refs")
    about = [*(refs if isinstance(refs, list) else []), item.source.get("sighting_of_ref")]
    return any(creators.get(str(ref)) in peer.identities for ref in about if ref)


def creators_of(database: Database, names: Iterable[str]) -> dict[str, object]:
    """Who created the objects of some of our collections, by id."""
    with database.read() as tx:
        numbers = [_collection(tx, name).number for name in names]
    found: dict[str, object] = {}
    for number in numbers:
        for stored in iter_objects(database, number):
            found[stored.stix_id] = stored.parse().get("created_by_ref")
    return found


def _collection(tx: Transaction, name: str) -> StoredCollection:
    found = find_collection(tx, name)
    if found is None:
        raise UserError(f"no collection {name!r} in our database", fix="check `from` of the peer, or make it")
    return found


def _newest(database: Database, sources: Iterable[StoredCollection]) -> list[StixObject]:
    """The objects of some collections, each once, in its newest version; all contents of observables."""
    newest: dict[str, StixObject] = {}
    for source in sources:
        for stored in iter_objects(database, source.number):
            item = stored.parse()
            known = newest.get(stored.stix_id)
            if known is None or _version(item) > _version(known):
                newest[stored.stix_id] = item
    return list(newest.values())


def _choose(tx: Transaction, peer: Peer, result: Outgoing, shaped: Iterable[tuple[StixObject, StixObject]]) -> None:
    """Of what may go, what is not there yet, and is valid in the form in which it goes."""
    candidates: list[Item] = []
    for item, source in shaped:
        if source.get("created_by_ref") in peer.identities:
            result.theirs += 1
        else:
            candidates.append(_item(item, source, "pushed"))
    held = held_versions(tx, peer.name, {one.holding.stix_id for one in candidates})
    for one in candidates:
        if (one.holding.stix_id, one.holding.version) in held:
            result.held += 1
            continue
        reason = _invalid(one.parcel.raw)
        if reason:
            result.refused.append((str(one.source["id"]), reason))
        else:
            result.items.append(one)


def _item(item: StixObject, source: StixObject, how: str) -> Item:
    raw = orjson.dumps(item)
    read = read_object(raw)
    holding = Holding(read.stix_id, read.version or read.digest.hex(), str(source["id"]), how)
    return Item(parcel(item, raw), source, holding, changed=item is not source)


def _invalid(raw: bytes) -> str:
    for issue in check_object(raw, profile="stix"):
        if issue.severity is Severity.ERROR:
            return f"{issue.code} {issue.pointer or 'object'}: {issue.reason}"
    return ""


class _Unshared:
    """Tells which objects of our database a peer knows nothing of: what refers to them must not name them."""

    def __init__(self, tx: Transaction, peer: str) -> None:
        self._tx = tx
        everything = holdings_of(tx, peer, how=("pushed", "recalled", "pulled"))
        self._held = {one.source_id for one in everything} | {one.stix_id for one in everything}

    def __call__(self, ids: Collection[str]) -> list[str]:
        asked = [stix_id for stix_id in ids if stix_id not in self._held]
        return sorted(newest_anywhere(self._tx, asked))


class _Recall:
    """Revoking, there, what was pushed and may no longer be held because its marking was tightened."""

    def __init__(
        self, tx: Transaction, peer: Peer, own: frozenset[str], unshared: _Unshared, redactor: Redactor | None
    ) -> None:
        self._tx = tx
        self._peer = peer
        self._own = own
        self._unshared = unshared
        self._redactor = redactor

    def plan(self, result: Outgoing, here: Mapping[str, StixObject]) -> None:
        barred = {one.id: one for one in result.withheld if one.rule in ("marking", "reference", "newer-version")}
        for holding in self._latest():
            why = barred.get(holding.source_id)
            if why is None or holding.how == "recalled":
                continue
            item = here[holding.source_id]
            if "created" not in item:
                reason = "observables cannot be revoked"
            elif item.get("created_by_ref") not in self._own:
                reason = "only its creator can revoke it"
            else:
                revocation = self._revocation(holding, item)
                if revocation is not None:
                    result.items.append(revocation)
                    continue
                reason = "what was sent is not at hand"
            result.unrecallable.append((holding.source_id, f"{why.reason}; {reason}"))

    def _latest(self) -> Iterable[Holding]:
        latest: dict[str, Holding] = {}
        for holding in holdings_of(self._tx, self._peer.name):
            known = latest.get(holding.stix_id)
            if known is None or (holding.how == "recalled", holding.version) > (known.how == "recalled", known.version):
                latest[holding.stix_id] = holding
        return latest.values()

    def _revocation(self, holding: Holding, newest: StixObject) -> Item | None:
        """What was sent before, revoked: nothing that the peer does not have already is told."""
        body = version_body(self._tx, holding.source_id, holding.version)
        if body is None:
            return None
        old: StixObject = orjson.loads(body)
        gone = {uuid_of(stix_id) for stix_id in self._unshared(sorted(set(mentioned_ids(old)) - _markings(old)))}
        if not links(old).hard.isdisjoint(gone):
            return None
        old = without(old, gone)
        if self._redactor is not None:
            shaped, _ = self._redactor.apply([old], self._context(old))
            if self._redactor.refusal(old) or len(shaped) != 1:
                return None
            old = shaped[0]
        if old["id"] != holding.stix_id:
            return None
        moment = max(
            parse_timestamp(holding.version) + timedelta(milliseconds=1), parse_timestamp(str(newest["modified"]))
        )
        return _item({**old, "modified": format_timestamp(moment), "revoked": True}, newest, "recalled")

    def _context(self, item: StixObject) -> list[StixObject]:
        bodies = newest_anywhere(self._tx, set(mentioned_ids(item)))
        return [orjson.loads(found[0][1]) for found in bodies.values()]


def _markings(item: Mapping[str, object]) -> set[str]:
    return set(marking_ids(item))


def _people(database: Database) -> list[StixObject]:
    """Everything in our database in which personal values stand, to recognise them in texts."""
    with database.read() as tx:
        numbers = [collection.number for collection in list_collections(tx)]
    return [stored.parse() for number in numbers for stored in iter_objects(database, number, types=PERSONAL_TYPES)]


def _version(item: Mapping[str, object]) -> str:
    text = str(item.get("modified") or item.get("created") or "")
    return parse_timestamp(text).isoformat(timespec="microseconds") if text else ""
