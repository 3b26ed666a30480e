"""What must be remembered of every object so that the objects can be judged together, in little memory.

An object costs 25 bytes in memory (hashes of its id, its UUID and its content, its colour) and a line on disk.
References to objects that have passed already cost nothing, the others wait, on disk when they are many.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice, pairwise
from typing import NamedTuple

import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING, Tlp
from disarm_exchange.validate.contents import LONG, content_mark, long_content_mark
from disarm_exchange.validate.inner_references import inner_references
from disarm_exchange.validate.issue import escape
from disarm_exchange.validate.spools import LineSpool, LinkSpool, NumberSpool

_RECENT = 100_000
"""Ids that are compared at once; older ones wait for the end."""
_BATCH = 200_000
_SLICE = 50_000
"""References of one list that are compared at once; a list longer than this is compared with all ids so far."""
_SORT = 500_000
"""Numbers that are sorted at once."""
_MAX_USES = 10_000
_MAX_SUSPECTS = 200_000
_NO_COLOUR = -1
_REVOKED = 8
NEEDS_NO_REPORT = ("report--", "marking-definition--", "extension-definition--", "language-content--")
"""How ids begin of objects that describe how to read the others."""
_SEPARATOR = "\x1f"


class BundleFinding(NamedTuple):
    """What a rule found wrong with an object in the light of the others."""

    number: int
    """Number of the object, -1 for the bundle."""
    object_id: str
    pointer: str
    reason: str


class Reference(NamedTuple):
    """A reference that named nothing when its object passed."""

    number: int
    object_id: str
    pointer: str
    target: str


class Version(NamedTuple):
    """One of several objects with one id."""

    number: int
    object_id: str
    modified: str
    """Empty for objects without versions."""
    created: str
    content: int
    """A hash of all it says."""
    revoked: bool


class Link(NamedTuple):
    """A reference from an object to one that fewer may see, or that is revoked."""

    number: int
    """Number of the object that refers."""
    colour: Tlp | None
    target: int
    """Number of the object referred to."""
    target_colour: Tlp | None
    target_revoked: bool


class BundleIndex:
    """Ids, contents, colours and references of a stream of objects."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.reports = 0
        """How many reports passed."""
        self.extension_uses: dict[tuple[str, str], tuple[int, str]] = {}
        """Where each extension is first used as each type: number and id of the object."""
        self._ids = array("q")
        self._uuids = array("q")
        self._contents = array("q")
        self._states = array("b")
        self._lines = LineSpool()
        self._links = LinkSpool()
        self._covered = NumberSpool()
        self._waiting = LineSpool()
        self._recent: set[int] = set()
        self._older: set[int] = set()
        self._creators: set[object] = set()
        self._known = {hash(identifier) for identifier in known}
        self._settled: dict[tuple[object, ...], int] = {}
        self._suspects: list[Link] | None = None
        self._withdrawn: Set[int] | None = None
        self._groups: list[list[Version]] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, item: StixObject, number: int, references: Sequence[str]) -> None:
        """Remember one object.

        `references` are its properties that refer to other objects, but for creator and markings.
        """
        name = item.get("id")
        if not isinstance(name, str):
            name = ""
        mark = hash(name) if name else 0
        self._ids.append(mark)
        self._uuids.append(hash(name[-36:]) if name else 0)
        times = f"{item['modified']}\x1f{item.get('created', '')}" if "modified" in item else "\x1f"
        self._lines.append(f"{name}\x1f{times}")
        self._states.append(self._state(item, number, name))
        recent = self._recent
        recent.add(mark)
        if len(recent) > _RECENT:
            self._older, self._recent = recent, set()
        if "created_by_ref" in item:
            creator = item["created_by_ref"]
            if isinstance(creator, str) and creator not in self._creators and not self._creator(creator):
                self._wait(number, name, "/created_by_ref", creator)
        links: list[int] = []
        long = False
        for key in references:
            value = item[key]
            if isinstance(value, str):
                target = hash(value)
                links.append(target)
                if target not in recent and not self._passed(target):
                    self._wait(number, name, f"/{escape(key)}", value)
            elif isinstance(value, list):
                self._list(key, value, number, name, item)
                long = long or len(value) > LONG
        if links:
            self._links.add(number, links)
        self._contents.append(content_mark(item, number) if not long else long_content_mark(item, number))
        if "extensions" in item or "granular_markings" in item or "body_multipart" in item:
            self._rarer(item, number, name)

    def _creator(self, creator: str) -> bool:
        """Whether the creator passed already; then it need not be asked for again."""
        if not self._passed(hash(creator)):
            return False
        if len(self._creators) < _MAX_USES:
            self._creators.add(creator)
        return True

    def _list(self, key: str, targets: list[object], number: int, name: str, item: StixObject) -> None:
        is_report = key == "object_refs" and item.get("type") == "report"
        self.reports += is_report
        for begin in range(0, len(targets), _SLICE):
            part = targets[begin : begin + _SLICE]
            marks = [hash(target) for target in part if isinstance(target, str)]
            if is_report:
                self._covered.extend(marks)
            self._links.add(number, marks)
            if self._recent.issuperset(marks):
                continue
            unseen = set(marks) - self._recent - self._older
            if len(targets) > _SLICE:
                unseen.difference_update(self._ids)
            for position, target in enumerate(part, begin):
                if isinstance(target, str) and hash(target) in unseen:
                    self._wait(number, name, f"/{escape(key)}/{position}", target)

    def _passed(self, mark: int) -> bool:
        """Whether an object of that id passed not too long ago; those that are asked for stay in mind."""
        if mark in self._recent:
            return True
        if mark in self._older:
            self._recent.add(mark)
            return True
        return False

    def skip(self) -> None:
        """Count something that is no object, so that numbers stay those of the stream."""
        self._ids.append(0)
        self._uuids.append(0)
        self._contents.append(0)
        self._states.append(_NO_COLOUR)
        self._lines.append(_SEPARATOR * 2)

    def _state(self, item: StixObject, number: int, name: str) -> int:
        """The strictest TLP colour of an object, and whether it is revoked, in one small number."""
        refs = item.get("object_marking_refs")
        colour = _NO_COLOUR
        if isinstance(refs, list):
            try:
                colour = self._settled[tuple(refs)]
            except (KeyError, TypeError):
                colour = self._marked(refs, number, name)
        if "revoked" in item and item["revoked"] is True:
            return (colour + 1) | _REVOKED
        return colour

    def _marked(self, refs: list[object], number: int, name: str) -> int:
        """The colour of these markings; they are settled once all of them have passed or are known to everybody."""
        texts = [ref for ref in refs if isinstance(ref, str)]
        colour = max((TLP_OF_MARKING[ref] for ref in texts if ref in TLP_OF_MARKING), default=_NO_COLOUR)
        open_refs = [ref for ref in texts if ref not in TLP_OF_MARKING and not self._passed(hash(ref))]
        for ref in open_refs:
            self._wait(number, name, f"/object_marking_refs/{refs.index(ref)}", ref)
        if not open_refs and len(texts) == len(refs) < 16 and len(self._settled) < _MAX_USES:
            self._settled[tuple(refs)] = colour
        return colour

    def _rarer(self, item: StixObject, number: int, name: str) -> None:
        extensions = item.get("extensions")
        if isinstance(extensions, dict):
            for key, content in extensions.items():
                if not key.startswith("extension-definition--"):
                    continue
                if not self._passed(hash(key)):
                    self._wait(number, name, f"/extensions/{key}", key)
                kind = content.get("extension_type") if isinstance(content, dict) else None
                if isinstance(kind, str) and len(self.extension_uses) < _MAX_USES:
                    self.extension_uses.setdefault((key, kind), (number, name))
        for pointer, reference, _types in inner_references(item):
            self._links.add(number, [hash(reference)])
            if not self._passed(hash(reference)):
                self._wait(number, name, pointer, reference)
        markings = item.get("granular_markings")
        for position, marking in enumerate(markings if isinstance(markings, list) else ()):
            target = marking.get("marking_ref") if isinstance(marking, dict) else None
            if isinstance(target, str) and not self._passed(hash(target)):
                self._wait(number, name, f"/granular_markings/{position}/marking_ref", target)

    def _wait(self, number: int, object_id: str, pointer: str, target: str) -> None:
        if hash(target) not in self._known:
            self._waiting.append(orjson.dumps((number, object_id, pointer, target)).decode())

    def unresolved(self) -> Iterator[Reference]:
        """The references to objects that never came, in the order in which they were met."""
        batch: list[Reference] = []
        for line in self._waiting:
            batch.append(Reference(*orjson.loads(line)))
            if len(batch) >= _BATCH:
                yield from self._missing(batch)
                batch = []
        yield from self._missing(batch)

    def _missing(self, batch: list[Reference]) -> Iterator[Reference]:
        wanted = {hash(reference.target) for reference in batch}
        if wanted:
            wanted.difference_update(self._ids)
        for reference in batch:
            if hash(reference.target) in wanted:
                yield reference

    def outside_reports(self) -> Iterator[tuple[int, str]]:
        """Number and id of every object that no report names.

        Left out are those that describe how to read the others, and those that were withdrawn.
        """
        covered, withdrawn = self._covered_numbers(), self.withdrawn()
        for number, (is_covered, line) in enumerate(zip(covered, self._lines, strict=True)):
            name = line.partition(_SEPARATOR)[0]
            if is_covered or not name or name.startswith(NEEDS_NO_REPORT):
                continue
            if number not in withdrawn:
                yield number, name

    def _covered_numbers(self) -> bytearray:
        flags = bytearray(len(self._ids))
        for chunk in self._covered.batches(_BATCH):
            marks = set(chunk)
            for number, mark in enumerate(self._ids):
                if mark in marks:
                    flags[number] = 1
        return flags

    def repeated(self) -> list[list[Version]]:
        """The objects that share an id, together, in the order of the stream."""
        if self._groups is None:
            self._groups = self._group(repeated(self._ids))
        return self._groups

    def _group(self, twice: set[int]) -> list[list[Version]]:
        groups: dict[int, list[Version]] = {}
        if not twice:
            return []
        for number, (mark, line) in enumerate(zip(self._ids, self._lines, strict=True)):
            if mark in twice:
                name, modified, created = line.split(_SEPARATOR, 2)
                revoked = _revoked(self._states[number])
                version = Version(number, name, modified, created, self._contents[number], revoked)
                groups.setdefault(mark, []).append(version)
        return list(groups.values())

    def sharing_uuid(self) -> Iterator[list[tuple[int, str]]]:
        """Number and id of the objects whose different ids have one UUID, together."""
        twice = repeated(self._uuids)
        if not twice:
            return
        groups: dict[int, dict[str, int]] = {}
        for number, (mark, line) in enumerate(zip(self._uuids, self._lines, strict=True)):
            if mark in twice:
                groups.setdefault(mark, {}).setdefault(line.partition(_SEPARATOR)[0], number)
        for group in groups.values():
            if len(group) > 1:
                yield [(number, name) for name, number in group.items()]

    def suspects(self) -> list[Link]:
        """References to objects that fewer may see than the object that refers, or that are revoked."""
        if self._suspects is None:
            self._suspects = list(islice(self._suspect_links(), _MAX_SUSPECTS))
        return self._suspects

    def _suspect_links(self) -> Iterator[Link]:
        states = self._states
        strictest = max((_colour(state) for state in set(states)), default=_NO_COLOUR)
        any_revoked = any(map(_revoked, set(states)))
        if not any_revoked and all(state in (_NO_COLOUR, strictest) for state in set(states)):
            return
        for batch in self._links.batches(_BATCH):
            pairs = [(number, mark) for number, mark in batch if any_revoked or _NO_COLOUR < states[number] < strictest]
            if not pairs:
                continue
            wanted = {mark for _number, mark in pairs}
            places = {mark: number for number, mark in enumerate(self._ids) if mark in wanted}
            for number, mark in pairs:
                target = places.get(mark)
                if target is None:
                    continue
                own, other, revoked = _colour(states[number]), _colour(states[target]), _revoked(states[target])
                if revoked or _NO_COLOUR < own < other:
                    yield Link(number, _tlp(own), target, _tlp(other), revoked)

    def withdrawn(self) -> Set[int]:
        """Numbers of the objects that were revoked, and of those that only withdrawn objects refer to."""
        if self._withdrawn is None:
            self._withdrawn = self._with_dependents(
                {number for number, state in enumerate(self._states) if _revoked(state)}
            )
        return self._withdrawn

    def _with_dependents(self, withdrawn: set[int]) -> Set[int]:
        newest = withdrawn
        while newest:
            wanted: set[int] = set()
            alive: set[int] = set()
            for number, marks in self._links.runs():
                if number in withdrawn:
                    wanted.update(marks)
            for number, marks in self._links.runs():
                if number not in withdrawn:
                    alive.update(wanted.intersection(marks))
            wanted -= alive
            newest = {number for number, mark in enumerate(self._ids) if mark in wanted} - withdrawn
            withdrawn = withdrawn | newest
        return withdrawn

    def names(self, numbers: Iterable[int]) -> dict[int, str]:
        """The ids of the objects of those numbers."""
        wanted = set(numbers)
        if not wanted:
            return {}
        return {number: line.partition(_SEPARATOR)[0] for number, line in enumerate(self._lines) if number in wanted}

    def close(self) -> None:
        """Give the disk space back."""
        for spool in (self._lines, self._links, self._covered, self._waiting):
            spool.close()


def repeated(marks: array[int]) -> set[int]:
    """The numbers, other than 0, that stand in the list more than once."""
    twice: set[int] = set()
    parts = len(marks) // _SORT + 1
    for part in range(parts):
        ordered = sorted(mark for mark in marks if mark and mark % parts == part)
        twice.update(mark for mark, following in pairwise(ordered) if mark == following)
    return twice


def _revoked(state: int) -> bool:
    return state >= 0 and bool(state & _REVOKED)


def _colour(state: int) -> int:
    return (state & ~_REVOKED) - 1 if _revoked(state) else state


def _tlp(colour: int) -> Tlp | None:
    return Tlp(colour) if colour >= 0 else None
