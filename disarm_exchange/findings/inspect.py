"""Looking at a file before it is converted: what it is taken for and why, what its records say, what stays unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.findings.drafting import draft_profile
from disarm_exchange.findings.model import Unreadable
from disarm_exchange.findings.profile import SourceProfile, profile_from
from disarm_exchange.findings.reader import Recognition, Record, Remark, Source
from disarm_exchange.findings.reading import read_findings, reader_of
from disarm_exchange.findings.sampling import sample_of
from disarm_exchange.findings.values import Value


@dataclass(slots=True)
class Inspection:
    """What there is to say of a file."""

    file: str
    format: str
    """What the format is called."""

    encoding: str
    recognition: Recognition | None
    """Why it is taken for that; None if no profile knows its layout."""

    first: list[Record] = field(default_factory=list)
    """The first records."""

    unreadable: list[Unreadable] = field(default_factory=list)
    """The first records that cannot be read."""

    counts: Counter[str] = field(default_factory=Counter)
    """Records by kind of value; unreadable ones under `unreadable`."""

    remarks: list[Remark] = field(default_factory=list)
    problem: str | None = None
    """Why the file cannot be converted as it is."""

    draft: dict[str, object] | None = None
    """A source profile for its layout, where none is known; the records were read with it."""

    @property
    def records(self) -> int:
        """How many records the file has."""
        return self.counts.total()

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        recognition = self.recognition
        return {
            "file": self.file,
            "format": self.format,
            "encoding": self.encoding,
            "why": recognition.why if recognition else None,
            "profile": recognition.profile if recognition else None,
            "delimiter": recognition.delimiter if recognition else None,
            "header": list(recognition.header) if recognition else [],
            "problem": self.problem,
            "records": self.records,
            "kinds": dict(sorted(self.counts.items())),
            "first": [record_as_dict(record) for record in self.first],
            "unreadable": [record_as_dict(record) for record in self.unreadable],
            "remarks": [{"text": remark.text, "record": remark.record} for remark in self.remarks],
            "draft": self.draft,
        }


UNREADABLE = "unreadable"


def inspect_file(
    path: Path, profiles: Sequence[SourceProfile], *, rows: int = 10, row: str | None = None
) -> Inspection:
    """Look at a file: all of it is read, the first `rows` records are kept.

    A table that no profile knows is read with a draft of one, which is in the result.

    Raises:
        UserError: no such file, or nothing that findings come in; broken before a record of it could be read.
    """
    source = Source(path, profiles, row)
    reader, recognition = reader_of(source)
    found = Inspection(path.name, reader.title, _encoding(source), recognition)
    try:
        _read(found, source, rows)
    except UserError as error:
        if found.records > found.counts[UNREADABLE]:
            found.problem = str(error)  # it breaks on the way: what was read so far is still worth seeing
            return found
        sample = sample_of(source)
        if sample is None or not sample.rows:
            raise
        if not sample.has_header():
            problem = "the first row of the table looks like a record, not like a header"
            raise UserError(problem, where=str(path), fix="put a row with the names of the columns above it") from None
        found.draft = draft_profile(sample)
        if found.draft is None:
            raise
        found.problem = str(error)
        _read_with_draft(found, source, rows)
    return found


def _read_with_draft(found: Inspection, source: Source, rows: int) -> None:
    assert found.draft is not None
    drafted = Source(source.path, (profile_from(found.draft, where="draft"),), source.row)
    try:
        _read(found, drafted, rows)
    except UserError as error:
        found.problem = f"{found.problem}; with the draft: {error}"


def _read(found: Inspection, source: Source, rows: int) -> None:
    for part in (found.first, found.unreadable, found.counts, found.remarks):
        part.clear()
    for record in read_findings(source.path, source.profiles, row=source.row, remark=found.remarks.append):
        if isinstance(record, Unreadable):
            found.counts[UNREADABLE] += 1
            if len(found.unreadable) < rows:
                found.unreadable.append(record)
        else:
            found.counts[record.value.kind.value] += 1
        if len(found.first) < rows:
            found.first.append(record)


def _encoding(source: Source) -> str:
    if source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if source.head.startswith(b"PK"):
        return "binary"
    return "UTF-8 with byte order mark" if source.head.startswith(b"\xef\xbb\xbf") else "UTF-8"


def record_as_dict(record: Record) -> dict[str, object]:
    """A record for programs: what is empty is left out."""
    if isinstance(record, Unreadable):
        return {"record": record.record, "unreadable": record.reason, "raw": record.raw}
    return {
        "record": record.record,
        "labels": list(record.labels),
        "value": value_as_dict(record.value),
        **({"more": [value_as_dict(value) for value in record.more]} if record.more else {}),
        **({"note": record.note} if record.note else {}),
        **({"reported": record.reported.isoformat()} if record.reported else {}),
        **({"role": record.role} if record.role else {}),
        "raw": record.raw,
    }


def value_as_dict(value: Value) -> dict[str, object]:
    """A value for programs: what is empty is left out."""
    content = {name: part for name, part in asdict(value).items() if part not in (None, "", (), False)}
    content["kind"] = value.kind.value
    if value.embedded:
        content["embedded"] = [value_as_dict(part) for part in value.embedded]
    return content
