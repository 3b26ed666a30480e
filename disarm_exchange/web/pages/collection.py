"""One collection: what is in it, newest first, a page at a time."""

from __future__ import annotations

from collections import Counter

from disarm_exchange.store.browsing import Entry, Place, newest_entries
from disarm_exchange.store.index_reading import count_types
from disarm_exchange.web.door import Refused
from disarm_exchange.web.items import lines_of
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

PAGE = 50
_EVERYTHING = "everything"
_CONNECTING = frozenset({"relationship"})


def place_of(call: Call, name: str) -> Place:
    """The collection of that id, if the user may read it.

    Raises:
        Refused: 404, also where there is one that the user may not read.
    """
    for place in call.places:
        if place.id == name:
            return place
    raise Refused(404, "There is no such collection, or you may not read it.")


def show_collection(call: Call) -> Shown:
    """`/web/collections/ID/`; `type`: only that, or `everything`; without it all but relationships."""
    place = place_of(call, call.request.path_params["collection"])
    counts = count_types(call.tx, [place.number], clearance=call.clearance)
    if counts.unindexed:
        call.site.keeper.kick()
    kind, before = call.asked("type", 250), call.asked_number("before")
    mine = counts.of([place.number])
    found: list[Entry] = []
    if mine or counts.behind:
        types = _types(kind, mine)
        found = newest_entries(
            call.tx, place.number, clearance=call.clearance, types=types, before=before, limit=PAGE + 1
        )
    return Shown(
        "collection.html",
        {
            "place": place,
            "lines": lines_of(call, found[:PAGE]),
            "kinds": sorted(mine.items(), key=lambda pair: (-pair[1], pair[0])),
            "kind": kind,
            "things": sum(count for name, count in mine.items() if name not in _CONNECTING),
            "total": sum(mine.values()),
            "before": before,
            "older": found[PAGE - 1].date_added if len(found) > PAGE else None,
            "behind": counts.behind,
        },
    )


def _types(kind: str, mine: Counter[str]) -> tuple[str, ...]:
    if kind == _EVERYTHING:
        return ()
    return (kind,) if kind else tuple(name for name in mine if name not in _CONNECTING)
