"""`disarm-exchange export`: tables for spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from disarm_exchange.cli.administration import json_option
from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.overwriting import refuse_overwriting
from disarm_exchange.cli.picture_file import Made, kind_of, tell_written
from disarm_exchange.cli.progress import working
from disarm_exchange.cli.source_options import SourceOptions, read_source, source_options
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.report.export_files import write_delimited, write_workbook
from disarm_exchange.report.export_tables import SHEETS, sheets_of
from disarm_exchange.stix.bundle import atomic_writer

_KINDS = ("csv", "tsv", "xlsx")


@click.command("export", epilog="Example: disarm-exchange export bundle.json -o case.xlsx")
@click.argument("source")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="CSV, TSV or XLSX file.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=Choice(SHEETS),
    help="Which table (repeatable for XLSX); by default all in XLSX, indicators in CSV and TSV.",
)
@click.option("--live", is_flag=True, help="Leave addresses as they are instead of defanging them.")
@click.option("--framework", help="DISARM release; by default the newest that the objects name.")
@json_option
@source_options
def command(
    *,
    source: str,
    output: Path,
    tables: tuple[str, ...],
    live: bool,
    framework: str | None,
    as_json: bool,
    **where: Unpack[SourceOptions],
) -> None:
    """Write tables of SOURCE: a bundle, JSON Lines, - for standard input, or a database.

    Tables: indicators, observables, techniques, relationships; each row has its marking. Text that a spreadsheet would
    take for a formula gets an apostrophe before it.
    """
    kind = kind_of(output, _KINDS)
    refuse_overwriting(output, source)
    if kind != "xlsx" and len(tables) > 1:
        raise UserError("a CSV or TSV file holds one table", where=str(output), fix="write an XLSX file, or one by one")
    catalogue = Catalogue.load(framework) if framework else None
    found = read_source(source, where)
    with working("writing rows"):
        sheets = sheets_of(found, catalogue)
        chosen = tables or (SHEETS if kind == "xlsx" else SHEETS[:1])
        try:
            with atomic_writer(output) as stream:
                if kind == "xlsx":
                    counts = write_workbook(
                        stream, [sheets[name] for name in chosen], found.marking, live=live, note=found.note
                    )
                else:
                    delimiter = "," if kind == "csv" else "\t"
                    counts = {chosen[0]: write_delimited(stream, sheets[chosen[0]], delimiter=delimiter, live=live)}
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    tell_written(output, f"{told}; {found.marking.label}", Made.of(found), as_json=as_json)
