"""`disarm-exchange case`: what the ledger knows of cases."""

from __future__ import annotations

from collections import Counter

import click
import orjson

from disarm_exchange.cli.completing import cases
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of, whole
from disarm_exchange.cli.titles import title_of
from disarm_exchange.errors import UserError
from disarm_exchange.stix.progress import Step
from disarm_exchange.store import Database
from disarm_exchange.store.clock import to_text
from disarm_exchange.store.ledger_reading import (
    case_objects,
    changes_of_run,
    count_objects,
    find_case,
    known_objects,
    list_cases,
    runs_of,
)

_ledger = click.option("--ledger", required=True, help="The database given to convert --ledger.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.group("case")
def command() -> None:
    """Cases in the ledger: what was exported, when, and what each run changed."""


@command.command("list", epilog="Example: disarm-exchange case list --ledger cases.db")
@_ledger
@_json
def list_command(ledger: str, as_json: bool) -> None:
    """List the cases of a ledger."""
    with Database.open(ledger, create=False) as database, database.read() as tx:
        rows = [
            {"id": case_id, "name": name, "runs": runs, "objects": sum(count_objects(tx, case_id).values())}
            for case_id, name, runs in list_cases(tx)
        ]
    if as_json:
        _print_json(rows)
        return
    table = table_of("Cases", folding("case"), number("runs"), number("objects"), whole("id"))
    for row in rows:
        add_row(table, row["name"], row["runs"], row["objects"], row["id"])
    print_table(table)


@command.command("show", epilog='Example: disarm-exchange case show "Harbour Echo" --ledger cases.db')
@click.argument("case", shell_complete=cases)
@_ledger
@_json
def show_command(case: str, ledger: str, as_json: bool) -> None:
    """Show what CASE (name or id) has exported and not revoked."""
    with Database.open(ledger, create=False) as database, database.read() as tx:
        case_id, name = find_case(tx, case)
        counts = count_objects(tx, case_id)
        ids = [known.object_id for known in case_objects(tx, case_id)] if as_json else []
        last = runs_of(tx, case_id)[-1]
    if as_json:
        _print_json({"id": case_id, "name": name, "runs": last.run, "objects": counts, "object_ids": ids})
        return
    runs = "1 run" if last.run == 1 else f"{last.run:,} runs, the last"
    table = table_of(f"{name}: {runs} at {_moment(last.at)}", folding("type"), number("objects"))
    for object_type, count in counts.items():
        add_row(table, object_type, count)
    print_table(table)


@command.command("history", epilog='Example: disarm-exchange case history "Harbour Echo" --ledger cases.db')
@click.argument("case", shell_complete=cases)
@_ledger
@_json
def history_command(case: str, ledger: str, as_json: bool) -> None:
    """List the runs of CASE, oldest first, with what each changed."""
    with Database.open(ledger, create=False) as database, database.read() as tx:
        case_id, name = find_case(tx, case)
        runs = runs_of(tx, case_id)
    if as_json:
        _print_json(
            [
                {"run": r.run, "at": to_text(r.at), "framework": r.release, "inputs": r.inputs, "changes": r.changes}
                for r in runs
            ]
        )
        return
    table = table_of(name, number("run"), whole("at"), folding("DISARM"), folding("inputs"), folding("changes"))
    for run in runs:
        changes = ", ".join(f"{count:,} {what}" for what, count in sorted(run.changes.items()) if count)
        add_row(table, str(run.run), _moment(run.at), run.release, ", ".join(run.inputs), changes)
    print_table(table)


@command.command("diff", epilog='Example: disarm-exchange case diff "Harbour Echo" --ledger cases.db --run 2')
@click.argument("case", shell_complete=cases)
@_ledger
@click.option("--run", "run_number", type=click.IntRange(min=1), help="Which run; the newest, if not given.")
@_json
def diff_command(case: str, ledger: str, run_number: int | None, as_json: bool) -> None:
    """Show which objects a run of CASE added, changed or revoked."""
    with Database.open(ledger, create=False) as database, database.read() as tx, progress() as on_step:
        case_id, name = find_case(tx, case)
        last = runs_of(tx, case_id)[-1].run
        run = run_number or last
        if run > last:
            raise UserError(f"there is no run {run} of {name}", where="--run", fix=f"the newest is {last}")
        rows = []
        changes = list(changes_of_run(tx, case_id, run))
        for done, (change, object_id) in enumerate(changes):
            on_step(Step("looking up", done, total=len(changes)))
            (known,) = [one for one in known_objects(tx, object_id) if one.case_id == case_id]
            rows.append({"change": change, "id": object_id, "title": title_of(orjson.loads(known.body))})
    if as_json:
        _print_json({"case": case_id, "run": run, "objects": rows})
        return
    table = table_of(f"{name}, run {run}", folding("change"), folding("object"), whole("id"))
    for row in rows:
        add_row(table, row["change"], row["title"], row["id"])
    counts = Counter(row["change"] for row in rows)
    table.caption = ", ".join(f"{count:,} {change}" for change, count in sorted(counts.items())) or "nothing changed"
    print_table(table)


def _moment(microseconds: int) -> str:
    """A moment without the fraction that no run needs."""
    return f"{to_text(microseconds)[:19]}Z"


def _print_json(content: object) -> None:
    click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2))
