"""The matrix as Markdown and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import orjson

from disarm_exchange.report.counting import TechniqueCount
from disarm_exchange.report.heatmap import MEANING, View, chosen, confidence_of, summary_of
from disarm_exchange.report.matrix import Cell, Matrix
from disarm_exchange.report.shown import one_line
from disarm_exchange.stix.bundle import StixObject

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$:@])")


def plain(text: str) -> str:
    """Harmless text (`shown.one_line`) for Markdown: nothing in it is markup, an address or a table's border."""
    return _MARKDOWN.sub(r"\\\1", text)


def table_row(cells: Iterable[object]) -> str:
    """A row of a Markdown table from cells that are Markdown."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def matrix_markdown(matrix: Matrix, view: View) -> str:
    """Tables of the used techniques, tactic by tactic; with all techniques when the view does not leave them out."""
    return "\n".join(_markdown(matrix, view)) + "\n"


def _markdown(matrix: Matrix, view: View) -> Iterator[str]:
    marking = view.marking.label
    yield f"**{marking}**"
    yield ""
    yield f"# DISARM techniques: {plain(one_line(view.title, 160))}"
    yield ""
    first = view.measure or matrix.usual_measure
    yield f"{summary_of(matrix)}. The number in pictures: {MEANING[first]}."
    if view.note:
        yield ""
        yield plain(view.note)
    for column in chosen(matrix, view).columns:
        yield ""
        yield f"## {column.tactic_id} {plain(column.name)}"
        yield ""
        yield table_row(("technique", "name", "objects", "findings", "confidence", "lists"))
        yield table_row(("---", "---", "---:", "---:", "---:", "---:"))
        for top in column.cells:
            for cell in top:
                count = cell.count
                name = plain(cell.name)
                told = (f"{count.objects:,}", f"{count.findings:,}", confidence_of(count), f"{count.lists:,}")
                yield table_row((cell.technique_id, f"**{name}**" if count.used else name, *told))
    if matrix.outside:
        yield ""
        yield f"## Not in DISARM {matrix.release}"
        yield ""
        for one in matrix.outside:
            yield (
                f"- {plain(one.technique_id)} {plain(one_line(one.name, 120))}: {one.count.objects:,} objects, "
                f"{one.count.findings:,} findings. {plain(one_line(one.remark, 400))}."
            )
    yield ""
    yield f"**{marking}**"


def matrix_json(matrix: Matrix, view: View) -> bytes:
    """The numbers for programs; texts are made harmless as everywhere in this room."""
    content = {
        "title": one_line(view.title, 160),
        "marking": view.marking.label,
        **({"note": view.note} if view.note else {}),
        "release": matrix.release,
        "other_releases": list(matrix.other_releases),
        "measure": (view.measure or matrix.usual_measure).value,
        "tactics": [
            {
                "id": column.tactic_id,
                "name": column.name,
                "techniques": [_cell(cell) for cell in column.cells],
            }
            for column in chosen(matrix, view).columns
        ],
        "outside": [
            {
                "id": one.technique_id,
                "name": one_line(one.name, 120),
                **numbers(one.count),
                "remark": one_line(one.remark, 400),
            }
            for one in matrix.outside
        ],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def numbers(count: TechniqueCount) -> StixObject:
    """The numbers of a technique by name."""
    return {
        "objects": count.objects,
        "findings": count.findings,
        "lists": count.lists,
        "confidence": None if count.lowest is None else [count.lowest, count.highest],
    }


def _cell(cell: Cell) -> StixObject:
    content: StixObject = {"id": cell.technique_id, "name": cell.name, **numbers(cell.count)}
    if cell.children:
        content["sub_techniques"] = [_cell(child) for child in cell.children]
    return content
