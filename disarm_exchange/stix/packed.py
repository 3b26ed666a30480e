"""Many STIX objects in little memory: compressed in blocks, read as often as one likes.

A case of a hundred thousand objects takes some 25 megabytes in place of 400. Going through them in order costs about
as much as parsing them again; one out of order costs a block.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from disarm_exchange.stix.bundle import StixObject

_BLOCK = 256
_FASTEST = 1


class PackedObjects(Sequence[StixObject]):
    """A sequence of objects; what it gives are copies, so changing one changes nothing here.

    Args:
        objects: as from JSON; read once, and kept in their order.
    """

    def __init__(self, objects: Iterable[StixObject]) -> None:
        self._blocks: list[bytes] = []
        self._size = 0
        self._open = -1
        self._read: list[StixObject] = []
        block: list[StixObject] = []
        for item in objects:
            block.append(item)
            if len(block) == _BLOCK:
                self._add(block)
                block = []
        if block:
            self._add(block)

    def _add(self, block: list[StixObject]) -> None:
        # In-process only: marshal keeps every JSON value as it is, large integers and lone surrogates too.
        self._blocks.append(zlib.compress(marshal.dumps(block), _FASTEST))
        self._size += len(block)

    def __len__(self) -> int:
        """How many objects."""
        return self._size

    def __iter__(self) -> Iterator[StixObject]:
        """All objects in order, a block of them in memory."""
        for place in range(len(self._blocks)):
            yield from self._block(place)

    @overload
    def __getitem__(self, place: int) -> StixObject: ...
    @overload
    def __getitem__(self, place: slice) -> list[StixObject]: ...
    def __getitem__(self, place: int | slice) -> StixObject | list[StixObject]:
        """One object by its place, or some as a list."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._size))]
        if not -self._size <= place < self._size:
            raise IndexError(place)
        number, rest = divmod(place % self._size, _BLOCK)
        if number != self._open:
            self._read, self._open = self._block(number), number
        return dict(self._read[rest])

    def _block(self, number: int) -> list[StixObject]:
        block: list[StixObject] = marshal.loads(zlib.decompress(self._blocks[number]))  # noqa: S302 - our own bytes
        return block
