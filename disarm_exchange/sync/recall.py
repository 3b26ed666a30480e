"""Calling back, from a peer, what was pushed and may no longer be held there because a marking was tightened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from disarm_exchange.policy import marking_ids
from disarm_exchange.policy.references import links, mentioned_ids, uuid_of, without
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.recalling import recall_of
from disarm_exchange.store import Database
from disarm_exchange.store.peers import Holding, newest_anywhere, version_body
from disarm_exchange.store.pushing import bodies_at, iter_holdings
from disarm_exchange.sync.selection import Selection


@dataclass(frozen=True, slots=True)
class Recall:
    """Something that the peer should no longer hold.

    Args:
        source_id: the object here.
        newest: as it is here now.
        revocation: to be sent, or in words why it cannot be called back.
    """

    source_id: str
    newest: StixObject
    revocation: StixObject | str


def iter_recalls(database: Database, peer: str, own: frozenset[str], selection: Selection) -> Iterator[Recall]:
    """What is to be called back from a peer: what it holds and a marking now withholds, itself or what it needs.

    What a filter keeps home is not called back: it may be known there, it is only not wanted any more.

    Args:
        database: ours.
        peer: its name.
        own: STIX ids of our own organisation; nobody else can revoke its objects.
        selection: that looked at everything.
    """
    barred = _Barred(database, selection)
    for holding in _latest(iter_holdings(database, peer)):
        reason = None if holding.how == "recalled" else barred.reason(holding.source_id)
        if reason is None:
            continue
        newest = barred.newest(holding.source_id)
        if newest is None:
            continue
        if "created" not in newest:
            told: StixObject | str = "observables cannot be revoked"
        elif newest.get("created_by_ref") not in own:
            told = "only its creator can revoke it"
        else:
            told = _revocation(database, selection, holding, newest) or "what was sent is not at hand"
        if isinstance(told, str):
            told = f"{reason}; {told}"
        yield Recall(holding.source_id, newest, told)


class _Barred:
    """Tells what is withheld because of a marking."""

    def __init__(self, database: Database, selection: Selection) -> None:
        self._database = database
        self._notes = selection.notes
        self._notes.note_mild()

    def reason(self, stix_id: str) -> str | None:
        """Why the object must not be held; None: it may be."""
        verdict = self._notes.verdict(stix_id)
        if verdict is None or verdict[0] not in ("marking", "reference"):
            return None
        return None if verdict[0] == "reference" and self._is_mild(stix_id, frozenset()) else verdict[1]

    def _is_mild(self, stix_id: str, above: frozenset[str]) -> bool:
        """Whether all that it needs and cannot have is only filtered out."""
        if self._notes.is_mild(stix_id):
            return True
        verdict, item = self._notes.verdict(stix_id), self.newest(stix_id)
        if verdict is None or verdict[0] != "reference" or item is None or stix_id in above:
            return False
        needs = links(item)
        lost = self._notes.withheld_ids(needs.hard.union(*needs.groups))
        if not lost or not all(self._is_mild(one, above | {stix_id}) for one in lost):
            return False
        self._notes.set_mild(stix_id)
        return True

    def newest(self, stix_id: str) -> StixObject | None:
        place = self._notes.place(stix_id)
        if place is None:
            return None
        with self._database.read() as tx:
            body = bodies_at(tx, [place]).get(place)
        return None if body is None else orjson.loads(body)


def _latest(holdings: Iterable[Holding]) -> Iterator[Holding]:
    """Of each object what the peer holds last; they come sorted by id. What was recalled stays so."""
    latest: Holding | None = None
    for one in holdings:
        if latest is not None and latest.stix_id != one.stix_id:
            yield latest
            latest = None
        if latest is None or (one.how == "recalled", one.version) > (latest.how == "recalled", latest.version):
            latest = one
    if latest is not None:
        yield latest


def _revocation(database: Database, selection: Selection, holding: Holding, newest: StixObject) -> StixObject | None:
    """What was sent before, revoked: nothing that the peer does not have already is told."""
    with database.read() as tx:
        body = version_body(tx, holding.source_id, holding.version)
    if body is None:
        return None
    old: StixObject = orjson.loads(body)
    gone = {uuid_of(ref) for ref in selection.unknown_to_peer(sorted(set(mentioned_ids(old)) - set(marking_ids(old))))}
    if not links(old).hard.isdisjoint(gone):
        return None
    old = without(old, gone)
    redactor = selection.sharing.redactor
    if redactor is not None:
        with database.read() as tx:
            bodies = newest_anywhere(tx, set(mentioned_ids(old)))
        shaped, _ = redactor.apply([old], [orjson.loads(found[0][1]) for found in bodies.values()])
        if redactor.refusal(old) or len(shaped) != 1:
            return None
        old = shaped[0]
    if old["id"] != holding.stix_id:
        return None
    return recall_of(old, str(newest["modified"]))
