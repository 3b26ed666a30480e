"""Lists for people that may become as long as what a peer sends: the beginning in memory, the rest on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import overload

IN_MEMORY = 1000
"""Entries at the beginning of a list that can be looked at by number."""

_BYTES_IN_MEMORY = 1 << 18

Remark = tuple[str, str]
"""What it is about, and what is said of it: an id and a reason."""


class Remarks:
    """Remarks in the order in which they were made.

    All of them can be iterated over; the first `IN_MEMORY` also be had by number and in slices.
    """

    def __init__(self, remarks: Iterable[Remark] = ()) -> None:
        self._first: list[Remark] = []
        self._count = 0
        self._rest: SpooledTemporaryFile[bytes] | None = None
        self.extend(remarks)

    def append(self, remark: Remark) -> None:
        """Add one remark."""
        self._count += 1
        if len(self._first) < IN_MEMORY:
            self._first.append(remark)
            return
        if self._rest is None:
            self._rest = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY)  # noqa: SIM115
        self._rest.write(json.dumps(remark).encode() + b"\n")

    def extend(self, remarks: Iterable[Remark]) -> None:
        """Add some remarks."""
        for one in remarks:
            self.append(one)

    def __iadd__(self, remarks: Iterable[Remark]) -> Remarks:
        """As `extend`."""
        self.extend(remarks)
        return self

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[Remark]:
        """All of them."""
        yield from self._first
        if self._rest is None:
            return
        position = 0
        while True:
            self._rest.seek(position)
            lines = self._rest.readlines(_BYTES_IN_MEMORY)
            position = self._rest.tell()
            self._rest.seek(0, 2)  # where the next one is written
            if not lines:
                return
            for line in lines:
                about, words = json.loads(line)
                yield about, words

    @overload
    def __getitem__(self, place: int) -> Remark: ...

    @overload
    def __getitem__(self, place: slice) -> list[Remark]: ...

    def __getitem__(self, place: int | slice) -> Remark | list[Remark]:
        """One or some of the first `IN_MEMORY`."""
        return self._first[place]

    def __repr__(self) -> str:
        """The number, and the first."""
        return f"Remarks({self._count} of them, {self._first[:3]!r})"
