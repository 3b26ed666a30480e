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
        self._count = 0

    def add(self, object_type: str, object_id: str) -> None:
        """Take an id in; each is given once."""
        buckets = self._types.get(object_type)
        if buckets is None:
            buckets = self._types[object_type] = [bytearray() for _ in range(_BUCKETS)]
        packed = packed_uuid(object_id)
        buckets[packed[0]] += packed
        self._count += 1

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
        for object_type in sorted(self._types):
            for bucket in self._types[object_type][first : last + 1]:
                packed = sorted(bytes(bucket[at : at + _WIDTH]) for at in range(0, len(bucket), _WIDTH))
                ids = [_as_id(object_type, one) for one in packed]
                found += ids if len(prefix) <= 2 else [one for one in ids if _digits(one).startswith(prefix)]
        return sorted(found)


def packed_uuid(object_id: str) -> bytes:
    """The 16 bytes of the UUID in an id."""
    return bytes.fromhex(object_id[-36:].replace("-", ""))


def _digits(object_id: str) -> str:
    return object_id[-36:].replace("-", "")


def _as_id(object_type: str, packed: bytes) -> str:
    text = packed.hex()
    return f"{object_type}--{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
