"""What must be remembered of every object so that the objects can be judged together, in little memory.

Per object this holds eight bytes in memory (a hash of its id) and its id on disk; references to objects that have
passed already cost nothing, the others wait, on disk when they are many.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import escape

_RECENT = 250_000
"""Ids that are compared at once; older ones wait for the end."""
_IN_MEMORY = 8 << 20
"""Bytes of a spool that stay in memory."""
_BATCH = 200_000
_NEEDS_NO_REPORT = ("report--", "marking-definition--", "extension-definition--", "language-content--")


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


class BundleIndex:
    """Ids and references of a stream of objects."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.count = 0
        self._ids = array("q")
        self._recent: set[int] = set()
        self._covered = array("q")
        self._names = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self.reports = 0
        """How many reports passed."""
        self._known = {hash(identifier) for identifier in known}
        self._waiting = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._waiting_count = 0

    def add(self, item: StixObject, number: int, references: tuple[str, ...]) -> None:
        """Remember one object: its id, and its references at the top, in granular markings and to extensions."""
        self.count += 1
        object_id = item.get("id")
        mark = hash(object_id) if isinstance(object_id, str) else 0
        self._ids.append(mark)
        recent = self._recent
        recent.add(mark)
        if len(recent) > _RECENT:
            recent.clear()
        name = object_id if isinstance(object_id, str) else ""
        self._names.write(name.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n")
        if item.get("type") == "report":
            self._report(item)
        for key in references:
            value = item[key]
            if isinstance(value, list):
                for position, target in enumerate(value):
                    if isinstance(target, str) and hash(target) not in recent:
                        self._wait(number, name, f"/{escape(key)}/{position}", target)
            elif isinstance(value, str) and hash(value) not in recent:
                self._wait(number, name, f"/{escape(key)}", value)
        extensions = item.get("extensions")
        if isinstance(extensions, dict):
            for key in extensions:
                if key.startswith("extension-definition--") and hash(key) not in recent:
                    self._wait(number, name, f"/extensions/{key}", key)
        if "granular_markings" in item:
            self._granular(item["granular_markings"], number, name)

    def skip(self) -> None:
        """Count something that is no object, so that numbers stay those of the stream."""
        self._ids.append(0)
        self._names.write(b"\n")

    def _report(self, item: StixObject) -> None:
        self.reports += 1
        targets = item.get("object_refs")
        if isinstance(targets, list):
            self._covered.extend(hash(target) for target in targets if isinstance(target, str))

    def _granular(self, markings: object, number: int, name: str) -> None:
        for position, marking in enumerate(markings if isinstance(markings, list) else ()):
            target = marking.get("marking_ref") if isinstance(marking, dict) else None
            if isinstance(target, str) and hash(target) not in self._recent:
                self._wait(number, name, f"/granular_markings/{position}/marking_ref", target)

    def _wait(self, number: int, object_id: str, pointer: str, target: str) -> None:
        if hash(target) in self._known:
            return
        self._waiting.write(orjson.dumps((number, object_id, pointer, target)) + b"\n")
        self._waiting_count += 1

    def unresolved(self) -> Iterator[Reference]:
        """The references to objects that never came, in the order in which they were met."""
        if not self._waiting_count:
            return
        self._waiting.seek(0)
        batch: list[Reference] = []
        for line in self._waiting:
            batch.append(Reference(*orjson.loads(line)))
            if len(batch) >= _BATCH:
                yield from self._missing(batch)
                batch = []
        yield from self._missing(batch)

    def outside_reports(self) -> Iterator[tuple[int, str]]:
        """Number and id of every object that no report names, but for those that describe how to read the others."""
        covered = set(self._covered)
        self._names.seek(0)
        for number, (mark, line) in enumerate(zip(self._ids, self._names, strict=False)):
            if mark in covered:
                continue
            name = line[:-1].decode()
            if mark and not name.startswith(_NEEDS_NO_REPORT):
                yield number, name

    def _missing(self, batch: list[Reference]) -> Iterator[Reference]:
        wanted = {hash(reference.target) for reference in batch}
        wanted.difference_update(self._ids)
        for reference in batch:
            if hash(reference.target) in wanted:
                yield reference

    def close(self) -> None:
        """Give the disk space back."""
        self._waiting.close()
        self._names.close()

    def __len__(self) -> int:
        return self.count
