"""Vocabularies and enumerations: what STIX defines and what DAD-CDM adds, as data under `schemas/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from disarm_exchange.resources import data_folder

_FOLDERS = ("stix", "dad-cdm")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of values and where it is used."""

    name: str
    closed: bool
    """Whether other values are forbidden (an enumeration) or only unusual."""
    values: frozenset[str]
    properties: tuple[str, ...]
    """`type.property` for each property that takes its values from here."""


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Every vocabulary by its name, the values of all sources together."""
    found: dict[str, Vocabulary] = {}
    for folder in _FOLDERS:
        content = orjson.loads((data_folder("schemas") / folder / "vocabularies.json").read_bytes())
        for name, entry in content["vocabularies"].items():
            known = found.get(name)
            values = frozenset(entry["values"]) | (known.values if known else frozenset())
            properties = (*(known.properties if known else ()), *entry.get("properties", ()))
            found[name] = Vocabulary(name, entry["closed"], values, properties)
    return found


@cache
def vocabularies_of(object_type: str) -> Mapping[str, Vocabulary]:
    """The vocabularies of a type's properties, by property."""
    return {
        place.partition(".")[2]: vocabulary
        for vocabulary in vocabularies().values()
        for place in vocabulary.properties
        if place.partition(".")[0] == object_type
    }
