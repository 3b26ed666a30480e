"""What the report lists: the ids of all objects of a case, packed, so that millions fit into memory.

A report names everything in the bundle. Past `MOST_REFERENCES` it would be an object that no consumer can take, so the
list is divided by the first digits of the UUIDs into several reports; how many depends on the set of objects alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from disarm_exchange.stix.ids import unpacked_ids

MOST_REFERENCES = 50_000
"""The most objects one report lists, on average over the parts."""

_WIDTH = 16
_BUCKETS = 256


class Listing:
    """Ids by type, 16 bytes each, in buckets by their first byte."""

    def __init__(self) -> None:
        self._types: dict[str, list[bytearray]] = {}
        self._count = 0

    def add(self, types: tuple[str, ...], packed: bytes, unlisted: frozenset[str] = frozenset()) -> None:
        """Take the ids of some groups of objects in, each once.

        Args:
            types: the types of the objects of each group.
            packed: the UUIDs of their ids, 16 bytes each, in the same order, group after group.
            unlisted: types that are passed over.
        """
        row = _WIDTH * len(types)
        for place, name in enumerate(types):
            if name in unlisted:
                continue
            buckets = self._buckets(name)
            for at in range(place * _WIDTH, len(packed), row):
                buckets[packed[at]] += packed[at : at + _WIDTH]
            self._count += len(packed) // row

    def _buckets(self, object_type: str) -> list[bytearray]:
        known = self._types.get(object_type)
        if known is None:
            known = self._types[object_type] = [bytearray() for _ in range(_BUCKETS)]
        return known

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
            packed = b"".join(map(_in_order, self._types[object_type][first : last + 1]))
            ids = unpacked_ids(object_type, packed)
            if len(prefix) > 2:
                ids = [each for each in ids if each.startswith(prefix, len(object_type) + 2)]
            found += ids
        return found


def _in_order(bucket: bytearray) -> bytes:
    text = bucket.decode("latin-1")  # each byte a character: texts are compared faster than bytes
    return "".join(sorted([text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)])).encode("latin-1")


def packed_uuid(object_id: str) -> bytes:
    """The 16 bytes of the UUID in an id."""
    return bytes.fromhex(object_id[-36:].replace("-", ""))
