"""`disarm-exchange framework`: look up DISARM techniques, tactics and retired ids; bring in and compare releases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
import orjson
from rich.table import Column

from disarm_exchange.cli.framework_releases import diff_command, import_command
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of, whole
from disarm_exchange.disarm.catalogue import (
    DEFAULT_RELEASE,
    Catalogue,
    Retired,
    Technique,
    Unknown,
)
from disarm_exchange.disarm.release_folder import is_shipped, release_files
from disarm_exchange.errors import UserError

_release = click.option(
    "--release", default=DEFAULT_RELEASE, show_default=True, metavar="RELEASE", help="DISARM release, such as 1.6."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

EXIT_RETIRED = 1
EXIT_UNKNOWN = 2


@click.group()
def command() -> None:
    """Look up DISARM techniques, tactics and retired ids; bring in and compare releases."""


command.add_command(import_command)
command.add_command(diff_command)


@command.command("show", epilog="Example: disarm-exchange framework show T0143.002")
@click.argument("technique", metavar="TECHNIQUE")
@_release
@_as_json
@click.pass_context
def show(ctx: click.Context, technique: str, release: str, as_json: bool) -> None:
    """Show one technique by its id (T0143.002; t143.2 will do).

    A retired id is explained with its successors: exit code 1. An unknown id is an error with the nearest
    techniques: exit code 2.
    """
    catalogue = Catalogue.load(release)
    found = catalogue.lookup(technique)
    if as_json:
        _print_json(_as_record(catalogue, found))
    elif isinstance(found, Technique):
        _print_pairs(_technique_pairs(catalogue, found))
    elif isinstance(found, Retired):
        _print_pairs(_retired_pairs(catalogue, found))
    if isinstance(found, Retired):
        ctx.exit(EXIT_RETIRED)
    if isinstance(found, Unknown):
        if as_json:
            ctx.exit(EXIT_UNKNOWN)
        raise UserError(catalogue.explain(found), fix="try: disarm-exchange framework search WORDS")


@command.command("search", epilog='Example: disarm-exchange framework search "fake account"')
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 500), default=15, show_default=True, help="At most so many.")
@_release
@_as_json
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], limit: int, release: str, as_json: bool) -> None:
    """Search names for words, best first; typing errors and the field's other words are tolerated.

    Nothing found: exit code 1.
    """
    catalogue = Catalogue.load(release)
    hits = catalogue.search(" ".join(words), limit)
    if as_json:
        _print_json([{"id": hit.id, "name": hit.name, "score": hit.score, "retired": hit.retired} for hit in hits])
    elif hits:
        rows = [(hit.id, hit.name, _remark(catalogue, hit.id, hit.retired)) for hit in hits]
        _print_table((whole("id"), folding("name"), folding("tactic")), rows)
    if not hits:
        tell(f"nothing in DISARM {release} fits {' '.join(words)!r}")
        ctx.exit(1)


@command.command("list", epilog="Example: disarm-exchange framework list --tactic TA15")
@click.option("--tactic", metavar="TACTIC", help="Only this tactic: TA06, its name or the beginning of it.")
@click.option("--retired", is_flag=True, help="List the retired ids with their successors.")
@_release
@_as_json
def list_techniques(tactic: str | None, retired: bool, release: str, as_json: bool) -> None:
    """List the techniques of a release."""
    catalogue = Catalogue.load(release)
    if retired:
        gone = catalogue.all_retired()
        if as_json:
            _print_json([_as_record(catalogue, item) for item in gone])
            return
        _print_table(
            (whole("id"), folding("last name"), folding("last in"), folding("what to do")),
            [(item.id, item.name, item.last_release, catalogue.successors_text(item)) for item in gone],
        )
        return
    techniques = catalogue.techniques(tactic)
    if as_json:
        _print_json([_as_record(catalogue, item) for item in techniques])
        return
    _print_table(
        (whole("id"), folding("name"), folding("tactic")),
        [(item.id, item.name, _remark(catalogue, item.id, False)) for item in techniques],
    )


@command.command("tactics", epilog="Example: disarm-exchange framework tactics")
@_release
@_as_json
def tactics(release: str, as_json: bool) -> None:
    """List the tactics of a release in the order of the matrix, with the number of their techniques."""
    catalogue = Catalogue.load(release)
    counted = [(tactic, len(catalogue.techniques(tactic.id))) for tactic in catalogue.tactics]
    if as_json:
        _print_json(
            [
                {"id": tactic.id, "name": tactic.name, "shortname": tactic.shortname, "techniques": count}
                for tactic, count in counted
            ]
        )
        return
    _print_table(
        (whole("id"), folding("name"), number("techniques")),
        [(tactic.id, tactic.name, count) for tactic, count in counted],
    )


@command.command("releases", epilog="Example: disarm-exchange framework releases")
@_as_json
def releases(as_json: bool) -> None:
    """List the DISARM releases whose facts are here, with the file of those that you have imported."""
    files = release_files()
    catalogues = [Catalogue.load(release) for release in files]
    own = {release: "" if is_shipped(release) else str(path) for release, path in files.items()}
    if as_json:
        _print_json(
            [
                {
                    "release": item.release,
                    "released": item.released.isoformat(),
                    "techniques": len(item.techniques()),
                    "imported": own[item.release] or None,
                }
                for item in catalogues
            ]
        )
        return
    _print_table(
        (folding("release"), whole("date"), number("techniques"), number("retired"), folding("imported")),
        [
            (
                item.release,
                item.released.isoformat(),
                len(item.techniques()),
                len(item.all_retired()),
                own[item.release],
            )
            for item in catalogues
        ],
    )


def _remark(catalogue: Catalogue, technique_id: str, retired: bool) -> str:
    gone = catalogue.retired(technique_id) if retired else None
    if gone is not None:
        return f"retired: {catalogue.successors_text(gone)}"
    technique = catalogue.get(technique_id)
    return ", ".join(catalogue.tactic(key).name for key in technique.tactic_ids) if technique is not None else ""


def _technique_pairs(catalogue: Catalogue, technique: Technique) -> list[tuple[str, str]]:
    parent = catalogue.get(technique.parent_id) if technique.parent_id else None
    pairs = [("Technique", f"{technique.id} {technique.name}")]
    pairs += [("Tactic", f"{key} {catalogue.tactic(key).name}") for key in technique.tactic_ids]
    if parent is not None:
        pairs.append(("Part of", f"{parent.id} {parent.name}"))
    pairs += [("Contains", f"{child.id} {child.name}") for child in catalogue.children(technique.id)]
    return [*pairs, ("Release", f"DISARM {technique.release}, {catalogue.released}"), ("Page", technique.url)]


def _retired_pairs(catalogue: Catalogue, retired: Retired) -> list[tuple[str, str]]:
    return [
        ("Retired", f"{retired.id} {retired.name}"),
        ("Last in", f"DISARM {retired.last_release}"),
        ("Not in", f"DISARM {retired.release}"),
        ("What to do", catalogue.successors_text(retired)),
    ]


def _as_record(catalogue: Catalogue, found: Technique | Retired | Unknown) -> dict[str, object]:
    if isinstance(found, Technique):
        return {
            "status": "current",
            "id": found.id,
            "name": found.name,
            "tactics": list(found.tactic_ids),
            "parent": found.parent_id,
            "children": [child.id for child in catalogue.children(found.id)],
            "url": found.url,
            "release": found.release,
        }
    if isinstance(found, Retired):
        return {
            "status": "retired",
            "id": found.id,
            "name": found.name,
            "last_release": found.last_release,
            "successors": list(found.successors),
            "kind": found.kind,
            "basis": found.basis,
            "release": found.release,
        }
    return {
        "status": "unknown",
        "asked": found.asked,
        "nearest": [technique.id for technique in found.nearest],
        "elsewhere": list(found.elsewhere),
        "release": found.release,
    }


def _print_json(content: object) -> None:
    click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def _print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values side by side; a name that repeats is shown once."""
    last = ""
    for name, value in pairs:
        click.echo(f"{name if name != last else '':12}{value}")
        last = name


def _print_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    table = table_of("", *columns)
    for row in rows:
        add_row(table, *row)
    print_table(table)
