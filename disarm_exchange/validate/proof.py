"""Showing that the rules about all objects together find nothing, without remembering each object for each rule.

Kept are eight bytes of every id, and the facts that blocks of objects come with (see `facts`). That is enough to show
that no id and no UUID is given twice, that every reference leads to an object, that nothing refers to what fewer may
see, and that the reports name everything. What cannot be shown is not a finding: `engine.Watch` then has the last word.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby

from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.validate.engine import STUMBLES, Validator
from disarm_exchange.validate.facts import NO_COLOUR, Facts
from disarm_exchange.validate.index import NEEDS_NO_REPORT, BundleIndex
from disarm_exchange.validate.rules.references import PUBLISHED_EXTENSIONS

SHOWN = frozenset({
    "DX238", "DX241", "DX242", "DX243", "DX244", "DX245", "DX302", "DX303", "DX306", "DX313", "DX511", "DX512",
    "DX604", "DX605", "DX805",
})  # fmt: skip
"""Rules about all objects together whose finding nothing can be shown here."""

_WIDTH = 16
_KEPT = 8
_BUCKETS = 256
_MOST_NAMES = 20_000
_MOST_WATCHED = 20_000


class Ids:
    """The ids of many objects: of each UUID eight bytes, by type and first byte.

    Two ids of one type that are alike in them are taken for one.
    """

    def __init__(self) -> None:
        self._types: dict[str, list[bytearray]] = {}
        self._of_group: dict[tuple[str, ...], list[tuple[int, int, list[bytearray]]]] = {}

    def add(self, types: tuple[str, ...], packed: bytes) -> None:
        """Take in ids of these types; `packed` are their UUIDs, 16 bytes each."""
        places = self._of_group.get(types)
        if places is None:
            places = [(_WIDTH * at, _WIDTH * at + _KEPT, self._of(name)) for at, name in enumerate(types)]
            self._of_group[types] = places
        for begin, end, buckets in places:
            buckets[packed[begin]] += packed[begin:end]

    def add_names(self, names: Iterable[str]) -> None:
        """Take in ids.

        Raises:
            ValueError: one of them holds no UUID.
        """
        for object_type, packed in _by_type(names):
            for at in range(0, len(packed), _WIDTH):
                self.add((object_type,), packed[at : at + _WIDTH])

    def _of(self, object_type: str) -> list[bytearray]:
        found = self._types.get(object_type)
        if found is None:
            found = self._types[object_type] = [bytearray() for _ in range(_BUCKETS)]
        return found

    def repeat(self) -> bool:
        """Whether two of them may have one UUID, be they of one type or of two."""
        for at in range(_BUCKETS):
            marks = array("Q")
            for buckets in self._types.values():
                marks.frombytes(buckets[at])
            if len(set(marks)) < len(marks):
                return True
        return False

    def hold(self, others: Ids) -> bool:
        """Whether all those are among these."""
        for object_type, buckets in others._types.items():
            mine = self._of(object_type)
            for at, bucket in enumerate(buckets):
                if bucket and not set(_marks(bucket)).issubset(_marks(mine[at])):
                    return False
        return True

    def move(self, names: Iterable[str], place: Ids) -> bool:
        """Move ids of these names over there; whether all were here, and each is named once.

        Raises:
            ValueError: one of them holds no UUID.
        """
        for object_type, packed in _by_type(names):
            buckets, theirs = self._of(object_type), place._of("")
            wanted = Ids()
            for at in range(0, len(packed), _WIDTH):
                wanted.add((object_type,), packed[at : at + _WIDTH])
            for at, bucket in enumerate(wanted._of(object_type)):
                if not bucket:
                    continue
                moved, here = set(_marks(bucket)), set(_marks(buckets[at]))
                if len(moved) * _KEPT < len(bucket) or not moved <= here:
                    return False
                buckets[at] = bytearray(array("Q", here - moved).tobytes())
                theirs[at] += bucket
        return True

    def types(self) -> Iterator[str]:
        """The types of which there are ids."""
        return (name for name, buckets in self._types.items() if any(buckets))


def _marks(bucket: bytearray) -> array[int]:
    marks = array("Q")
    marks.frombytes(bucket)
    return marks


def _by_type(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The UUIDs of ids by type, packed."""
    for object_type, some in groupby(names, key=lambda name: name[:-38]):
        uuids = [name[-38:] for name in some]
        text = "".join(uuids)
        packed = bytes.fromhex(text.replace("-", ""))
        if len(packed) != _WIDTH * len(uuids) or text.lower() != text:
            raise ValueError("an id without a UUID, or in capital letters")
        yield object_type, packed


class Proof:
    """A proof about the objects of one bundle. Show it all ids and facts, then the reports, then ask.

    Args:
        validator: whose rules are to find nothing.
        colour: the marking that most objects have.
    """

    def __init__(self, validator: Validator, colour: Tlp) -> None:
        self._validator = validator
        self._colour = int(colour)
        self._ids = Ids()
        self._reported = Ids()
        self._facts = Facts()
        self._wanted = Ids()
        """Those named by facts that were many; the others stand in the facts still."""
        self._known: frozenset[str] | None = None
        """The ids named before the first report, once it has passed: they were all there."""
        if not SHOWN.issuperset(rule.code for rule in validator.bundle_rules()):
            self._facts.doubt = "a rule that nothing is known about here"

    def add(self, types: tuple[str, ...], packed: bytes) -> None:
        """Objects of these types pass; `packed` are the UUIDs of their ids, 16 bytes each."""
        self._ids.add(types, packed)

    def join(self, facts: Facts) -> None:
        """What is known of objects that pass."""
        mine = self._facts
        mine.join(facts)
        if len(mine.named) > _MOST_NAMES and self._known is None:
            if not self._kept(mine.named):
                mine.doubt = "a reference that holds no UUID"
            mine.named.clear()
        if len(mine.watched) > _MOST_WATCHED or len(mine.otherwise) > _MOST_WATCHED:
            mine.doubt = mine.doubt or "too many objects that are not like the others"
            mine.watched.clear()
            mine.otherwise.clear()

    def report(self, names: list[str]) -> None:
        """A report passes that names these objects. All that are to be named passed before, and its own id did."""
        if self._known is None:
            self._known = frozenset(self._facts.named)
            self._doubt(self._ids.repeat(), "an id or UUID given twice")
            self._doubt(not self._resolve(self._known), "a reference to what is not there")
        if not self._facts.doubt:
            try:
                moved = self._ids.move(names, self._reported)
            except ValueError:
                moved = False
            self._doubt(not moved, "a report that names what is not there, or twice")

    def finish(self) -> str:
        """Why the rules might find something; empty where it is shown that they find nothing."""
        facts = self._facts
        if self._known is None:
            return facts.doubt or "there is no report"
        # Reports behind the first one are compared with each other and with all that they name.
        left = {f"{name}--" for name in self._ids.types()}
        self._doubt(not left.issubset(NEEDS_NO_REPORT), "objects that no report names")
        self._doubt(not self._alone(), "an id or UUID given twice")
        self._doubt(not facts.named <= self._known, "a reference to what is not there")
        self._doubt(self._told_apart(), "references to what fewer may see")
        self._doubt(self._found(), "what rules found that watch single objects")
        return facts.doubt

    def _resolve(self, names: frozenset[str]) -> bool:
        elsewhere = TLP_OF_MARKING.keys() | PUBLISHED_EXTENSIONS
        return self._kept(sorted(names - elsewhere)) and self._ids.hold(self._wanted)

    def _kept(self, names: Iterable[str]) -> bool:
        try:
            self._wanted.add_names(names)
        except (TypeError, ValueError):
            return False
        return True

    def _alone(self) -> bool:
        """Whether no UUID of what is left, and in no report, is given twice."""
        if self._ids.repeat():
            return False
        reported = self._reported._of("")
        for buckets in self._ids._types.values():
            for at, bucket in enumerate(buckets):
                if bucket and not set(_marks(bucket)).isdisjoint(_marks(reported[at])):
                    return False
        return True

    def _told_apart(self) -> bool:
        """Whether an object may name one that fewer may see."""
        others = self._facts.otherwise
        for colour, targets in others.values():
            if colour > self._colour:
                return True  # most objects may name it
            if colour != NO_COLOUR and any(target not in others or others[target][0] > colour for target in targets):
                return True
        return False

    def _found(self) -> bool:
        index = BundleIndex()
        try:
            index.extension_uses = dict.fromkeys(self._facts.uses, (0, ""))
            for rule in self._validator.bundle_rules():
                seen = 0
                for item in self._facts.watched.values():
                    if item["type"] in rule.watches:
                        rule.see(item, seen)
                        seen += 1
                if seen and any(True for _ in rule.finish(index)):
                    return True
        except STUMBLES:
            return True
        finally:
            index.close()
        return False

    def _doubt(self, given: bool, why: str) -> None:
        if given and not self._facts.doubt:
            self._facts.doubt = why
