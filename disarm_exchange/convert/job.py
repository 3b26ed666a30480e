"""A whole conversion: input files to one bundle, an account and a summary, appearing complete or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import IO

import orjson

from disarm_exchange.convert.account import AccountLine
from disarm_exchange.convert.assembly import Assembly
from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.ledger import open_case_ledger
from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.convert.parts import PartsConflictError
from disarm_exchange.convert.rendering import Group
from disarm_exchange.convert.summary import Summary
from disarm_exchange.convert.work import Work, converted, profiles_of
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import Case, CaseDraft, find_case_file, load_case
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import SourceProfile
from disarm_exchange.findings.reader import OnRemark, Remark, unheard
from disarm_exchange.findings.reading import offered_case_name, read_findings
from disarm_exchange.stix.bundle import Container, ContainerWriter, atomic_writer, separator_in
from disarm_exchange.stix.ids import derived_id

DEFAULT_RELEASE = "1.7"
QUARANTINE_SUFFIX = ".quarantine.jsonl"


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

    row: str | None = None
    """Of a sheet with one incident to a row: the only one to convert, by name or number."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job."""

    summary: Summary
    bundle: Path
    account: Path | None
    """The account, if asked for; else the quarantine file, if anything had to go there."""

    changes: dict[str, int] | None = None
    """With a ledger: objects by what happened to them (new, unchanged, changed, missing, revoked)."""

    remarks: tuple[Remark, ...] = ()
    """What is to be said of the inputs as a whole."""


def convert_files(job: Job, on_record: Callable[[int], None] | None = None) -> Result:
    """Convert the job's inputs. `on_record` is called with the number of records read so far, now and then.

    Raises:
        UserError: nothing was written; the message says what to mend.
    """
    _check_inputs(job)
    profiles = profiles_of(job.source)
    catalogue = Catalogue.load(job.release)
    draft = _draft(job, profiles)
    if draft.published is None and draft.name is not None and draft.producer is not None:
        draft = replace(draft, published=_latest_report(job, profiles))
    case = draft.complete()
    attempt = _Attempt(job, case, catalogue, on_record)
    try:
        return attempt.run({})
    except PartsConflictError as conflict:
        return attempt.run(conflict.parts)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A conversion that may have to be made twice: whose a value is can become known after it was written."""

    job: Job
    case: Case
    catalogue: Catalogue
    on_record: Callable[[int], None] | None

    def run(self, parts: dict[str, str]) -> Result:
        job, case = self.job, self.case
        frame = Frame.of(case)
        remarks: list[Remark] = []
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
            parts=parts,
        )
        assembly = Assembly(case, frame, self.catalogue, separator=separator_in(job.container))
        with ExitStack() as stack:
            bundle = stack.enter_context(atomic_writer(job.output))
            account_path = job.account or job.output.with_name(job.output.name + QUARANTINE_SUFFIX)
            account = _AccountWriter(account_path, stack=stack)
            if job.account is not None:
                account.open()
            # The ledger commits before the files appear: cut in between, the next run gives the same files.
            ledger = stack.enter_context(
                open_case_ledger(job.ledger, case, release=job.release, inputs=job.inputs, as_of=job.as_of)
            )
            bundle_id = derived_id("bundle", frame.namespace, frame.case_id)
            writer = ContainerWriter(bundle.write, job.container, bundle_id)

            def groups() -> Iterator[Group]:
                yield from assembly.opening()
                for block in converted(work, lambda _: True, remarks.append):
                    if block is None:
                        continue
                    for line in map(ledger.recorded, block.lines):
                        if job.account is not None or line.outcome is Outcome.QUARANTINE:
                            account.write(line)
                    yield from assembly.add(block)
                assembly.check_parts()
                yield from assembly.closing()

            if job.ledger is None:
                for group in groups():
                    writer.write([group.body])
            else:
                objects = (
                    orjson.loads(one) for group in groups() for one in group.body.split(separator_in(job.container))
                )
                for item in ledger.settled(objects, revoke_missing=job.revoke_missing):
                    writer.write([orjson.dumps(item)])
            writer.close()
            _check_markings(case, remarks)
        summary = assembly.summary
        summary.files = [path.name for path in job.inputs]
        if not account.opened and job.account is None:
            account_path.unlink(missing_ok=True)  # of an earlier run; this one quarantined nothing
        return Result(summary, job.output, account_path if account.opened else None, ledger.changes, tuple(remarks))


class _AccountWriter:
    """A file of account lines that is begun with its first line: of all records, or of those in quarantine."""

    def __init__(self, path: Path, *, stack: ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._stream: IO[bytes] | None = None

    @property
    def opened(self) -> bool:
        return self._stream is not None

    def open(self) -> IO[bytes]:
        if self._stream is None:
            self._stream = self._stack.enter_context(atomic_writer(self._path))
        return self._stream

    def write(self, line: AccountLine) -> None:
        self.open().write(line.to_json())


def _check_inputs(job: Job) -> None:
    if not job.inputs:
        raise UserError("no input", fix="name at least one file of findings")
    resolved = [path.resolve() for path in job.inputs]
    for path, real in zip(job.inputs, resolved, strict=True):
        if resolved.count(real) > 1:
            raise UserError("is given twice", where=str(path))
    for target in (job.output, job.account):
        if target is None:
            continue
        if target.resolve() in resolved:
            raise UserError("is an input too", where=str(target), fix="write to another file")
        if target.is_dir():
            raise UserError("is a directory", where=str(target), fix="name a file to write")
        if not target.parent.is_dir():
            raise UserError("no such directory", where=str(target.parent), fix="make it first")
    if job.ledger is None and (job.revoke_missing or job.as_of is not None):
        raise UserError("only a ledger knows what was exported before", fix="give --ledger DATABASE")
    if job.account is not None and job.account.resolve() == job.output.resolve():
        raise UserError("output and account are one file", where=str(job.output))


def _draft(job: Job, profiles: Sequence[SourceProfile]) -> CaseDraft:
    case_file = job.case_file
    if case_file is None and job.options.name is None:
        case_file = find_case_file(job.inputs)
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


def _counted(
    records: Iterator[Finding | Unreadable], on_record: Callable[[int], None] | None
) -> Iterator[Finding | Unreadable]:
    for number, record in enumerate(records, start=1):
        if on_record is not None and number % 1000 == 0:
            on_record(number)
        yield record
