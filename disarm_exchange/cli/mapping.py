"""`disarm-exchange mapping`: try rules out, check own rule files, get candidates for labels that no rule maps."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from disarm_exchange.cli.counted import counted
from disarm_exchange.cli.mapping_files import (
    coverage_command,
    json_option,
    mapping_option,
    release_option,
    suggest_command,
)
from disarm_exchange.cli.quiet import tell
from disarm_exchange.disarm.confidence import confidence_word
from disarm_exchange.disarm.mapping import Mapping, Query, load_mapping
from disarm_exchange.disarm.rule_files import Rule, check_rule_file
from disarm_exchange.disarm.trace import RuleTrace, Trace, in_words, trace
from disarm_exchange.errors import UserError, did_you_mean


@click.group()
def command() -> None:
    """Try mapping rules out, check own rule files, get candidates for labels that no rule maps."""


command.add_command(coverage_command)
command.add_command(suggest_command)


@command.command("check", epilog="Example: disarm-exchange mapping check rules.json")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@release_option
@json_option
def check(files: tuple[Path, ...], release: str, as_json: bool) -> int:
    """Check rule files: every fault with its line, then what they change. Faults: exit code 1."""
    faults = [str(fault) for path in files for fault in check_rule_file(path)[1]]
    notices: list[str] = []
    if not faults:
        try:
            mapping = load_mapping(release, files)
        except UserError as error:  # what only shows beside the other rules: a reference to none, a retired technique
            faults.append(str(error))
        else:
            ours = load_mapping(release).rules
            skipped = [skip.reason for skip in mapping.skipped if skip.rule_id not in ours]
            notices = [*mapping.notices, *skipped]
    if as_json:
        click.echo(orjson.dumps({"faults": faults, "notices": notices}, option=orjson.OPT_INDENT_2))
    else:
        for line in (*faults, *notices):
            click.echo(line)
        tell(counted(len(faults), "fault") if faults else f"fine: {counted(len(files), 'file')}")
    return 1 if faults else 0


@command.command(
    "test",
    epilog='Example: disarm-exchange mapping test "Acquiring Telegram channels" --kind channel --platform telegram',
)
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
@click.option("--kind", default="empty", show_default=True, help="Kind of the value: domain, account, text, ...")
@click.option("--platform", help="Key of the value's platform: x, telegram, reddit, ...")
@click.option("--guard", help="Guard list that holds the value: shorteners, hosts, outlets, ...")
@click.option("--note", default="", help="The comment beside the value.")
@click.option("--text", default="", help="The value's own cell.")
@click.option("--all", "every", is_flag=True, help="Show shared rules that stay silent too.")
@mapping_option
@release_option
@json_option
@click.pass_context
def try_out(
    ctx: click.Context,
    *,
    labels: tuple[str, ...],
    kind: str,
    platform: str | None,
    guard: str | None,
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
    found = trace(mapping, Query(labels, kind, platform, note, text, guard))
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


@command.command("show", epilog="Example: disarm-exchange mapping show meta-kc.0.9.7")
@click.argument("rule_id", metavar="RULE")
@mapping_option
@release_option
@json_option
def show(rule_id: str, extra: tuple[Path, ...], release: str, as_json: bool) -> None:
    """Show one rule by its id, as reports and STIX objects quote it (meta-kc.0.9.7)."""
    mapping = load_mapping(release, extra)
    rule = mapping.rules.get(rule_id)
    if rule is None:
        otherwise = "ids stand in reports and in what `mapping test` prints"
        raise UserError(f"no rule {rule_id!r}", fix=did_you_mean(rule_id, mapping.rules, otherwise))
    if as_json:
        click.echo(orjson.dumps(_rule_record(rule, mapping), option=orjson.OPT_INDENT_2))
        return
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


def _rule_record(rule: Rule, mapping: Mapping) -> dict[str, object]:
    return {
        "id": rule.id,
        "place": rule.place,
        "labels": [" ".join(label.split()) for label in rule.labels],
        "refines": list(rule.of),
        "conditions": [in_words(condition) for condition in rule.when],
        "calls": [
            {"technique": entry.id, "confidence": entry.confidence, "reason": entry.reason} for entry in rule.techniques
        ],
        "unmapped": rule.unmapped or None,
        "value_role": rule.value_role or None,
        "takes_in": list(rule.include),
        "refined_by": [other.id for other in mapping.rules.values() if rule.id in other.of],
    }
