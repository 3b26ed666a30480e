"""The picture of a graph: like nodes folded into one box, so that any number of objects stays readable.

Each column of the picture has room for so many boxes. Where it has more, its fullest section is folded, step by step:
nodes alike in type, group (platform, tactic, kind of observable) and cases; alike in type and group; alike in type;
all of the section. What is small enough is never folded, and every node is in exactly one box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from disarm_exchange.report.graph import ABOUT, CaseGraph, Edge, Node
from disarm_exchange.report.kinds import Section, counted, words_for

ROWS = 24
"""How many boxes a column has room for."""

WIRES = 50
"""With more wires than this what they say is lost, so more is folded."""

_SAMPLES = 4
_FEW = 4
_BY_TYPE = 3
"""The level at which nodes of a type are one box; what is folded to have fewer wires is folded no further."""
_LAST = max(section.column for section in Section)
_ONLY_WITH_EDGES = frozenset({Section.ACTORS, Section.PLATFORMS, Section.PAPERS})


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or a group of like nodes.

    Attributes:
        key: unique in the picture: the id of its first member.
        section: where it stands.
        title: what it is called.
        note: a second line: of a node its type, of a group its first members.
        members: the nodes in it, in order.
    """

    key: str
    section: Section
    title: str
    note: str
    members: tuple[Node, ...]

    @property
    def is_group(self) -> bool:
        """Whether it stands for more than one node."""
        return len(self.members) > 1


@dataclass(frozen=True, slots=True)
class Wire:
    """All edges of one relation from one box to another; `count` is how many, of `shares` how many assets."""

    source: Box
    target: Box
    relation: str
    count: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in the order in which they stand in their columns, and wires between them."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def picture_of(graph: CaseGraph, rows: int = ROWS) -> Picture:
    """Fold a graph until no column has more boxes than `rows`, and there are not too many wires.

    A column has at least one box for each section in it.
    """
    nodes = _shown(graph)
    by_section: dict[Section, list[Node]] = defaultdict(list)
    for node in nodes:
        by_section[node.section].append(node)
    keys = _keys(graph, nodes)
    level = dict.fromkeys(by_section, 0)
    folded = {section: _fold(members, keys[0]) for section, members in by_section.items()}
    for column in range(1 + max((section.column for section in by_section), default=0)):
        sections = [section for section in by_section if section.column == column]
        while sum(len(folded[section]) for section in sections) > rows:
            foldable = [section for section in sections if level[section] + 1 < len(keys)]
            if not foldable:
                break
            fullest = max(foldable, key=lambda section: len(folded[section]))
            level[fullest] += 1
            folded[fullest] = _fold(by_section[fullest], keys[level[fullest]])
    while True:
        picture = _picture(graph, folded)
        foldable = [
            section
            for section in folded
            if section is not Section.CASES and level[section] < _BY_TYPE and len(folded[section]) > _FEW
        ]
        if len(picture.wires) <= WIRES or not foldable:
            return picture
        tangled = max(foldable, key=lambda section: (_tangle(picture, section), len(folded[section])))
        level[tangled] += 1
        folded[tangled] = _fold(by_section[tangled], keys[level[tangled]])


def _tangle(picture: Picture, section: Section) -> int:
    """How many wires of a section lead elsewhere than to a case; those to a case are a fan and easy to read."""
    return sum(
        section in (wire.source.section, wire.target.section)
        and Section.CASES not in (wire.source.section, wire.target.section)
        for wire in picture.wires
    )


_Folded = Mapping[Section, Sequence[tuple[Node, ...]]]


def _picture(graph: CaseGraph, folded: _Folded) -> Picture:
    """Boxes in their order; in the last column by what ties them to the columns before, so that wires cross less."""
    boxes = [_box(members) for section in Section for members in sorted(folded.get(section, ()), key=_box_order)]
    wires = _wires(graph, boxes)
    place = {box.key: number for number, box in enumerate(boxes)}
    beside: dict[str, list[int]] = defaultdict(list)
    for wire in wires:
        for box, other in ((wire.source, wire.target), (wire.target, wire.source)):
            if box.section.column == _LAST > other.section.column:
                beside[box.key].append(place[other.key])
    last = [box for box in boxes if box.section.column == _LAST]
    order = {section: number for number, section in enumerate(Section)}
    last.sort(key=lambda box: (order[box.section], mean(beside.get(box.key, [len(boxes)])), place[box.key]))
    boxes = [box for box in boxes if box.section.column != _LAST] + last
    place = {box.key: number for number, box in enumerate(boxes)}
    return Picture(
        tuple(boxes),
        tuple(sorted(wires, key=lambda wire: (place[wire.source.key], place[wire.target.key], wire.relation))),
    )


def _shown(graph: CaseGraph) -> list[Node]:
    """All nodes but makers and lists that nothing else is tied to: they say nothing of the case."""
    tied = {end for edge in graph.edges for end in (edge.source, edge.target)}
    nodes = [node for node in graph.nodes if node.section not in _ONLY_WITH_EDGES or node.id in tied]
    return nodes or list(graph.nodes)


_Key = Callable[[Node], Hashable]


def _keys(graph: CaseGraph, nodes: Iterable[Node]) -> tuple[_Key, ...]:
    cases = _cases_of(graph, nodes)
    return (
        lambda node: node.id,
        lambda node: (node.type, node.group, cases.get(node.id, ())),
        lambda node: (node.type, node.group),
        lambda node: node.type,
        lambda node: node.section,
    )


def _cases_of(graph: CaseGraph, nodes: Iterable[Node]) -> Mapping[str, tuple[str, ...]]:
    """To which cases each node is tied; nothing where there are less than two cases."""
    cases = {node.id for node in nodes if node.section is Section.CASES}
    if len(cases) < 2:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        if edge.target in cases:
            found[edge.source].add(edge.target)
        if edge.source in cases:
            found[edge.target].add(edge.source)
    return {one: tuple(sorted(tied)) for one, tied in found.items()}


def _fold(nodes: Iterable[Node], key: _Key) -> list[tuple[Node, ...]]:
    groups: dict[Hashable, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[key(node)].append(node)
    return [tuple(members) for members in groups.values()]


def _box_order(members: tuple[Node, ...]) -> tuple[int, str, str, str]:
    first = members[0]
    if first.section is Section.TECHNIQUES:
        return (first.place, first.title, first.id, "")
    return (-len(members), first.type, first.title.casefold(), first.id)


def _box(members: tuple[Node, ...]) -> Box:
    first = members[0]
    key = first.id
    if len(members) == 1:
        what = _WHAT.get(first.section) or words_for(first.type, 1)
        on = f" on {first.group}" if first.type in ("user-account", "url") and first.group else ""
        return Box(key, first.section, first.title, f"{what}{on}", members)
    titles = [_short(node) for node in members[:_SAMPLES]]
    more = len(members) - len(titles)
    return Box(key, first.section, _group_title(members), ", ".join(titles) + (", …" if more else ""), members)


_WHAT: Mapping[Section, str] = {Section.OUTSIDE: "not in this set", Section.PLATFORMS: "platform or system"}


def _short(node: Node) -> str:
    return node.title.partition(" ")[0] if node.type == "attack-pattern" else node.title


def _group_title(members: tuple[Node, ...]) -> str:
    first, number = members[0], len(members)
    types = {node.type for node in members}
    if len(types) > 1:
        return f"{number:,} {first.section.title.lower()} of {len(types)} kinds"
    text = counted(first.type, number)
    if first.group in ("", first.type) or any(node.group != first.group for node in members):
        return text
    if first.type == "indicator":
        return f"{text} for {words_for(first.group, 2)}"
    if first.type == "channel":
        return f"{number:,} {first.group} {words_for(first.type, number)}"
    if first.type == "attack-pattern":
        return f"{text}: {first.group}"
    return f"{text} on {first.group}"


def _wires(graph: CaseGraph, boxes: Iterable[Box]) -> tuple[Wire, ...]:
    box_of = {node.id: box for box in boxes for node in box.members}
    on_case = {edge.source for edge in graph.edges if _is_note_on_case(edge, box_of)}
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    ends: dict[str, Box] = {}
    for edge in graph.edges:
        source, target = box_of.get(edge.source), box_of.get(edge.target)
        if source is None or target is None or source is target:
            continue
        if on_case and edge.source in on_case and not _is_note_on_case(edge, box_of):
            continue
        ends[source.key], ends[target.key] = source, target
        counts[source.key, target.key, edge.relation] += edge.count
    return tuple(Wire(ends[one], ends[other], relation, count) for (one, other, relation), count in counts.items())


def _is_note_on_case(edge: Edge, box_of: Mapping[str, Box]) -> bool:
    """A note on a case is drawn beside the case only, not to each technique that it speaks for as well."""
    if edge.relation != ABOUT:
        return False
    source, target = box_of.get(edge.source), box_of.get(edge.target)
    if source is None or target is None:
        return False
    return source.section is Section.NOTES and target.section is Section.CASES
