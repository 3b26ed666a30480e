"""All properties of an object in readable form: text harmless, ids as links, the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from disarm_exchange.report.shown import one_line, prose, title_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.web.rendering import object_url

_MOST_NODES = 1500
_MOST_LISTED = 100
_DEEPEST = 12
_LONG = 90
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,248}--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def is_object_id(text: str) -> bool:
    """Whether a text has the form of an id, and is nothing but that."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Node:
    """A value.

    Attributes:
        form: `text`, `prose`, `link`, `list` or `map`.
        text: for `text`, `prose` and `link`.
        url: for `link`.
        parts: for `list`, and with names for `map`.
    """

    form: str
    text: str = ""
    url: str = ""
    parts: list[tuple[str, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Tree:
    """Properties in the order of the object, cut where there are too many."""

    known: Mapping[str, StixObject]
    left: int = _MOST_NODES
    was_cut: bool = False

    def rows(self, item: StixObject, *, without: frozenset[str] = frozenset()) -> list[tuple[str, Node]]:
        """Name and value of each property."""
        return list(self._named((key, value) for key, value in item.items() if key not in without))

    def _named(self, pairs: Iterator[tuple[str, object]], depth: int = 0) -> Iterator[tuple[str, Node]]:
        for key, value in pairs:
            if self.left <= 0:
                self.was_cut = True
                return
            yield one_line(key, 120), self.node(value, depth)

    def node(self, value: object, depth: int = 0) -> Node:
        """One value."""
        self.left -= 1
        if depth > _DEEPEST:
            self.was_cut = True
            return Node("text", "…")
        if isinstance(value, Mapping):
            return Node("map", parts=list(self._named(iter(value.items()), depth + 1)))
        if isinstance(value, list):
            if len(value) > _MOST_LISTED:
                self.was_cut = True
            listed = ((str(place), one) for place, one in enumerate(value[:_MOST_LISTED]))
            return Node("list", parts=list(self._named(listed, depth + 1)))
        if isinstance(value, str):
            return self._text(value)
        return Node("text", "yes" if value is True else "no" if value is False else "" if value is None else str(value))

    def _text(self, value: str) -> Node:
        if is_object_id(value):
            found = self.known.get(value)
            return Node("link", value if found is None else title_of(found), object_url(value))
        if "\n" in value or len(value) > _LONG:
            return Node("prose", prose(value))
        return Node("text", one_line(value, _LONG * 4))
