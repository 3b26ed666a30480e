"""Where a report or picture takes its objects from: a file, a store, or a case of the ledger; only what may be shown.

Whatever the source, every object passes through `policy.release`, so nothing above the ceiling gets into a picture, and
nothing in a picture tells that something stayed home. What stayed is for the operator alone (`Source.withheld`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance, EffectiveMarking, Withheld, effective_marking
from disarm_exchange.policy.release import decide
from disarm_exchange.report.kinds import META
from disarm_exchange.report.released import ReleasedObjects
from disarm_exchange.report.vocabulary import vocabulary_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.packed import PackedObjects
from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.store import Database, find_collection, iter_objects
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.ledger_reading import case_objects, find_case, list_cases, runs_of
from disarm_exchange.store.reader import count_newest

_SQLITE = b"SQLite format 3\0"
_STEP = 1000
"""Objects from one word about progress to the next."""
_CASE_TYPES = ("campaign", "intrusion-set", "incident")


@dataclass(frozen=True, slots=True)
class Unmarked:
    """How objects without any marking were treated, and who decided so: `by the person who made this`."""

    treated_as: Tlp
    decided: str = "by the person who made this"

    @property
    def sentence(self) -> str:
        """What everything that is made of such objects has to say."""
        return f"Objects without a marking were treated as {self.treated_as.label} {self.decided}."


@dataclass(frozen=True)
class Source:
    """What may be shown of a source, each object once.

    Attributes:
        objects: the newest version of each, in the order of the source; revoked ones are left out.
        revoked: ids of the objects whose newest version is revoked; what refers to one of them refers to nothing.
        withheld: what stays home, and why. For the operator's eyes only: never in a file.
        ceiling: the strictest marking that was let through.
        unmarked: how objects without a marking were treated; None: they stay home.
    """

    objects: ReleasedObjects
    revoked: frozenset[str]
    withheld: Sequence[Withheld]
    ceiling: Tlp
    unmarked: Unmarked | None = None

    @cached_property
    def by_id(self) -> Mapping[str, StixObject]:
        """The objects by id; for looking up a few of them."""
        return self.objects.by_id

    @cached_property
    def marking(self) -> Tlp:
        """The strictest marking on anything shown: what a banner has to say. CLEAR when nothing is shown."""
        marking_of = Markings(self)
        found = {marking_of(item) for item in self.objects} - {None}
        return max((tlp for tlp in found if tlp is not None), default=Tlp.CLEAR)

    @cached_property
    def note(self) -> str:
        """A sentence for banner and methods where something shown has no marking of its own; else empty."""
        marking_of = Markings(self)
        if self.unmarked is None or not any(marking_of.assumed(item) for item in self.objects):
            return ""
        return self.unmarked.sentence

    @property
    def holds_nothing(self) -> bool:
        """Whether nothing is left to show because of what stays home."""
        return bool(self.withheld) and all(item["type"] in META for item in self.objects)

    @cached_property
    def title(self) -> str:
        """What the objects are about, by what they say themselves: the one case, else how many there are."""
        named: dict[str, dict[str, None]] = {kind: {} for kind in _CASE_TYPES}
        for item in self.objects:
            if (names := named.get(str(item["type"]))) is not None and item.get("name"):
                names.setdefault(" ".join(str(item.get("name")).split()))
        for kind, names in named.items():
            if len(names) == 1:
                return next(iter(names))
            if names:
                return f"{len(names):,} {kind.replace('-', ' ')}s"
        return f"{len(self.objects):,} objects"


class Markings:
    """The strictest colour on each object of a source, worked out once for all that have the same markings."""

    def __init__(self, source: Source) -> None:
        self._definitions = {str(item["id"]): item for item in source.objects if item["type"] == "marking-definition"}
        self._known: dict[tuple[object, ...], EffectiveMarking] = {}
        self._unmarked = source.unmarked

    def __call__(self, item: StixObject) -> Tlp | None:
        """The colour of one object, or that which it was treated as having; None for definitions, which need none."""
        if self._unmarked is not None and self.assumed(item):
            return self._unmarked.treated_as
        return self._of(item).tlp

    def assumed(self, item: StixObject) -> bool:
        """Whether the object is shown although nothing on it says how far it may go."""
        return self._unmarked is not None and item["type"] not in META and self._of(item).is_unmarked

    def label(self, item: StixObject) -> str:
        """The colour in words; that of an object without marking says so. Empty for definitions."""
        tlp = self(item)
        if tlp is None:
            return ""
        return f"{tlp.label} (unmarked)" if self.assumed(item) else tlp.label

    def _of(self, item: StixObject) -> EffectiveMarking:
        refs = item.get("object_marking_refs", [])
        if "granular_markings" in item or not isinstance(refs, list):
            return effective_marking(item, self._definitions)
        key = tuple(map(str, refs))
        if key not in self._known:
            self._known[key] = effective_marking(item, self._definitions)
        return self._known[key]


def open_source(
    location: str | Path,
    *,
    collections: Sequence[str] = (),
    case: str | None = None,
    max_tlp: Tlp = Tlp.AMBER,
    unmarked_as: Tlp | None = None,
    on_step: OnStep = unwatched,
) -> Source:
    """Read a source.

    Args:
        location: a file of STIX objects (bundle, envelope, JSON Lines, also gzipped; `-` for standard input), or a
            database: an SQLite file or a `postgresql://` URL.
        collections: of a database: only these, by id or alias; all, by default.
        case: of a database: this case of its ledger, by name or id, instead of collections.
        max_tlp: the strictest marking that may be shown.
        unmarked_as: the colour that objects without any marking are treated as having; None: they stay home, unless
            the collections that they are in have one for them (`collection create --unmarked-as`).
        on_step: is told how far the reading is.

    Raises:
        UserError: there is no such source, it cannot be read, or something in it is no JSON object.
    """
    unmarked = Unmarked(unmarked_as) if unmarked_as is not None else None
    if _is_database(location):
        if unmarked is None and case is None:
            unmarked = _unmarked_of(location, collections)
        return source_of(_stored(location, collections, case, on_step), max_tlp=max_tlp, unmarked=unmarked)
    if collections or case is not None:
        raise UserError("is no database, so it has neither collections nor cases", where=str(location))
    return source_of(_stix_in(location, on_step), max_tlp=max_tlp, unmarked=unmarked)


def _stix_in(location: str | Path, on_step: OnStep) -> Iterator[StixObject]:
    """The objects of a file; an error at its end if none of them is STIX."""
    others = stix = 0
    for item in read_objects(location, on_step=on_step):
        if "type" in item and "id" in item:
            stix += 1
        else:
            others += 1
        yield item
    if others and not stix:
        fix = "findings are converted first: disarm-exchange convert FILE -o bundle.json"
        raise UserError("holds JSON, but no STIX objects", where=str(location), fix=fix)


def source_of(objects: Iterable[StixObject], *, max_tlp: Tlp = Tlp.AMBER, unmarked: Unmarked | None = None) -> Source:
    """What of some objects may be shown; of several versions of one the newest counts, as for `policy.release`."""
    packed = objects if isinstance(objects, PackedObjects) else PackedObjects(objects)
    decision = decide(packed, Clearance(max_tlp, unmarked=unmarked.treated_as if unmarked is not None else None))
    shown = ReleasedObjects(decision)
    return Source(shown, frozenset(shown.revoked), decision.withheld(), max_tlp, unmarked)


def _is_database(location: str | Path) -> bool:
    text = str(location)
    if "://" in text:
        return True
    if text == "-":
        return False
    try:
        with Path(location).open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False  # reading it as a file of objects says what is wrong


def _stored(location: str | Path, names: Sequence[str], case: str | None, on_step: OnStep) -> Iterator[StixObject]:
    with Database.open(location, create=False) as database:
        if case is not None:
            yield from _case(database, case)
            return
        with database.read() as tx:
            known = list_collections(tx)
            if not known and not names and (cases := list_cases(tx)):
                there = ", ".join(name for _, name, _ in cases)
                raise UserError("holds cases and no collections", where=str(location), fix=f"name a case: {there}")
            chosen = [find_collection(tx, name) for name in names] if names else known
            numbers = [collection.number for collection in chosen if collection is not None]
            total = None if on_step is unwatched else count_newest(tx, numbers)
        done = 0
        for name, collection in zip(names or [one.id for one in known], chosen, strict=True):
            if collection is None:
                there = ", ".join(one.alias or one.id for one in known) or "none"
                raise UserError(f"no collection {name!r} in the database", fix=f"there are: {there}")
            for stored in iter_objects(database, collection.number):
                done += 1
                if not done % _STEP:
                    on_step(Step("reading", done, total=total))
                yield stored.parse()


def _unmarked_of(location: str | Path, names: Sequence[str]) -> Unmarked | None:
    """How collections have objects without a marking treated, where all of them have: the strictest way of theirs."""
    with Database.open(location, create=False) as database, database.read() as tx:
        chosen = [find_collection(tx, name) for name in names] if names else list_collections(tx)
    levels = [None if one is None else one.unmarked_level for one in chosen]
    told = [level for level in levels if level is not None]
    if not told or len(told) < len(levels):
        return None
    return Unmarked(Tlp(max(told)), "as is set for their collection")


def _case(database: Database, name: str) -> Iterator[StixObject]:
    """What a case has exported, with the shared vocabulary that the ledger does not keep."""
    with database.read() as tx:
        case_id, _ = find_case(tx, name)
        catalogue = Catalogue.load(runs_of(tx, case_id)[-1].release)
        objects: list[StixObject] = [orjson.loads(known.body) for known in case_objects(tx, case_id)]
    yield from objects
    yield from vocabulary_of(objects, catalogue)
