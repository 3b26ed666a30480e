"""Blocks joined to a case: what is new is written, figures, evidence and parts are gathered, and come last.

Duplicates are recognised by id. Observables are many, so of each group only the 16 bytes of its first id are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from disarm_exchange.convert.block import Block
from disarm_exchange.convert.case_objects import opening_objects, report
from disarm_exchange.convert.evidence import Evidence
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.listing import Listing, packed_uuid
from disarm_exchange.convert.parts import Learnt
from disarm_exchange.convert.rendering import Group, group_of
from disarm_exchange.convert.summary import Summary
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.findings.case import Case
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import attack_pattern

_UNREPORTED = frozenset({"marking-definition", "extension-definition", "report"})
_WIDTH = 16
_NOWHERE: set[bytes] = set()


class Assembly:
    """One case being put together. Take its opening, its blocks in order, then its closing.

    Args:
        case: the case.
        frame: its frame.
        catalogue: the DISARM release that the mapping speaks of.
        summary: gets the figures.
        separator: what stands between two objects of a group.
    """

    def __init__(self, case: Case, frame: Frame, catalogue: Catalogue, summary: Summary, *, separator: bytes) -> None:
        self.summary = summary
        self._case = case
        self._frame = frame
        self._catalogue = catalogue
        self._separator = separator
        self._evidence = Evidence()
        self._learnt = Learnt()
        self._names: set[str] = set()
        self._single: set[bytes] = set()
        self._indicated: set[bytes] = set()
        self._observed: set[bytes] = set()
        self._given: dict[tuple[str, ...], tuple[set[bytes], set[bytes]]] = {}
        self._written: Counter[tuple[str, ...]] = Counter()
        self._listed = Listing()

    def opening(self) -> list[Group]:
        """The objects that say what the case is."""
        return self._new(self._singles(opening_objects(self._case, self._frame)))

    def add(self, block: Block) -> list[Group]:
        """Those objects of a block that are new."""
        self.summary.join(block.summary)
        self._evidence.join(block.evidence)
        self._learnt.join(block.learnt)
        self._names |= block.names
        return self._new(block.groups)

    def closing(self) -> Iterator[Group]:
        """Techniques, what supports them, and the report.

        Raises:
            PartsConflictError: what was given so far must be thrown away (see `parts`).
        """
        self.summary.techniques = counts = self._evidence.counts()
        called = [technique_object(self._catalogue, technique_id) for technique_id in counts]
        yield from self._new(self._singles(called))
        yield from self._new(self._singles(self._evidence.relationships(self._frame, self._catalogue.release)))
        for part, ids in self._listed.parts():
            yield from self._new(self._singles([report(self._case, self._frame, ids, part)]))
        for types, count in self._written.items():
            for name in types:
                self.summary.objects[name] += count

    def check_parts(self) -> None:
        """At the end of the records: nothing was written that a part learnt later forbids.

        Raises:
            PartsConflictError: convert the case again, with the parts it carries.
        """
        self._learnt.check(self._is_written)

    def _singles(self, built: Iterable[StixObject]) -> list[Group]:
        return [group_of([item], self._separator) for item in built]

    def _new(self, groups: list[Group]) -> list[Group]:
        """Those of the groups that were not given before, or as much of them as was not."""
        packed = bytes.fromhex("".join([group.uuids for group in groups]).replace("-", ""))
        new = []
        kept: dict[tuple[str, ...], list[bytes]] = {}
        end = 0
        for group in groups:
            types = group[0]
            at, end = end, end + _WIDTH * len(types)
            key = packed[at : at + _WIDTH]
            given, other = self._given.get(types) or self._places(types)
            if key in given:
                continue
            given.add(key)
            if key in other:
                group, types, at = self._without_first(group), types[1:], at + _WIDTH  # noqa: PLW2901
            new.append(group)
            ids = kept.get(types)
            if ids is None:
                ids = kept[types] = []
            ids.append(packed[at:end])
        for types, all_ids in kept.items():
            self._written[types] += len(all_ids)
            self._listed.add(types, b"".join(all_ids), _UNREPORTED)
        return new

    def _places(self, types: tuple[str, ...]) -> tuple[set[bytes], set[bytes]]:
        """Where the groups of these types are remembered; and those that give the same first object with others."""
        if len(types) == 1 or types[0] == "channel":
            places = self._single, _NOWHERE
        elif "indicator" in types:
            places = self._indicated, self._observed
        else:
            places = self._observed, self._indicated
        self._given[types] = places
        return places

    def _without_first(self, group: Group) -> Group:
        """The objects that hang on an observable which was given already."""
        types, uuids, body, _ = group
        # Not inspected any more: what they say of the first object is now said of one outside the group.
        return Group(types[1:], uuids[36:], body.partition(self._separator)[2])

    def _is_written(self, written_as: str, as_indicator: bool) -> bool:
        if written_as in self._names:
            return not as_indicator
        if "--" not in written_as:
            return False
        key = packed_uuid(written_as)
        return key in self._indicated or (not as_indicator and key in self._observed)


def technique_object(catalogue: Catalogue, technique_id: str) -> StixObject:
    """The attack-pattern of a technique, as the catalogue's release has it."""
    technique = catalogue.technique(technique_id)
    return attack_pattern(
        technique.id,
        technique.name,
        phases=[tactic.shortname for tactic in catalogue.tactics_of(technique)],
        url=catalogue.technique_url(technique.id),
        release=catalogue.release,
        released=catalogue.released,
    )
