"""`disarm-exchange validate`: every problem of STIX files, with code, place and fix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.progress import progress_beside_data
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.stix_files import stix_files
from disarm_exchange.errors import UserError
from disarm_exchange.validate.explainer import import_quickly
from disarm_exchange.validate.formats import FORMATS
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.profiles import PROFILES
from disarm_exchange.validate.run import Outcome, check_files, fix_files
from disarm_exchange.validate.settings import load_settings

_SEVERITIES = [severity.label for severity in Severity]


def _list_rules(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from disarm_exchange.validate.handbook import rules_table  # noqa: PLC0415

        click.echo(rules_table(), nl=False)
        ctx.exit(0)


def _explain(ctx: click.Context, _parameter: click.Parameter, code: str | None) -> None:
    if code:
        from disarm_exchange.validate.handbook import rule_text  # noqa: PLC0415

        click.echo(rule_text(code.upper()), nl=False)
        ctx.exit(0)


@click.command("validate", epilog="Example: disarm-exchange validate bundle.json")
@click.argument("files", nargs=-1, required=True)
@click.option("--profile", type=Choice(list(PROFILES)), help="What for (default: exchange).")
@click.option("--select", multiple=True, metavar="CODE", help="Run only these rules; codes or their beginnings.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not run these rules; codes or their beginnings.")
@click.option("--threshold", type=Choice(_SEVERITIES), help="The lowest severity shown (default: warning).")
@click.option("--fail-on", type=Choice(_SEVERITIES), help="The lowest severity that fails (default: error).")
@click.option("--framework", metavar="RELEASE", help="The DISARM release of technique ids (default: 1.7).")
@click.option("--known", multiple=True, metavar="FILE", help="Objects that the receiver has: references to them hold.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (default: the nearest one).")
@click.option("--format", "form", default="text", show_default=True, type=Choice(FORMATS), help="Output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--fix", is_flag=True, help="First mend in place what is safe to mend, and say what was done.")
@click.option("--rules", is_flag=True, is_eager=True, expose_value=False, callback=_list_rules, help="List all rules.")
@click.option("--explain", metavar="CODE", is_eager=True, expose_value=False, callback=_explain, help="Explain a rule.")
def command(
    *,
    files: tuple[str, ...],
    profile: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    threshold: str | None,
    fail_on: str | None,
    framework: str | None,
    known: tuple[str, ...],
    config: Path | None,
    form: str,
    as_json: bool,
    fix: bool,
) -> int:
    """Check STIX bundles, objects, JSON Lines or TAXII envelopes; `-` reads standard input, directories are searched.

    Findings are converted first. What a directory holds beside STIX is skipped, and said.

    Exit code 0: nothing at or above --fail-on; 1: something; 2: wrong use.
    """
    import_quickly()
    settings = load_settings(config)
    settings = replace(
        settings,
        profile=profile or settings.profile,
        select=_codes(select) or settings.select,
        ignore=(*settings.ignore, *_codes(ignore)),
        threshold=Severity[threshold.upper()] if threshold else settings.threshold,
        fail_on=Severity[fail_on.upper()] if fail_on else settings.fail_on,
        framework=framework or settings.framework,
        known=(*settings.known, *map(Path, known)),
    )
    files = stix_files(files)
    if fix:
        _fix(files)
    with progress_beside_data() as (on_step, write):
        outcome = check_files(files, settings, "json" if as_json else form, write, on_step=on_step)
    return 1 if outcome is Outcome.FAILED else 0


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())


def _fix(files: tuple[str, ...]) -> None:
    if "-" in files:
        raise UserError("--fix changes files in place and cannot change standard input")
    changes = 0
    for path, change in fix_files(files):
        changes += 1
        tell(f"{path}:{change.line}: {change.what} ({change.code}) {change.object_id}{change.pointer}")
    if changes:
        tell(f"{changes:,} changes; objects that were shared before need a new modified time")
