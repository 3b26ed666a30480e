"""`disarm-exchange mapping`: try rules out, check own rule files, get candidates for labels that no rule maps."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from disarm_exchange.disarm.catalogue import DEFAULT_RELEASE
from disarm_exchange.disarm.confidence import confidence_word
from disarm_exchange.disarm.draft import draft_rules
from disarm_exchange.disarm.mapping import Mapping, Query, load_mapping
from disarm_exchange.disarm.rule_files import check_rule_file
from disarm_exchange.disarm.suggest import Suggester, Suggestion
from disarm_exchange.disarm.trace import RuleTrace, Trace, in_words, trace
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import atomic_writer

_release = click.option(
    "--framework", "release", default=DEFAULT_RELEASE, show_default=True, metavar="RELEASE", help="DISARM release."
)
_extra = click.option(
    "--mapping",
    "extra",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Own rule file; it takes precedence over ours, a later one over an earlier one.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group()
def command() -> None:
    """Try mapping rules out, check own rule files, get candidates for labels that no rule maps."""


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@_release
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], release: str) -> None:
    """Check rule files: every fault with its line, then what they change. Faults: exit code 1."""
    faults = [fault for path in files for fault in check_rule_file(path)[1]]
    for fault in faults:
        click.echo(str(fault))
    if faults:
        click.echo(f"{len(faults)} fault(s)", err=True)
        ctx.exit(1)
    try:
        mapping = load_mapping(release, files)
    except UserError as error:  # what only shows beside the other rules: a reference to none, a technique retired since
        click.echo(str(error))
        ctx.exit(1)
    for notice in (*mapping.notices, *(skip.reason for skip in mapping.skipped if not _is_ours(skip.rule_id, mapping))):
        click.echo(notice)
    click.echo(f"fine: {len(files)} file(s)", err=True)


def _is_ours(rule_id: str, mapping: Mapping) -> bool:
    return rule_id in load_mapping(mapping.release).rules


@command.command(name="test")
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
@click.option("--kind", default="empty", show_default=True, help="Kind of the value: domain, account, text, ...")
@click.option("--platform", help="Key of the value's platform: x, telegram, reddit, ...")
@click.option("--note", default="", help="The comment beside the value.")
@click.option("--text", default="", help="The value's own cell.")
@click.option("--all", "every", is_flag=True, help="Show shared rules that stay silent too.")
@_extra
@_release
@_as_json
@click.pass_context
def try_out(
    ctx: click.Context,
    *,
    labels: tuple[str, ...],
    kind: str,
    platform: str | None,
    note: str,
    text: str,
    extra: tuple[Path, ...],
    release: str,
    every: bool,
    as_json: bool,
) -> None:
    """Show what the rules say of one finding: its label path (outermost first), and what is known of its value.

    Nothing called: exit code 1.
    """
    mapping = load_mapping(release, extra)
    found = trace(mapping, Query(labels, kind, platform, note, text))
    if as_json:
        click.echo(orjson.dumps(_trace_record(found), option=orjson.OPT_INDENT_2).decode())
    else:
        _print_trace(found, mapping, every=every)
    if not found.verdict.calls:
        ctx.exit(1)


def _print_trace(found: Trace, mapping: Mapping, *, every: bool) -> None:
    verdict = found.verdict
    click.echo(f"Label       {verdict.label_id or 'unknown'}")
    click.echo(f"Told as     {verdict.reason}")
    click.echo(f"The value   is {verdict.value_role}")
    for call in verdict.calls:
        name = mapping.catalogue.technique(call.technique_id).name
        click.echo(f"Called      {call.technique_id} {name}: {confidence_word(call.confidence)}, {call.rule_id}")
        click.echo(f"            {call.reason}")
    for rule in found.rules:
        own = mapping.rules.get(rule.rule_id)
        if not every and not rule.holds and own is not None and not (own.labels or own.of):
            continue
        click.echo(f"Rule        {rule.rule_id}: {_standing(rule)} ({rule.place})")


def _standing(rule: RuleTrace) -> str:
    if rule.spoke:
        return "speaks"
    if rule.holds:
        return "silent, another rule takes its place"
    return f"silent, needs {'; '.join(rule.conditions)}" if rule.conditions else "silent"


def _trace_record(found: Trace) -> dict[str, object]:
    verdict = found.verdict
    return {
        "label_id": verdict.label_id,
        "rule": verdict.rule_id,
        "reason": verdict.reason,
        "value_role": verdict.value_role,
        "calls": [
            {"technique": c.technique_id, "confidence": c.confidence, "rule": c.rule_id, "reason": c.reason}
            for c in verdict.calls
        ],
        "rules": [
            {
                "id": rule.rule_id,
                "place": rule.place,
                "conditions": list(rule.conditions),
                "holds": rule.holds,
                "spoke": rule.spoke,
            }
            for rule in found.rules
        ],
    }


@command.command()
@click.argument("rule_id", metavar="RULE")
@_extra
@_release
def show(rule_id: str, extra: tuple[Path, ...], release: str) -> None:
    """Show one rule by its id, as reports and STIX objects quote it (meta-kc.0.9.7)."""
    mapping = load_mapping(release, extra)
    rule = mapping.rules.get(rule_id)
    if rule is None:
        near = [key for key in mapping.rules if key.startswith(rule_id.rpartition(".")[0] or rule_id)][:5]
        raise UserError(f"no rule {rule_id!r}", fix=f"there are: {', '.join(near)}" if near else "")
    click.echo(f"Rule        {rule.id}")
    click.echo(f"At          {rule.place}")
    for label in rule.labels:
        click.echo(f"Label       {' '.join(label.split())}")
    for target in rule.of:
        click.echo(f"Refines     {target}")
    for condition in rule.when:
        click.echo(f"Where       {in_words(condition)}")
    for entry in rule.techniques:
        name = mapping.catalogue.lookup(entry.id)
        click.echo(f"Calls       {entry.id} {getattr(name, 'name', '')}: {confidence_word(entry.confidence)}")
        click.echo(f"            {entry.reason}")
    if rule.unmapped:
        click.echo(f"Unmapped    {rule.unmapped}")
    if rule.value_role:
        click.echo(f"The value   is {rule.value_role}")
    for pattern in rule.include:
        click.echo(f"Takes in    {pattern} (at most {confidence_word(rule.include_at_most)})")
    for other in mapping.rules.values():
        if rule.id in other.of:
            click.echo(f"Refined by  {other.id}")


@command.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--context", default="", help="What stands around it: outer labels, a comment. It counts for less.")
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="So many candidates.")
@click.option(
    "--draft",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the candidates as a rule file, for you to judge; nothing uses it until you give it as --mapping.",
)
@_extra
@_release
@_as_json
@click.pass_context
def suggest(
    ctx: click.Context,
    *,
    texts: tuple[str, ...],
    context: str,
    limit: int,
    draft: Path | None,
    extra: tuple[Path, ...],
    release: str,
    as_json: bool,
) -> None:
    """Suggest techniques for labels or free text that no rule maps, best first, each with its reason.

    Without TEXT each line of standard input is one. Nothing is ever applied without your yes. Nothing found
    for any of them: exit code 1.
    """
    asked = list(texts) or [line.strip() for line in sys.stdin if line.strip()]
    if not asked:
        raise UserError("nothing to suggest for", fix="give a label or text, or lines on standard input")
    if draft is not None and draft.exists():
        raise UserError("exists already", where=str(draft), fix="choose another name; drafts never overwrite")
    suggester = Suggester(load_mapping(release, extra))
    found = [(text, suggester.suggest(text, context=context, limit=limit)) for text in asked]
    if as_json:
        click.echo(orjson.dumps([_suggestion_record(*item) for item in found], option=orjson.OPT_INDENT_2).decode())
    else:
        for text, candidates in found:
            _print_suggestions(text, candidates)
    if draft is not None:
        with atomic_writer(draft) as stream:
            stream.write(draft_rules(release, found).encode("utf-8"))
        click.echo(f"draft written: {draft}; judge it, then give it as --mapping {draft}", err=True)
    if not any(candidates for _, candidates in found):
        ctx.exit(1)


def _print_suggestions(text: str, candidates: tuple[Suggestion, ...]) -> None:
    click.echo(text)
    for item in candidates:
        click.echo(f"  {item.score:5.2f}  {item.technique_id} {item.name}")
        for reason in item.reasons:
            click.echo(f"         {reason}")
    if not candidates:
        click.echo("         nothing alike")


def _suggestion_record(text: str, candidates: tuple[Suggestion, ...]) -> dict[str, object]:
    return {
        "text": text,
        "candidates": [
            {"technique": item.technique_id, "name": item.name, "score": item.score, "reasons": list(item.reasons)}
            for item in candidates
        ],
    }
