"""Vocabularies and enumerations as data under `schemas/`: STIX's, what DAD-CDM adds, what takedown findings need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from disarm_exchange.resources import data_folder


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of values and where it is used."""

    name: str
    closed: bool
    """Whether other values are forbidden (an enumeration) or only unusual."""
    values: frozenset[str]
    properties: tuple[str, ...]
    """`type.property` for each property that takes its values from here."""
    pattern: str = ""
    """A form that values outside the list may have; empty where there is none."""

    def has(self, value: str) -> bool:
        """Whether the value is one of the list, or has the form that is as good."""
        return value in self.values or bool(self.pattern and re.fullmatch(self.pattern, value, re.ASCII))


@cache
def vocabularies(folders: tuple[str, ...] = ("stix", "dad-cdm")) -> Mapping[str, Vocabulary]:
    """Every vocabulary by its name, the values of those folders under `schemas/` together."""
    found: dict[str, Vocabulary] = {}
    for folder in folders:
        path = data_folder("schemas") / folder / "vocabularies.json"
        if not path.is_file():
            continue
        for name, entry in orjson.loads(path.read_bytes())["vocabularies"].items():
            known = found.get(name, Vocabulary(name, bool(entry["closed"]), frozenset(), ()))
            found[name] = Vocabulary(
                name,
                known.closed,
                known.values.union(_values(entry), _borrowed(entry.get("from"))),
                (*known.properties, *entry.get("properties", ())),
                entry.get("pattern", known.pattern),
            )
    return found


def _values(entry: Mapping[str, list[str]]) -> Iterable[str]:
    return [*entry["values"], *map(str.lower, entry["values"])] if entry.get("any-case") else entry["values"]


def _borrowed(source: object) -> Iterable[str]:
    """Values that stand in another data file: the account types of the platforms that findings are read from."""
    if source != "platforms":
        return ()
    content = orjson.loads((data_folder("mappings") / "values" / "platforms.json").read_bytes())
    return (platform["account_type"] for platform in content["platforms"])


@cache
def vocabularies_of(object_type: str, folders: tuple[str, ...]) -> Mapping[str, Vocabulary]:
    """The vocabularies of a type's properties, by property."""
    return {
        place.partition(".")[2]: vocabulary
        for vocabulary in vocabularies(folders).values()
        for place in vocabulary.properties
        if place.partition(".")[0] == object_type
    }
