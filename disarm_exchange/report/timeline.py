"""When things happened: dated statements of the objects, like ones of a day together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from disarm_exchange.report.kinds import Section, section_of, words_for
from disarm_exchange.report.shown import title_of
from disarm_exchange.stix.bundle import StixObject

_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![^T])")
_MOST = 40
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_NAMED: Mapping[str, str] = {
    "first_seen": "first seen",
    "last_seen": "last seen",
    "start_time": "begins",
    "stop_time": "ends",
    "published": "published",
}
_TOGETHER: Mapping[str, str] = {
    "account_created": "created",
    "valid_from": "valid from this day",
    "first_observed": "first observed",
    "last_observed": "last observed",
    "first_seen": "first seen",
    "last_seen": "last seen",
    "publication_date": "published",
}
_BY_NAME = frozenset({Section.CASES, Section.PAPERS, Section.CONTENT})


@dataclass(frozen=True, slots=True)
class Moment:
    """A day (or a month, a year, where there are many), what it was, and of how many things (0: the one it names)."""

    when: str
    what: str
    count: int

    @property
    def date(self) -> str:
        """The date in words: `12 March 2026`."""
        return in_words(self.when)


def day_of(value: object) -> str:
    """The day of a timestamp, `2026-03-12`; empty where it is none."""
    found = _DAY.match(value) if isinstance(value, str) else None
    return found.group() if found else ""


def in_words(day: str) -> str:
    """`2026-03-12` as `12 March 2026`, `2026-03` as `March 2026`."""
    parts = day.split("-")
    if len(parts) == 1:
        return day
    month = f"{_MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return f"{int(parts[2])} {month}" if len(parts) == 3 else month


def timeline_of(objects: Iterable[StixObject]) -> tuple[Moment, ...]:
    """All dated statements in order. What would be more than a page goes by month, or else by year."""
    named: dict[tuple[str, str], None] = {}
    together: Counter[tuple[str, str, str]] = Counter()
    for item in objects:
        kind = str(item.get("type"))
        if kind == "relationship" or "-definition" in kind:
            continue
        by_name = section_of(kind) in _BY_NAME
        for name, words in (_NAMED if by_name else _TOGETHER).items():
            day = day_of(item.get(name))
            if day and by_name:
                named[day, f"{title_of(item)} ({words_for(kind, 1)}): {words}"] = None
            elif day:
                together[day, kind, words] += 1
    for length in (10, 7, 4):
        counts: Counter[tuple[str, str, str]] = Counter()
        for (day, kind, words), count in together.items():
            counts[day[:length], kind, words] += count
        shown = list(named) if len(named) <= _MOST else []
        if len(shown) + len(counts) <= _MOST:
            break
    moments = [Moment(day, what, 0) for day, what in shown]
    moments += [Moment(day, f"{words_for(kind, count)} {words}", count) for (day, kind, words), count in counts.items()]
    return tuple(sorted(moments, key=lambda one: (one.when, one.count == 0, one.what)))
