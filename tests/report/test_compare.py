from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from disarm_exchange.cli.app import app
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.comparison import Compared, Comparison, Side, compare
from disarm_exchange.report.comparison_files import (
    Frame,
    comparison_json,
    comparison_markdown,
    comparison_page,
    comparison_picture,
)
from disarm_exchange.report.counting import count_techniques
from disarm_exchange.report.matrix import Measure
from disarm_exchange.report.periods import Period, within
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.stix.markings import Tlp
from tests.report.making import HOSTILE, RED, SECRET, hostile_objects, item, random_uses, sample, technique, use, write

SVG = "{http://www.w3.org/2000/svg}"
OTHER = {Side.ONLY_A: Side.ONLY_B, Side.ONLY_B: Side.ONLY_A, Side.BOTH: Side.BOTH}


def side(name: str, objects: list[dict]) -> Compared:
    source = source_of(objects)
    return Compared(name, source.marking, count_techniques(source.objects, revoked=source.revoked))


def samples() -> Comparison:
    first, second = (open_source(sample(name)) for name in ("harbour-echo", "paper-lantern"))
    return compare(*(Compared(one.title, one.marking, count_techniques(one.objects)) for one in (first, second)))


def written(tmp_path: Path, ending: str, *told: str | Path) -> Path:
    target = tmp_path / f"c.{ending}"
    app.main(["compare", *map(str, told), "-o", str(target), "--quiet", "--scale", "0.5"], standalone_mode=False)
    return target


@settings(max_examples=20, deadline=None)
@given(random_uses(), random_uses())
def test_comparing_the_other_way_round_says_the_same(first: list[dict], second: list[dict]) -> None:
    a, b = side("one", first), side("two", second)
    catalogue = Catalogue.load("1.7")
    there, back = compare(a, b, catalogue), compare(b, a, catalogue)
    assert {one: (pair.a, pair.b) for one, pair in there.pairs.items()} == {
        one: (pair.b, pair.a) for one, pair in back.pairs.items()
    }
    assert {key: OTHER[pair.side] for key, pair in there.pairs.items()} == {
        key: pair.side for key, pair in back.pairs.items()
    }
    assert [row.technique_id for row in there.rows()] == [row.technique_id for row in back.rows()]
    assert there.usual_measure is back.usual_measure
    assert sum(there.totals().values()) == len(there.rows()) == len(there.pairs)


def test_a_source_compared_with_itself_differs_in_nothing() -> None:
    source = open_source(sample("harbour-echo"))
    one = Compared("x", source.marking, count_techniques(source.objects))
    found = compare(one, one)
    assert found.totals() == {Side.ONLY_A: 0, Side.ONLY_B: 0, Side.BOTH: 32}
    content = json.loads(comparison_json(found, Frame()))
    assert {row["difference"] for row in content["techniques"]} == {0}


def test_every_form_has_the_numbers_of_both_sides(tmp_path: Path) -> None:
    comparison = samples()
    expected = {
        key: (pair.a.objects, pair.a.findings, pair.b.objects, pair.b.findings)
        for key, pair in comparison.pairs.items()
    }
    assert expected["T0147.003"] == (1, 1, 1, 6)
    root = ElementTree.fromstring(comparison_picture(comparison, Frame()).svg)
    cells = {one.get("data-technique"): one for one in root.iter(f"{SVG}g") if one.get("class") == "cell"}
    names = ("data-a-objects", "data-a-findings", "data-b-objects", "data-b-findings")
    told = {key: tuple(int(str(one.get(name))) for name in names) for key, one in cells.items()}
    assert {key: value for key, value in told.items() if any(value)} == expected
    for key, value in expected.items():
        assert f"{value[1]} : {value[3]}" in [one.text for one in cells[key].iter(f"{SVG}text")]
    content = json.loads(comparison_json(comparison, Frame()))
    assert {
        row["id"]: (row["a"]["objects"], row["a"]["findings"], row["b"]["objects"], row["b"]["findings"])
        for row in content["techniques"]
    } == expected
    markdown, page = comparison_markdown(comparison, Frame()), comparison_page(comparison, Frame())
    table = written(tmp_path, "csv", sample("harbour-echo"), sample("paper-lantern"))
    with table.open(encoding="utf-8", newline="") as stream:
        rows = {row["technique_id"]: row for row in csv.DictReader(stream)}
    assert set(rows) == set(expected)
    for key, (a_objects, a_findings, b_objects, b_findings) in expected.items():
        assert f"| {key} " in markdown
        assert f">{key}</a>" in page
        row = [rows[key][name] for name in ("objects_a", "findings_a", "objects_b", "findings_b")]
        assert row == [str(one) for one in (a_objects, a_findings, b_objects, b_findings)]


def test_a_use_belongs_to_the_day_on_which_it_starts() -> None:
    campaign = str(item("campaign", 1)["id"])
    objects = [
        use(1, campaign, "T0114", created="2026-01-10T00:00:00.000Z"),
        use(2, campaign, "T0115", created="2026-01-10T00:00:00.000Z", start_time="2025-06-30T23:59:59.000Z"),
        use(3, campaign, "T0116", created="2026-02-01T00:00:00.000Z"),
    ]

    def used(first: date | None, last: date | None) -> set[str]:
        counted = count_techniques(within(objects, Period(first, last)))
        return {key for key, count in counted.techniques.items() if count.used}

    assert used(None, None) == {"T0114", "T0115", "T0116"}
    assert used(None, date(2025, 6, 30)) == {"T0115"}
    assert used(date(2025, 7, 1), None) == {"T0114", "T0116"}
    assert used(date(2026, 1, 10), date(2026, 1, 31)) == {"T0114"}


def test_two_periods_of_one_source(tmp_path: Path) -> None:
    campaign = item("campaign", 1, name="c")
    uses = [
        use(1, str(campaign["id"]), "T0114", created="2026-01-10T00:00:00.000Z"),
        use(2, str(campaign["id"]), "T0115", created="2026-09-10T00:00:00.000Z"),
    ]
    bundle = write(tmp_path / "b.json", [campaign, technique("T0114"), technique("T0115"), *uses])
    target = written(tmp_path, "json", bundle, "--until-a", "2026-06-30", "--from-b", "2026-07-01")
    content = json.loads(target.read_text())
    assert [(row["id"], row["who"]) for row in content["techniques"]] == [("T0114", "only A"), ("T0115", "only B")]
    assert content["a"]["name"] == "c, until 2026-06-30"
    assert content["b"]["name"] == "c, from 2026-07-01"


def test_hostile_names_are_text_in_every_form() -> None:
    known = side("", hostile_objects())
    for text in HOSTILE:
        named = Compared(text, known.marking, known.counted)
        comparison = compare(named, named)
        frame = Frame(measure=Measure.OBJECTS)
        svg, page = comparison_picture(comparison, frame).svg, comparison_page(comparison, frame)
        ElementTree.fromstring(svg)
        for whole in (svg, page, comparison_markdown(comparison, frame)):
            assert not any(mark in whole for mark in ("\u202e", "\u2066", "\ufeff", "\x00", "\x1b"))
        assert "<script" not in svg + page
        assert "http://evil" not in svg + page


@pytest.mark.parametrize("ending", ["svg", "png", "html", "md", "json", "csv", "tsv"])
def test_nothing_above_the_ceiling_is_in_any_form(tmp_path: Path, ending: str) -> None:
    campaign, secret = item("campaign", 1, name="open"), item("campaign", 2, name=SECRET, object_marking_refs=RED)
    common = [campaign, technique("T0114"), use(1, str(campaign["id"]), "T0114", 3)]
    hidden = [secret, technique("T0115"), use(2, str(secret["id"]), "T0115", 7, object_marking_refs=RED)]
    full, less = write(tmp_path / "full.json", [*common, *hidden]), write(tmp_path / "less.json", common)
    with_secrets = written(tmp_path, ending, full, sample("harbour-echo")).read_bytes()
    assert with_secrets == written(tmp_path, ending, less, sample("harbour-echo")).read_bytes()
    assert SECRET.encode() not in with_secrets
    assert b"AMBER" in with_secrets or ending == "png"


def test_the_banner_is_the_stricter_marking() -> None:
    green = [item("campaign", 1, name="g", object_marking_refs=[Tlp.GREEN.marking_id])]
    assert compare(side("a", green), side("b", [item("campaign", 2)])).marking is Tlp.AMBER
    assert compare(side("a", green), side("b", green)).marking is Tlp.GREEN
