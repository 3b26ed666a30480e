"""One object: its properties, what it refers to and what refers to it, its versions, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.responses import Response

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.disarm.succession import evidence_of
from disarm_exchange.report.shown import one_line, title_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store.browsing import Entry, latest_entries, mentioning, versions_of
from disarm_exchange.store.index_reading import links_from
from disarm_exchange.store.peers import holders_of
from disarm_exchange.web.door import Refused
from disarm_exchange.web.items import Line, ends_of, line_of, references_of, relation_word, title_for
from disarm_exchange.web.properties import Tree, is_object_id
from disarm_exchange.web.rendering import Shown, link, object_url
from disarm_exchange.web.site import Call

_NEIGHBOURS = 50
_VERSIONS = 200
_REFERRED = 200
_TECHNIQUES = 300
_LONGEST_RAW = 200_000
# Shown elsewhere on the page.
_HEAD = frozenset({"type", "id", "spec_version", "object_marking_refs"})


@dataclass(frozen=True, slots=True)
class Use:
    """A technique that an object uses."""

    technique_id: str
    title: str
    url: str
    findings: int
    confidence: int | None
    evidence_url: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An object beside this one, and how the two hang together."""

    relation: str
    line: Line
    via: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the list of versions."""

    entry: Entry
    place: str
    url: str
    source: str


def show_object(call: Call) -> Shown:
    """`/web/objects/ID/`; `in` and `added` choose an older version, `before` pages through what refers to it."""
    versions = _versions(call)
    entry = _chosen(call, versions)
    item = entry.parse()
    references = references_of(item)
    referred = list(dict.fromkeys(ref for refs in references.values() for ref in refs))[:_REFERRED]
    around = latest_entries(call.tx, call.numbers, referred, clearance=call.clearance)
    known = {stix_id: one.parse() for stix_id, one in around.items()}
    titles = {place.number: place.title for place in call.places}
    uses = _uses(call, entry.stix_id)
    mentioners, older = _mentioners(call, entry, {use.evidence_url for use in uses})
    tree = Tree(known)
    rows = tree.rows(item, without=_HEAD)
    raw = _pretty(entry.body)
    return Shown(
        "object.html",
        {
            "entry": entry,
            "item_title": title_for(item, known),
            "technique_id": technique_of(item) if entry.type == "attack-pattern" else None,
            "revoked": item.get("revoked") is True,
            "rows": rows,
            "was_cut": tree.was_cut,
            "evidence": _evidence(item),
            "uses": uses,
            "refers": [
                Neighbour(_property_word(key), line_of(around[ref], known[ref], known, titles[around[ref].collection]))
                for key, refs in references.items()
                for ref in refs
                if ref in around
            ],
            "elsewhere": sorted(ref for ref in referred if ref not in around),
            "mentioners": mentioners,
            "older": older,
            "before": call.asked_number("before"),
            "versions": [_version(call, one, titles) for one in versions],
            "is_old": not entry.newest,
            "source": _source(call, entry),
            "place": titles[entry.collection],
            "creator": known.get(str(item.get("created_by_ref"))),
            "creator_ref": str(item.get("created_by_ref") or ""),
            "holders": _holders(call, entry.stix_id),
            "raw": raw if len(raw) <= _LONGEST_RAW else "",
            "behind": call.keep_up(),
            "raw_url": link(object_url(entry.stix_id) + "raw/", **_place_query(call, entry)),
            "title_of": title_of,
        },
    )


def show_raw(call: Call) -> Response:
    """`/web/objects/ID/raw/`: the bytes as they were received."""
    entry = _chosen(call, _versions(call))
    headers = {"Content-Disposition": f'attachment; filename="{entry.stix_id}.json"'}
    return Response(entry.body, media_type="application/stix+json;version=2.1", headers=headers)


def _versions(call: Call) -> list[Entry]:
    stix_id = call.request.path_params["object_id"]
    found: list[Entry] = []
    if is_object_id(stix_id) and call.numbers:
        found = versions_of(call.tx, call.numbers, stix_id, clearance=call.clearance, limit=_VERSIONS)
    if not found:
        raise Refused(404, "There is no such object, or you may not see it.")
    return found


def _chosen(call: Call, versions: list[Entry]) -> Entry:
    added = call.asked_number("added")
    if added is None:
        return versions[0]
    numbers = {place.number for place in call.places if place.id == call.asked("in", 36)}
    for entry in versions:
        if entry.date_added == added and entry.collection in numbers:
            return entry
    raise Refused(404, "There is no such version, or you may not see it.")


def _place_query(call: Call, entry: Entry) -> dict[str, object]:
    place_id = next(place.id for place in call.places if place.number == entry.collection)
    return {"in": place_id, "added": entry.date_added}


def _version(call: Call, entry: Entry, titles: dict[int, str]) -> Version:
    url = object_url(entry.stix_id, **_place_query(call, entry))
    return Version(entry, titles[entry.collection], url, _source(call, entry))


def _source(call: Call, entry: Entry) -> str:
    """Who brought a version. Who else uses the server is for those who run it to know."""
    kind, _, name = entry.source.partition(":")
    if call.operates:
        return {"org": f"organisation {name}", "peer": f"peer {name}"}.get(kind, "this machine")
    if kind == "org":
        return "your organisation" if name == call.user.organisation.name else "another organisation"
    return {"peer": "a peer"}.get(kind, "the operator of this server")


def _holders(call: Call, stix_id: str) -> list[tuple[str, str, str]]:
    """Which peers are known to hold it: for those who run the server."""
    if not call.operates:
        return []
    return [(peer, holding.how, holding.version) for peer, holding in holders_of(call.tx, stix_id)][:_VERSIONS]


def _uses(call: Call, stix_id: str) -> list[Use]:
    said = links_from(call.tx, call.numbers, stix_id, clearance=call.clearance, limit=_TECHNIQUES)
    patterns = latest_entries(call.tx, call.numbers, [one.link.pattern for one in said], clearance=call.clearance)
    found: dict[str, Use] = {}
    for one in said:
        entry = patterns.get(one.link.pattern)
        item: StixObject = {"type": "attack-pattern", "id": one.link.pattern} if entry is None else entry.parse()
        technique_id = technique_of(item) or ""
        url = f"/web/techniques/{technique_id}/" if technique_id else object_url(one.link.pattern)
        found[one.stix_id] = Use(
            technique_id,
            one_line(item.get("name")),
            url,
            one.link.findings,
            one.link.confidence,
            object_url(one.stix_id),
        )
    return sorted(found.values(), key=lambda use: (-use.findings, use.technique_id, use.title))


def _mentioners(call: Call, entry: Entry, elsewhere: set[str]) -> tuple[list[Neighbour], int | None]:
    """What refers to the object; a relationship stands for its other end. And where the next page begins."""
    found = mentioning(
        call.tx,
        call.numbers,
        entry.stix_id,
        clearance=call.clearance,
        before=call.asked_number("before"),
        limit=_NEIGHBOURS + 1,
    )
    shown = found[:_NEIGHBOURS]
    items = {one.stix_id: one.parse() for one in shown}
    ends = ends_of(call, items.values())
    entries = latest_entries(call.tx, call.numbers, ends, clearance=call.clearance)
    titles = {place.number: place.title for place in call.places}
    neighbours: list[Neighbour] = []
    for one in shown:
        item = items[one.stix_id]
        url = object_url(one.stix_id)
        if url in elsewhere:
            continue
        other = _other_end(item, entry.stix_id)
        if other is None or other not in entries:
            line = line_of(one, item, ends, titles[one.collection])
            neighbours.append(Neighbour(_naming(item, entry.stix_id), line))
            continue
        outward = item.get("source_ref") == entry.stix_id
        word = relation_word(item)
        line = line_of(entries[other], ends[other], ends, titles[entries[other].collection])
        neighbours.append(Neighbour(word if outward else f"← {word}", line, url))
    return neighbours, shown[-1].date_added if len(found) > _NEIGHBOURS else None


def _other_end(item: StixObject, stix_id: str) -> str | None:
    if item.get("type") != "relationship":
        return None
    source, target = str(item.get("source_ref")), str(item.get("target_ref"))
    return target if source == stix_id else source if target == stix_id else None


def _naming(item: StixObject, stix_id: str) -> str:
    """By which property an object refers to another."""
    for key, refs in references_of(item).items():
        if stix_id in refs:
            return f"← {_property_word(key)}"
    return "← mentions"


def _property_word(key: str) -> str:
    return one_line(key, 60).removesuffix("_refs").removesuffix("_ref").replace("_", " ").strip() or "refers to"


def _evidence(item: StixObject) -> dict[str, object] | None:
    """Our evidence extension, checked piece by piece: it may come from anybody."""
    said = evidence_of(item)
    if said is None:
        return None
    count = said.get("evidence_count")
    rules, rows = said.get("rules"), said.get("evidence")
    return {
        "count": count if isinstance(count, int) and not isinstance(count, bool) else None,
        "framework": one_line(said.get("framework"), 20),
        "rules": [
            tuple(one_line(rule.get(key), 400) for key in ("id", "reason", "confidence"))
            for rule in (rules if isinstance(rules, list) else [])[:_NEIGHBOURS]
            if isinstance(rule, dict)
        ],
        "rows": [
            tuple(one_line(row.get(key), 400) for key in ("label", "value", "note"))
            for row in (rows if isinstance(rows, list) else [])[:_NEIGHBOURS]
            if isinstance(row, dict)
        ],
    }


def _pretty(body: bytes) -> str:
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
