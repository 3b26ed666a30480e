"""`disarm-exchange navigator`: a layer for the DISARM Navigator."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, written
from disarm_exchange.cli.source_options import SourceOptions, read_source, source_options
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.heatmap import View, summary_of
from disarm_exchange.report.matrix import Measure, matrix_of
from disarm_exchange.report.navigator import LayerFormat, navigator_layer


@click.command("navigator", epilog="Example: disarm-exchange navigator bundle.json -o layer.json")
@click.argument("source")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The layer file (JSON) to write.")
@click.option("--title", help="Name of the layer; by default what the objects say.")
@click.option(
    "--count",
    "measure",
    type=Choice([measure.value for measure in Measure]),
    help="The score; by default findings for one case, objects for more.",
)
@click.option("--framework", help="DISARM release; by default the newest that the objects name.")
@click.option(
    "--layer",
    "layer_format",
    type=Choice([one.value for one in LayerFormat]),
    default=LayerFormat.V4_4.value,
    show_default=True,
    help="Version of the layer format; DISARM's own Navigators read 4.4.",
)
@json_option
@source_options
def command(
    *,
    source: str,
    output: Path,
    title: str | None,
    measure: str | None,
    framework: str | None,
    layer_format: str,
    as_json: bool,
    **where: Unpack[SourceOptions],
) -> None:
    """Write a layer for the DISARM Navigator over SOURCE: a bundle, JSON Lines, - for standard input, or a database.

    Open it in the Navigator with "Open Existing Layer". Scores are the numbers that `heatmap` shows.
    """
    refuse_overwriting(output, source)
    catalogue = Catalogue.load(framework) if framework else None
    found = read_source(source, where)
    matrix = matrix_of(found.objects, catalogue, revoked=found.revoked)
    view = View(title or found.title, found.marking, Measure(measure) if measure else None, note=found.note)
    content = navigator_layer(matrix, view, LayerFormat(layer_format))
    written(output, content, f"{summary_of(matrix)}; {view.marking.label}", Made.of(found), as_json=as_json)
