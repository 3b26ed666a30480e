"""`disarm-exchange why`: the story of one exported object."""

from __future__ import annotations

import click
import orjson
from rich.console import Console

from disarm_exchange.cli.titles import title_of
from disarm_exchange.errors import UserError
from disarm_exchange.stix.project import EVIDENCE_EXTENSION
from disarm_exchange.store import Database
from disarm_exchange.store.clock import to_text
from disarm_exchange.store.ledger_reading import (
    KnownObject,
    known_objects,
    list_cases,
    runs_of,
    source_lines,
    versions_of,
)

_SHOWN = 20


@click.command("why", epilog="Example: disarm-exchange why relationship--... --ledger cases.db")
@click.argument("object_id")
@click.option("--ledger", required=True, help="The database given to convert --ledger.")
@click.option("--limit", default=_SHOWN, show_default=True, type=click.IntRange(min=1), help="Source records to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(object_id: str, ledger: str, limit: int, as_json: bool) -> None:
    """Tell why OBJECT_ID was exported: source file and record, raw cell, rule, confidence, versions so far."""
    with Database.open(ledger, create=False) as database, database.read() as tx:
        stories = []
        names = {case_id: name for case_id, name, _ in list_cases(tx)}
        for known in known_objects(tx, object_id):
            moments = {run.run: run for run in runs_of(tx, known.case_id)}
            stories.append(
                {
                    "case": {"id": known.case_id, "name": names[known.case_id]},
                    "object": orjson.loads(known.body),
                    "revoked": known.revoked,
                    "versions": [
                        {
                            "run": run,
                            "at": to_text(moments[run].at),
                            "framework": moments[run].release,
                            "modified": modified,
                            "change": change,
                        }
                        for run, modified, change in versions_of(tx, known.case_id, object_id)
                    ],
                    "evidence": _evidence(known),
                    "records": [orjson.loads(line) for line in source_lines(tx, known.case_id, object_id, limit=limit)],
                }
            )
    if not stories:
        raise UserError(f"the ledger knows no object {object_id}", fix="only objects exported with --ledger are known")
    if as_json:
        click.echo(orjson.dumps(stories, option=orjson.OPT_INDENT_2))
        return
    for story in stories:
        _print(story)


def _evidence(known: KnownObject) -> dict[str, object] | None:
    extensions = orjson.loads(known.body).get("extensions", {})
    evidence = extensions.get(EVIDENCE_EXTENSION) if isinstance(extensions, dict) else None
    return evidence if isinstance(evidence, dict) else None


def _print(story: dict[str, object]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    item, case = story["object"], story["case"]
    assert isinstance(item, dict)
    assert isinstance(case, dict)
    console.print(f"{item['id']}\n  {title_of(item)}\n  case: {case['name']} ({case['id']})")
    versions, records, evidence = story["versions"], story["records"], story["evidence"]
    assert isinstance(versions, list)
    assert isinstance(records, list)
    console.print("versions:")
    for version in versions:
        console.print(
            f"  run {version['run']} at {version['at']}: {version['change']}, "
            f"modified {version['modified'] or '-'}, DISARM {version['framework']}"
        )
    if isinstance(evidence, dict):
        console.print(f"called by ({evidence['evidence_count']} findings, DISARM {evidence['framework']}):")
        for rule in evidence["rules"]:
            console.print(f"  {rule['id']} (confidence {rule['confidence']}): {rule['reason']}")
    console.print("records:" if records else "records: none in the newest run")
    for record in records:
        console.print(
            f"  {record['file']}:{record['record']} [{record['outcome']}: {record['reason']}] {record['raw']!r}"
        )
        console.print(
            f"    label {' > '.join(record['labels'])}; rule {record['rule'] or '-'}: {record['mapping_reason']}"
        )
