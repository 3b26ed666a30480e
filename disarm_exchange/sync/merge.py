"""Taking over what a peer sends: who may revise an object, and what becomes of edits by others.

Only the creator of an object revises it (STIX 2.1 section 3.6.2). A version by somebody else is a conflict on record,
never an overwrite. A newer version of the same creator wins. A revoked object stays revoked (section 3.6.3): whatever
order its versions come in, the revocation wins. Observables have neither creator nor versions; they are taken as they
come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import ColumnElement, select

from disarm_exchange.policy import sharing_level
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.store import Collection, Incoming, Outcome, Transaction, add_objects, read_object
from disarm_exchange.store.clock import from_text
from disarm_exchange.store.peers import Conflict, newest_anywhere, note_conflicts, recalled_versions
from disarm_exchange.store.recalls import recalled_contents
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions


class Fate(Enum):
    """What becomes of a received object version."""

    TAKE = "take"
    FOREIGN_EDIT = "foreign-edit"
    CLAIMS_TO_BE_OURS = "claims-to-be-ours"
    RISEN = "risen"


_WORDS = {
    Fate.FOREIGN_EDIT: "another creator than the object has",
    Fate.CLAIMS_TO_BE_OURS: "says that we created it, and we did not",
    Fate.RISEN: "newer than its revocation, and not revoked",
}


@dataclass(slots=True)
class Merged:
    """What became of some received objects; the first four count object versions, each in one of them.

    Attributes:
        new: of objects that were not here.
        updated: of objects that were.
        revoked: revocations of objects that were here.
        unchanged: here already.
        conflicts: on record for the first time.
        refused: all in conflict, on record before or not, and what was erased here.
        size: bytes of what is kept and was not here.
    """

    new: int = 0
    updated: int = 0
    revoked: int = 0
    unchanged: int = 0
    conflicts: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


def judge(item: Mapping[str, object], winner: Mapping[str, object] | None, own: frozenset[str]) -> Fate:
    """What becomes of a received object.

    Args:
        item: as received.
        winner: the version of the object that counts here; None: we do not have the object.
        own: STIX ids of our own organisation.
    """
    if "created" not in item:
        return Fate.TAKE
    creator = item.get("created_by_ref")
    ours = creator in own
    if winner is None:
        return Fate.CLAIMS_TO_BE_OURS if ours else Fate.TAKE
    if creator != winner.get("created_by_ref"):
        return Fate.FOREIGN_EDIT
    newer = _version(item) > _version(winner)
    if ours and newer:
        return Fate.CLAIMS_TO_BE_OURS
    if newer and winner.get("revoked") is True and item.get("revoked") is not True:
        return Fate.RISEN
    return Fate.TAKE


def winner_of(versions: Iterable[StixObject]) -> StixObject | None:
    """The version that counts: a revoked one before others, then the newest."""
    return max(versions, key=lambda item: (item.get("revoked") is True, _version(item)), default=None)


def merge(
    tx: Transaction,
    into: Collection,
    received: Sequence[Incoming],
    *,
    peer: str,
    own: frozenset[str],
    senders: Mapping[str, str] | None = None,
    inboxes: frozenset[int] = frozenset(),
) -> Merged:
    """Take received objects over into a collection, and put conflicts on record.

    Args:
        tx: the writing transaction.
        into: where to.
        received: in the order received.
        peer: who sent them.
        own: STIX ids of our own organisation.
        senders: by identity the peer that is that organisation itself: its objects are taken from that peer and from
            nobody else, so that nobody can speak in its name; where there are two contents of one version, its counts.
        inboxes: numbers of collections of ours that peers write to: what is there is not taken over yet.
    """
    result = Merged()
    known = _Known(tx, {item.stix_id for item in received}, inboxes)
    found: list[Conflict] = []
    taken = _sift(tx, into, received, known, _Terms(peer, own, senders or {}), result, found)
    here = set(known.ids)
    erased: list[tuple[str, str]] = []
    stored = add_objects(tx, into.number, taken, source=f"peer:{peer}", level_of=sharing_level)
    for one, fate in zip(taken, stored, strict=True):
        outcome = fate.outcome
        if outcome is Outcome.CONFLICTING and (senders or {}).get(str(one.item.get("created_by_ref"))) == peer:
            found += _replace(tx, into, one, peer)
            outcome = Outcome.ADDED
        if outcome is Outcome.ADDED:
            result.size += len(one.body)
        if outcome is Outcome.CONFLICTING:
            found.append(_conflict(one, peer, "two-contents", "this version is here with other content"))
        elif outcome is Outcome.ERASED:
            erased.append((one.stix_id, "it was erased here, and is not taken again"))
        elif outcome is Outcome.REPEATED:
            result.unchanged += 1
        elif one.stix_id not in here:
            result.new += 1
            here.add(one.stix_id)
        elif one.item.get("revoked") is True:
            result.revoked += 1
        else:
            result.updated += 1
    result.refused = erased + [(one.stix_id, f"{one.kind}: {one.reason}") for one in found]
    result.conflicts = note_conflicts(tx, found)
    if result.conflicts:
        result.size += sum(len(conflict.body) for conflict in found)
    return result


@dataclass(frozen=True, slots=True)
class _Terms:
    peer: str
    own: frozenset[str]
    senders: Mapping[str, str]

    def speaks_for(self, creator: object) -> bool:
        """Whether objects of that creator may come from the peer."""
        return self.senders.get(str(creator), self.peer) == self.peer

    def is_creator(self, creator: object) -> bool:
        """Whether the peer is known to be that creator."""
        return self.senders.get(str(creator)) == self.peer


def _sift(
    tx: Transaction,
    into: Collection,
    received: Sequence[Incoming],
    known: _Known,
    terms: _Terms,
    result: Merged,
    found: list[Conflict],
) -> list[Incoming]:
    """What is to be stored; conflicts go to `found`, what is here already is counted."""
    taken: list[Incoming] = []
    for one in received:
        winner = known.winner(one.stix_id)
        fate = judge(one.item, winner, terms.own)
        ours = winner is not None and one.item.get("created_by_ref") in terms.own
        if not terms.speaks_for(one.item.get("created_by_ref")):
            result.unchanged += 1  # it comes from its creator
        elif known.is_our_recall(one) and not terms.is_creator(one.item.get("created_by_ref")):
            result.unchanged += 1  # it comes back to us
        elif fate is not Fate.TAKE:
            found.append(_conflict(one, terms.peer, fate.value, _WORDS[fate]))
        elif known.has_elsewhere(one, into.number) or (ours and known.has(one)):
            result.unchanged += 1
        elif ours and winner is not None and _version(winner) == _version(one.item):
            found.append(_conflict(one, terms.peer, "two-contents", "our own object with other content"))
        elif ours:
            result.unchanged += 1  # an old version of our own
        else:
            if winner is not None and one.item.get("revoked") is True and _version(winner) > _version(one.item):
                found += _demote(tx, into, one, terms.peer)
            known.add(one)
            taken.append(one)
    return taken


class _Known:
    """What is stored of some objects, in all collections, and what is being taken over."""

    def __init__(self, tx: Transaction, ids: Iterable[str], inboxes: frozenset[int]) -> None:
        self._winners: dict[str, StixObject] = {}
        self._places: dict[tuple[str, bytes], set[int]] = {}
        for stix_id, bodies in newest_anywhere(tx, ids).items():
            read = [(number, read_object(body)) for number, body in bodies if number not in inboxes]
            for number, one in read:
                self._places.setdefault((stix_id, one.digest), set()).add(number)
            winner = winner_of(one.item for _, one in read)
            if winner is not None:
                self._winners[stix_id] = winner
        self.ids = frozenset(self._winners)
        self._recalls = recalled_contents(tx, self.ids)
        self._pushed_recalls = recalled_versions(tx, self.ids)

    def winner(self, stix_id: str) -> StixObject | None:
        return self._winners.get(stix_id)

    def is_our_recall(self, one: Incoming) -> bool:
        """Whether we made it ourselves, to call the object back from somebody."""
        if one.item.get("revoked") is not True:
            return False
        return (one.stix_id, one.digest) in self._recalls or (one.stix_id, one.version) in self._pushed_recalls

    def has(self, one: Incoming) -> bool:
        """Whether this very content is the newest in some collection."""
        return (one.stix_id, one.digest) in self._places

    def has_elsewhere(self, one: Incoming, number: int) -> bool:
        """Whether this very content is in another collection, and not in that one."""
        places = self._places.get((one.stix_id, one.digest), set())
        return bool(places) and number not in places

    def add(self, one: Incoming) -> None:
        before = self._winners.get(one.stix_id)
        winner = one.item if before is None else winner_of([before, one.item])
        if winner is not None:
            self._winners[one.stix_id] = winner


def _demote(tx: Transaction, into: Collection, revocation: Incoming, peer: str) -> list[Conflict]:
    """Put versions that are newer than a revocation aside: a revoked object does not rise."""
    assert revocation.version is not None
    columns = object_versions.c
    newer = columns.version_at > from_text(revocation.version)
    return _put_aside(tx, into, revocation.stix_id, newer, peer, Fate.RISEN.value, _WORDS[Fate.RISEN])


def _replace(tx: Transaction, into: Collection, right: Incoming, peer: str) -> list[Conflict]:
    """Put the content of a version aside that is not its creator's, and take the creator's."""
    assert right.version is not None
    same = object_versions.c.version_at == from_text(right.version)
    aside = _put_aside(tx, into, right.stix_id, same, peer, "two-contents", "its creator has another content")
    add_objects(tx, into.number, [right], source=f"peer:{peer}", level_of=sharing_level)
    return aside


def _put_aside(
    tx: Transaction, into: Collection, stix_id: str, chosen: ColumnElement[bool], peer: str, kind: str, reason: str
) -> list[Conflict]:
    columns = object_versions.c
    mine = (columns.collection == into.number) & (columns.stix_id == stix_id) & chosen
    # a version may have several rows
    bodies = dict.fromkeys(bytes(body) for body in tx.connection.execute(select(columns.body).where(mine)).scalars())
    delete_versions(tx, into.number, stix_id, chosen)
    return [_conflict(read_object(body), peer, kind, reason) for body in bodies]


def _conflict(one: Incoming, peer: str, kind: str, reason: str) -> Conflict:
    return Conflict(peer, one.stix_id, one.version or "", kind, reason, one.digest, one.body)


def _version(item: Mapping[str, object]) -> str:
    """Something by which versions of one object compare."""
    text = str(item.get("modified") or item.get("created") or "")
    try:
        return parse_timestamp(text).isoformat(timespec="microseconds") if text else ""
    except ValueError:
        return text
