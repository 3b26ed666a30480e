"""Stored objects as lines of a page: what each is called, where it is, and how widely it is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from disarm_exchange.policy.references import mentioned_ids
from disarm_exchange.report.shown import one_line, platform_of, title_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store.browsing import Entry, latest_entries
from disarm_exchange.web.rendering import kind_word, object_url
from disarm_exchange.web.site import Call


@dataclass(frozen=True, slots=True)
class Line:
    """One object in a list."""

    stix_id: str
    kind: str
    title: str
    detail: str
    level: int
    date_added: int
    place: str
    url: str
    revoked: bool


def lines_of(call: Call, entries: Iterable[Entry]) -> list[Line]:
    """Entries as lines; the ends of relationships are looked up to say what they connect."""
    listed = [(entry, entry.parse()) for entry in entries]
    ends = ends_of(call, (item for _, item in listed))
    titles = {place.number: place.title for place in call.places}
    return [line_of(entry, item, ends, titles.get(entry.collection, "")) for entry, item in listed]


def line_of(entry: Entry, item: StixObject, ends: Mapping[str, StixObject], place: str) -> Line:
    """An entry as a line."""
    return Line(
        stix_id=entry.stix_id,
        kind=entry.type,
        title=title_for(item, ends),
        detail=platform_of(item),
        level=entry.level,
        date_added=entry.date_added,
        place=place,
        url=object_url(entry.stix_id),
        revoked=item.get("revoked") is True,
    )


def ends_of(call: Call, items: Iterable[StixObject]) -> dict[str, StixObject]:
    """What relationships and sightings connect, as far as the reader may see it."""
    wanted = [ref for item in items for ref in _ends(item)]
    found = latest_entries(call.tx, call.numbers, wanted, clearance=call.clearance)
    return {stix_id: entry.parse() for stix_id, entry in found.items()}


def title_for(item: StixObject, ends: Mapping[str, StixObject]) -> str:
    """What an object is called; of a relationship, what it connects."""
    if item.get("type") == "relationship":
        source, target = (_end_title(item.get(key), ends) for key in ("source_ref", "target_ref"))
        return f"{source} {relation_word(item)} {target}"
    if item.get("type") == "sighting":
        count = item.get("count")
        said = f" ({count:,})" if isinstance(count, int) and not isinstance(count, bool) else ""
        return f"{_end_title(item.get('sighting_of_ref'), ends)} seen{said}"
    return title_of(item)


def relation_word(item: StixObject) -> str:
    """The type of a relationship in words."""
    return one_line(item.get("relationship_type"), 60).replace("-", " ") or "related to"


def references_of(item: StixObject) -> dict[str, list[str]]:
    """The ids that an object refers to, by the property that does; its own id left out."""
    found: dict[str, list[str]] = {}
    for key, value in item.items():
        if key in ("id", "object_marking_refs"):
            continue
        refs = [ref for ref in dict.fromkeys(mentioned_ids({key: value})) if ref != item.get("id")]
        if refs:
            found[key] = refs
    return found


def _ends(item: StixObject) -> Iterator[str]:
    for key in ("source_ref", "target_ref", "sighting_of_ref"):
        ref = item.get(key)
        if isinstance(ref, str):
            yield ref


def _end_title(ref: object, ends: Mapping[str, StixObject]) -> str:
    if not isinstance(ref, str):
        return "?"
    found = ends.get(ref)
    return title_of(found, 80) if found is not None else f"{kind_word(ref.partition('--')[0])} {ref[-12:-6]}…"
