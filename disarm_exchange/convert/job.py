"""A whole conversion: input files to one bundle, an account and a summary, appearing complete or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path

from disarm_exchange.convert.attempt import AccountWriter, Attempt
from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.inspection import Inspection, Inspector
from disarm_exchange.convert.ledger import open_case_ledger
from disarm_exchange.convert.outputs import Unfinished
from disarm_exchange.convert.parts import PartsConflictError
from disarm_exchange.convert.summary import Summary
from disarm_exchange.convert.work import Work, profiles_of
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import Case, CaseDraft, find_case_file, load_case
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import SourceProfile
from disarm_exchange.findings.reader import OnRemark, Remark, unheard
from disarm_exchange.findings.reading import offered_case_name, read_findings
from disarm_exchange.findings.spooling import STANDARD_INPUT, spooled
from disarm_exchange.stix.bundle import Container, separator_in
from disarm_exchange.stix.progress import OnStep, unwatched
from disarm_exchange.validate import Severity

DEFAULT_RELEASE = "1.7"
QUARANTINE_SUFFIX = ".quarantine.jsonl"
ISSUES_SUFFIX = ".issues.jsonl"

LARGE_BYTES = 8 * 1024 * 1024
"""Inputs of this size or more, some 50,000 records, are converted by several processes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to convert, how, and where to."""

    inputs: tuple[Path, ...]
    output: Path
    case_file: Path | None = None
    """The case file; without one, a `case.toml` beside the inputs is taken unless the options name the case."""

    options: CaseDraft = field(default_factory=CaseDraft)
    release: str = DEFAULT_RELEASE
    mappings: tuple[Path, ...] = ()
    source: str | None = None
    account: Path | None = None
    model: Model = Model.BOTH
    """Which objects to give: plain STIX, DAD-CDM's, or both."""

    container: Container = Container.BUNDLE
    """In what the objects are written."""

    ledger: str | None = None
    """The database (path or URL) that remembers what the case exported; without one every run stands alone."""

    revoke_missing: bool = False
    """With a ledger: revoke what earlier runs exported and this one no longer finds."""

    as_of: datetime | None = None
    """With a ledger: the moment that changed objects carry as `modified`; now, if not given."""

    jobs: int | None = None
    """How many processes convert; None for one, or all processors where the inputs are large."""

    validate: bool = True
    """Whether what is written is validated (profile `exchange`)."""

    encoding: str | None = None
    """How text is encoded that is not UTF-8; None where all is."""

    row: str | None = None
    """Of a sheet with one incident to a row: the only one to convert, by name or number."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job."""

    summary: Summary
    bundle: Path
    """Where the objects are."""

    account: Path | None
    """The account, if asked for; else the quarantine file, if anything had to go there."""

    changes: dict[str, int] | None = None
    """With a ledger: objects by what happened to them (new, unchanged, changed, missing, revoked)."""

    remarks: tuple[Remark, ...] = ()
    """What is to be said of the inputs as a whole."""

    issues: Mapping[Severity, int] | None = None
    """Issues of the validation by severity; None where nothing was validated."""

    issues_file: Path | None = None
    """Where there are issues of severity error: what they are. Bundle and account then lie aside, under other names."""

    case: Case | None = None
    """The case that the findings were taken to belong to."""

    case_file: Path | None = None
    """The file that describes it, if any was read."""


def convert_files(job: Job, on_step: OnStep = unwatched) -> Result:
    """Convert the job's inputs. `on_step` is told how far the conversion is, now and then.

    Raises:
        UserError: nothing was written; the message says what to mend.
    """
    _check_inputs(job)
    case_file = _case_file(job)
    with spooled(job.inputs, job.encoding) as inputs:
        return _converted(replace(job, inputs=inputs), case_file, on_step)


def _converted(job: Job, case_file: Path | None, on_step: OnStep) -> Result:
    profiles = profiles_of(job.source)
    catalogue = Catalogue.load(job.release)
    draft = _draft(job, case_file, profiles)
    if draft.published is None and draft.name is not None and draft.producer is not None:
        draft = replace(draft, published=_latest_report(job, profiles))
    case = draft.complete()
    try:
        result = _attempt(job, case, catalogue, on_step, {})
    except PartsConflictError as conflict:
        result = _attempt(job, case, catalogue, on_step, conflict.parts)
    return replace(result, case=case, case_file=case_file)


class _UnfitError(Exception):
    """The objects are not fit to be shared: the ledger must forget them."""


def _attempt(job: Job, case: Case, catalogue: Catalogue, on_step: OnStep, parts: dict[str, str]) -> Result:
    remarks: list[Remark] = []
    jobs = job.jobs or usual_jobs(job.inputs)
    work = Work(
        inputs=job.inputs,
        case=case,
        release=job.release,
        mappings=job.mappings,
        source=job.source,
        row=job.row,
        model=job.model,
        container=job.container,
        all_lines=job.account is not None or job.ledger is not None,
        inspect=job.validate and job.ledger is None,
        parts=parts,
    )
    attempt = Attempt(work, jobs, catalogue, remarks.append, on_step)
    with ExitStack() as stack:
        output = Unfinished(job.output)
        stack.callback(output.discard)
        account = AccountWriter(job.account or _beside(job, QUARANTINE_SUFFIX), everything=job.account is not None)
        stack.callback(account.discard)
        issues = Unfinished(_beside(job, ISSUES_SUFFIX))
        stack.callback(issues.discard)
        inspection = None
        if job.validate:
            inspector = Inspector(job.release, separator_in(job.container), Frame.of(case), case.tlp)
            inspection = Inspection(inspector, case.tlp, issues.write)
            stack.callback(inspection.close)
        summary, changes = Summary(), None
        # The ledger commits before the files appear: cut in between, the next run gives the same files.
        with (
            suppress(_UnfitError),
            open_case_ledger(job.ledger, case, release=job.release, inputs=job.inputs, as_of=job.as_of) as ledger,
        ):
            attempt.run(output, account, ledger, inspection, summary, revoke_missing=job.revoke_missing)
            _check_markings(case, remarks)
            if inspection is not None and not inspection.fit:
                raise _UnfitError
            changes = ledger.changes
        summary.files = [path.name for path in job.inputs]
        counts = None if inspection is None else dict(inspection.counts)
        result = Result(summary, job.output, None, changes, tuple(remarks), counts)
        if inspection is not None and not inspection.fit:
            issues.commit()
            return replace(result, bundle=output.set_aside(), account=account.set_aside(), issues_file=issues.target)
        kept = account.commit()
        output.commit()
        issues.target.unlink(missing_ok=True)  # of an earlier run; this one is fit to be shared
        return replace(result, account=kept)


def usual_jobs(inputs: Sequence[Path]) -> int:
    """How many processes convert these files unless somebody says it: one, or as many as there are processors."""
    if sum(path.stat().st_size for path in inputs) < LARGE_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _beside(job: Job, suffix: str) -> Path:
    return job.output.with_name(job.output.name + suffix)


def _check_inputs(job: Job) -> None:
    if not job.inputs:
        raise UserError("no input", fix="name at least one file of findings")
    resolved = [path.resolve() for path in job.inputs]
    for path, real in zip(job.inputs, resolved, strict=True):
        if resolved.count(real) > 1:
            raise UserError("is given twice", where=str(path))
        if path != STANDARD_INPUT and not path.exists():
            raise UserError("no such file", where=str(path))
    for target in (job.output, job.account):
        if target is None:
            continue
        _spare_what_is_read(job, target)
        if target.is_dir():
            raise UserError("is a directory", where=str(target), fix="name a file to write")
        if not target.parent.is_dir():
            raise UserError("no such directory", where=str(target.parent), fix="make it first")
    if job.ledger is None and (job.revoke_missing or job.as_of is not None):
        raise UserError("only a ledger knows what was exported before", fix="give --ledger DATABASE")
    if job.account is not None and job.account.resolve() == job.output.resolve():
        raise UserError("output and account are one file", where=str(job.output))


def _spare_what_is_read(job: Job, target: Path) -> None:
    if target.resolve() in (path.resolve() for path in job.inputs):
        raise UserError("is an input too", where=str(target), fix="write to another file")
    for option, path in _read_besides(job):
        if target.resolve() == path.resolve():
            raise UserError(f"is what {option} names", where=str(target), fix="write to another file")


def _read_besides(job: Job) -> Iterator[tuple[str, Path]]:
    """The files besides the inputs that a run reads, each with the option that names it."""
    case_file = _case_file(job)
    if case_file is not None:
        yield "--case", case_file
    for path in job.mappings:
        yield "--mapping", path
    if job.source is not None and Path(job.source).is_file():  # otherwise the id of a profile
        yield "--source", Path(job.source)
    if job.ledger is not None:
        yield "--ledger", Path(job.ledger)


def _case_file(job: Job) -> Path | None:
    """The case file given; else one beside the inputs, unless the options name the case."""
    return job.case_file or (find_case_file(job.inputs) if job.options.name is None else None)


def _draft(job: Job, case_file: Path | None, profiles: Sequence[SourceProfile]) -> CaseDraft:
    draft = load_case(case_file) if case_file is not None else CaseDraft()
    draft = draft.overridden_by(job.options)
    return draft if draft.name is not None else replace(draft, name=offered_case_name(job.inputs, profiles))


def _check_markings(case: Case, remarks: Sequence[Remark]) -> None:
    """What others shared with us under a narrow marking does not leave under a wider one."""
    for remark in remarks:
        if remark.tlp is not None and remark.tlp > case.tlp:
            raise UserError(
                f"{remark.text}, and the case would share it as {case.tlp.label}",
                where=remark.file,
                fix=f"give --tlp {remark.tlp.token}, or a copy of the file that its producer marks more widely",
            )


def _records(job: Job, profiles: Sequence[SourceProfile], remark: OnRemark = unheard) -> Iterator[Finding | Unreadable]:
    for path in job.inputs:
        yield from read_findings(path, profiles, row=job.row, remark=remark)


def _latest_report(job: Job, profiles: Sequence[SourceProfile]) -> datetime | None:
    """The latest date of report that the records themselves carry: such a file says when it was published."""
    reported = (record.reported for record in _records(job, profiles) if isinstance(record, Finding))
    latest = max((day for day in reported if day is not None), default=None)
    return None if latest is None else datetime.combine(latest, time(), UTC)
