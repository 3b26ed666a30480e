"""What may be shown of a source as a sequence that is read again and again, and takes little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from disarm_exchange.policy.release import Decision, version_order
from disarm_exchange.stix.bundle import StixObject


class ReleasedObjects(Sequence[StixObject]):
    """What a decision lets go: of several versions of an object the newest, revoked ones left out.

    Attributes:
        revoked: ids of the objects whose newest version is revoked.
    """

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        newest: dict[str, tuple[tuple[int, str], int]] = {}
        self._left_out: set[int] = set(decision.verdicts)
        self.revoked: set[str] = set()
        for position, item in decision.released():
            identifier = str(item["id"])
            if identifier in decision.versions:
                known = newest.get(identifier)
                order = version_order(item)
                if known is not None and order <= known[0]:
                    self._left_out.add(position)
                    continue
                if known is not None:
                    self._left_out.add(known[1])
                    self.revoked.discard(identifier)
                newest[identifier] = (order, position)
            if item.get("revoked") is True:
                self.revoked.add(identifier)
                self._left_out.add(position)
        self._newest = {identifier: position for identifier, (_, position) in newest.items()}
        self._count = len(decision.items) - len(self._left_out)

    def __len__(self) -> int:
        """How many objects."""
        return self._count

    def __iter__(self) -> Iterator[StixObject]:
        """All of them, in the order of the source."""
        for position, item in self._decision.released():
            if position not in self._left_out:
                yield item

    @overload
    def __getitem__(self, place: int) -> StixObject: ...
    @overload
    def __getitem__(self, place: slice) -> list[StixObject]: ...
    def __getitem__(self, place: int | slice) -> StixObject | list[StixObject]:
        """One by its place or some; for a few of them, as each goes through all that stand before it."""
        if isinstance(place, slice):
            return list(self)[place]
        place = place if place >= 0 else place + self._count
        for number, item in enumerate(self):
            if number == place:
                return item
        raise IndexError(place)

    def __eq__(self, other: object) -> bool:
        """Whether another sequence has the same objects in the same order."""
        return isinstance(other, Sequence) and len(other) == len(self) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def by_id(self) -> Mapping[str, StixObject]:
        """The objects by id; each look-up reads a block of them anew."""
        return _ById(self)

    def has(self, identifier: object) -> bool:
        """Whether an object of that id is here."""
        return isinstance(identifier, str) and self._place(identifier) is not None

    def get(self, identifier: str) -> StixObject | None:
        """The object of that id."""
        place = self._place(identifier)
        return None if place is None else self._decision.released_at(place)

    def _place(self, identifier: str) -> int | None:
        place = self._newest.get(identifier, self._decision.positions.get(identifier))
        return None if place is None or place in self._left_out else place


class _ById(Mapping[str, StixObject]):
    def __init__(self, objects: ReleasedObjects) -> None:
        self._objects = objects

    def __getitem__(self, identifier: str) -> StixObject:
        found = self._objects.get(identifier)
        if found is None:
            raise KeyError(identifier)
        return found

    def __contains__(self, identifier: object) -> bool:
        return self._objects.has(identifier)

    def __iter__(self) -> Iterator[str]:
        return (str(item["id"]) for item in self._objects)

    def __len__(self) -> int:
        return len(self._objects)
