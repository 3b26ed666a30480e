"""`disarm-exchange heatmap`: the DISARM matrix over a bundle, a store or a case, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, PictureOptions, drawn, kind_of, picture_options, written
from disarm_exchange.cli.source_options import SourceOptions, read_source, source_options
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.heatmap import View, heatmap, summary_of
from disarm_exchange.report.heatmap_page import heatmap_page
from disarm_exchange.report.matrix import Measure, matrix_of
from disarm_exchange.report.matrix_text import matrix_json, matrix_markdown

_KINDS = ("svg", "png", "html", "md", "json")


@click.command(
    "heatmap",
    epilog="Example: disarm-exchange heatmap bundle.json -o heatmap.svg --only-used",
)
@click.argument("source")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="SVG, PNG, HTML, MD or JSON file.")
@click.option("--only-used", is_flag=True, help="Leave out techniques and tactics that nothing uses.")
@click.option("--all-sub-techniques", is_flag=True, help="Show sub-techniques that nothing uses too.")
@click.option(
    "--count",
    "measure",
    type=Choice([measure.value for measure in Measure]),
    help="The number in the cells; by default findings for one case, objects for more.",
)
@click.option("--framework", help="DISARM release; by default the newest that the objects name.")
@picture_options
@json_option
@source_options
def command(
    *,
    source: str,
    output: Path,
    only_used: bool,
    all_sub_techniques: bool,
    measure: str | None,
    framework: str | None,
    options: PictureOptions,
    as_json: bool,
    **where: Unpack[SourceOptions],
) -> None:
    """Draw the DISARM matrix over SOURCE: a bundle, JSON Lines, - for standard input, or a database.

    Each cell has the number of objects (or findings) that use the technique. Techniques that the release does not
    have are listed below the matrix.
    """
    kind = kind_of(output, _KINDS)
    refuse_overwriting(output, source)
    catalogue = Catalogue.load(framework) if framework else None
    found = read_source(source, where)
    matrix = matrix_of(found.objects, catalogue, revoked=found.revoked)
    view = View(
        options.title or found.title,
        found.marking,
        Measure(measure) if measure else None,
        only_used=only_used,
        all_subtechniques=all_sub_techniques,
        theme=options.theme_for(kind),
        note=found.note,
    )
    if kind in ("svg", "png"):
        content = drawn(heatmap(matrix, view), kind, options)
    elif kind == "html":
        content = heatmap_page(matrix, view).encode()
    elif kind == "md":
        content = matrix_markdown(matrix, view).encode()
    else:
        content = matrix_json(matrix, view)
    written(output, content, f"{summary_of(matrix)}; {view.marking.label}", Made.of(found), as_json=as_json)
