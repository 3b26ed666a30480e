"""A number that stands for all that an object says, to compare objects by."""

from __future__ import annotations

import orjson

from disarm_exchange.stix.bundle import StixObject

LONG = 10_000
"""Entries of a list from which on an object is not written whole for that."""


def content_mark(item: StixObject, number: int) -> int:
    """A hash of all that an object says, whatever the order of its properties."""
    try:
        return hash(orjson.dumps(item, option=orjson.OPT_SORT_KEYS))
    except TypeError:
        return -number  # nested too deep to be written: like no other


def long_content_mark(item: StixObject, number: int) -> int:
    """The same for an object with a list so long that it had better not be written whole."""
    content = 0
    for name in sorted(item):
        value = item[name]
        parts = [value[i : i + LONG] for i in range(0, len(value), LONG)] if isinstance(value, list) else [value]
        for part in parts:
            content = hash((content, name, content_mark({name: part}, number)))
    return content
