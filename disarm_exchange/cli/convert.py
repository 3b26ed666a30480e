"""`disarm-exchange convert`: findings to a STIX 2.1 bundle."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.text import Text

from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.conversion_facts import conversion_facts, counted
from disarm_exchange.cli.progress import progress
from disarm_exchange.cli.quiet import is_quiet, people
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.cli.table_style import print_table
from disarm_exchange.cli.tables import conversion_tables
from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.job import DEFAULT_RELEASE, Job, Result, convert_files
from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import CaseDraft, CaseKind, Producer, parse_moment
from disarm_exchange.findings.roles import ROLES
from disarm_exchange.stix.bundle import Container
from disarm_exchange.stix.markings import Tlp, parse_tlp
from disarm_exchange.validate import Severity


class _Moment(click.ParamType[datetime]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(str(value))
        except ValueError as error:
            self.fail(f"{value!r} is no date: {error}; write it as 2024-05-29", param, ctx)


@click.command(
    "convert",
    epilog="Example: disarm-exchange convert findings.csv --case case.toml -o bundle.json --account account.jsonl",
)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The bundle to write.")
@click.option("--case", "case_file", type=click.Path(path_type=Path), help="Case file (TOML).")
@click.option("--case-name", help="Name of the case, instead of a case file.")
@click.option("--alias", "aliases", multiple=True, help="Another name of the case (repeatable).")
@click.option("--kind", type=Choice([kind.value for kind in CaseKind]), help="What the case is in STIX.")
@click.option("--published", type=_Moment(), help="The day the findings are published.")
@click.option("--first-seen", type=_Moment(), help="When the activity began.")
@click.option("--last-seen", type=_Moment(), help="When the activity was last seen.")
@click.option("--origin", "origins", multiple=True, help="Country or region it is run from, if known (repeatable).")
@click.option("--target", "targets", multiple=True, help="Country, region or group it aims at (repeatable).")
@click.option("--producer", help="The organisation that shares the findings.")
@click.option("--tlp", type=Choice([tlp.token for tlp in Tlp]), help="Marking; without one: amber+strict.")
@click.option("--role", type=Choice(ROLES), help="Whose the values are where neither a record nor a rule says it.")
@click.option("--label", help="The label of findings that have none.")
@click.option("--framework", "release", default=DEFAULT_RELEASE, show_default=True, help="DISARM release.")
@click.option("--mapping", "mappings", multiple=True, type=click.Path(path_type=Path), help="Own rules (repeatable).")
@click.option("--source", help="Source profile: its id, or the path of a profile file.")
@click.option("--encoding", help="How text is encoded that is not UTF-8: cp1252 (Excel's plain CSV), utf-16, ...")
@click.option("--row", help="Of a sheet with one incident to a row: the only one to convert (name or number).")
@click.option(
    "--model",
    type=Choice([model.value for model in Model]),
    default=Model.BOTH.value,
    show_default=True,
    help="Plain STIX objects, DAD-CDM's (channels, personas, outlets, narratives), or both.",
)
@click.option(
    "--format",
    "container",
    type=Choice([container.value for container in Container]),
    default=Container.BUNDLE.value,
    show_default=True,
    help="One bundle, an object a line (jsonl), or a TAXII envelope a line.",
)
@click.option("--account", type=click.Path(path_type=Path), help="Write what became of every record (JSON Lines).")
@click.option("--ledger", help="Database (path or postgresql:// URL) that remembers what the case exported.")
@click.option("--revoke-missing", is_flag=True, help="With --ledger: revoke what earlier runs exported and is gone.")
@click.option("--as-of", type=_Moment(), help="With --ledger: the moment of change, instead of now.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="How many processes convert. Default: one, or all processors for inputs of 8 MB and more.",
)
@click.option(
    "--no-validate",
    "validate",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Do not validate what is written (profile exchange).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
def command(
    inputs: tuple[Path, ...],
    output: Path,
    case_file: Path | None,
    case_name: str | None,
    aliases: tuple[str, ...],
    kind: str | None,
    published: datetime | None,
    first_seen: datetime | None,
    last_seen: datetime | None,
    origins: tuple[str, ...],
    targets: tuple[str, ...],
    producer: str | None,
    tlp: str | None,
    role: str | None,
    label: str | None,
    release: str,
    mappings: tuple[Path, ...],
    source: str | None,
    encoding: str | None,
    row: str | None,
    model: str,
    container: str,
    account: Path | None,
    ledger: str | None,
    revoke_missing: bool,
    as_of: datetime | None,
    jobs: int | None,
    validate: bool,
    as_json: bool,
) -> int:
    """Convert takedown findings of one case into DISARM techniques and a STIX 2.1 bundle.

    Read are tables (CSV, TSV, Excel), JSON records, finding JSON Lines, reports in Markdown, wide sheets of incidents,
    account archives, MISP events and STIX bundles; see `inspect`.

    `-` reads standard input, which is copied to a temporary file first.

    All INPUTS belong to one case. It is described by --case, by a case.toml beside the input, or by options;
    options win.

    What is written is validated. Is there an error, nothing appears under OUTPUT: the objects lie in OUTPUT.invalid,
    the issues in OUTPUT.issues.jsonl, and a ledger forgets the run. A run that was killed leaves nothing under OUTPUT
    either; run it again, and it starts afresh. The result is the same with any number of --jobs.

    Exit code 1: some records were quarantined, or the objects are not valid.
    """
    if case_name is not None and not case_name.strip():
        raise UserError("the case name is blank", where="--case-name")
    options = CaseDraft(
        name=case_name,
        producer=Producer(producer) if producer else None,
        published=published,
        tlp=parse_tlp(tlp) if tlp is not None else None,
        kind=CaseKind(kind) if kind is not None else None,
        aliases=aliases,
        origin=origins,
        targets=targets,
        first_seen=first_seen,
        last_seen=last_seen,
        role=role,
        label=label or None,
    )
    job = Job(
        inputs,
        output,
        case_file=case_file,
        options=options,
        release=release,
        mappings=mappings,
        source=source,
        account=account,
        model=Model(model),
        container=Container(container),
        ledger=ledger,
        revoke_missing=revoke_missing,
        as_of=as_of,
        encoding=encoding,
        row=row,
        jobs=jobs,
        validate=validate,
    )
    with progress() as on_step:
        result = convert_files(job, on_step)
    if as_json:
        click.echo(orjson.dumps(_as_json(result), option=orjson.OPT_INDENT_2))
    elif not is_quiet():
        _print(result, release)
    return 1 if result.summary.outcomes[Outcome.QUARANTINE] or result.issues_file is not None else 0


def _print(result: Result, release: str) -> None:
    console = people()
    for remark in result.remarks:
        place = f":{remark.record}" if remark.record is not None else ""
        console.print(Text(visible(f"{remark.file}{place}: {remark.text}")))
    for table in conversion_tables(result.summary, release):
        print_table(table, summary=True)
    for name, text in conversion_facts(result):
        console.print(Text(f"{name:<9}{visible(text)}"), soft_wrap=True)
    if result.issues is not None:
        console.print(Text("valid    " + _verdict(result)), soft_wrap=True)
    console.print(Text(f"bundle   {result.bundle}"), soft_wrap=True)
    if result.account is not None:
        console.print(Text(f"account  {result.account}"), soft_wrap=True)
    if result.changes is not None:
        changes = ", ".join(f"{count:,} {name}" for name, count in sorted(result.changes.items()))
        console.print(Text(f"ledger   {changes}"), soft_wrap=True)


def _verdict(result: Result) -> str:
    counts = result.issues or {}
    said = ", ".join(
        counted(counts.get(severity, 0), severity.label) for severity in (Severity.ERROR, Severity.WARNING)
    )
    if result.issues_file is None:
        return f"yes ({said})"
    return f"NO ({said}): see {result.issues_file}; nothing was written as the output"


def _as_json(result: Result) -> dict[str, object]:
    return {
        "case": None
        if result.case is None
        else {
            "name": result.case.name,
            "tlp": result.case.tlp.token,
            "producer": result.case.producer.name,
            "file": str(result.case_file) if result.case_file is not None else None,
        },
        "bundle": str(result.bundle),
        "account": str(result.account) if result.account is not None else None,
        "issues": None
        if result.issues is None
        else {severity.label: result.issues.get(severity, 0) for severity in reversed(Severity)},
        "issues_file": str(result.issues_file) if result.issues_file is not None else None,
        **({"changes": result.changes} if result.changes is not None else {}),
        "remarks": [{"file": each.file, "record": each.record, "text": each.text} for each in result.remarks],
        **result.summary.as_dict(),
    }
