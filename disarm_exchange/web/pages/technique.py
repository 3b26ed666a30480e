"""One technique: who uses it, how surely, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from disarm_exchange.disarm.catalogue import Catalogue, Retired, Technique, Unknown
from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.technique_ids import proper_technique_id
from disarm_exchange.report.shown import one_line
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.store.browsing import latest_entries
from disarm_exchange.store.index_reading import find_named, links_to
from disarm_exchange.web.door import Refused
from disarm_exchange.web.items import Line, lines_of
from disarm_exchange.web.rendering import Shown, object_url
from disarm_exchange.web.site import Call

_PAGE = 100
_MOST_PATTERNS = 100


@dataclass(frozen=True, slots=True)
class Use:
    """Someone's use of the technique, or a list that names it."""

    line: Line
    word: str
    findings: int
    confidence: int | None
    evidence_url: str


def show_technique(call: Call) -> Shown:
    """`/web/techniques/ID/`."""
    asked = call.request.path_params["technique"][:40]
    technique_id = proper_technique_id(asked)
    if technique_id is None:
        raise Refused(404, "That is no id of a DISARM technique.")
    catalogue = Catalogue.load()
    found = catalogue.lookup(technique_id)
    patterns = dict(_patterns(call, technique_id, found))
    said = links_to(
        call.tx,
        call.numbers,
        list(patterns),
        clearance=call.clearance,
        before=call.asked_number("before"),
        limit=_PAGE + 1,
    )
    users = latest_entries(call.tx, call.numbers, [one.link.user for one in said], clearance=call.clearance)
    lines = dict(zip(users, lines_of(call, users.values()), strict=True))
    uses: dict[str, Use] = {}
    for one in said[:_PAGE]:
        line = lines.get(one.link.user)
        if line is not None and not line.revoked:
            word = "uses" if one.link.kind == "uses" else "names it"
            url = object_url(one.stix_id) if one.link.kind == "uses" else ""
            uses.setdefault(one.stix_id, Use(line, word, one.link.findings, one.link.confidence, url))
    known = isinstance(found, Technique)
    called = next((name for name in patterns.values() if name), "")
    name = called if isinstance(found, Unknown) else found.name
    successors = found.successors if isinstance(found, Retired) else ()
    return Shown(
        "technique.html",
        {
            "technique_id": technique_id,
            "technique": found if known else None,
            "name": name,
            "successors": [one for one in map(catalogue.get, successors) if one is not None],
            "remark": "" if isinstance(found, Technique) else catalogue.explain(found),
            "release": catalogue.release,
            "tactics": catalogue.tactics_of(found) if isinstance(found, Technique) else (),
            "parent": catalogue.get(found.parent_id) if isinstance(found, Technique) and found.parent_id else None,
            "children": catalogue.children(technique_id),
            "uses": list(uses.values()),
            "behind": call.keep_up(),
            "older": said[_PAGE - 1].date_added if len(said) > _PAGE else None,
        },
    )


def _patterns(call: Call, technique_id: str, found: object) -> Iterator[tuple[str, str]]:
    """The attack-patterns that stand for the technique, ours, DISARM's and those that are stored, with their names."""
    yield technique_stix_id(technique_id), ""
    for stix_id in getattr(found, "stix_ids", ()):
        yield stix_id, ""
    for entry in find_named(call.tx, call.numbers, technique_id, clearance=call.clearance, limit=_MOST_PATTERNS):
        item = entry.parse()
        if entry.type == "attack-pattern" and technique_of(item) == technique_id:
            yield entry.stix_id, one_line(item.get("name"))
