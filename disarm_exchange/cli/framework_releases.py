"""`disarm-exchange framework import` and `diff`: releases of DISARM brought in, and compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
import orjson

from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.table_style import add_row, folding, print_table, table_of, whole
from disarm_exchange.disarm.catalogue import Catalogue, known_releases
from disarm_exchange.disarm.official_bundle import read_official_bundle
from disarm_exchange.disarm.release_diff import ReleaseDiff, Removal, diff_releases
from disarm_exchange.disarm.release_folder import is_shipped, own_release_folder
from disarm_exchange.disarm.release_import import ImportedRelease, release_from_bundle, release_told_by
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import atomic_writer


@click.command("import", epilog="Example: disarm-exchange framework import DISARM.json --release 1.8")
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False), metavar="BUNDLE")
@click.option("--release", metavar="NAME", help="What the release is called, such as 1.8, if the bundle does not tell.")
@click.option(
    "--released", type=click.DateTime(["%Y-%m-%d"]), help="Its date, if it is not that of the bundle's newest object."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the release file there instead.")
@click.option("--replace", is_flag=True, help="Replace what was imported under that name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def import_command(
    *, bundle: Path, release: str | None, released: datetime | None, output: Path | None, replace: bool, as_json: bool
) -> None:
    """Bring in a DISARM release from an official STIX bundle: facts only, checked, as a release file of ours.

    It is written to your own data folder ($DISARM_EXCHANGE_DATA/disarm, else ~/.local/share/disarm-exchange/disarm);
    from then on --framework NAME works everywhere. Its path goes to stdout.
    """
    facts = read_official_bundle(bundle)
    known = [Catalogue.load(name) for name in known_releases()]
    name = release or release_told_by(facts, known)
    if name is None:
        raise UserError("does not say which release it is", where=str(bundle), fix="give --release, such as 1.8")
    target = output or own_release_folder() / f"{name}.json"
    if output is None and is_shipped(name):
        problem = f"DISARM {name} comes with this program"
        raise UserError(problem, where=str(bundle), fix=f"to have another bundle of it, give --release {name}.1")
    others = [one for one in known if one.release != name]
    day = released.date() if released is not None else None
    imported = release_from_bundle(facts, name, others, released=day, where=str(bundle))
    content = imported.text().encode()
    if target.exists() and not replace and target.read_bytes() != content:
        raise UserError("exists already, with other content", where=str(target), fix="give --replace")
    _write(target, content)
    _tell(imported)
    if target.resolve().parent != own_release_folder().resolve():
        click.echo(f"only release files in {own_release_folder()} are found by --framework", err=True)
    if as_json:
        record = {"file": str(target), "release": name, "notices": list(imported.notices)}
        click.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2))
    else:
        click.echo(str(target))


def _write(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_writer(target) as stream:
            stream.write(content)
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(target)) from None


def _tell(imported: ImportedRelease) -> None:
    catalogue = Catalogue(imported.content)
    gone = catalogue.all_retired()
    lost = [retired for retired in gone if not retired.successors]
    tell(
        f"DISARM {catalogue.release} of {catalogue.released}: {len(catalogue.tactics)} tactics, "
        f"{len(catalogue.techniques())} techniques, {len(gone)} retired ({len(lost)} without a successor), "
        f"{len(catalogue.renamed)} renamed"
    )
    for notice in imported.notices:
        tell(notice)


@click.command("diff", epilog="Example: disarm-exchange framework diff 1.6 1.7")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def diff_command(old: str, new: str, as_json: bool) -> None:
    """Show what changed from release OLD to release NEW (1.6 1.7).

    Techniques added, removed (with their successors), renamed, moved to another tactic, with a new parent; ids that
    name something else now; and tactics.
    """
    found = diff_releases(Catalogue.load(old), Catalogue.load(new))
    if as_json:
        click.echo(orjson.dumps(_as_record(found), option=orjson.OPT_INDENT_2).decode())
        return
    for title, rows in _sections(found, Catalogue.load(new)):
        if rows:
            heads = ("id", "name", "", "")[: len(rows[0])]
            table = table_of(f"{title} ({len(rows):,})", *(whole(h) if h == "id" else folding(h) for h in heads))
            for row in rows:
                add_row(table, *row)
            print_table(table)
    if found.is_empty():
        tell(f"DISARM {old} and {new} say the same")


def _sections(found: ReleaseDiff, new: Catalogue) -> Iterable[tuple[str, list[tuple[str, ...]]]]:
    yield (
        "Added",
        [(one.id, one.name, ", ".join(new.tactic(key).name for key in one.tactic_ids)) for one in found.added],
    )
    yield "Removed", [(one.old.id, one.old.name, _what_to_do(one, new)) for one in found.removed]
    yield "Renamed", [(one.old.id, one.old.name, one.new.name) for one in found.renamed]
    yield (
        "Given to something else",
        [
            (one.old.id, one.old.name, f"now {one.new.name}", f"see {one.now_at}" if one.now_at else "gone")
            for one in found.reused
        ],
    )
    yield (
        "Moved to another tactic",
        [
            (one.new.id, one.new.name, ", ".join(one.old.tactic_ids), ", ".join(one.new.tactic_ids))
            for one in found.moved
        ],
    )
    yield (
        "New parent",
        [
            (one.new.id, one.new.name, one.old.parent_id or "none", one.new.parent_id or "none")
            for one in found.new_parent
        ],
    )
    yield "Tactics added", [(one.id, one.name) for one in found.tactics_added]
    yield "Tactics removed", [(one.id, one.name) for one in found.tactics_removed]
    yield "Tactics renamed", [(before.id, before.name, after.name) for before, after in found.tactics_renamed]


def _what_to_do(removal: Removal, new: Catalogue) -> str:
    return new.successors_text(removal.retired) if removal.retired is not None else "no successor is known"


def _as_record(found: ReleaseDiff) -> dict[str, object]:
    return {
        "old": found.old,
        "new": found.new,
        "added": [{"id": one.id, "name": one.name, "tactics": one.tactic_ids} for one in found.added],
        "removed": [
            {
                "id": one.old.id,
                "name": one.old.name,
                "successors": one.successors,
                "kind": one.retired.kind if one.retired is not None else "none",
                "basis": one.retired.basis if one.retired is not None else "",
            }
            for one in found.removed
        ],
        "renamed": [{"id": one.old.id, "old": one.old.name, "new": one.new.name} for one in found.renamed],
        "reused": [
            {"id": one.old.id, "old": one.old.name, "new": one.new.name, "now_at": one.now_at} for one in found.reused
        ],
        "moved": [
            {"id": one.new.id, "name": one.new.name, "old": one.old.tactic_ids, "new": one.new.tactic_ids}
            for one in found.moved
        ],
        "new_parent": [
            {"id": one.new.id, "name": one.new.name, "old": one.old.parent_id, "new": one.new.parent_id}
            for one in found.new_parent
        ],
        "tactics_added": [{"id": one.id, "name": one.name} for one in found.tactics_added],
        "tactics_removed": [{"id": one.id, "name": one.name} for one in found.tactics_removed],
        "tactics_renamed": [{"id": old.id, "old": old.name, "new": new.name} for old, new in found.tactics_renamed],
    }
