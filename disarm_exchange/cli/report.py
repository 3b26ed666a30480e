"""`disarm-exchange report`: one self-contained page about a case, a bundle or a store."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, kind_of, written
from disarm_exchange.cli.progress import working
from disarm_exchange.cli.source_options import SourceOptions, read_source, source_options
from disarm_exchange.report.content import content_of
from disarm_exchange.report.graph import graph_of
from disarm_exchange.report.html_report import html_report
from disarm_exchange.report.markdown_report import markdown_report
from disarm_exchange.report.unmapped import Unmapped, unmapped_of

_KINDS = ("html", "md")


@click.command("report", epilog="Example: disarm-exchange report bundle.json -o report.html --max-tlp green")
@click.argument("source")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="HTML or MD file.")
@click.option("--title", help="What the report is about; by default what the objects say.")
@click.option(
    "--account",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `convert --account` wrote: lists the findings that call no technique.",
)
@json_option
@source_options
def command(
    *, source: str, output: Path, title: str | None, account: Path | None, as_json: bool, **where: Unpack[SourceOptions]
) -> None:
    """Write a report about SOURCE: a bundle, JSON Lines, - for standard input, or a database.

    The page needs no network and no other file; it prints with its marking and the page number on each page (from
    a browser: Print, Save as PDF). Only objects at or below --max-tlp are in it.
    """
    kind = kind_of(output, _KINDS)
    refuse_overwriting(output, source, account)
    gc.disable()  # everything is needed to the end: a collection would walk over all of it for nothing
    found = read_source(source, where)
    with working("laying the report out"):
        unmapped = unmapped_of(account, found.by_id.keys()) if account is not None else Unmapped()
        content = content_of(found, title)
        graph = graph_of(found.objects)
        if kind == "html":
            name = "SOURCE" if source == "-" or "://" in source else Path(source).name
            text = html_report(content, graph, unmapped, name)
        else:
            text = markdown_report(content, graph, unmapped)
    summary = f"{len(found.objects):,} objects, {len(content.matrix.counts()):,} techniques"
    written(output, text.encode(), f"{summary}; {content.marking}", Made.of(found), as_json=as_json)
