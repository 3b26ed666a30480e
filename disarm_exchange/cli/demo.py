"""`disarm-exchange demo`: the main job on the sample cases, between two organisations on this machine."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.journey import Journey, run_journey
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import folding, number, print_table, table_of
from disarm_exchange.cli.tables import outcome_table, tactic_table
from disarm_exchange.convert.job import DEFAULT_RELEASE
from disarm_exchange.convert.summary import Summary


@click.command("demo", epilog="Example: disarm-exchange demo --output demo-output")
@click.option(
    "--output",
    default="demo-output",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for bundles, accounts and the two databases.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON on stdout.")
def command(output: Path, as_json: bool) -> int:
    """Run the main job on the sample cases: convert, validate, serve, publish, pull, compare, report.

    Two organisations, North Watch and South Desk, talk TAXII 2.1 over loopback. Exit code 1: South Desk does not hold
    exactly what North Watch published.
    """
    journey = run_journey(output, lambda step: None if as_json else tell(f"· {step}"))
    if as_json:
        click.echo(orjson.dumps(_as_json(journey, output), option=orjson.OPT_INDENT_2))
    else:
        _print(journey, output)
    return 0 if journey.complete else 1


def _print(journey: Journey, output: Path) -> None:
    console = Console(highlight=False)
    total = Summary.total(result.summary for result in journey.conversions)
    print_table(outcome_table(total))
    print_table(tactic_table(total, DEFAULT_RELEASE))
    print_table(_exchange_table(journey))
    assert journey.again is not None
    verdict = "holds exactly what North Watch published" if journey.complete else "does NOT hold what was published"
    console.print(f"South Desk {verdict}: {len(journey.received):,} objects, compared byte for byte.")
    console.print("\nOpen next:")
    console.print(f"  {journey.report}  what South Desk received, as a page: open it in a browser")
    for result in journey.conversions:
        console.print(f"  {result.bundle}  the STIX bundle")
        console.print(f"  {result.account}  what became of each record")
    console.print("  disarm-exchange framework show T0149.003   one of the techniques called")
    console.print(f"  disarm-exchange validate {journey.conversions[0].bundle}")
    console.print(f"  {output}/north-watch.db, {output}/south-desk.db  the two organisations' databases")


def _exchange_table(journey: Journey) -> Table:
    assert journey.pulled is not None
    table = table_of("Exchange", folding("step"), number("objects"), number("seconds"))
    counts = {
        "convert": sum(sum(result.summary.objects.values()) for result in journey.conversions),
        "publish": sum(len(report.push.accepted) - report.push.already_there for report in journey.published),
        "pull": journey.pulled.new,
        "pull again": journey.again.new if journey.again is not None else 0,
        "compare": len(journey.received),
        "report": len(journey.received),
    }
    shared = sum(report.push.already_there for report in journey.published)
    if shared:
        table.caption = (
            f"{counted(shared, 'object')} stand in both bundles (techniques, platforms, the producer): published once"
        )
    for name, seconds in journey.seconds.items():
        shown = counted(journey.errors, "error") if name == "validate" else f"{counts[name]:,}"
        table.add_row(name, shown, f"{seconds:.2f}")
    return table


def _as_json(journey: Journey, output: Path) -> dict[str, object]:
    assert journey.pulled is not None
    assert journey.again is not None
    return {
        "complete": journey.complete,
        "folder": str(output),
        "cases": [result.summary.as_dict() for result in journey.conversions],
        "validation_errors": journey.errors,
        "published": [report.to_dict() for report in journey.published],
        "pulled": journey.pulled.to_dict(),
        "pulled_again": journey.again.to_dict(),
        "objects_sent": len(journey.sent),
        "objects_received": len(journey.received),
        "identical": journey.identical,
        "report": str(journey.report),
        "seconds": journey.seconds,
    }
