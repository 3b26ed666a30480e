"""The matrix as a layer for the DISARM Navigator.

Formats: MITRE ATT&CK Navigator layer file format 4.4 (which the DISARM Foundation's own Navigators read, being built on
version 4.8.2) and 4.5. Domain `DISARM` and version `1` are how those Navigators call their data, for 1.6 and 1.7 alike.

The score of a technique is its number, which the Navigator shows when one points at the cell, with comment and
metadata; scores are coloured by the gradient. A technique without a number stands in the layer only to unfold its
sub-techniques. What is not in the release stands in the layer's metadata.

Entries name no tactic. The Navigators match `techniqueID` and `tactic` together where a layer gives both, and their
data call tactics otherwise than the releases do (`maximize-exposure`, `asset-details`): such a cell would stay empty.
Without a tactic they look the technique up by its id and fill its cell in every tactic that they have it in.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import orjson

from disarm_exchange.report.heatmap import MEANING, View, confidence_of, summary_of, words_of
from disarm_exchange.report.matrix import Cell, Matrix, Measure, number
from disarm_exchange.report.palette import LIGHT
from disarm_exchange.report.shown import one_line
from disarm_exchange.stix.bundle import StixObject

DOMAIN = "DISARM"
_DATA_VERSION = "1"
_COLOURS = tuple(LIGHT.steps[place][0] for place in (0, 2, 4))


class LayerFormat(StrEnum):
    """A version of the layer file format."""

    V4_4 = "4.4"
    V4_5 = "4.5"

    @property
    def navigator(self) -> str:
        """A Navigator that reads it."""
        return "4.8.2" if self is LayerFormat.V4_4 else "4.9.0"


def navigator_layer(matrix: Matrix, view: View, layer_format: LayerFormat = LayerFormat.V4_4) -> bytes:
    """The layer as JSON.

    Args:
        matrix: the whole matrix.
        view: gives title, marking and measure.
        layer_format: 4.4 for the DISARM Foundation's Navigators, 4.5 for newer ones.
    """
    measure = view.measure or matrix.usual_measure
    highest = max(1, matrix.highest(measure))
    layout: StixObject = {
        "layout": "side",
        "aggregateFunction": "sum",
        "showID": True,
        "showName": True,
        "showAggregateScores": False,
        "countUnscored": False,
    }
    selection: StixObject = {"selectTechniquesAcrossTactics": True, "selectSubtechniquesWithParent": False}
    if layer_format is LayerFormat.V4_5:
        layout["expandedSubtechniques"] = "annotated"
        selection["selectVisibleTechniques"] = False
    title = one_line(view.title, 160)
    content: StixObject = {
        "name": f"{title} ({view.marking.label})",
        "versions": {"attack": _DATA_VERSION, "navigator": layer_format.navigator, "layer": layer_format.value},
        "domain": DOMAIN,
        "description": f"{view.marking.label}. {summary_of(matrix)}. Score: {MEANING[measure]}. {view.note}".rstrip(),
        "sorting": 0,
        "layout": layout,
        "hideDisabled": False,
        "techniques": list(_techniques(matrix, measure)),
        "gradient": {"colors": list(_COLOURS), "minValue": 0, "maxValue": highest},
        "legendItems": [
            {"label": f"{measure.value}: {score:,}", "color": colour_at(score, highest)}
            for score in sorted({1, (highest + 1) // 2, highest})
        ],
        "metadata": list(_metadata(matrix, view)),
        "links": [],
        "showTacticRowBackground": False,
        "tacticRowBackground": "#dddddd",
        **selection,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def _metadata(matrix: Matrix, view: View) -> Iterator[StixObject]:
    yield {"name": "marking", "value": view.marking.label}
    if view.note:
        yield {"name": "unmarked objects", "value": view.note}
    yield {"name": "framework", "value": f"DISARM {matrix.release}"}
    for one in matrix.outside:
        told = f"{one_line(one.name, 120)}: {words_of(one.count)}. {one_line(one.remark, 400)}"
        yield {"name": f"not in DISARM {matrix.release}: {one.technique_id}", "value": told}


def _techniques(matrix: Matrix, measure: Measure) -> Iterator[StixObject]:
    cells: dict[str, Cell] = {}
    unfolded: set[str] = set()
    for column in matrix.columns:
        for top in column.cells:
            used = [child for child in top.children if child.count.used]
            if top.count.used or used:
                cells.setdefault(top.technique_id, top)
            for child in used:
                unfolded.add(top.technique_id)
                cells.setdefault(child.technique_id, child)
    for cell in cells.values():
        yield _technique(cell, measure, unfolds=cell.technique_id in unfolded)


def _technique(cell: Cell, measure: Measure, *, unfolds: bool) -> StixObject:
    entry: StixObject = {"techniqueID": cell.technique_id}
    metadata: list[StixObject] = []
    if cell.count.used:
        entry["score"] = number(cell.count, measure)
        metadata = [
            {"name": "objects", "value": str(cell.count.objects)},
            {"name": "findings", "value": str(cell.count.findings)},
        ]
        if cell.count.highest is not None:
            metadata.append({"name": "confidence", "value": confidence_of(cell.count)})
    return {
        **entry,
        "color": "",
        "comment": words_of(cell.count) if cell.count.used else "",
        "enabled": True,
        "metadata": metadata,
        "links": [{"label": f"{cell.technique_id} at DISARM", "url": cell.url}] if cell.url else [],
        "showSubtechniques": unfolds,
    }


def colour_at(score: int, highest: int) -> str:
    """The colour that the gradient gives to a score: linear between its colours, from 0 to the highest."""
    place = min(max(score / highest, 0.0), 1.0) * (len(_COLOURS) - 1)
    first = min(int(place), len(_COLOURS) - 2)
    part = place - first
    pairs = zip(_channels(_COLOURS[first]), _channels(_COLOURS[first + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * part):02x}" for low, high in pairs)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
