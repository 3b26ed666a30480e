"""`disarm-exchange mapping coverage` and `suggest`: what the rules make of files, and candidates for the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import orjson
from rich.table import Table

from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import add_row, folding, number, print_table, table_of
from disarm_exchange.convert.survey import OpenText, Survey, survey_files
from disarm_exchange.disarm.catalogue import DEFAULT_RELEASE
from disarm_exchange.disarm.coverage import LEVELS, Coverage
from disarm_exchange.disarm.draft import draft_rules
from disarm_exchange.disarm.mapping import Mapping, load_mapping
from disarm_exchange.disarm.suggest import Suggester, Suggestion
from disarm_exchange.errors import UserError
from disarm_exchange.findings.profile import find_profile, shipped_profiles
from disarm_exchange.stix.bundle import atomic_writer

release_option = click.option(
    "--framework", "release", default=DEFAULT_RELEASE, show_default=True, metavar="RELEASE", help="DISARM release."
)
mapping_option = click.option(
    "--mapping",
    "extra",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Own rule file; it takes precedence over ours, a later one over an earlier one.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
_source = click.option("--source", help="Source profile: its id, or the path of a profile file.")


@click.command("coverage", epilog="Example: disarm-exchange mapping coverage findings.csv more.tsv --json")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@_source
@click.option("--by-file", is_flag=True, help="Show each file too.")
@click.option("--limit", type=click.IntRange(min=0), default=30, show_default=True, help="So many unmapped labels.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exit code 1 if less is mapped.")
@mapping_option
@release_option
@json_option
def coverage_command(
    *,
    files: tuple[Path, ...],
    source: str | None,
    by_file: bool,
    limit: int,
    fail_under: float | None,
    extra: tuple[Path, ...],
    release: str,
    as_json: bool,
) -> int:
    """Show what share of the findings in FILES the rules map, how surely, and the unmapped labels by count."""
    survey = _surveyed(files, load_mapping(release, extra), source)
    if as_json:
        click.echo(orjson.dumps(_survey_record(survey, release), option=orjson.OPT_INDENT_2).decode())
    else:
        _print_coverage(survey, release, by_file=by_file, limit=limit)
    mapped = 100 * survey.total.share("high", "medium", "low")
    return 1 if fail_under is not None and mapped < fail_under else 0


def _surveyed(files: Sequence[Path], mapping: Mapping, source: str | None) -> Survey:
    profiles = (find_profile(source),) if source is not None else shipped_profiles()
    with progress() as on_step:
        survey = survey_files(files, mapping, profiles, on_step=on_step)
    for file, count in survey.unreadable.items():
        click.echo(f"{file}: {count:,} records cannot be read as findings", err=True)
    return survey


def _print_coverage(survey: Survey, release: str, *, by_file: bool, limit: int) -> None:
    total = survey.total
    told = f"{counted(total.findings, 'finding')} in {counted(len(survey.files), 'file')}, DISARM {release}"
    shares = table_of(told, folding("mapped?"), number("findings"), number("share"))
    _add_share(shares, "mapped", total.findings - total.by_confidence["none"], total)
    for level in LEVELS[:-1]:
        _add_share(shares, f"  {level}", total.by_confidence[level], total)
    _add_share(shares, "unmapped", total.by_confidence["none"], total)
    _add_share(shares, "  unknown", total.unknown, total)
    if total.fell_back:
        _add_share(shares, "fell back", total.fell_back, total)
    print_table(shares)
    if by_file:
        table = table_of("Files", folding("file"), number("findings"), number("mapped"))
        for file, one in survey.files.items():
            add_row(table, file, one.findings, f"{100 * one.share('high', 'medium', 'low'):.1f} %")
        print_table(table)
    rows = sorted(total.unmapped.items(), key=lambda item: (-item[1], item[0]))
    if rows and limit:
        table = table_of("Unmapped labels", folding("label"), number("findings"), folding("reason"))
        for (label, reason), count in rows[:limit]:
            add_row(table, label or "(no label)", count, reason)
        print_table(table)
    if len(rows) > limit:
        tell(f"{counted(len(rows) - limit, 'more unmapped label')} (--limit, --json)")


def _add_share(table: Table, name: str, count: int, of: Coverage) -> None:
    add_row(table, name, count, f"{100 * count / of.findings if of.findings else 0:.1f} %")


def _survey_record(survey: Survey, release: str) -> dict[str, object]:
    return {
        "framework": release,
        **_coverage_record(survey.total),
        "unreadable": survey.unreadable.total(),
        "files": [
            {"file": file, **_coverage_record(one), "unreadable": survey.unreadable[file]}
            for file, one in survey.files.items()
        ],
    }


def _coverage_record(coverage: Coverage) -> dict[str, object]:
    shares = {level: round(coverage.share(level), 6) for level in LEVELS}
    return {**coverage.as_record(), "share_mapped": round(coverage.share(*LEVELS[:-1]), 6), "shares": shares}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text to suggest for; `open` if it is from a file."""

    text: str
    context: str
    open: OpenText | None = None

    @property
    def is_label(self) -> bool:
        """Whether a rule may have it as a label."""
        return self.open is None or self.open.is_label


@click.command("suggest", epilog="Example: disarm-exchange mapping suggest findings.csv --draft ours.json")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]...")
@click.option("--text", "texts", multiple=True, help="A label or free text to suggest for (repeatable).")
@click.option(
    "--context", default="", help="What stands around the texts: outer labels, a comment. It counts for less."
)
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="So many candidates each.")
@click.option("--most", type=click.IntRange(min=1), default=30, show_default=True, help="Of files: so many labels.")
@click.option("--decided", is_flag=True, help="Of files: also labels that a rule knows and leaves unmapped.")
@click.option(
    "--draft",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the candidates as a rule file, for you to judge; nothing uses it until you give it as --mapping.",
)
@_source
@mapping_option
@release_option
@json_option
def suggest_command(
    *,
    files: tuple[Path, ...],
    texts: tuple[str, ...],
    context: str,
    limit: int,
    most: int,
    decided: bool,
    draft: Path | None,
    source: str | None,
    extra: tuple[Path, ...],
    release: str,
    as_json: bool,
) -> int:
    """Suggest techniques for what no rule maps in FILES, or for texts, best first, each with its reason.

    Of FILES: labels that no rule knows, most frequent first, and the words under them. Without FILES and --text each
    line of standard input is a text. Nothing is ever applied without your yes. Nothing found for any of them: exit
    code 1.
    """
    if draft is not None and draft.exists():
        raise UserError("exists already", where=str(draft), fix="choose another name; drafts never overwrite")
    mapping = load_mapping(release, extra)
    asked = [_Asked(text, context) for text in texts]
    if files:
        survey = _surveyed(files, mapping, source)
        asked += [_Asked(one.text, one.context, one) for one in survey.open_texts(decided=decided)[:most]]
        if not asked:
            tell("a rule knows every label in these files")
            return 0
    elif not texts:
        asked = [_Asked(line.strip(), context) for line in sys.stdin if line.strip()]
    if not asked:
        raise UserError("nothing to suggest for", fix="give files, --text, or lines on standard input")
    suggester = Suggester(mapping)
    found = [(one, suggester.suggest(one.text, context=one.context, limit=limit)) for one in asked]
    if as_json:
        click.echo(orjson.dumps([_record(*item) for item in found], option=orjson.OPT_INDENT_2).decode())
    else:
        for item in found:
            _print_suggestions(*item)
    if draft is not None:
        _write_draft(draft, draft_rules(release, [(one.text, candidates) for one, candidates in found if one.is_label]))
    return 0 if any(candidates for _, candidates in found) else 1


def _print_suggestions(asked: _Asked, candidates: Sequence[Suggestion]) -> None:
    click.echo(visible(asked.text))
    if asked.open is not None:
        what = "" if asked.is_label else "words under it, "
        click.echo(f"         {what}{counted(asked.open.findings, 'finding')}; {visible(asked.open.reason)}")
    for item in candidates:
        click.echo(f"  {item.score:5.2f}  {item.technique_id} {item.name}")
        for reason in item.reasons:
            click.echo(f"         {visible(reason)}")
    if not candidates:
        click.echo("         nothing alike")


def _record(asked: _Asked, candidates: Sequence[Suggestion]) -> dict[str, object]:
    record: dict[str, object] = {
        "text": asked.text,
        "candidates": [
            {"technique": item.technique_id, "name": item.name, "score": item.score, "reasons": list(item.reasons)}
            for item in candidates
        ],
    }
    if asked.open is not None:
        found = asked.open
        record |= {
            "is_label": found.is_label,
            "findings": found.findings,
            "reason": found.reason,
            "context": found.context,
        }
    return record


def _write_draft(path: Path, text: str) -> None:
    try:
        with atomic_writer(path) as stream:
            stream.write(text.encode("utf-8"))
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(path)) from None
    tell(f"draft written: {path}; judge it, then give it as --mapping {path}")
