"""The relationship matrices: which types of object STIX and DAD-CDM join by which relationship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import orjson

from disarm_exchange.resources import data_folder
from disarm_exchange.validate.kinds import DADCDM_SCO_TYPES, SCO_TYPES

_ANY_OBSERVABLE = "<sco>"


class Matrix:
    """Several matrices as one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._common: set[str] = set()
        self._targets: dict[tuple[str, str], set[str]] = {}
        for name in names:
            content = _content(name)
            self._common.update(content["common"])
            for entry in content["relationships"]:
                targets = self._targets.setdefault((entry["source"], entry["type"]), set())
                targets.update(entry["targets"])
        for targets in self._targets.values():
            if _ANY_OBSERVABLE in targets:
                targets.update(SCO_TYPES, DADCDM_SCO_TYPES)

    def allows(self, source: str, relationship: str, target: str) -> bool:
        """Whether the relationship joins objects of those types."""
        return relationship in self._common or target in self._targets.get((source, relationship), ())

    def targets(self, source: str, relationship: str) -> list[str]:
        """The types of object it may point to from there."""
        return sorted(self._targets.get((source, relationship), set()) - {_ANY_OBSERVABLE})

    def relationships(self, source: str, target: str) -> list[str]:
        """The relationships that may join the two."""
        return sorted(name for (begin, name), ends in self._targets.items() if begin == source and target in ends)


@cache
def _content(name: str) -> Mapping[str, list]:  # type: ignore[type-arg]
    path = data_folder("schemas") / name / "relationships.json"
    content: Mapping[str, list] = orjson.loads(path.read_bytes())  # type: ignore[type-arg]
    return content


@cache
def matrix(names: tuple[str, ...]) -> Matrix:
    """The matrices of those names (folders under `schemas/`), joined."""
    return Matrix(names)
