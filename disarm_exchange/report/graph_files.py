"""The graph for other tools: Mermaid and Markdown (folded, for git), GEXF, GraphML and JSON (each object once)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import SubElement  # builds, reads nothing

import networkx
import orjson
from networkx.readwrite.gexf import GEXFWriter

from disarm_exchange.report.graph import CaseGraph, Node
from disarm_exchange.report.grouping import Picture
from disarm_exchange.report.kinds import Section
from disarm_exchange.report.shown import cut, one_line, visible
from disarm_exchange.stix.markings import Tlp

MERMAID_EDGES = 500
MERMAID_CHARACTERS = 50_000
"""What Mermaid draws without being told otherwise (`maxEdges`, `maxTextSize`); GitHub and GitLab keep these limits."""

_LABEL = 60
_SAFE = re.compile(r"[^\w .,:()+\-/']", re.ASCII)
_CASE_SHAPE = ('(["', '"])')
_GROUP_SHAPE = ('[["', '"]]')
_NODE_SHAPE = ('["', '"]')


def mermaid(picture: Picture, title: str, marking: Tlp, note: str = "") -> str:
    """A flowchart. Text of others stands in quotes, with every character that could mean something as its number."""
    return "\n".join(_mermaid(picture, title, marking, note)) + "\n"


def _mermaid(picture: Picture, title: str, marking: Tlp, note: str = "") -> Iterator[str]:
    yield f"%% {marking.label} - {re.sub(r'[^0-9A-Za-z .,-]', '_', one_line(title, 120))}"
    yield "flowchart LR"
    names = {box.key: f"n{number}" for number, box in enumerate(picture.boxes, start=1)}
    for section in Section:
        boxes = [box for box in picture.boxes if box.section is section]
        if not boxes:
            continue
        yield f'  subgraph {section.key}["{_quoted(section.title)}"]'
        for box in boxes:
            opening, closing = _NODE_SHAPE
            if section is Section.CASES:
                opening, closing = _CASE_SHAPE
            elif box.is_group:
                opening, closing = _GROUP_SHAPE
            yield f"    {names[box.key]}{opening}{_quoted(cut(box.title, _LABEL))}{closing}"
        yield "  end"
    for wire in sorted(picture.wires, key=lambda one: -one.count)[:MERMAID_EDGES]:
        times = f" x{wire.count}" if wire.count > 1 else ""
        label = _quoted(cut(wire.relation, _LABEL) + times)
        yield f'  {names[wire.source.key]} -->|"{label}"| {names[wire.target.key]}'
    yield f'  marking["{marking.label}"]'
    if note:
        yield f'  note["{_quoted(note)}"]'


def _quoted(text: str) -> str:
    """Text for a Mermaid string: what is no letter, digit or plain mark becomes an entity code (`#34;`)."""
    return _SAFE.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isalnum() else f"#{ord(character)};"


def markdown(picture: Picture, title: str, marking: Tlp, note: str = "") -> str:
    """A page for git: the Mermaid picture, and the members of each group."""
    return "\n".join(_markdown(picture, title, marking, note)) + "\n"


_MEMBERS = 50


def _markdown(picture: Picture, title: str, marking: Tlp, note: str) -> Iterator[str]:
    yield f"**{marking.label}**"
    yield ""
    yield f"# Graph: {plain(one_line(title, 160))}"
    yield ""
    if note:
        yield plain(note)
        yield ""
    yield "```mermaid"
    yield from _mermaid(picture, title, marking)
    yield "```"
    for box in picture.boxes:
        if box.is_group:
            yield ""
            yield f"## {plain(box.title)}"
            yield ""
            for node in box.members[:_MEMBERS]:
                yield f"- {plain(node.title)}"
            if len(box.members) > _MEMBERS:
                yield f"- and {len(box.members) - _MEMBERS:,} more"
    yield ""
    yield f"**{marking.label}**"


_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$@])")


def plain(text: str) -> str:
    """Harmless text (`shown.one_line`) for Markdown: nothing in it is markup, an address or a table's border."""
    return _MARKUP.sub(r"\\\1", text)


def as_json(graph: CaseGraph, title: str, marking: Tlp, note: str = "") -> bytes:
    """`{"title", "marking", "nodes": [...], "edges": [...]}`; what is not known is left out."""
    return orjson.dumps(
        {
            "title": one_line(title, 300),
            "marking": marking.label,
            **({"note": note} if note else {}),
            "nodes": [{"id": node.id, **_attributes(node)} for node in graph.nodes],
            "edges": [
                {
                    "source": edge.source,
                    "target": edge.target,
                    "relation": edge.relation,
                    **({"id": edge.id} if edge.id else {}),
                    **({"confidence": edge.confidence} if edge.confidence is not None else {}),
                    "count": edge.count,
                }
                for edge in graph.edges
            ],
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def gexf(graph: CaseGraph, title: str, marking: Tlp, note: str = "") -> bytes:
    """GEXF 1.2 for Gephi: title, marking and note stand in its description, which Gephi shows.

    The day of writing, which networkx puts in, is taken out: same input, same bytes.
    """
    writer = GEXFWriter(encoding="utf-8", prettyprint=True, version="1.2draft")
    writer.add_graph(as_networkx(graph, title, marking, note))
    for meta in (element for element in writer.xml.iter() if element.tag.endswith("meta")):
        meta.attrib.pop("lastmodifieddate", None)
        told = SubElement(meta, f"{meta.tag.removesuffix('meta')}description")
        told.text = f"{visible(one_line(title, 300))} ({marking.label}). {note}".rstrip()
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def graphml(graph: CaseGraph, title: str, marking: Tlp, note: str = "") -> bytes:
    """GraphML for yEd, Cytoscape and others."""
    stream = io.BytesIO()
    networkx.write_graphml_xml(as_networkx(graph, title, marking, note), stream, named_key_ids=True)
    return stream.getvalue()


def as_networkx(graph: CaseGraph, title: str, marking: Tlp, note: str = "") -> networkx.MultiDiGraph[str]:
    """The graph for networkx: each object once; characters that XML forbids stand as their number."""
    found: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(title=one_line(title, 300), marking=marking.label)
    if note:
        found.graph["note"] = note
    for node in graph.nodes:
        found.add_node(visible(node.id), label=node.title, **_attributes(node))
    for number, edge in enumerate(graph.edges):
        known = {"confidence": edge.confidence} if edge.confidence is not None else {}
        found.add_edge(
            visible(edge.source),
            visible(edge.target),
            key=visible(edge.id) or f"e{number}",
            relation=edge.relation,
            label=edge.relation,
            count=edge.count,
            **known,
        )
    return found


def _attributes(node: Node) -> dict[str, str | int]:
    told: dict[str, str | int | None] = {
        "type": node.type,
        "section": node.section.key,
        "title": node.title,
        "group": node.group or None,
        "tlp": node.tlp or None,
        "confidence": node.confidence,
        "count": node.count,
    }
    return {name: value for name, value in told.items() if value is not None}
