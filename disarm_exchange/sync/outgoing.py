"""What would go to a peer now: decided by its policy, less what it holds already, plus what has to be recalled.

Nothing here sends or writes; `share preview` shows a plan, `push_peer` carries it out. A plan comes in parts, in the
order of sending, so that memory does not grow with what there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.policy import SharingPolicy, Withheld
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Collection as StoredCollection
from disarm_exchange.store import Database, Transaction, clock, find_collection, read_object
from disarm_exchange.store.peers import Holding, held_versions, list_failed_ids, newest_anywhere, push_mark
from disarm_exchange.store.pushing import held_of
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.notes import Notes
from disarm_exchange.sync.recall import iter_recalls
from disarm_exchange.sync.remarks import Remarks
from disarm_exchange.sync.selection import PART, NeedsAllError, Selection
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
        to: the collection there that it goes to.
    """

    parcel: Parcel
    source: StixObject
    holding: Holding
    changed: bool
    to: str = ""


@dataclass(slots=True)
class Outgoing:
    """A plan for one peer. The counts are right once `parts` has come to its end.

    Attributes:
        considered: objects looked at.
        held: how many of them may go and are there already.
        theirs: how many may go and are the peer's own.
        unaddressed: how many may go and have nowhere to go: the peer takes only feedback on its own objects.
        withheld: how many stay.
        stays_there: how many a filter keeps home now, and the peer has from before.
        refused: what may go and is not valid: (id, reason).
        unrecallable: what the peer should no longer hold and we cannot take back: (id, reason).
        idle: nothing has changed since the last complete push, so nothing was looked at.
    """

    database: Database
    peer: Peer
    policy: SharingPolicy
    own: frozenset[str]
    now: datetime
    sources: list[StoredCollection]
    since: dict[int, int] | None
    failed: list[str]
    begun: int
    """When it was made, in microseconds of the store's clock."""
    idle: bool = False
    considered: int = 0
    held: int = 0
    theirs: int = 0
    unaddressed: int = 0
    withheld: int = 0
    stays_there: int = 0
    refused: Remarks = field(default_factory=Remarks)
    unrecallable: Remarks = field(default_factory=Remarks)

    @property
    def marks(self) -> list[tuple[int, int]]:
        """Up to where each of our collections is considered: (number, date_added)."""
        return [(source.number, source.last_date_added) for source in self.sources]

    @property
    def terms(self) -> str:
        """A fingerprint of what the decision rests on beside our objects; when it changes, all is looked at again."""
        peer = self.peer
        parts = (self.policy.fingerprint, peer.push, peer.feedback, *sorted(peer.identities), "", *sorted(self.own))
        return blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()

    def parts(self) -> Iterator[list[Item]]:
        """What is to go, revocations of recalled objects last; at most a few hundred at a time.

        Things come before relationships, relationships before what tells about them.
        """
        yield from (items for _, items in self.decisions(staying=False) if items)

    def decisions(self, *, staying: bool = True) -> Iterator[tuple[list[Withheld], list[Item]]]:
        """What is to stay, each with the rule that decided, and then what is to go; a few hundred of either at a time.

        Args:
            staying: whether what stays is wanted.
        """
        if self.idle:
            return
        try:
            selection = self._select(self.since)
        except NeedsAllError:
            selection = self._select(None)
        with selection:
            self.considered = selection.notes.count()
            self.withheld = selection.notes.count(withheld=True)
            withheld = selection.notes.withheld()
            while some := list(islice(withheld, PART)):
                self._count_there(one.id for one in some if one.rule == "filter")
                if staying:
                    yield some, []
            for shaped in selection.parts():
                items = self._choose(shaped, selection.notes)
                if items:
                    yield [], items
            if selection.looks_at_all:
                for items in self._recalls(selection):
                    yield [], items

    def _count_there(self, filtered: Iterable[str]) -> None:
        with self.database.read() as tx:
            held = held_of(tx, self.peer.name, list(filtered))
        hows = [{how for _, how, _ in versions} for versions in held.values()]
        self.stays_there += sum("pushed" in how and "recalled" not in how for how in hows)

    def _select(self, since: dict[int, int] | None) -> Selection:
        numbers = [source.number for source in self.sources]
        return Selection(
            self.database,
            self.peer.name,
            self.policy,
            numbers,
            now=self.now,
            since=since,
            failed=self.failed,
        ).decided()

    def _choose(self, shaped: Iterable[tuple[StixObject, StixObject]], notes: Notes) -> list[Item]:
        """Of what may go, what is not there yet, and is valid in the form in which it goes.

        Args:
            shaped: objects as they go, and as they are here.
            notes: know the reshaped ones that went before in this plan: different people may have become alike.
        """
        candidates: list[Item] = []
        for item, source in shaped:
            if source.get("created_by_ref") in self.peer.identities:
                self.theirs += 1
            else:
                candidates.append(_item(item, source, "pushed"))
        with self.database.read() as tx:
            held = held_versions(tx, self.peer.name, {one.holding.stix_id for one in candidates})
        items: list[Item] = []
        for one in candidates:
            key = (one.holding.stix_id, one.holding.version)
            if key in held or (one.changed and not notes.is_first(*key)):
                self.held += 1
                continue
            reason = invalid(one.parcel.raw)
            if reason:
                self.refused.append((str(one.source["id"]), reason))
            else:
                items.append(one)
        return self._addressed(items)

    def _addressed(self, items: list[Item]) -> list[Item]:
        """Each with the collection there that it goes to; without those that have none."""
        feedback: set[int] = set()
        if self.peer.feedback:
            with self.database.read() as tx:
                feedback = for_feedback(tx, items, self.peer)
        targets = [self.peer.feedback if place in feedback else self.peer.push for place in range(len(items))]
        self.unaddressed += targets.count(None)
        return [replace(item, to=target) for item, target in zip(items, targets, strict=True) if target]

    def _recalls(self, selection: Selection) -> Iterator[list[Item]]:
        items: list[Item] = []
        for found in iter_recalls(self.database, self.peer.name, self.own, selection):
            if isinstance(found.revocation, str):
                self.unrecallable.append((found.source_id, found.revocation))
                continue
            items.append(_item(found.revocation, found.newest, "recalled", found.source_id))
            if len(items) >= PART:
                yield self._addressed(items)
                items = []
        if items:
            yield self._addressed(items)


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
    with database.read() as tx:
        sources = [_collection(tx, name) for name in peer.sources]
        before = [push_mark(tx, peer.name, source.number) for source in sources]
        failed = list_failed_ids(tx, peer.name)
    outgoing = Outgoing(database, peer, policy, own, now, sources, None, failed, clock.now())
    if preview:
        return outgoing
    known = [mark for mark in before if mark is not None and mark[1] == outgoing.terms]
    if len(known) == len(sources):
        outgoing.since = {source.number: mark[0] for source, mark in zip(sources, known, strict=True)}
    outgoing.idle = not failed and before == [(date_added, outgoing.terms) for _, date_added in outgoing.marks]
    return outgoing


def for_feedback(tx: Transaction, items: Sequence[Item], peer: Peer) -> set[int]:
    """Which items say something about the peer's own objects, and so belong into its feedback collection.

    Args:
        tx: a transaction of ours.
        items: that are to go.
        peer: the recipient.

    Returns:
        Their places in the sequence.
    """
    about: dict[int, list[str]] = {}
    for place, item in enumerate(items):
        if item.source.get("type") in FEEDBACK_TYPES and item.source.get("created_by_ref") not in peer.identities:
            refs = item.source.get("object_refs")
            told = [*(refs if isinstance(refs, list) else []), item.source.get("sighting_of_ref")]
            about[place] = [str(ref) for ref in told if ref]
    wanted = {ref for refs in about.values() for ref in refs}
    theirs = {
        stix_id
        for stix_id, bodies in (newest_anywhere(tx, wanted) if wanted else {}).items()
        if any(orjson.loads(body).get("created_by_ref") in peer.identities for _, body in bodies)
    }
    return {place for place, refs in about.items() if not theirs.isdisjoint(refs)}


def _collection(tx: Transaction, name: str) -> StoredCollection:
    found = find_collection(tx, name)
    if found is None:
        raise UserError(f"no collection {name!r} in our database", fix="check `from` of the peer, or make it")
    return found


def _item(item: StixObject, source: StixObject, how: str, source_id: str | None = None) -> Item:
    raw = orjson.dumps(item)
    read = read_object(raw)
    holding = Holding(read.stix_id, read.version or read.digest.hex(), source_id or str(source["id"]), how)
    return Item(parcel(item, raw), source, holding, changed=item is not source)


def invalid(raw: bytes) -> str:
    """Why an object is not valid STIX; empty when it is."""
    for issue in check_object(raw, profile="stix"):
        if issue.severity is Severity.ERROR:
            return f"{issue.code} {issue.pointer or 'object'}: {issue.reason}"
    return ""
