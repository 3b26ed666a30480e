"""Checking files: every issue with the file, the JSON pointer in it, line and column."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO

from disarm_exchange.errors import UserError
from disarm_exchange.stix.progress import CountedStream
from disarm_exchange.stix.reading import Container, Fault, ObjectReader, Record, open_source
from disarm_exchange.validate.engine import Validator, Watch
from disarm_exchange.validate.issue import Finding, Issue
from disarm_exchange.validate.locate import locate

SUFFIXES = (".json", ".jsonl", ".ndjson", ".stix", ".stix2", ".json.gz", ".jsonl.gz", ".ndjson.gz")
"""Files that are looked at when a directory is given."""

_BATCH = 50_000
_LOCATED = 1 << 20
"""Bytes of an object in which places are looked for; in larger ones the object's own place is told."""


@dataclass(frozen=True, slots=True)
class PlacedIssue:
    """An issue and where it stands."""

    issue: Issue
    file: str
    pointer: str
    """JSON pointer in the document: `/objects/3/name`."""
    line: int
    column: int
    """Counted in characters from 1, as editors do."""
    excerpt: str = ""
    """The line it stands on, cut to what a screen shows."""


Opener = Callable[[], AbstractContextManager[IO[bytes]]]


def expand(paths: Iterable[str]) -> Iterator[str]:
    """The files meant: files as they are, for a directory every file of a STIX suffix under it, in order of name.

    Raises:
        UserError: a path does not exist, or a directory holds no such file.
    """
    for path in paths:
        if path != "-" and Path(path).is_dir():
            found = sorted(str(p) for p in Path(path).rglob("*") if p.is_file() and p.name.lower().endswith(SUFFIXES))
            if not found:
                raise UserError("holds no JSON files", where=path, fix=f"looked for {', '.join(SUFFIXES)}")
            yield from found
        elif path != "-" and not Path(path).exists():
            raise UserError("no such file", where=path)
        else:
            yield path


@contextmanager
def reopenable(path: str) -> Iterator[Opener]:
    """A way to read the file as often as needed; standard input is kept on disk for that.

    Raises:
        UserError: the file cannot be read.
    """
    if path != "-":
        yield lambda: open_source(path)
        return
    with SpooledTemporaryFile(max_size=32 << 20) as copy:
        copyfileobj(sys.stdin.buffer, copy)

        @contextmanager
        def again() -> Iterator[IO[bytes]]:
            copy.seek(0)
            yield copy

        yield again


class FileCheck:
    """Checks one file after another; one after the other, all with one validator.

    Args:
        validator: what is asked of the objects.
        on_read: called with the bytes of the file that were read so far and the objects in them, now and then.
    """

    def __init__(self, validator: Validator, on_read: Callable[[int, int], None] | None = None) -> None:
        self._validator = validator
        self._on_read = on_read
        self.objects = 0
        """Objects seen in all files so far."""

    def check(self, path: str) -> Iterator[PlacedIssue]:
        """Every issue of a file: those of single objects as they pass, those of the whole at the end.

        Raises:
            UserError: the file cannot be opened.
        """
        name = "<stdin>" if path == "-" else path
        with reopenable(path) as opener:
            watch = Watch(self._validator)
            try:
                with opener() as stream:
                    counted, told = CountedStream(stream), 0
                    for event in ObjectReader(counted):
                        if self._on_read is not None and counted.count != told:
                            told = counted.count
                            self._on_read(told, self.objects)
                        if isinstance(event, Record):
                            issues = watch.see(event.item, event.number, event.raw)
                            self.objects += 1
                            if issues:
                                for issue in issues:
                                    yield placed(issue, event, name)
                        else:
                            yield from self._event(event, name, watch)
                yield from self._placed(watch.finish(), opener, name)
            finally:
                watch.close()

    def _event(self, event: Fault | Container, name: str, watch: Watch) -> Iterator[PlacedIssue]:
        if isinstance(event, Fault):
            if not event.fatal:
                watch.skip()
            issue = self._validator.issue("DX001", "", -1, Finding("", event.problem))
            yield PlacedIssue(issue, name, event.pointer, event.place.line, event.place.column)
        else:
            yield from self._container(event, name, watch)

    def _container(self, event: Container, name: str, watch: Watch) -> Iterator[PlacedIssue]:
        for issue in watch.container(event.members):
            yield PlacedIssue(issue, name, issue.pointer, event.place.line, event.place.column)

    def _placed(self, issues: Iterator[Issue], opener: Opener, name: str) -> Iterator[PlacedIssue]:
        """Issues that were found at the end, with the places of their objects, which takes another look at the file."""
        batch: list[Issue] = []
        for issue in issues:
            batch.append(issue)
            if len(batch) >= _BATCH:
                yield from _second_look(batch, opener, name)
                batch = []
        if batch:
            yield from _second_look(batch, opener, name)


def _second_look(issues: list[Issue], opener: Opener, name: str) -> Iterator[PlacedIssue]:
    wanted: dict[int, list[Issue]] = {}
    for issue in issues:
        wanted.setdefault(issue.number, []).append(issue)
    for issue in wanted.pop(-1, ()):
        yield PlacedIssue(issue, name, issue.pointer, 1, 1)
    if not wanted:
        return
    with opener() as stream:
        for event in ObjectReader(stream):
            if not wanted:
                return
            if isinstance(event, Record):
                for issue in wanted.pop(event.number, ()):
                    yield placed(issue, event, name)


def placed(issue: Issue, record: Record, file: str) -> PlacedIssue:
    """The issue with the place of what it is about inside the object."""
    raw, place = record.raw, record.place
    # in a huge object every look would take as long as reading it again
    offset = locate(raw, issue.pointer) if len(raw) <= _LOCATED else 0
    begin = raw.rfind(b"\n", 0, offset) + 1
    column = len(raw[begin:offset].decode("utf-8", "replace")) + (place.column if begin == 0 else 1)
    line = place.line + raw.count(b"\n", 0, offset)
    return PlacedIssue(issue, file, record.pointer + issue.pointer, line, column, _excerpt(raw, begin, offset))


def _excerpt(raw: bytes, begin: int, offset: int) -> str:
    end = raw.find(b"\n", offset)
    left = max(begin, offset - 30)
    right = min(end if end >= 0 else len(raw), offset + 80)
    return raw[left:right].decode("utf-8", "replace").strip()
