"""`disarm-exchange compare`: the techniques of two cases, two periods or two peers side by side."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, PictureOptions, drawn, kind_of, picture_options, written
from disarm_exchange.cli.source_options import SourceOptions, max_tlp_option, read_source, unmarked_option
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.report.comparison import Compared, Comparison, compare
from disarm_exchange.report.comparison_files import (
    Frame,
    comparison_json,
    comparison_markdown,
    comparison_page,
    comparison_picture,
    comparison_sheet,
    totals_text,
)
from disarm_exchange.report.counting import count_techniques
from disarm_exchange.report.export_files import write_delimited
from disarm_exchange.report.matrix import Measure
from disarm_exchange.report.periods import Period, within
from disarm_exchange.report.source import Source
from disarm_exchange.stix.markings import Tlp

_KINDS = ("svg", "png", "html", "md", "json", "csv", "tsv")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    "compare",
    epilog="Example: disarm-exchange compare exchange.db --until-a 2026-06-30 --from-b 2026-07-01 -o half-years.html",
)
@click.argument("a")
@click.argument("b", required=False)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="SVG, PNG, HTML, MD, JSON or CSV.")
@click.option("--collection-a", multiple=True, help="Of a database A: only this collection, as of a peer (repeatable).")
@click.option("--collection-b", multiple=True, help="Of a database B: only this collection (repeatable).")
@click.option("--case-a", help="Of a database A: this case of its ledger (name or id).")
@click.option("--case-b", help="Of a database B: this case of its ledger.")
@click.option("--from-a", type=_DAY, help="Of A: uses from this day on.")
@click.option("--until-a", type=_DAY, help="Of A: uses up to this day.")
@click.option("--from-b", type=_DAY, help="Of B: uses from this day on.")
@click.option("--until-b", type=_DAY, help="Of B: uses up to this day.")
@click.option("--name-a", help="What A is called; by default what the objects say, and the period.")
@click.option("--name-b", help="What B is called.")
@click.option(
    "--count",
    "measure",
    type=Choice([measure.value for measure in Measure]),
    help="The numbers in the cells; by default findings for two single cases, else objects.",
)
@click.option("--framework", help="DISARM release; by default the newest that either names.")
@max_tlp_option
@unmarked_option
@json_option
@picture_options
def command(
    *,
    a: str,
    b: str | None,
    output: Path,
    collection_a: tuple[str, ...],
    collection_b: tuple[str, ...],
    case_a: str | None,
    case_b: str | None,
    from_a: datetime | None,
    until_a: datetime | None,
    from_b: datetime | None,
    until_b: datetime | None,
    name_a: str | None,
    name_b: str | None,
    measure: str | None,
    framework: str | None,
    max_tlp: Tlp,
    unmarked_as: Tlp | None,
    as_json: bool,
    options: PictureOptions,
) -> None:
    """Compare the techniques of A and B: bundles, JSON Lines or databases; without B, A with itself.

    Shown are the techniques that only one of the two has, and both numbers of those that both have. A use belongs to
    the day on which its relationship starts, or else was created.
    """
    kind = kind_of(output, _KINDS)
    refuse_overwriting(output, a, b)
    catalogue = Catalogue.load(framework) if framework else None
    of_a = SourceOptions(collections=collection_a, case=case_a, max_tlp=max_tlp, unmarked_as=unmarked_as)
    of_b = SourceOptions(collections=collection_b, case=case_b, max_tlp=max_tlp, unmarked_as=unmarked_as)
    first, second = read_source(a, of_a), read_source(b or a, of_b)
    comparison = compare(_side(first, from_a, until_a, name_a), _side(second, from_b, until_b, name_b), catalogue)
    frame = Frame(Measure(measure) if measure else None, options.theme_for(kind), options.title)
    content = _content(comparison, frame, kind, options)
    made = Made(
        comparison.marking,
        len(first.objects) + len(second.objects),
        len(first.withheld) + len(second.withheld),
    )
    written(output, content, f"{totals_text(comparison)}; {comparison.marking.label}", made, as_json=as_json)


def _side(source: Source, first: datetime | None, last: datetime | None, name: str | None) -> Compared:
    period = Period(first.date() if first else None, last.date() if last else None)
    counted = count_techniques(within(source.objects, period), revoked=source.revoked)
    title = f"{source.title}, {period.name}" if period.name else source.title
    return Compared(name or title, source.marking, counted, source.note)


def _content(comparison: Comparison, frame: Frame, kind: str, options: PictureOptions) -> bytes:
    if kind in ("svg", "png"):
        return drawn(comparison_picture(comparison, frame), kind, options)
    if kind == "html":
        return comparison_page(comparison, frame).encode()
    if kind == "md":
        return comparison_markdown(comparison, frame).encode()
    if kind == "json":
        return comparison_json(comparison, frame)
    stream = io.BytesIO()
    write_delimited(stream, comparison_sheet(comparison), delimiter="," if kind == "csv" else "\t", live=False)
    return stream.getvalue()
