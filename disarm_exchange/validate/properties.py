"""Which properties a type of object has, read off the schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from disarm_exchange.validate.schemas import OASIS, registry, schema_uri


@cache
def known_properties(object_type: str, observable: bool = False) -> frozenset[str]:
    """The names of all properties that the specification gives to a type; those of the core for unknown types."""
    item: dict[str, object] = {"type": object_type} if observable else {"type": object_type, "created": ""}
    return properties_of(schema_uri(item))


@cache
def properties_of(uri: str) -> frozenset[str]:
    """The names of all properties that the schema of that `$id` has something to say about."""
    return frozenset(_names(registry().schemas[uri]))


def _names(schema: Mapping[str, object]) -> Iterator[str]:
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        yield from properties
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts = schema.get(keyword)
        for part in parts if isinstance(parts, list) else ():
            yield from _names(part)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        uri = f"{OASIS}{reference.removeprefix('../')}" if reference.startswith("../") else reference
        target = registry().schemas.get(uri)
        if target is not None:
            yield from _names(target)
