"""The first page: the collections that one may read, with counts, and the latest cases."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_exchange.report.kinds import Section, section_of
from disarm_exchange.store.browsing import Place, newest_entries
from disarm_exchange.store.index_reading import TypeCounts, count_types
from disarm_exchange.web.items import lines_of
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

_CASES = ("campaign", "intrusion-set", "incident")
_LATEST = 8
_HEADLINE = (Section.CASES, Section.TECHNIQUES, Section.NARRATIVES, Section.CHANNELS, Section.INDICATORS)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A collection with how many objects there are in it for this reader."""

    place: Place
    total: int
    sections: list[tuple[str, int]]
    newest: int | None


def show_home(call: Call) -> Shown:
    """`/`."""
    counts = count_types(call.tx, call.numbers, clearance=call.clearance)
    if counts.unindexed:
        call.site.keeper.kick()
    lines = [_line(call, place, counts) for place in call.places]
    latest = [
        entry
        for place in call.places
        for entry in newest_entries(call.tx, place.number, clearance=call.clearance, types=_CASES, limit=_LATEST)
    ]
    latest.sort(key=lambda entry: entry.date_added, reverse=True)
    return Shown(
        "home.html",
        {
            "lines": lines,
            "headline": [(section.title, count) for section, count in _by_section(counts.of(call.numbers)).items()
                         if section in _HEADLINE],
            "total": sum(line.total for line in lines),
            "latest": lines_of(call, latest[:_LATEST]),
            "behind": counts.behind,
        },
    )  # fmt: skip


def _line(call: Call, place: Place, counts: TypeCounts) -> PlaceLine:
    mine = counts.of([place.number])
    sections = [(section.title, count) for section, count in _by_section(mine).items()]
    # Of what this reader may see: the collection's own last date would tell of the rest.
    newest = newest_entries(call.tx, place.number, clearance=call.clearance, limit=1) if mine else []
    return PlaceLine(place, sum(mine.values()), sections, newest[0].date_added if newest else None)


def _by_section(counts: dict[str, int]) -> dict[Section, int]:
    found: dict[Section, int] = {}
    for kind, count in counts.items():
        section = section_of(kind)
        found[section] = found.get(section, 0) + count
    return {section: found[section] for section in Section if section in found}
