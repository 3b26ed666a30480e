"""`disarm-exchange migrate`: a bundle under another DISARM release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import add_row, folding, print_table, table_of, whole
from disarm_exchange.disarm.migration_files import migrate_file
from disarm_exchange.disarm.migration_report import MigrationReport
from disarm_exchange.findings.case import parse_moment

_BY = {
    "successor": "its only successor",
    "own-rule": "your rule",
    "evidence": "its evidence",
    "rule": "as DISARM re-tagged its own incidents",
}


@click.command(
    "migrate",
    epilog="Example: disarm-exchange migrate old.json --to 1.7 -o new.json",
)
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", "release", required=True, metavar="RELEASE", help="The DISARM release to go to, such as 1.7.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The new bundle.")
@click.option(
    "--as",
    "producers",
    multiple=True,
    metavar="IDENTITY",
    help="Who you are: id or name of the identity whose objects may change (repeatable). "
    "If not given: the creator of the relationships to techniques.",
)
@click.option(
    "--mapping",
    "mappings",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Own rules: a rule whose label is the retired id decides (repeatable).",
)
@click.option("--as-of", help="The moment that changed objects carry as `modified`, instead of now.")
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON on stdout.")
def command(
    bundle: Path,
    release: str,
    output: Path,
    producers: tuple[str, ...],
    mappings: tuple[Path, ...],
    as_of: str | None,
    as_json: bool,
) -> int:
    """Bring the DISARM techniques of a STIX BUNDLE, yours or foreign, to another release.

    Retired ids go to their successors: where there is one, and where there are several by a rule of yours, by the
    evidence on the relationship, or as DISARM did itself. The old relationship is revoked, a new one takes its place;
    names, releases, reports follow. Objects of others are never changed. Exit code 1: something is left to a person; it
    stays as it was and is listed.
    """
    now = _moment(as_of)
    with progress() as on_step:
        report = migrate_file(bundle, output, release, now=now, producers=producers, mappings=mappings, on_step=on_step)
    if as_json:
        click.echo(orjson.dumps(report.as_record(), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(report)
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(report.counts.items()) if count)
    tell(f"DISARM {report.release}: {counts or 'nothing there'}; {output}")
    return 1 if report.needs_a_person else 0


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        return parse_moment(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no date: {error}; write it as 2026-05-29", param_hint="--as-of"
        ) from None


def _print(report: MigrationReport) -> None:
    table = table_of("", folding("what"), folding("technique"), folding("to"), folding("why"), whole("object"))
    for move in report.moved:
        goes = ", ".join(move.successors)
        add_row(table, "moved", f"{move.technique_id} {move.name}", goes, f"by {_BY[move.by]}", move.relationship)
    for left in report.left:
        add_row(table, "left", f"{left.technique_id} {left.name}", "", left.reason, left.object_id)
    for conflict in report.conflicts:
        why = f"of {conflict.creator or 'nobody named'}: {conflict.reason}"
        add_row(table, "conflict", conflict.technique_id, "", why, conflict.object_id)
    if table.row_count:
        print_table(table)
