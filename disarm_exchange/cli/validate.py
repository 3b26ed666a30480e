"""`disarm-exchange validate`: every problem of STIX files, with code, place and fix."""

from __future__ import annotations

import sys

import click

from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.explainer import import_quickly
from disarm_exchange.validate.files import FileCheck, expand
from disarm_exchange.validate.formats.base import Format, Tally
from disarm_exchange.validate.formats.json_lines import Json, JsonLines
from disarm_exchange.validate.formats.text import Text
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.profiles import DEFAULT, PROFILES

_FORMATS = ("text", "json", "jsonl")


@click.command(name="validate")
@click.argument("files", nargs=-1, required=True)
@click.option("--profile", default=DEFAULT, show_default=True, type=click.Choice(list(PROFILES)), help="What for.")
@click.option("--select", multiple=True, metavar="CODE", help="Run only these rules; codes or their beginnings.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not run these rules; codes or their beginnings.")
@click.option(
    "--threshold",
    default="warning",
    show_default=True,
    type=click.Choice([severity.label for severity in Severity]),
    help="The lowest severity that is shown.",
)
@click.option(
    "--fail-on",
    default="error",
    show_default=True,
    type=click.Choice([severity.label for severity in Severity]),
    help="The lowest severity that makes the exit code 1.",
)
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(_FORMATS), help="Output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    *,
    files: tuple[str, ...],
    profile: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    threshold: str,
    fail_on: str,
    form: str,
    as_json: bool,
) -> int:
    """Check STIX bundles, objects, JSON Lines or TAXII envelopes; `-` reads standard input, directories are searched.

    Exit code 0: nothing at or above --fail-on; 1: something; 2: wrong use.
    """
    if "jsonschema" not in sys.modules:
        import_quickly()
    validator = Validator(profile, select=_codes(select), ignore=_codes(ignore))
    paths = list(expand(files))
    output = _format("json" if as_json else form)
    lowest, fatal = Severity[threshold.upper()], Severity[fail_on.upper()]
    tally = Tally(files=len(paths))
    check = FileCheck(validator)
    failed = False
    output.begin()
    for path in paths:
        for issue in check.check(path):
            failed = failed or issue.issue.severity >= fatal
            if issue.issue.severity >= lowest:
                tally.count(issue)
                output.issue(issue)
    tally.objects = check.objects
    output.end(tally)
    return 1 if failed else 0


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())


def _format(name: str) -> Format:
    write = sys.stdout.write
    if name == "json":
        return Json(write)
    if name == "jsonl":
        return JsonLines(write)
    return Text(write, colour=sys.stdout.isatty())
