"""References that stand deeper in an object than at its top, as the specification has them."""

from __future__ import annotations

from collections.abc import Iterator

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.issue import pointer_to
from disarm_exchange.validate.kinds import words

_PATHS: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (("extensions", "archive-ext", "contains_refs"), words("file directory")),
    (("extensions", "http-request-ext", "message_body_data_ref"), words("artifact")),
    (("extensions", "windows-service-ext", "service_dll_refs"), words("file")),
    (("body_multipart", "body_raw_ref"), words("artifact file")),
)
"""Where references stand deeper in an object, and to which types they lead; lists on the way are gone through."""


def inner_references(item: StixObject) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every such reference: its JSON pointer, what it names, and the types of object that it may name."""
    for path, types in _PATHS:
        if path[0] in item:
            for place, target in _at(item, path):
                if isinstance(target, str):
                    yield pointer_to(place), target, types


def _at(
    here: object, path: tuple[str, ...], place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(here, list):
        for number, entry in enumerate(here):
            yield from _at(entry, path, (*place, number))
    elif not path:
        yield place, here
    elif isinstance(here, dict) and path[0] in here:
        yield from _at(here[path[0]], path[1:], (*place, path[0]))
