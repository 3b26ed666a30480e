"""Objects of a period, for comparing one source with itself over time.

A relationship belongs to the day of its `start_time`, else of its `created`; a report, note or other list to that of
`published`, else of `created`. All other objects are what those speak of, and belong to every period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import parse_timestamp


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included; None: without end on that side."""

    first: date | None = None
    last: date | None = None

    @property
    def name(self) -> str:
        """In words; empty for all time."""
        if self.first and self.last:
            return f"{self.first.isoformat()} to {self.last.isoformat()}"
        if self.first:
            return f"from {self.first.isoformat()}"
        return f"until {self.last.isoformat()}" if self.last else ""

    def has(self, day: date | None) -> bool:
        """Whether a day is in it; an unknown day only where it has no end on either side."""
        if day is None:
            return self.first is None and self.last is None
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def within(objects: Iterable[StixObject], period: Period) -> Iterator[StixObject]:
    """The objects without the relationships and lists of other times."""
    for item in objects:
        if item.get("type") == "relationship":
            if period.has(_day(item, "start_time", "created")):
                yield item
        elif "object_refs" not in item or period.has(_day(item, "published", "created")):
            yield item


def _day(item: StixObject, *names: str) -> date | None:
    for name in names:
        text = item.get(name)
        if isinstance(text, str):
            try:
                return parse_timestamp(text).date()
            except ValueError:
                return None
    return None
