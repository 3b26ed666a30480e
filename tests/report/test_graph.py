from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_exchange.cli.app import app
from disarm_exchange.report.graph import SHARES, CaseGraph, graph_of
from disarm_exchange.report.graph_files import (
    MERMAID_CHARACTERS,
    MERMAID_EDGES,
    as_json,
    gexf,
    graphml,
    markdown,
    mermaid,
)
from disarm_exchange.report.graph_svg import graph_drawing, inline_graph
from disarm_exchange.report.grouping import ROWS, picture_of
from disarm_exchange.report.kinds import META, Section
from disarm_exchange.report.layout import BOX_WIDTH, HEIGHT, layout_of
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.stix.markings import Tlp
from tests.report.making import RED, SAMPLES, SECRET, hostile_objects, item, random_uses, sample, use, write
from tests.shared_data import SHARED_DATA, needs_shared_data

SVG = "{http://www.w3.org/2000/svg}"


def things(objects: list[dict]) -> Counter[str]:
    """Ids of all that must be a node, counted from the objects themselves."""
    return Counter(one["id"] for one in objects if one["type"] not in META | {"relationship"})


def links(objects: list[dict]) -> Counter[str]:
    return Counter(one["id"] for one in objects if one["type"] == "relationship")


def check_each_once(objects: list[dict], graph: CaseGraph) -> None:
    inside = [node for node in graph.nodes if node.section is not Section.OUTSIDE]
    assert Counter(node.id for node in inside) == things(objects)
    assert Counter(edge.id for edge in graph.edges if edge.id) == links(objects)
    known = {node.id for node in graph.nodes}
    assert all(edge.source in known and edge.target in known for edge in graph.edges)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_object_of_a_sample_is_there_once(name: str) -> None:
    objects = list(open_source(sample(name)).objects)
    graph = graph_of(objects)
    check_each_once(objects, graph)
    told = json.loads(as_json(graph, name, Tlp.AMBER))
    assert Counter(node["id"] for node in told["nodes"]) == things(objects)
    for read, content in ((networkx.read_gexf, gexf), (networkx.read_graphml, graphml)):
        found = read(io.BytesIO(content(graph, name, Tlp.AMBER)))
        assert set(found.nodes) == set(things(objects))
        assert found.number_of_edges() == len(graph.edges)
        assert {kind for _, kind in found.nodes(data="type")} == {one["type"] for one in objects} - META - {
            "relationship"
        }


@given(random_uses())
@settings(max_examples=30, deadline=None)
def test_each_object_is_there_once_whatever_the_order(objects: list[dict]) -> None:
    shown = list(source_of(objects).objects)
    graph = graph_of(shown)
    check_each_once(shown, graph)
    assert graph_of(shown[::-1]) == graph
    members = [node.id for box in picture_of(graph).boxes for node in box.members]
    assert Counter(members) == Counter(node.id for node in graph.nodes)


def test_hostile_objects_are_there_once_and_every_file_is_well_formed() -> None:
    objects = list(source_of(hostile_objects()).objects)
    graph = graph_of(objects)
    check_each_once(objects, graph)
    assert len(networkx.read_gexf(io.BytesIO(gexf(graph, "<x>\x00", Tlp.AMBER)))) == len(graph.nodes)
    assert len(networkx.read_graphml(io.BytesIO(graphml(graph, "<x>\x00", Tlp.AMBER)))) == len(graph.nodes)
    drawing = graph_drawing(picture_of(graph), "<script>alert(1)</script>\x00", Tlp.AMBER)
    root = ElementTree.fromstring(drawing.svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "marker", "path", "rect", "text", "g"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    assert "\\u202e" in drawing.svg and "\u202e" not in drawing.svg


def test_control_characters_stand_as_their_number_in_graph_files() -> None:
    objects = [item("campaign", 1, name="a\x00b\x1bc")]
    graph = graph_of(objects)
    assert graph.nodes[0].title == "a\\u0000b\\u001bc"
    assert b"a\\u0000b\\u001bc" in gexf(graph, "x", Tlp.CLEAR)


def many(number: int) -> list[dict]:
    campaign = item("campaign", 1, name="Many")
    objects = [campaign]
    for one in range(number):
        kind, more = [
            ("domain-name", {"value": f"site-{one}.example"}),
            ("user-account", {"account_type": "twitter", "account_login": f"user-{one}"}),
            ("user-account", {"account_type": "telegram", "account_login": f"user-{one}"}),
            ("note", {"content": f"note {one}"}),
        ][one % 4]
        thing = item(kind, 10 + one, **more)
        ends = {"relationship_type": "related-to", "source_ref": thing["id"], "target_ref": campaign["id"]}
        objects += [thing, item("relationship", 10 + one, **ends)]
    return objects


@pytest.mark.parametrize("number", [3, 40, 500, 5000])
def test_a_picture_stays_readable_however_many_objects(number: int) -> None:
    graph = graph_of(many(number))
    picture = picture_of(graph)
    assert sum(len(box.members) for box in picture.boxes) == number + 1
    assert max(Counter(box.section.column for box in picture.boxes).values()) <= ROWS
    layout = layout_of(picture)
    places = [(placed.x, placed.y) for placed in layout.boxes]
    for place, (x, y) in enumerate(places):
        assert 0 <= x <= layout.width - BOX_WIDTH and 0 <= y <= layout.height - HEIGHT
        for other_x, other_y in places[:place]:
            assert abs(x - other_x) >= BOX_WIDTH or abs(y - other_y) >= HEIGHT, "two boxes overlap"


def test_like_objects_become_one_box_that_says_how_many() -> None:
    titles = [box.title for box in picture_of(graph_of(many(400))).boxes]
    assert "100 accounts on X (Twitter)" in titles
    assert "100 accounts on Telegram" in titles
    assert "100 domain names" in titles


def test_small_graphs_are_not_folded() -> None:
    assert not any(box.is_group for box in picture_of(graph_of(many(12))).boxes)


def test_cases_that_share_an_asset_are_tied() -> None:
    one, other, third = (item("campaign", number, name=f"c{number}") for number in (1, 2, 3))
    site = item("domain-name", 9, value="site.example")
    signs = [item("indicator", number, name=f"i{number}", pattern="[domain-name:value = 'x']") for number in (1, 2)]
    ties = [
        ("indicates", signs[0], one), ("based-on", signs[0], site),
        ("indicates", signs[1], other), ("based-on", signs[1], site),
    ]  # fmt: skip
    relationships = [
        item("relationship", number, relationship_type=relation, source_ref=source["id"], target_ref=target["id"])
        for number, (relation, source, target) in enumerate(ties)
    ]
    graph = graph_of([one, other, third, site, *signs, *relationships])
    shared = [edge for edge in graph.edges if edge.relation == SHARES]
    assert [({edge.source, edge.target}, edge.count) for edge in shared] == [({one["id"], other["id"]}, 1)]


def test_what_a_report_lists_is_tied_to_it_only_where_nothing_else_ties_it() -> None:
    campaign, tied, loose = item("campaign", 1, name="c"), item("tool", 1, name="t"), item("tool", 2, name="u")
    link = use(1, campaign["id"], "T0114")
    link["target_ref"] = tied["id"]
    listing = item("report", 1, name="r", object_refs=[campaign["id"], tied["id"], loose["id"]])
    graph = graph_of([campaign, tied, loose, link, listing])
    assert [(edge.source, edge.target) for edge in graph.edges if edge.relation == "lists"] == [
        (listing["id"], loose["id"])
    ]


def test_an_object_outside_the_set_is_a_node_of_its_own_section() -> None:
    campaign = item("campaign", 1, name="c")
    graph = graph_of([campaign, use(1, campaign["id"], "T0114")])
    outside = [node for node in graph.nodes if node.section is Section.OUTSIDE]
    assert [node.type for node in outside] == ["attack-pattern"]


def test_the_neighbourhood_of_an_object_has_what_is_one_step_away() -> None:
    objects = many(8)
    graph = graph_of(objects)
    site = objects[1]["id"]
    near = graph.neighbourhood(site)
    assert {node.id for node in near.nodes} == {site, objects[0]["id"]}
    assert len(near.edges) == 1
    assert len(graph.neighbourhood(site, 2).nodes) == 9


@pytest.mark.parametrize("objects", [many(3000), hostile_objects()], ids=["many", "hostile"])
def test_mermaid_keeps_its_limits_and_every_line_its_form(objects: list[dict]) -> None:
    text = mermaid(picture_of(graph_of(objects)), 'x"]; click n1 "javascript:alert(1)"', Tlp.GREEN)
    assert len(text) < MERMAID_CHARACTERS
    lines = text.splitlines()
    assert sum("-->" in line for line in lines) <= MERMAID_EDGES
    entity = r"(?:[^\"<>&`\\\[\]{}|;#\x00-\x1f]|#\d+;)*"
    form = re.compile(
        rf'%% TLP:[A-Z+]+ - [\w .,-]*|flowchart LR|  end|  subgraph \w+\["{entity}"\]'
        rf'|    n\d+(\["{entity}"\]|\[\["{entity}"\]\]|\(\["{entity}"\]\))|  n\d+ -->\|"{entity}"\| n\d+'
        r'|  marking\["TLP:\w+"\]'
    )
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_markdown_has_the_picture_in_a_fence_that_nothing_closes() -> None:
    campaign = item("campaign", 1, name="```\n# break out")
    text = markdown(picture_of(graph_of([campaign])), "```", Tlp.GREEN)
    assert text.count("```") == 2 and text.startswith("**TLP:GREEN**") and text.endswith("**TLP:GREEN**\n")


def test_a_picture_inside_a_page_brings_no_declaration_and_is_as_wide_as_it_is_drawn() -> None:
    svg = inline_graph(picture_of(graph_of(many(5))), "x")
    root = ElementTree.fromstring(svg)
    assert not svg.startswith("<?xml") and "height" not in root.attrib
    assert root.attrib["width"] == root.attrib["viewBox"].split()[2]
    assert {root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")} == set(
        root.attrib["aria-labelledby"].split()
    )


@pytest.mark.parametrize("ending", ["svg", "png", "mmd", "md", "gexf", "graphml", "json", "html"])
def test_files_are_the_same_twice_and_hold_nothing_above_the_ceiling(tmp_path: Path, ending: str) -> None:
    secret = item("domain-name", 77, value=f"{SECRET}.example", object_marking_refs=RED)
    tie = use(88, str(secret["id"]), "T0114", object_marking_refs=RED)
    bundle = write(tmp_path / "in.json", [*many(6), secret, tie])
    files = [tmp_path / f"{name}.{ending}" for name in ("a", "b")]
    for file in files:
        app.main(["graph", str(bundle), "-o", str(file), "--quiet", "--scale", "1"], standalone_mode=False)
    content = files[0].read_bytes()
    assert content == files[1].read_bytes() and len(content) > 200
    assert SECRET.encode() not in content and secret["id"].encode() not in content
    assert b"TLP:RED" not in content


@given(st.integers(0, 60), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_boxes_and_wires_stay_inside_the_picture(number: int, rows: int) -> None:
    layout = layout_of(picture_of(graph_of(many(number)), rows + 1))
    points = [point for wire in layout.wires for point in wire.points]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in points)


@needs_shared_data
def test_disarms_own_bundle_has_all_its_objects_in_the_graph() -> None:
    objects = json.loads((SHARED_DATA / "disarm" / "DISARM-1.7.json").read_bytes())["objects"]
    graph = graph_of(objects)
    check_each_once(objects, graph)
    assert sum(len(box.members) for box in picture_of(graph).boxes if box.section is Section.TECHNIQUES) == 461


MERMAID_WORDS = (
    "end", "graph", "subgraph", "click", "style", "default", "linkStyle", "class", "direction LR", "o--o", "--> a",
    "%% c", "`md`", '"q"', "#quot;", "a;b", "1. list", "漢字", "---", "{{a}}", "[(x)]", "<b>", "&amp;",
)  # fmt: skip
"""What means something to Mermaid; that its parser takes them as written here was checked against Mermaid 11."""


def test_words_of_mermaid_are_text_in_its_quotes() -> None:
    campaign = item("campaign", 1, name="end")
    told = [item("narrative", number, name=word) for number, word in enumerate(MERMAID_WORDS)]
    links = [
        item("relationship", number, relationship_type=word, source_ref=campaign["id"], target_ref=one["id"])
        for number, (word, one) in enumerate(zip(MERMAID_WORDS, told, strict=True))
    ]
    text = mermaid(picture_of(graph_of([campaign, *told, *links]), 200), "end %%{init: {}}%%", Tlp.GREEN)
    box = r'    n\d+(\(\["|\[\["|\[")[^"\[\]{}<>`|%]*("\]\)|"\]\]|"\])'
    wire = r'  n\d+ -->\|"[^"\[\]{}<>`|%]*"\| n\d+'
    frame = r'%% TLP:GREEN - [\w .,-]*|flowchart LR|  subgraph [a-z-]+\["[^"]*"\]|  end|  marking\["TLP:GREEN"\]'
    for line in text.splitlines():
        assert re.fullmatch(f"{box}|{wire}|{frame}", line), line
    assert text.count("\n  end\n") == text.count("\n  subgraph ")
    assert '(["end"])' in text
