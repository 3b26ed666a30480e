"""Where a report or picture takes its objects from: a file, a store, or a case of the ledger; only what may be shown.

Whatever the source, every object passes through `policy.release`, so nothing above the ceiling gets into a picture, and
nothing in a picture tells that something stayed home. What stayed is for the operator alone (`Source.withheld`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.policy import Clearance, Withheld, effective_marking, release
from disarm_exchange.report.vocabulary import vocabulary_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.store import Database, find_collection, iter_objects
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.ledger_reading import case_objects, find_case, list_cases, runs_of
from disarm_exchange.store.reader import count_newest

_SQLITE = b"SQLite format 3\0"
_STEP = 1000
"""Objects from one word about progress to the next."""
_CASE_TYPES = ("campaign", "intrusion-set", "incident")


@dataclass(frozen=True)
class Source:
    """What may be shown of a source, each object once.

    Attributes:
        objects: the newest version of each, in the order of the source; revoked ones are left out.
        revoked: ids of the objects whose newest version is revoked; what refers to one of them refers to nothing.
        withheld: what stays home, and why. For the operator's eyes only: never in a file.
        ceiling: the strictest marking that was let through.
    """

    objects: Sequence[StixObject]
    revoked: frozenset[str]
    withheld: Sequence[Withheld]
    ceiling: Tlp

    @cached_property
    def by_id(self) -> dict[str, StixObject]:
        """The objects by id."""
        return {str(item["id"]): item for item in self.objects}

    @cached_property
    def marking(self) -> Tlp:
        """The strictest marking on anything shown: what a banner has to say. CLEAR when nothing is shown."""
        marking_of = Markings(self)
        found = (marking_of(item) for item in self.objects)
        return max((tlp for tlp in found if tlp is not None), default=Tlp.CLEAR)

    @cached_property
    def title(self) -> str:
        """What the objects are about, by what they say themselves: the one case, else how many there are."""
        for kind in _CASE_TYPES:
            cases = [item for item in self.objects if item["type"] == kind]
            names = list(dict.fromkeys(" ".join(str(item.get("name")).split()) for item in cases if item.get("name")))
            if len(names) == 1:
                return names[0]
            if names:
                return f"{len(names):,} {kind.replace('-', ' ')}s"
        return f"{len(self.objects):,} objects"


class Markings:
    """The strictest colour on each object of a source, worked out once for all that have the same markings."""

    def __init__(self, source: Source) -> None:
        self._definitions = {key: item for key, item in source.by_id.items() if item["type"] == "marking-definition"}
        self._known: dict[tuple[object, ...], Tlp | None] = {}

    def __call__(self, item: StixObject) -> Tlp | None:
        """The colour of one object; None for definitions, which may go without."""
        refs = item.get("object_marking_refs")
        if "granular_markings" in item or not isinstance(refs, list):
            return effective_marking(item, self._definitions).tlp
        key = tuple(refs)
        if key not in self._known:
            self._known[key] = effective_marking(item, self._definitions).tlp
        return self._known[key]


def open_source(
    location: str | Path,
    *,
    collections: Sequence[str] = (),
    case: str | None = None,
    max_tlp: Tlp = Tlp.AMBER,
    on_step: OnStep = unwatched,
) -> Source:
    """Read a source.

    Args:
        location: a file of STIX objects (bundle, envelope, JSON Lines, also gzipped; `-` for standard input), or a
            database: an SQLite file or a `postgresql://` URL.
        collections: of a database: only these, by id or alias; all, by default.
        case: of a database: this case of its ledger, by name or id, instead of collections.
        max_tlp: the strictest marking that may be shown.
        on_step: is told how far the reading is.

    Raises:
        UserError: there is no such source, it cannot be read, or something in it is no JSON object.
    """
    if _is_database(location):
        return source_of(_stored(location, collections, case, on_step), max_tlp=max_tlp)
    if collections or case is not None:
        raise UserError("is no database, so it has neither collections nor cases", where=str(location))
    return source_of(read_objects(location, on_step=on_step), max_tlp=max_tlp)


def source_of(objects: Iterable[StixObject], *, max_tlp: Tlp = Tlp.AMBER) -> Source:
    """What of some objects may be shown; of several versions of one the newest counts, as for `policy.release`."""
    released = release(objects, Clearance(max_tlp))
    newest: dict[str, StixObject] = {}
    for item in released.objects:
        known = newest.get(str(item["id"]))
        if known is None or _version(item) > _version(known):
            newest[str(item["id"])] = item
    revoked = frozenset(key for key, item in newest.items() if item.get("revoked") is True)
    return Source(
        [item for key, item in newest.items() if key not in revoked], revoked, tuple(released.withheld), max_tlp
    )


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


def _case(database: Database, name: str) -> Iterator[StixObject]:
    """What a case has exported, with the shared vocabulary that the ledger does not keep."""
    with database.read() as tx:
        case_id, _ = find_case(tx, name)
        catalogue = Catalogue.load(runs_of(tx, case_id)[-1].release)
        objects: list[StixObject] = [orjson.loads(known.body) for known in case_objects(tx, case_id)]
    yield from objects
    yield from vocabulary_of(objects, catalogue)


def _version(item: StixObject) -> tuple[int, str]:
    """Sorts versions of one object by time; an unreadable time counts as newest, as `policy.release` has it."""
    text = str(item.get("modified") or item.get("created") or "")
    try:
        return (0, parse_timestamp(text).isoformat(timespec="microseconds") if text else "")
    except ValueError:
        return (1, text)
