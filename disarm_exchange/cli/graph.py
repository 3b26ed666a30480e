"""`disarm-exchange graph`: the graph of a case, as a picture or for other tools."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, kind_of, scale_option, title_option, written
from disarm_exchange.cli.progress import working
from disarm_exchange.cli.source_options import SourceOptions, read_source, source_options
from disarm_exchange.report.graph import CaseGraph, graph_of
from disarm_exchange.report.graph_files import as_json, gexf, graphml, markdown, mermaid
from disarm_exchange.report.graph_svg import described, graph_drawing
from disarm_exchange.report.grouping import ROWS, picture_of
from disarm_exchange.report.html_report import html_graph
from disarm_exchange.report.png import png_of
from disarm_exchange.stix.markings import Tlp

_WHOLE: Mapping[str, Callable[[CaseGraph, str, Tlp, str], bytes]] = {"gexf": gexf, "graphml": graphml, "json": as_json}
_KINDS = ("svg", "png", "html", "mmd", "md", *_WHOLE)


@click.command("graph", epilog="Example: disarm-exchange graph bundle.json -o graph.svg")
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Picture (.svg, .png, .html), Mermaid (.mmd, .md), or the whole graph (.gexf, .graphml, .json).",
)
@title_option
@click.option(
    "--rows",
    type=click.IntRange(1, 200),
    default=ROWS,
    show_default=True,
    help="How many boxes a column of the picture has room for before like objects are folded into one.",
)
@scale_option
@json_option
@source_options
def command(
    *,
    source: str,
    output: Path,
    title: str | None,
    rows: int,
    scale: float,
    as_json: bool,
    **where: Unpack[SourceOptions],
) -> None:
    """Draw the graph of SOURCE: a bundle, JSON Lines, - for standard input, or a database.

    Cases stand in the middle, techniques to the left, what was found to the right. In pictures and Mermaid like
    objects are folded into one box; .gexf, .graphml and .json have each object once.
    """
    kind = kind_of(output, _KINDS)
    refuse_overwriting(output, source)
    gc.disable()  # everything is needed to the end: a collection would walk over all of it for nothing
    found = read_source(source, where)
    with working("drawing"):
        graph = graph_of(found.objects)
        name = title or found.title
        picture = picture_of(graph, rows)
        if kind in _WHOLE:
            content = _WHOLE[kind](graph, name, found.marking, found.note)
        elif kind == "mmd":
            content = mermaid(picture, name, found.marking, found.note).encode()
        elif kind == "md":
            content = markdown(picture, name, found.marking, found.note).encode()
        elif kind == "html":
            content = html_graph(picture, name, found.marking, found.note).encode()
        else:
            drawing = graph_drawing(picture, name, found.marking, found.note)
            content = drawing.svg.encode()
            if kind == "png":
                content = png_of(drawing.svg, drawing.width, drawing.height, scale=scale)
    written(output, content, f"{described(picture)} {found.marking.label}", Made.of(found), as_json=as_json)
