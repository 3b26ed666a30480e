from __future__ import annotations

import json
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from disarm_exchange.cli.app import app
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.heatmap import View, heatmap
from disarm_exchange.report.heatmap_page import heatmap_page
from disarm_exchange.report.matrix import Matrix, Measure, matrix_of
from disarm_exchange.report.matrix_text import matrix_json, matrix_markdown
from disarm_exchange.report.palette import DARK, LIGHT, Palette, Theme, scale_to
from disarm_exchange.report.png import png_of
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.stix.markings import Tlp
from tests.report.making import (
    HOSTILE,
    RED,
    SAMPLES,
    SECRET,
    hostile_objects,
    item,
    random_uses,
    sample,
    technique,
    use,
    write,
)
from tests.shared_data import SHARED_DATA, needs_shared_data, real_tables

SVG = "{http://www.w3.org/2000/svg}"
RED_ID, AMBER_ID = Tlp.RED.marking_id, Tlp.AMBER.marking_id


def counted_plainly(objects: list[dict]) -> dict[str, tuple[int, int]]:
    """Users and findings by technique, by plain loops over the bundle, knowing nothing of the code under test."""
    names = {
        one["id"]: reference["external_id"]
        for one in objects
        if one["type"] == "attack-pattern"
        for reference in one["external_references"]
        if reference["source_name"] == "DISARM"
    }
    users: dict[str, set[str]] = {}
    findings: dict[str, int] = {}
    for one in objects:
        if one["type"] != "relationship" or one.get("revoked") or one["target_ref"] not in names:
            continue
        if RED_ID in one["object_marking_refs"]:
            continue
        name = names[one["target_ref"]]
        users.setdefault(name, set()).add(one["source_ref"])
        for extension in one.get("extensions", {}).values():
            findings[name] = findings.get(name, 0) + extension.get("evidence_count", 0)
    return {name: (len(found), findings.get(name, 0)) for name, found in users.items()}


def drawn_cells(svg: str) -> dict[str, tuple[int, int]]:
    root = ElementTree.fromstring(svg)
    cells = [one for one in root.iter(f"{SVG}g") if one.get("class") == "cell"]
    assert len({one.get("id") for one in cells}) == len(cells)
    return {
        str(one.get("data-technique")): (int(str(one.get("data-objects"))), int(str(one.get("data-findings"))))
        for one in cells
    }


def shown_numbers(svg: str) -> dict[str, str]:
    """The number that stands in each cell, as text."""
    root = ElementTree.fromstring(svg)
    found = {}
    for cell in root.iter(f"{SVG}g"):
        bold = [one.text for one in cell.iter(f"{SVG}text") if one.get("font-weight") == "bold"]
        if bold:
            found[str(cell.get("data-technique"))] = str(bold[0]).replace(",", "")
    return found


def view(**more: object) -> View:
    return View("a title", Tlp.AMBER, **more)  # type: ignore[arg-type]


def assert_all_pictures_have(matrix: Matrix, expected: dict[str, tuple[int, int]]) -> None:
    inside = {key: value for key, value in expected.items() if Catalogue.load(matrix.release).get(key)}
    for only in (True, False):
        for measure in Measure:
            svg = heatmap(matrix, view(only_used=only, measure=measure)).svg
            cells = drawn_cells(svg)
            assert {key: value for key, value in cells.items() if value != (0, 0)} == inside
            place = 0 if measure is Measure.OBJECTS else 1
            numbers = shown_numbers(svg)
            assert {key: numbers[key] for key in inside} == {key: str(value[place]) for key, value in inside.items()}
    content = json.loads(matrix_json(matrix, view()))
    told = {
        one["id"]: (one["objects"], one["findings"])
        for tactic in content["tactics"]
        for top in tactic["techniques"]
        for one in (top, *top.get("sub_techniques", ()))
        if one["objects"] or one["findings"]
    }
    apart = {one["id"]: (one["objects"], one["findings"]) for one in content["outside"] if one["objects"]}
    assert told == inside
    assert apart == {key: value for key, value in expected.items() if key not in inside}
    markdown = matrix_markdown(matrix, view())
    page = heatmap_page(matrix, view())
    for key, (objects, findings) in inside.items():
        rows = [line for line in markdown.splitlines() if line.startswith(f"| {key} ")]
        assert [row.split(" | ")[2:4] for row in rows] == [[f"{objects:,}", f"{findings:,}"]]
        row = next(line for line in page.splitlines() if f">{key}</a>" in line)
        numbers = (("objects", objects), ("findings", findings))
        told = (f'<td class="number" data-label="{name}">{number:,}</td>' for name, number in numbers)
        assert "".join(told) in row


@pytest.mark.parametrize("name", SAMPLES)
def test_the_numbers_are_those_of_a_count_by_hand(name: str) -> None:
    source = open_source(sample(name))
    expected = counted_plainly(json.loads(sample(name).read_text())["objects"])
    assert expected
    assert_all_pictures_have(matrix_of(source.objects, revoked=source.revoked), expected)


@settings(max_examples=25, deadline=None)
@given(random_uses())
def test_the_numbers_are_those_of_a_count_by_hand_for_any_bundle(objects: list[dict]) -> None:
    source = source_of(objects)
    matrix = matrix_of(source.objects, Catalogue.load("1.7"), revoked=source.revoked)
    assert_all_pictures_have(matrix, counted_plainly(objects))


@needs_shared_data
def test_the_numbers_of_real_cases_are_those_of_a_count_by_hand(tmp_path: Path) -> None:
    table = real_tables(".csv")[-1]
    target = tmp_path / "real.json"
    told = ["--case-name", "real", "--published", "2025-01-01", "--producer", "us", "--tlp", "green", "--quiet"]
    app.main(["convert", str(table), "-o", str(target), *told], standalone_mode=False)
    expected = counted_plainly(json.loads(target.read_text())["objects"])
    assert expected, f"nothing mapped in {table.relative_to(SHARED_DATA)}"
    assert_all_pictures_have(matrix_of(open_source(target).objects), expected)


def test_every_cell_of_the_whole_framework_is_there_once() -> None:
    for release in ("1.6", "1.7"):
        catalogue = Catalogue.load(release)
        cells = drawn_cells(heatmap(matrix_of([], catalogue), view(all_subtechniques=True)).svg)
        assert set(cells) == {one.id for one in catalogue.techniques()}
        folded = drawn_cells(heatmap(matrix_of([], catalogue), view()).svg)
        assert set(folded) == {one.id for one in catalogue.techniques() if one.parent_id is None}


def test_techniques_outside_the_release_are_named_below() -> None:
    retired = Catalogue.load("1.7").all_retired()[0]
    objects = [item("campaign", 1, name="c"), technique(retired.id), use(1, item("campaign", 1)["id"], retired.id, 9)]  # type: ignore[arg-type]
    matrix = matrix_of(objects, Catalogue.load("1.7"))
    for text in (heatmap(matrix, view()).svg, heatmap_page(matrix, view()), matrix_markdown(matrix, view())):
        assert "Not in DISARM 1.7" in text
        assert retired.id in text


def test_a_png_opens_and_has_the_size_of_the_picture() -> None:
    source = open_source(sample("harbour-echo"))
    picture = heatmap(matrix_of(source.objects), view(only_used=True, theme=Theme.DARK))
    png = png_of(picture.svg, picture.width, picture.height, scale=0.5)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (round(picture.width / 2), round(picture.height / 2))
    assert png_of(picture.svg, picture.width, picture.height, scale=0.5) == png


def test_text_in_a_png_needs_no_font_of_the_machine() -> None:
    text = '<text y="15" font-family="Roboto, Arial">{}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20">{text}</svg>'
    assert png_of(svg.format("Hello"), 80, 20) != png_of(svg.format(""), 80, 20)
    assert png_of(svg.format("Привет"), 80, 20) != png_of(svg.format(""), 80, 20)


def test_hostile_text_is_text_in_every_form() -> None:
    source = source_of(hostile_objects())
    matrix = matrix_of(source.objects)
    assert matrix.outside, "the made-up techniques have to be listed"
    for text in HOSTILE:
        hostile_view = View(text, Tlp.AMBER)
        svg = heatmap(matrix, hostile_view).svg
        root = ElementTree.fromstring(svg)
        names = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert names <= {"svg", "g", "rect", "text", "circle", "title", "desc", "style"}
        page, markdown = heatmap_page(matrix, hostile_view), matrix_markdown(matrix, hostile_view)
        for whole in (svg, page, markdown, matrix_json(matrix, hostile_view).decode()):
            assert len(whole) < 400_000
            for mark in ("\u202e", "\u2066", "\ufeff", "\x00", "\x1b", "\x07"):
                assert mark not in whole
        assert "<script" not in page
        assert "<script" not in svg
        assert "http://evil" not in page + svg + markdown
        assert "](javascript" not in markdown


def test_nothing_above_the_ceiling_is_in_any_form(tmp_path: Path) -> None:
    campaign, secret = item("campaign", 1, name="open"), item("campaign", 2, name=SECRET, object_marking_refs=RED)
    hidden = technique("T0115", name="Post Content")
    objects = [
        campaign, secret, technique("T0114"), hidden,
        use(1, str(campaign["id"]), "T0114", 3),
        use(2, str(secret["id"]), "T0115", 7, object_marking_refs=RED),
        use(3, str(campaign["id"]), "T0114", 100, object_marking_refs=RED),
    ]  # fmt: skip
    bundle = write(tmp_path / "b.json", objects)
    without = write(tmp_path / "c.json", [campaign, technique("T0114"), use(1, str(campaign["id"]), "T0114", 3)])
    for kind in ("svg", "png", "html", "md", "json"):
        for source, name in ((bundle, "full"), (without, "less")):
            target = tmp_path / f"{name}.{kind}"
            app.main(["heatmap", str(source), "-o", str(target), "--quiet", "--scale", "0.5"], standalone_mode=False)
        assert (tmp_path / f"full.{kind}").read_bytes() == (tmp_path / f"less.{kind}").read_bytes()
        assert SECRET.encode() not in (tmp_path / f"full.{kind}").read_bytes()


def test_the_same_objects_in_any_order_give_the_same_bytes() -> None:
    objects = list(open_source(sample("harbour-echo")).objects)
    first, second = matrix_of(objects), matrix_of(reversed(objects))
    assert heatmap(first, view()) == heatmap(second, view())
    assert heatmap_page(first, view()) == heatmap_page(second, view())
    assert matrix_json(first, view()) == matrix_json(second, view())


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_colour(palette: Palette) -> None:
    pairs = [*palette.steps, palette.less, palette.more]
    pairs += [(palette.paper, palette.ink), (palette.paper, palette.soft)]
    pairs += [(palette.panel, palette.ink), (palette.panel, palette.soft)]
    assert min(contrast(ground, text) for ground, text in pairs) >= 4.5
    steps = [luminance(ground) for ground, _ in palette.steps]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 5, 6, 7, 12, 53, 1000, 999_999_999])
def test_the_scale_covers_every_number_once(highest: int) -> None:
    scale = scale_to(highest)
    classes = scale.classes()
    assert [least for _, least, _ in classes] == [1, *(most + 1 for _, _, most in classes[:-1])][: len(classes)]
    assert (classes[-1][2] if classes else 0) == highest
    assert scale.step(0) == 0
    steps = [scale.step(number) for number in range(1, min(highest, 500) + 1)]
    assert steps == sorted(steps)
    assert set(steps) <= set(range(1, 6))
