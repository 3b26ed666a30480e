"""`disarm-exchange inspect`: what a file is taken for, its first records, and a draft profile for an unknown table."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson
from rich.table import Table
from rich.text import Text

from disarm_exchange.cli.quiet import is_quiet, people
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import folding, number, print_table, table_of
from disarm_exchange.errors import UserError
from disarm_exchange.findings.inspect import UNREADABLE, Inspection, inspect_file
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import find_profile, shipped_profiles
from disarm_exchange.findings.roles import role_in_note
from disarm_exchange.findings.spooling import spooled
from disarm_exchange.stix.bundle import atomic_writer

_CELL = 100
_REMARKS = 12


@click.command(
    "inspect",
    epilog="Example: disarm-exchange inspect takedown.xlsx; disarm-exchange inspect unknown.csv --draft ours.json",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(0, 1000), default=10, show_default=True, help="How many records to show.")
@click.option("--row", help="Of a sheet with one incident to a row: the only one to take (name or number).")
@click.option("--source", help="Source profile: its id, or the path of a profile file.")
@click.option("--encoding", help="How text is encoded that is not UTF-8: cp1252 (Excel's plain CSV), utf-16, ...")
@click.option("--draft", type=click.Path(path_type=Path), help="Write the draft of a source profile to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(
    file: Path, rows: int, row: str | None, source: str | None, encoding: str | None, draft: Path | None, as_json: bool
) -> int:
    """Say what FILE is recognised as and why, and show its first records as findings; `-` is standard input.

    For a table that no profile knows, a draft of a source profile goes to stdout (or to --draft FILE); edit it and give
    it to convert with --source. Exit code 1: the layout is unknown, or records cannot be read.
    """
    if draft is not None and draft.exists():
        raise UserError("exists already", where=str(draft), fix="choose another name; drafts never overwrite")
    profiles = (find_profile(source),) if source is not None else shipped_profiles()
    with spooled((file,), encoding) as (path,):
        found = inspect_file(path, profiles, rows=rows, row=row)
    if encoding is not None:
        found.encoding = encoding
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(found.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    elif not is_quiet():
        _print(found)
    if found.draft is not None:
        _give_draft(found.draft, draft, to_stdout=not as_json)
    return 1 if found.problem or found.unreadable else 0


def _give_draft(draft: dict[str, object], path: Path | None, *, to_stdout: bool) -> None:
    content = orjson.dumps(draft, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if path is not None:
        try:
            with atomic_writer(path) as stream:
                stream.write(content)
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror}", where=str(path)) from None
    elif to_stdout:
        sys.stdout.buffer.write(content)


def _print(found: Inspection) -> None:
    console = people()
    for name, text in _facts(found):
        if text:
            console.print(Text(f"{name:<11}", style="bold").append(visible(text), style="not bold"), soft_wrap=_piped())
    if found.first:
        print_table(_records(found), summary=True)
    for item in found.unreadable[:_REMARKS]:
        told = Text(f"unreadable {item.record}: ", style="red").append(visible(item.reason), style="not bold")
        console.print(told, soft_wrap=_piped())
    for remark in found.remarks[:_REMARKS]:
        place = f" {remark.record}" if remark.record is not None else ""
        told = Text(f"remark{place}: ", style="yellow").append(visible(remark.text), style="not bold")
        console.print(told, soft_wrap=_piped())
    if len(found.remarks) > _REMARKS:
        console.print(f"and {len(found.remarks) - _REMARKS} more remarks (--json lists them all)")


def _piped() -> bool:
    """Whether nobody's terminal folds the lines: then they are not folded at all."""
    return not sys.stderr.isatty()


def _facts(found: Inspection) -> list[tuple[str, str]]:
    recognition = found.recognition
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.counts.most_common() if kind != UNREADABLE)
    unread = found.counts[UNREADABLE]
    return [
        ("file", found.file),
        ("format", f"{found.format} ({found.encoding})"),
        ("why", recognition.why if recognition else ""),
        ("profile", (recognition.profile or "") if recognition else ""),
        ("header", ", ".join(recognition.header[:20]) if recognition else ""),
        ("problem", found.problem or ""),
        ("draft", "the records below are read with the draft of a profile" if found.draft else ""),
        ("records", f"{found.records:,}" + (f", {unread:,} of them unreadable" if unread else "")),
        ("kinds", kinds),
    ]


def _records(found: Inspection) -> Table:
    names = ("label", "kind", "value", "platform", "login or id", "role", "note")
    table = table_of("First records", number("record"), *map(folding, names))
    for record in found.first:
        table.add_row(*(Text(visible(cell)[:_CELL]) for cell in _cells(record)))
    return table


def _cells(record: Finding | Unreadable) -> tuple[str, ...]:
    if isinstance(record, Unreadable):
        return (str(record.record), "", UNREADABLE, record.raw, "", "", "", record.reason)
    value = record.value
    return (
        str(record.record),
        record.labels[-1] if record.labels else "",
        value.kind.value,
        value.text,
        value.platform or "",
        value.login or value.user_id or "",
        role_in_note(record.note) or record.role or "",
        record.note,
    )
