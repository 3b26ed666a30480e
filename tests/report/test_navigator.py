from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from disarm_exchange.cli.app import app
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.heatmap import View
from disarm_exchange.report.matrix import Measure, matrix_of
from disarm_exchange.report.navigator import LayerFormat, colour_at, navigator_layer
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.stix.markings import Tlp
from tests.report.making import HOSTILE, SAMPLES, hostile_objects, sample, technique, use


def closed(required: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
COLOUR = {"type": "string", "pattern": "^(#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?)?$"}
METADATA = {"type": "array", "items": closed(["name", "value"], name=TEXT, value=TEXT)}
LINKS = {
    "type": "array",
    "items": closed(["label", "url"], label=TEXT, url={"type": "string", "pattern": "^https://"}),
}


def layer_schema(version: LayerFormat) -> dict[str, object]:
    """The published layer format, as far as its tables say it (MITRE ATT&CK Navigator, LAYERFORMAT 4.4 and 4.5)."""
    newer = version is LayerFormat.V4_5
    layout: dict[str, object] = {
        "layout": {"enum": ["side", "flat", "mini"]},
        "showID": FLAG,
        "showName": FLAG,
        "showAggregateScores": FLAG,
        "countUnscored": FLAG,
        "aggregateFunction": {"enum": ["average", "min", "max", "sum"]},
    }
    if newer:
        layout["expandedSubtechniques"] = {"enum": ["none", "all", "annotated"]}
    entry = closed(
        ["techniqueID"],
        techniqueID={"type": "string", "pattern": r"^T\d{4}(\.\d{3})?$"},
        tactic=TEXT,
        comment=TEXT,
        enabled=FLAG,
        score={"type": "number"},
        color=COLOUR,
        metadata=METADATA,
        links=LINKS,
        showSubtechniques=FLAG,
    )
    gradient = closed(
        ["colors", "minValue", "maxValue"],
        colors={"type": "array", "minItems": 2, "items": COLOUR},
        minValue={"type": "number"},
        maxValue={"type": "number"},
    )
    return closed(
        ["name", "domain"],
        versions=closed(
            ["navigator", "layer"],
            attack=TEXT,
            navigator={"enum": ["4.8.0", "4.8.2"] if not newer else ["4.9.0", "5.2.0"]},
            layer={"const": version.value},
        ),
        name=TEXT,
        description=TEXT,
        domain={"const": "DISARM"},
        customDataURL=TEXT,
        sorting={"enum": [0, 1, 2, 3]},
        layout=closed([], **layout),
        hideDisabled=FLAG,
        techniques={"type": "array", "items": entry},
        gradient=gradient,
        legendItems={"type": "array", "items": closed(["label", "color"], label=TEXT, color=COLOUR)},
        showTacticRowBackground=FLAG,
        tacticRowBackground=COLOUR,
        selectTechniquesAcrossTactics=FLAG,
        selectSubtechniquesWithParent=FLAG,
        **({"selectVisibleTechniques": FLAG} if newer else {}),
        metadata=METADATA,
        links=LINKS,
    )


@pytest.mark.parametrize("version", list(LayerFormat))
@pytest.mark.parametrize("name", SAMPLES)
def test_a_layer_has_the_published_format_and_every_technique_resolves(name: str, version: LayerFormat) -> None:
    matrix = matrix_of(open_source(sample(name)).objects)
    layer = json.loads(navigator_layer(matrix, View(name, Tlp.AMBER), version))
    Draft202012Validator(layer_schema(version)).validate(layer)
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]
    catalogue = Catalogue.load(matrix.release)
    ids = [entry["techniqueID"] for entry in layer["techniques"]]
    assert len(ids) == len(set(ids)) > 0
    assert all(catalogue.get(one) is not None for one in ids)


def test_cells_are_found_by_technique_alone_as_navigators_call_tactics_otherwise() -> None:
    layer = json.loads(navigator_layer(matrix_of(open_source(sample("harbour-echo")).objects), View("x", Tlp.AMBER)))
    assert not any("tactic" in entry for entry in layer["techniques"])
    # As the Navigator does it: by id, whatever its data call the tactics.
    data = {"T0049": ["maximize-exposure"], "T0049.001": ["maximize-exposure"]}
    shown = [(one["techniqueID"], tactic) for one in layer["techniques"] for tactic in data.get(one["techniqueID"], [])]
    assert ("T0049.001", "maximize-exposure") in shown


def test_the_number_shows_when_one_points_at_a_cell() -> None:
    layer = json.loads(navigator_layer(matrix_of(open_source(sample("harbour-echo")).objects), View("x", Tlp.AMBER)))
    for entry in layer["techniques"]:
        if "score" in entry:
            told = {one["name"]: one["value"] for one in entry["metadata"]}
            assert told["findings"] == str(entry["score"])
            assert all(told.values())  # the Navigator drops metadata without a value
            assert f"{entry['score']} finding" in entry["comment"]


@pytest.mark.parametrize("measure", list(Measure))
def test_scores_are_the_numbers_of_the_matrix(measure: Measure) -> None:
    matrix = matrix_of(open_source(sample("harbour-echo")).objects)
    layer = json.loads(navigator_layer(matrix, View("x", Tlp.AMBER, measure)))
    scores = {entry["techniqueID"]: entry["score"] for entry in layer["techniques"] if "score" in entry}
    assert scores == {key: getattr(count, measure.value) for key, count in matrix.counts().items()}


def test_a_used_sub_technique_is_unfolded_under_its_technique() -> None:
    matrix = matrix_of([use(1, "campaign--11111111-1111-4111-8111-111111111111", "T0143.002")])
    entries = {
        one["techniqueID"]: one for one in json.loads(navigator_layer(matrix, View("x", Tlp.CLEAR)))["techniques"]
    }
    assert set(entries) == {"T0143", "T0143.002"}
    assert entries["T0143"]["showSubtechniques"] is True
    assert "score" not in entries["T0143"]
    assert entries["T0143.002"]["score"] == 1


def test_what_the_release_has_not_stands_in_the_metadata() -> None:
    source = source_of(hostile_objects())
    layer = json.loads(navigator_layer(matrix_of(source.objects), View(HOSTILE[7], Tlp.AMBER)))
    Draft202012Validator(layer_schema(LayerFormat.V4_4)).validate(layer)
    assert [one["techniqueID"] for one in layer["techniques"]] == ["T0114"]
    assert any(one["name"].startswith("not in DISARM 1.7: T9") for one in layer["metadata"])
    text = json.dumps(layer, ensure_ascii=False)
    assert not any(mark in text for mark in ("\u202e", "\u2066", "\x1b", "\ufeff"))


def test_the_legend_has_the_colours_of_the_gradient() -> None:
    matrix = matrix_of([technique("T0114"), use(1, "campaign--11111111-1111-4111-8111-111111111111", "T0114", 8)])
    layer = json.loads(navigator_layer(matrix, View("x", Tlp.AMBER)))
    assert [one["label"] for one in layer["legendItems"]] == ["findings: 1", "findings: 4", "findings: 8"]
    assert layer["legendItems"][1]["color"] == layer["gradient"]["colors"][1] == colour_at(4, 8)
    assert layer["legendItems"][2]["color"] == layer["gradient"]["colors"][2]


def test_the_command_writes_the_same_layer_twice(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        told = ["navigator", str(sample("harbour-echo")), "-o", str(tmp_path / name), "--quiet"]
        app.main(told, standalone_mode=False)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["name"] == "Harbour Echo (TLP:AMBER)"
