"""The graph of some objects: each object once as a node, each relationship once as an edge.

Nodes are all objects but relationships and those that only say how to read others (`kinds.META`). Sightings are
nodes: they carry numbers. Edges are relationships, and references inside objects that mean something: not who made an
object, not its markings. What a report or grouping lists is an edge only where nothing else ties the object to
anything, and never to the people and platforms that made it, for a report lists everything. An object that only a
relationship names, and that is not in the set, is a node of the section `outside`.

Cases that share an observable or infrastructure, directly or through an indicator, have an edge `shares` between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from sys import intern
from typing import TypeGuard

from disarm_exchange.disarm.catalogue import Catalogue, Tactic
from disarm_exchange.report.kinds import META, Section, section_of
from disarm_exchange.report.shown import one_line, platform_of, title_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING

SHARES = "shares"
"""The relation of an edge between two cases with assets in common."""

LISTS = "lists"
ABOUT = "about"
_MAKERS = frozenset({Section.ACTORS, Section.PLATFORMS})
_LISTING = frozenset({"report", "grouping"})
_NO_EDGE = frozenset({"created_by_ref", "object_marking_refs", "granular_markings", "external_references", "objects"})
_MOST_OWNERS = 50
"""An asset of more cases than this (a platform's domain, say) ties nobody to anybody."""


@dataclass(frozen=True, slots=True)
class Node:
    """One object.

    Attributes:
        id: its STIX id.
        type: its STIX type.
        section: where it belongs.
        title: its name or value, on one line, defanged.
        group: what like objects have in common: a platform, a tactic, the kind of observable; may be empty.
        tlp: the strictest TLP colour on the whole object, `amber`; empty without one.
        confidence: as stated, 0 to 100.
        count: of a sighting or an observation.
        place: among its like, where they have an order of their own: of a technique that of its tactic in the matrix.
    """

    id: str
    type: str
    section: Section
    title: str
    group: str = ""
    tlp: str = ""
    confidence: int | None = None
    count: int | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """What ties two objects.

    Attributes:
        source: id of the node it starts from.
        target: id of the node it leads to.
        relation: `uses`, `based-on`, ...; for a reference inside an object the property's name without `_ref`.
        id: of the relationship object; empty for a reference inside an object and for `shares`.
        confidence: as stated, 0 to 100.
        count: of `shares`: how many assets; else 1.
    """

    source: str
    target: str
    relation: str
    id: str = ""
    confidence: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class CaseGraph:
    """Nodes and edges, in an order that depends on the objects alone. Every edge has both its nodes."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def neighbourhood(self, object_id: str, steps: int = 1) -> CaseGraph:
        """The node with that id, what lies within so many steps of it, and the edges among them."""
        beside: dict[str, set[str]] = defaultdict(set)
        for edge in self.edges:
            beside[edge.source].add(edge.target)
            beside[edge.target].add(edge.source)
        near = {object_id}
        for _ in range(steps):
            near |= {other for one in near for other in beside.get(one, ())}
        return CaseGraph(
            tuple(node for node in self.nodes if node.id in near),
            tuple(edge for edge in self.edges if edge.source in near and edge.target in near),
        )


def graph_of(objects: Iterable[StixObject], catalogue: Catalogue | None = None) -> CaseGraph:
    """The graph of some objects, each given once in its newest version.

    Args:
        objects: in any order.
        catalogue: the DISARM release that names tactics and orders them; by default the usual one.
    """
    tactics = {tactic.shortname: tactic for tactic in (catalogue or Catalogue.load()).tactics}
    nodes: dict[str, Node] = {}
    links: list[Edge] = []
    listed: list[Edge] = []
    ids: dict[str, str] = {}  # each id once in memory, however many edges name it
    for item in objects:
        identifier, kind = item.get("id"), item.get("type")
        if not isinstance(identifier, str) or not isinstance(kind, str) or kind in META:
            continue
        if kind == "relationship":
            edge = _relationship(item, identifier, ids)
            if edge is not None:
                links.append(edge)
            continue
        identifier = ids.setdefault(identifier, identifier)
        nodes[identifier] = _node(item, identifier, kind, tactics)
        for edge in _references(item, identifier, ids):
            (listed if edge.relation == LISTS else links).append(edge)
    for edge in links:
        if edge.id:
            for end in (edge.source, edge.target):
                if end not in nodes:
                    kind = end.partition("--")[0]
                    nodes[end] = Node(end, one_line(kind, 60), Section.OUTSIDE, one_line(end, 80))
    edges = [edge for edge in links if edge.source in nodes and edge.target in nodes]
    tied = {end for edge in edges for end in (edge.source, edge.target)}
    edges += [
        edge
        for edge in listed
        if edge.source in nodes
        and edge.target in nodes
        and edge.target not in tied
        and nodes[edge.target].section not in _MAKERS
    ]
    edges += _shared(nodes, edges)
    return CaseGraph(
        tuple(sorted(nodes.values(), key=_node_order)),
        tuple(sorted(set(edges), key=lambda edge: (edge.source, edge.target, edge.relation, edge.id))),
    )


def _node_order(node: Node) -> tuple[int, str, str, str]:
    return (_PLACES[node.section], node.type, node.title.casefold(), node.id)


_PLACES = {section: place for place, section in enumerate(Section)}


def _relationship(item: StixObject, identifier: str, ids: dict[str, str]) -> Edge | None:
    source, target = item.get("source_ref"), item.get("target_ref")
    if not isinstance(source, str) or not isinstance(target, str):
        return None
    relation = one_line(item.get("relationship_type"), 60) or "related-to"
    source, target = ids.setdefault(source, source), ids.setdefault(target, target)
    return Edge(source, target, intern(relation), identifier, _number(item.get("confidence"), 100))


def _node(item: StixObject, identifier: str, kind: str, tactics: Mapping[str, Tactic]) -> Node:
    section = section_of(kind)
    if kind == "identity" and item.get("identity_class") == "system":
        section = Section.PLATFORMS
    count = None
    if section is Section.COUNTS:
        count = _number(item.get("count" if kind == "sighting" else "number_observed"), 999_999_999)
    phase = _phase(item) if kind == "attack-pattern" else ""
    tactic = tactics.get(phase)
    if tactic is not None:
        group, place = tactic.name, tactic.order
    else:
        group, place = one_line(phase, 80) or _group(item, kind), len(tactics) + 1
    return Node(
        identifier,
        intern(one_line(kind, 60)),
        section,
        title_of(item),
        intern(group),
        _tlp(item),
        _number(item.get("confidence"), 100),
        count,
        place if kind == "attack-pattern" else 0,
    )


def _phase(item: StixObject) -> str:
    phases = item.get("kill_chain_phases")
    for phase in phases if isinstance(phases, list) else ():
        if isinstance(phase, dict) and isinstance(name := phase.get("phase_name"), str):
            return name
    return ""


def _group(item: StixObject, kind: str) -> str:
    if kind == "indicator":
        return _pattern_type(item.get("pattern"))
    if kind == "channel":
        types = item.get("channel_types")
        return one_line(types[0], 40) if isinstance(types, list) and types else ""
    return platform_of(item)


def _pattern_type(pattern: object) -> str:
    if not isinstance(pattern, str) or not pattern.startswith("["):
        return ""
    kind, colon, _ = pattern[1:80].strip(" (").partition(":")
    return kind if colon and kind.replace("-", "").isalnum() else ""


def _tlp(item: StixObject) -> str:
    refs = item.get("object_marking_refs")
    colours = [TLP_OF_MARKING[ref] for ref in refs if ref in TLP_OF_MARKING] if _is_texts(refs) else []
    return max(colours).token if colours else ""


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _number(value: object, highest: int) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= highest
    return int(str(value)) if fits else None


def _references(item: Mapping[str, object], identifier: str, ids: dict[str, str]) -> Iterator[Edge]:
    """References inside an object, at its top and in what stands nested in it."""
    listing = item.get("type") in _LISTING
    for name, value in item.items():
        if name in _NO_EDGE:
            continue
        if name.endswith(("_ref", "_refs")):
            relation = one_line(name.rpartition("_")[0].replace("_", "-"), 60)
            if name == "object_refs":
                relation = LISTS if listing else ABOUT
            for ref in value if isinstance(value, list) else (value,):
                if isinstance(ref, str) and ref != identifier:
                    yield Edge(identifier, ids.setdefault(ref, ref), intern(relation))
        elif isinstance(value, (dict, list)):
            for one in (value,) if isinstance(value, dict) else value:
                if isinstance(one, dict):
                    yield from _references(one, identifier, ids)


def _shared(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> list[Edge]:
    """An edge between each two cases that have observables or infrastructure in common."""
    owners: dict[str, set[str]] = defaultdict(set)
    seen_by: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        for one, other in ((edge.source, edge.target), (edge.target, edge.source)):
            section = nodes[one].section
            if nodes[other].section is Section.CASES:
                if section in (Section.OBSERVABLES, Section.INFRASTRUCTURE):
                    owners[one].add(other)
                elif section is Section.INDICATORS:
                    seen_by[one].add(other)
    if len({case for cases in (*owners.values(), *seen_by.values()) for case in cases}) < 2:
        return []
    for edge in edges:
        if edge.source in seen_by and nodes[edge.target].section is Section.OBSERVABLES:
            owners[edge.target] |= seen_by[edge.source]
    shares: dict[tuple[str, str], int] = defaultdict(int)
    for cases in owners.values():
        if 1 < len(cases) <= _MOST_OWNERS:
            for pair in combinations(sorted(cases), 2):
                shares[pair] += 1
    return [Edge(one, other, SHARES, count=count) for (one, other), count in shares.items()]
