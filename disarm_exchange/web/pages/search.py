"""Search: by value, by technique, and by the names of campaigns, narratives, channels, personas and so on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from disarm_exchange.convert.observables import observable_of
from disarm_exchange.disarm.catalogue import Catalogue, Technique
from disarm_exchange.findings.values import Kind, Value, read_cell, refang
from disarm_exchange.report.kinds import Section, section_of
from disarm_exchange.stix.ids import sco_id
from disarm_exchange.store.browsing import Entry, latest_entries
from disarm_exchange.store.index_reading import find_named, find_value
from disarm_exchange.web.items import Line, lines_of
from disarm_exchange.web.properties import is_object_id
from disarm_exchange.web.rendering import Shown
from disarm_exchange.web.site import Call

LONGEST = 500
_MOST = 100
_TECHNIQUES = 6
_VALUE_TYPES = ("domain-name", "url", "ipv4-addr", "ipv6-addr", "email-addr", "mac-addr")
# What people look for first.
_FIRST = (Section.CASES, Section.TECHNIQUES, Section.NARRATIVES, Section.PERSONAS, Section.CHANNELS)


@dataclass(frozen=True, slots=True)
class Group:
    """Found objects of one sort."""

    title: str
    lines: list[Line]


def show_search(call: Call) -> Shown:
    """`/web/search/?q=`."""
    asked = " ".join(call.asked("q", LONGEST).split())
    groups: list[Group] = []
    techniques: list[Technique] = []
    full = False
    if asked:
        by_value = _by_value(call, asked)
        by_name = find_named(call.tx, call.numbers, asked, clearance=call.clearance, limit=_MOST)
        full = max(len(by_value), len(by_name)) >= _MOST
        groups = _grouped(call, by_value, by_name)
        techniques = list(_techniques(asked))
    behind = call.keep_up()
    values = {"asked": asked, "groups": groups, "techniques": techniques, "full": full, "behind": behind}
    return Shown("search.html", values)


def candidate_ids(asked: str) -> list[str]:
    """The ids that observables of a typed value have, whichever way it is written (STIX 2.1 section 2.9)."""
    texts = list(dict.fromkeys((asked, refang(asked))))
    found = [sco_id(kind, {"value": text}) for text in texts for kind in _VALUE_TYPES]
    for value in _values(asked):
        try:
            found.append(observable_of(value).id)
        except ValueError:
            continue  # a count or mere words
    return list(dict.fromkeys(found))


def candidate_values(asked: str) -> list[str]:
    """The texts under which a typed value may be found as a whole."""
    texts = [asked, refang(asked), asked.removeprefix("@")]
    for value in _values(asked):
        texts += [text for text in (value.text, value.url, value.login, value.user_id) if text]
    return list(dict.fromkeys(texts))


def _values(asked: str) -> Iterator[Value]:
    for expect in (None, Kind.DOMAIN, Kind.ACCOUNT, Kind.URL):
        yield from islice(read_cell(asked, expect=expect), 3)


def _by_value(call: Call, asked: str) -> list[Entry]:
    ids = [asked] if is_object_id(asked) else candidate_ids(asked)
    found = latest_entries(call.tx, call.numbers, ids, clearance=call.clearance)
    for entry in find_value(call.tx, call.numbers, candidate_values(asked), clearance=call.clearance, limit=_MOST):
        found.setdefault(entry.stix_id, entry)
    return list(found.values())


def _grouped(call: Call, by_value: list[Entry], by_name: list[Entry]) -> list[Group]:
    groups: list[Group] = []
    if by_value:
        groups.append(Group("With this value", lines_of(call, by_value)))
    seen = {entry.stix_id for entry in by_value}
    sections: dict[Section, dict[str, Entry]] = {}
    for entry in by_name:
        if entry.stix_id not in seen:
            sections.setdefault(section_of(entry.type), {}).setdefault(entry.stix_id, entry)
    order = [*_FIRST, *(section for section in Section if section not in _FIRST)]
    for section in order:
        if section in sections:
            groups.append(Group(section.title, lines_of(call, sections[section].values())))
    return groups


def _techniques(asked: str) -> Iterator[Technique]:
    """Techniques of the framework whose id or name fits: the framework is public."""
    catalogue = Catalogue.load()
    for hit in catalogue.search(asked, _TECHNIQUES):
        found = catalogue.get(hit.id)
        if found is not None:
            yield found
