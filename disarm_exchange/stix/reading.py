"""Reading STIX objects out of files as a stream: each object with its own bytes and its place.

Understood are bundles, TAXII envelopes, arrays, single objects and JSON Lines, also gzipped, also several documents in
one stream. Memory is bounded by the largest single object. A file with one object to a line (as `bundle.write_bundle`
writes it) is read line by line, anything else is cut by `scanning.Buffer`.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.progress import CountedStream, OnStep, Step, bytes_in
from disarm_exchange.stix.scanning import STRING, Buffer, IncompleteError, Readable, TooLargeError

MAX_OBJECT = 256 << 20
"""Bytes that one object (or one document that is no container) may have."""

_OPEN, _CLOSE, _LIST, _END, _COMMA, _COLON, _QUOTE = b'{}[],:"'
_GZIP = b"\x1f\x8b"
_LARGE = 8 << 20
"""Bytes of an object from which on its text does not stay in the buffer while it is parsed."""
_HEAD = 512
"""Bytes that tell JSON from anything else."""
_BOM = b"\xef\xbb\xbf"
_NO_TEXT = frozenset({b"PK", b"\xff\xfe", b"\xfe\xff"})


class Place(NamedTuple):
    """Where something begins: offset in bytes (from 0), line and column (from 1, the column in bytes)."""

    offset: int
    line: int
    column: int


class Record(NamedTuple):
    """One object out of a stream. A named tuple, because millions of them are made."""

    item: object
    """The parsed object; anything else than a dict is for the caller to refuse."""
    raw: bytes
    """Its own bytes, as they stand in the file."""
    place: Place
    number: int
    """Its number in the stream, from 0."""
    pointer: str
    """JSON pointer of the object in its document: `/objects/7`, `/7`, or empty."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is no JSON. Unless `fatal`, the reader goes on behind it."""

    problem: str
    place: Place
    pointer: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Container:
    """A bundle or envelope, told when it ends: its own members, without `objects`."""

    members: StixObject
    place: Place
    count: int
    """How many objects stood in it."""


Event = Record | Fault | Container


class ObjectReader:
    """An iterator over what a stream of JSON holds.

    Args:
        stream: bytes, plain or gzipped.
        max_object: bytes that one object may have.
    """

    def __init__(self, stream: Readable, *, max_object: int = MAX_OBJECT) -> None:
        self._buffer = Buffer(_plain(stream), max_object)
        self._max = max_object
        self._number = 0
        self._no_line_before = 0
        self._no_lane_before = 0

    def __iter__(self) -> Iterator[Event]:
        try:
            yield from self._documents()
        except IncompleteError:
            yield self._fatal("the text ends inside a value")
        except TooLargeError:
            yield self._fatal(f"one value is larger than {self._max >> 20} MiB")
        except _BrokenError as broken:
            yield Fault(broken.problem, broken.place or Place(*self._buffer.place()), "", fatal=True)
        except (OSError, EOFError, zlib.error) as error:
            yield self._fatal(f"cannot be read on: {error}")

    def _fatal(self, problem: str) -> Fault:
        return Fault(problem, Place(*self._buffer.place()), "", fatal=True)

    def _documents(self) -> Iterator[Event]:
        buffer = self._buffer
        while len(buffer.data) < _HEAD and buffer.more():
            pass
        if buffer.data.startswith(_BOM):
            buffer.pos = len(_BOM)
        elif buffer.data[:2] in _NO_TEXT or b"\0" in buffer.data[:_HEAD]:
            raise _BrokenError("this is no JSON text in UTF-8")
        if buffer.peek() < 0:
            raise _BrokenError("the file is empty")
        while buffer.peek() >= 0:
            yield from self._document()

    def _document(self) -> Iterator[Event]:
        buffer = self._buffer
        first = buffer.peek()
        if first == _LIST:
            buffer.pos += 1
            yield from self._elements("")
            return
        if first != _OPEN:
            raise _BrokenError("expected a JSON object or array")
        found = self._line()
        if found is not None and isinstance(found[0], dict) and not _is_container(found[0]):
            yield self._whole_line(*found, "")
            return
        yield from self._members()

    def _members(self) -> Iterator[Event]:
        """An object at the top: a container if it has a list of `objects`, a single object if not."""
        buffer = self._buffer
        place = Place(*buffer.place())
        buffer.keep = buffer.pos
        members: StixObject = {}
        count = -1
        buffer.pos += 1
        if buffer.peek() == _CLOSE:
            buffer.pos += 1
        else:
            while True:
                if buffer.peek() != _QUOTE:
                    raise _BrokenError("expected a property name in double quotes")
                key = _parsed(buffer.take(STRING))
                if buffer.peek() != _COLON:
                    raise _BrokenError("expected ':' after a property name")
                buffer.pos += 1
                if key == "objects" and buffer.peek() == _LIST:
                    buffer.keep = None
                    buffer.pos += 1
                    start = self._number
                    yield from self._elements("/objects")
                    count = self._number - start
                else:
                    members[str(key)] = self._member()
                mark = buffer.peek()
                buffer.pos += 1
                if mark == _CLOSE:
                    break
                if mark != _COMMA:
                    buffer.pos -= 1
                    raise _BrokenError("expected ',' or '}' after a property")
        if count >= 0 or _is_container(members):
            buffer.keep = None
            yield Container(members, place, max(count, 0))
            return
        raw = buffer.data[buffer.keep : buffer.pos] if buffer.keep is not None else b""
        buffer.keep = None
        yield self._record(raw, place, "")

    def _member(self) -> object:
        place = Place(*self._buffer.place())
        text = self._buffer.take_value()
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise _BrokenError(_reason(error), _inside(place, error)) from None

    def _elements(self, pointer: str) -> Iterator[Event]:
        buffer = self._buffer
        if buffer.peek() == _END:
            buffer.pos += 1
            return
        first = self._number
        while True:
            mark = buffer.peek()
            if mark < 0:
                raise IncompleteError
            if mark == _OPEN:
                yield from self._lines(pointer, first)
                mark = buffer.peek()
            where = f"{pointer}/{self._number - first}"
            if mark in (_COMMA, _END, _CLOSE, _COLON):
                raise _BrokenError("expected an object")
            found = self._line() if mark == _OPEN else None
            if found is not None:
                yield self._whole_line(*found, where)
            else:
                place = Place(*buffer.place())
                yield self._record(buffer.take_value(), place, where)
            mark = buffer.peek()
            if mark == _COMMA:
                buffer.pos += 1
                continue
            if mark == _END:
                buffer.pos += 1
                return
            if mark < 0:
                raise IncompleteError
            raise _BrokenError("expected ',' or ']' after an object")

    def _lines(self, pointer: str, first: int) -> Iterator[Record]:
        """As many whole lines of the form `{...},` as stand in the buffer; the position is then behind the last."""
        buffer = self._buffer
        data, at = buffer.data, buffer.pos
        if buffer.base + at < self._no_lane_before:
            return
        offset, line, column = buffer.place()
        loads, number = orjson.loads, self._number
        while True:
            end = data.find(b",\n{", at)
            if end - at > _LARGE:
                return
            text = data[at:end] if end >= 0 else b""
            try:
                item = loads(text)
            except orjson.JSONDecodeError:
                # objects stand otherwise here: no second look as far as this one went
                self._no_lane_before = buffer.base + (end if end >= 0 else len(data))
                return
            place = Place(offset, line, column)
            offset, line, column = offset + end + 2 - at, line + 1 + text.count(b"\n"), 1
            at = end + 2
            buffer.pos = at
            self._number = number + 1
            yield Record(item, text, place, number, f"{pointer}/{number - first}")
            number += 1

    def _line(self) -> tuple[object, bytes] | None:
        """The object here if it fills the rest of its line; None if not (the slower way then finds out).

        What parses as a whole object up to the end of the line is that object: a JSON object ends where it ends.
        """
        buffer = self._buffer
        offset = buffer.base + buffer.pos
        if offset < self._no_line_before:
            return None
        end = buffer.data.find(b"\n", buffer.pos)
        if 0 <= end <= buffer.pos + _LARGE:
            text = buffer.data[buffer.pos : end].rstrip(b", \t\r")
            if text.endswith(b"}"):
                try:
                    return orjson.loads(text), text
                except orjson.JSONDecodeError:
                    pass
        # many objects on this line: no second look for its end
        self._no_line_before = buffer.base + (end if end >= 0 else len(buffer.data))
        return None

    def _whole_line(self, item: object, text: bytes, pointer: str) -> Record:
        buffer = self._buffer
        place = Place(*buffer.place())
        buffer.pos += len(text)
        number = self._number
        self._number = number + 1
        return Record(item, text, place, number, pointer)

    def _record(self, raw: bytes, place: Place, pointer: str) -> Event:
        number = self._number
        self._number = number + 1
        if len(raw) > _LARGE:
            self._buffer.trim()
        try:
            return Record(orjson.loads(raw), raw, place, number, pointer)
        except orjson.JSONDecodeError as error:
            return Fault(_reason(error), _inside(place, error), pointer, fatal=False)


class _BrokenError(Exception):
    """The outline of the text is not JSON: what was expected, and where if not at the reading position."""

    def __init__(self, problem: str, place: Place | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place


def _inside(place: Place, error: orjson.JSONDecodeError) -> Place:
    """The place of a fault in a value that begins at `place`."""
    line = place.line + error.lineno - 1
    column = error.colno if error.lineno > 1 else place.column + error.colno - 1
    return Place(place.offset + error.pos, line, column)


def _parsed(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _BrokenError(_reason(error)) from error


def _reason(error: orjson.JSONDecodeError) -> str:
    return error.msg if "recursion" not in error.msg.lower() else "nested too deep"


def _is_container(members: StixObject) -> bool:
    """A bundle, or a TAXII envelope (which has no `type`)."""
    if isinstance(members.get("objects"), list) or members.get("type") == "bundle":
        return True
    return not members or (members.keys() <= {"more", "next", "objects"})


class _Joined:
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._rest.read(size)


def _plain(stream: Readable) -> Readable:
    """The stream without its gzip layer, if it has one."""
    head = stream.read(2)
    joined = _Joined(head, stream)
    return gzip.GzipFile(fileobj=joined) if head == _GZIP else joined  # type: ignore[call-overload]


@contextmanager
def open_source(source: str | Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of standard input for `-`.

    Raises:
        UserError: no such file, a directory, no right to read it.
    """
    if str(source) == "-":
        yield sys.stdin.buffer
        return
    path = Path(source)
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise UserError("no such file", where=str(path)) from None
    except IsADirectoryError:
        raise UserError("is a directory, not a file", where=str(path)) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
    with stream:
        yield stream


def read_records(
    source: str | Path, *, max_object: int = MAX_OBJECT, on_step: OnStep | None = None
) -> Iterator[Record]:
    """Every object of a file (or of standard input for `-`) with its own bytes and its place.

    Args:
        source: the file.
        max_object: bytes that one object may have.
        on_step: is told how far the reading is, after each block of bytes.

    Raises:
        UserError: the file cannot be read, or something in it is no JSON object; with line and column.
    """
    size = None if on_step is None else bytes_in(source)
    with open_source(source) as stream:
        counted, told = CountedStream(stream), 0
        for event in ObjectReader(counted, max_object=max_object):
            if on_step is not None and counted.count != told and isinstance(event, Record):
                told = counted.count
                on_step(Step("reading", event.number, read=told, size=size))
            if isinstance(event, Record):
                if not isinstance(event.item, dict):
                    problem, place = "expected a JSON object", event.place
                else:
                    yield event
                    continue
            elif isinstance(event, Fault):
                problem, place = event.problem, event.place
            else:
                continue
            raise UserError(problem, where=f"{source}:{place.line}:{place.column}")


def read_objects(
    source: str | Path, *, max_object: int = MAX_OBJECT, on_step: OnStep | None = None
) -> Iterator[StixObject]:
    """Every object of a file (or of standard input for `-`), parsed; as `read_records`.

    Raises:
        UserError: as `read_records`.
    """
    for record in read_records(source, max_object=max_object, on_step=on_step):
        assert isinstance(record.item, dict)
        yield record.item
