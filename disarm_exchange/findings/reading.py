"""From any file to its findings: the reader is picked by what the file holds, never by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from disarm_exchange.errors import UserError
from disarm_exchange.findings.finding_lines import FindingLinesReader
from disarm_exchange.findings.json_records import JsonRecordsReader
from disarm_exchange.findings.markdown_report import MarkdownReader
from disarm_exchange.findings.misp_event import MispReader, event_name
from disarm_exchange.findings.profile import SourceProfile
from disarm_exchange.findings.reader import OnRemark, Reader, Recognition, Record, RecordBlock, Source, unheard
from disarm_exchange.findings.rows import no_incidents
from disarm_exchange.findings.stix_bundle import StixReader
from disarm_exchange.findings.table_reader import TableReader
from disarm_exchange.findings.xlsx_reader import XlsxReader

READERS: tuple[Reader, ...] = (
    XlsxReader(),
    FindingLinesReader(),
    StixReader(),
    MispReader(),
    JsonRecordsReader(),
    MarkdownReader(),
    TableReader(),
)
"""Every format, the more special before the more general: the first reader that recognises a file reads it."""

_OTHER_FILES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "is an old Office file (.xls, .doc)", "save it as .xlsx or CSV"),
    (b"PK\x03\x04", "is a zip file, and no Excel workbook", "unpack it and name the files in it"),
    (b"%PDF", "is a PDF", "copy its table of indicators into a CSV file"),
    (b"\x1f\x8b", "is compressed with gzip", "unpack it first"),
    (b"(\xb5/\xfd", "is compressed with zstd", "unpack it first"),
    (b"BZh", "is compressed with bzip2", "unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive", "unpack it and name the files in it"),
    (b"SQLite format 3", "is a database", "export its findings as CSV or finding JSON Lines"),
    (b"PAR1", "is a Parquet file", "export it as CSV or finding JSON Lines"),
)
_XML = ("<?xml", "<stix:", "<!doctype", "<html", "<!entity")


def read_findings(
    path: Path, profiles: Sequence[SourceProfile], *, row: str | None = None, remark: OnRemark = unheard
) -> Iterator[Record]:
    """Every record of a file, in order, as a finding or as an unreadable record.

    Args:
        path: the file; its name does not matter.
        profiles: the layouts that are looked for in tables, sheets and lists of records.
        row: of a sheet with one incident to a row, the only one to take, by name or number.
        remark: is told what concerns the source as a whole.

    Raises:
        UserError: no file, none of the formats, or a layout that no profile knows. It is raised by the first `next`;
            a fault further on in the file is raised where it stands.
    """
    source, reader = _opened(path, profiles, row, remark)
    yield from reader.read(source)


def read_blocks(
    path: Path, profiles: Sequence[SourceProfile], size: int, *, row: str | None = None, remark: OnRemark = unheard
) -> Iterator[RecordBlock]:
    """The records of a file in blocks, each of which is only read when it is called for.

    What is not called for costs little in tables and finding JSON Lines; other formats are read all the same.

    Args:
        path: as in `read_findings`, and so are the others.
        profiles: the layouts.
        size: rows, lines or records in a block; the last one has fewer.
        row: the only incident to take.
        remark: is told what concerns the source as a whole.

    Raises:
        UserError: as `read_findings`.
    """
    source, reader = _opened(path, profiles, row, remark)
    if isinstance(reader, TableReader | FindingLinesReader):
        yield from reader.blocks(source, size)
        return
    records = reader.read(source)
    whole = path.stat().st_size
    while taken := list(islice(records, size)):
        yield _ReadBlock(taken, whole)


class _ReadBlock:
    """Records that were read already."""

    def __init__(self, records: list[Record], position: int) -> None:
        self.position = position
        self._records = records

    def records(self) -> Iterator[Record]:
        """The records."""
        return iter(self._records)


def _opened(path: Path, profiles: Sequence[SourceProfile], row: str | None, remark: OnRemark) -> tuple[Source, Reader]:
    source = Source(path, profiles, row, remark)
    reader, _ = reader_of(source)
    if row is not None and isinstance(reader, FindingLinesReader | StixReader | MispReader):
        raise no_incidents()
    return source, reader


def reader_of(source: Source) -> tuple[Reader, Recognition | None]:
    """The reader for a file and why it is that one; for an unknown text the reader of tables, without a reason.

    Raises:
        UserError: no file, or one of no format that findings come in.
    """
    if source.path.exists() and not (source.path.is_file() or source.path.is_dir()):
        # It would be read several times: a pipe gives its bytes once, and blocks whoever asks again.
        raise UserError("is a pipe or a device", where=str(source.path), fix="write it to a file and name that")
    for start, problem, fix in _OTHER_FILES:
        if source.head.startswith(start) and not _is_workbook(source):
            raise UserError(problem, where=str(source.path), fix=fix)
    beginning = source.text.lstrip()[:200].casefold()
    if beginning.startswith(_XML):
        problem = "is STIX 1 (XML)" if "stix" in beginning else "is XML or HTML"
        fix = "its publisher gives the same as CSV or JSON: convert that" if "stix" in beginning else "export it as CSV"
        raise UserError(problem, where=str(source.path), fix=fix)
    for reader in READERS:
        recognition = reader.recognises(source)
        if recognition is not None:
            return reader, recognition
    return READERS[-1], None


def _is_workbook(source: Source) -> bool:
    return READERS[0].recognises(source) is not None


def offered_case_name(paths: Sequence[Path], profiles: Sequence[SourceProfile]) -> str | None:
    """What the sources themselves call the case, where exactly one of them does (a MISP event); None otherwise.

    Raises:
        UserError: as `read_findings`.
    """
    names = []
    for path in paths:
        source = Source(path, profiles)
        reader, _ = reader_of(source)
        if isinstance(reader, MispReader):
            names.append(event_name(source))
    return names[0] if len(names) == 1 else None
