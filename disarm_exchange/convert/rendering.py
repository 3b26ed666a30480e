"""Objects as they are written: JSON, in groups of those that come together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate import Issue


class Group(NamedTuple):
    """Objects that come together: the first one brings the others along."""

    types: tuple[str, ...]
    uuids: str
    """The UUIDs of their ids, 36 characters each, one after the other."""

    body: bytes
    """The objects as JSON, with the separator of the container between them."""

    issues: tuple[Issue, ...] | None = None
    """What is wrong with them, each by itself; None where nobody looked yet."""

    def first_id(self) -> str:
        """The id of the first of them."""
        return f"{self.types[0]}--{self.uuids[:36]}"

    def ids(self) -> list[str]:
        """Their ids."""
        return [f"{each}--{self.uuids[36 * at : 36 * at + 36]}" for at, each in enumerate(self.types)]


def group_of(built: Sequence[StixObject], separator: bytes) -> Group:
    """Objects that come together, written."""
    return Group(
        tuple([str(item["type"]) for item in built]),
        "".join([str(item["id"])[-36:] for item in built]),
        separator.join([orjson.dumps(item) for item in built]),
    )
