"""What the report lists: the ids of all objects of a case, packed, so that millions fit into memory.

A report names everything in the bundle. Past `MOST_REFERENCES` it would be an object that no consumer can take, so the
list is divided by the first digits of the UUIDs into several reports; how many depends on the set of objects alone.
"""

from __future__ import annotations

from collections.abc import Iterator

MOST_REFERENCES = 50_000
"""The most objects one report lists, on average over the parts."""

_WIDTH = 16
_BUCKETS = 256


class Listing:
    """Ids by type, 16 bytes each, in buckets by their first byte."""

    def __init__(self) -> None:
        self._types: dict[str, list[bytearray]] = {}
        self._of_group: dict[tuple[str, ...], list[tuple[int, list[bytearray]]]] = {}
        self._count = 0

    def add(self, types: tuple[str, ...], packed: bytes, unlisted: frozenset[str] = frozenset()) -> None:
        """Take the ids of some objects in, each once.

        Args:
            types: the objects' types.
            packed: the UUIDs of their ids, 16 bytes each, in the same order.
            unlisted: types that are passed over.
        """
        places = self._of_group.get(types)
        if places is None:
            places = [(at * _WIDTH, self._buckets(name)) for at, name in enumerate(types) if name not in unlisted]
            self._of_group[types] = places
        for at, buckets in places:
            buckets[packed[at]] += packed[at : at + _WIDTH]
        self._count += len(places)

    def _buckets(self, object_type: str) -> list[bytearray]:
        return self._types.setdefault(object_type, [bytearray() for _ in range(_BUCKETS)])

    def parts(self) -> Iterator[tuple[str, list[str]]]:
        """The ids in parts, each sorted: the first digits that its UUIDs share (none where there is one part)."""
        digits = 0
        while self._count > MOST_REFERENCES * 16**digits:
            digits += 1
        for number in range(16**digits):
            prefix = f"{number:0{digits}x}" if digits else ""
            ids = self._beginning(prefix)
            if ids or not digits:
                yield prefix, ids

    def _beginning(self, prefix: str) -> list[str]:
        first, last = int(f"{prefix:0<2}"[:2], 16), int(f"{prefix:f<2}"[:2], 16)
        found: list[str] = []
        for object_type in sorted(self._types):  # types and buckets in order, so that the whole is
            for bucket in self._types[object_type][first : last + 1]:
                packed = bytes(bucket)
                digits = sorted([packed[at : at + _WIDTH].hex() for at in range(0, len(packed), _WIDTH)])
                if len(prefix) > 2:
                    digits = [text for text in digits if text.startswith(prefix)]
                found += [f"{object_type}--{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in digits]
        return found


def packed_uuid(object_id: str) -> bytes:
    """The 16 bytes of the UUID in an id."""
    return bytes.fromhex(object_id[-36:].replace("-", ""))
