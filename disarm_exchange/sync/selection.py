"""Which objects of our collections may go to a peer: decided over all of them, a part at a time, notes on disk.

A decision about one object may hang on any other: what needs a withheld object stays, a technique goes only when
something that goes uses it, a row of evidence may quote a withheld account. So the parts are judged in turn, each
with what is noted of all others, until a whole turn changes nothing. Objects are withheld and never let go again
on the way, so that comes to an end; objects are judged before what refers to them, so mostly in the second turn.

After a complete push only what is new is looked at, and what hangs together with it: what mentions it and stayed home
so far, and what it mentions that is not there yet. Everything is looked at when the policy has changed, and when
something that the peer holds has to be called back (`NeedsAllError`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import orjson

from disarm_exchange.policy import Released, SharingPolicy, Withheld
from disarm_exchange.policy.evidence import quotes_evidence
from disarm_exchange.policy.matcher import Matcher
from disarm_exchange.policy.personal import PERSONAL_TYPES
from disarm_exchange.policy.redactor import depends_on_ids
from disarm_exchange.policy.references import mentioned_ids
from disarm_exchange.policy.release import is_definition, is_vocabulary, quotable_values, uses
from disarm_exchange.policy.sharing import Sharing
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store import Database, iter_objects
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.pushing import (
    Newest,
    bodies_at,
    has_held_mentioner,
    held_of,
    iter_newest,
    iter_unheld_observables,
    known_ids,
    mentioners_of,
    newest_of,
)
from disarm_exchange.sync.notes import Looked, Notes
from disarm_exchange.taxii.client.push import rank_of

PART = 500
"""Objects in memory at a time."""

_ID = re.compile(rb"[a-z0-9-]{1,250}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LISTS = ("report", "grouping", "note")
_BARRED = ("marking", "reference")

Shaped = tuple[StixObject, StixObject]
"""An object in the form in which it goes, and the one here that it was made from."""


class NeedsAllError(Exception):
    """What is new cannot be judged by itself: everything has to be looked at."""


class Selection:
    """One decision; make it with `decided`, and use it in a `with` block.

    Attributes:
        sharing: the policy at work.
        notes: what was decided.

    Args:
        database: ours.
        peer: the recipient's name.
        policy: what may leave for it.
        sources: numbers of our collections.
        now: for filters by age.
        since: by collection, up to where everything was considered before; None: look at everything.
        failed: ids of objects that the recipient did not take before.
    """

    def __init__(
        self,
        database: Database,
        peer: str,
        policy: SharingPolicy,
        sources: Sequence[int],
        *,
        now: datetime,
        since: Mapping[int, int] | None = None,
        failed: Collection[str] = (),
    ) -> None:
        self._database = database
        self._peer = peer
        self._sources = sources
        self._since = since
        self._failed = failed
        self.sharing = Sharing(policy, now=now, known=self._people() if policy.redaction is not None else ())
        self._reshapes = self.sharing.redactor is not None
        self._definitions = {str(item["id"]): item for item in self._all(("marking-definition",), self._collections())}
        self._quotes: Matcher[None] | None = None
        """Finds values of withheld observables, which rows of evidence must not quote; made when it is needed."""
        self._quotes_known = since is None
        self.notes = Notes()

    def __enter__(self) -> Selection:
        """The decision itself."""
        return self

    def decided(self) -> Selection:
        """The decision, made.

        Raises:
            NeedsAllError: see there; then it is closed.
        """
        try:
            self._gather()
            self._settle()
            if self._since is not None:
                self._refuse_recalls()
        except BaseException:
            self.notes.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Forget the notes."""
        self.notes.close()

    @property
    def looks_at_all(self) -> bool:
        """Whether everything was looked at."""
        return self._since is None

    def parts(self) -> Iterator[list[Shaped]]:
        """What may go, in the order of sending, in the form in which it goes."""
        for looked in self.notes.windows(PART):
            items = self.load(looked)
            context = self._context(items) if self._reshapes else []
            released = self._judge_part(items, context, passed=True)
            shaped, sources = self.sharing.shape(released.objects, context)
            yield list(zip(shaped, sources, strict=True))

    def load(self, looked: Iterable[Looked]) -> list[StixObject]:
        """The objects themselves, in order; one that was deleted meanwhile is left out."""
        places = [(one.collection, one.date_added) for one in looked]
        with self._database.read() as tx:
            bodies = bodies_at(tx, places)
        return [orjson.loads(bodies[place]) for place in places if place in bodies]

    def withheld_among(self, ids: Collection[str]) -> list[str]:
        """Which of these objects of ours the recipient is not to know of."""
        noted = self.notes.among(ids)
        outside = [stix_id for stix_id in ids if stix_id not in noted]
        return sorted({*self.notes.withheld_among(ids), *(self.unknown_to_peer(outside) if outside else ())})

    def unknown_to_peer(self, ids: Collection[str]) -> set[str]:
        """Which of these objects of ours the recipient never had."""
        with self._database.read() as tx:
            held = held_of(tx, self._peer, ids)
            return known_ids(tx, [stix_id for stix_id in ids if stix_id not in held])

    # what is looked at

    def _gather(self) -> None:
        if self._since is None:
            for number in self._sources:
                self._note(iter_newest(self._database, number))
            return
        fresh: list[str] = []
        for number in self._sources:
            for one in iter_newest(self._database, number, after=self._since.get(number, 0)):
                if one.version is None and one.changed:
                    raise NeedsAllError  # rows of evidence that quote it may go now, or no longer
                self._note([one])
                fresh.append(one.stix_id)
                if len(fresh) >= PART:
                    self._note_neighbours(fresh)
                    fresh = []
        with self._database.read() as tx:
            failed = newest_of(tx, self._sources, self._failed)
        if {one.stix_id for one in failed} != set(self._failed):
            raise NeedsAllError  # it went under an id that is not ours
        self._note(failed)
        self._note_neighbours([*fresh, *(one.stix_id for one in failed)])

    def _note(self, found: Iterable[Newest]) -> None:
        self.notes.add((one, rank_of(one.type)) for one in found)

    def _note_neighbours(self, ids: list[str]) -> None:
        """Note what hangs together with these objects and is not there yet, in its newest version."""
        while ids:
            part, ids = ids[:PART], ids[PART:]
            with self._database.read() as tx:
                around = mentioners_of(tx, self._sources, part)
                bodies = bodies_at(tx, self.notes.places(part)).values()
                mentioned = {found.decode() for body in bodies for found in _ID.findall(body)}
                around += newest_of(tx, self._sources, mentioned)
                found = {one.stix_id: one for one in around}
                noted = self.notes.among(found)
                held = held_of(tx, self._peer, found.keys() - noted)
            missing = [one for key, one in found.items() if key not in noted and not _is_held(one, held.get(key, ()))]
            self._note(missing)
            ids += [one.stix_id for one in missing]

    # what is decided

    def _settle(self) -> None:
        passed = False
        while True:
            while self._judge(passed=passed):
                passed = True
            passed = True
            if not self._drop_unused():
                return

    def _judge(self, *, passed: bool) -> bool:
        """One turn; whether it changed anything."""
        changed = False
        self.notes.forget_uses()
        self._quotes = None
        for looked in self.notes.windows(PART):
            items = self.load(looked)
            if not self._quotes_known and any(quotes_evidence(item) for item in items):
                self._learn_quotes()
                changed = True
            context = self._context(items) if self._reshapes else []
            released = self._judge_part(items, context, passed=passed)
            if released.withheld:
                changed = bool(self.notes.withhold(released.withheld)) or changed
                gone = {one.id for one in released.withheld}
                self.notes.tell(value for item in items if item.get("id") in gone for value in quotable_values(item))
            self._note_uses(released.objects)
        return changed

    def _judge_part(self, items: list[StixObject], context: list[StixObject], *, passed: bool) -> Released:
        return self.sharing.judge(
            items,
            context=context,
            definitions=self._definitions,
            elsewhere=self.withheld_among,
            quoted=self._is_quoted,
            keep_unused=True,
            passed=passed,
        )

    def _is_quoted(self, text: str) -> bool:
        if self._quotes is None:
            self._quotes = Matcher((value, None) for value in self.notes.told())
        return self.notes.is_told(text) or any(self._quotes.find(text))

    def _learn_quotes(self) -> None:
        """The values of observables that are not there: those that are not looked at now must not be quoted."""
        self._quotes_known = True
        for number in self._sources:
            for stix_id, body in iter_unheld_observables(self._database, self._peer, number):
                if not self.notes.among([stix_id]):
                    self.notes.tell(quotable_values(orjson.loads(body)))

    def _note_uses(self, goes: Iterable[StixObject]) -> None:
        least = self._least_waiting()
        used: set[str] = set()
        waiting: list[tuple[str, int]] = []
        for item in goes:
            kind = 2 if is_definition(item) or self.sharing.follows(item) else int(is_vocabulary(item))
            if kind:
                waiting.append((str(item["id"]), kind))
            if kind < least:
                used |= uses(item) - {str(item["id"]).rpartition("--")[2].lower()}
        self.notes.wait(waiting)
        self.notes.use(used)

    def _least_waiting(self) -> int:
        """Shared vocabulary waits to be used once anything is withheld; after the first push that is assumed."""
        return 1 if self._since is not None or self.notes.count(withheld=True) else 2

    def _drop_unused(self) -> bool:
        """Withhold what waits for something to use it, and nothing does; whether there was such a thing."""
        least = self._least_waiting()
        self._use_what_is_there(least)
        while looked := self.notes.newly_used(least, PART):
            self.notes.use({uuid for item in self.load(looked) for uuid in uses(item)})
        dropped = 0
        for looked in self.notes.windows(PART, where=self.notes.unused(least)):
            dropped += self.notes.withhold(
                Withheld(one.id, one.version or "", "unused", "nothing that goes out uses it") for one in looked
            )
        return dropped > 0

    def _use_what_is_there(self, least: int) -> None:
        """What the peer holds, or what something that it holds uses, is used, though that is not looked at now."""
        if self._since is None:
            return
        for looked in self.notes.windows(PART, where=self.notes.unused(least)):
            ids = [one.id for one in looked]
            with self._database.read() as tx:
                held = held_of(tx, self._peer, ids)
                there = [
                    stix_id
                    for stix_id in ids
                    if any(how != "recalled" for _, how, _ in held.get(stix_id, ()))
                    or has_held_mentioner(tx, self._peer, self._sources, stix_id, but=_LISTS)
                ]
            self.notes.use([stix_id.rpartition("--")[2].lower() for stix_id in there])

    def _refuse_recalls(self) -> None:
        """What must be called back may be needed by anything else that is there.

        Raises:
            NeedsAllError: there is such an object.
        """
        barred: list[str] = []
        for one in self.notes.withheld():
            if one.rule in _BARRED:
                barred.append(one.id)
        for start in range(0, len(barred), PART):
            with self._database.read() as tx:
                held = held_of(tx, self._peer, barred[start : start + PART])
            for versions in held.values():
                hows = {how for _, how, _ in versions}
                if "pushed" in hows and "recalled" not in hows:
                    raise NeedsAllError

    # what is needed beside the objects themselves

    def _context(self, items: Sequence[StixObject]) -> list[StixObject]:
        """What goes or went to the peer and these objects refer to: redaction may have given it another id."""
        known = {str(item["id"]) for item in items}
        found: list[StixObject] = []
        asking = {ref for item in items for ref in mentioned_ids(item)} - known
        while asking:
            known |= asking
            wanted = asking.difference(self.withheld_among(sorted(asking)))
            with self._database.read() as tx:
                places = {one.stix_id: (one.collection, one.date_added) for one in newest_of(tx, self._sources, wanted)}
                bodies = bodies_at(tx, places.values())
            more: list[StixObject] = [orjson.loads(body) for body in bodies.values()]
            found += more
            asking = {ref for item in more if depends_on_ids(item) for ref in mentioned_ids(item)} - known
        return found

    def _collections(self) -> list[int]:
        with self._database.read() as tx:
            return [collection.number for collection in list_collections(tx)]

    def _all(self, types: Sequence[str], numbers: Iterable[int]) -> Iterator[StixObject]:
        for number in numbers:
            for stored in iter_objects(self._database, number, types=types):
                yield stored.parse()

    def _people(self) -> Iterator[StixObject]:
        """Everything in our database in which personal values stand, and what of them is public."""
        yield from self._all(PERSONAL_TYPES, self._collections())
        yield from self._all(("domain-name",), self._sources)


def _is_held(one: Newest, held: Iterable[tuple[str, str, int]]) -> bool:
    """Whether a peer holds exactly this; of an object without versions, whether it was sent after it came."""
    if any(how == "recalled" for _, how, _ in held):
        return False
    if one.version is not None:
        return any(version == one.version for version, _, _ in held)
    return any(at >= one.date_added for _, _, at in held) and not one.changed
