"""JSON from anywhere, walked one level at a time in bounded memory.

A document is walked with a cursor that stands before one value: `members` and `elements` go one level down, `value`
takes the value whole. So a list of a million records is never held, whatever stands around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.stix.reading import open_source
from disarm_exchange.stix.scanning import STRING, Buffer, IncompleteError, TooLargeError

MAX_VALUE_BYTES = 16 * 1024 * 1024
"""The most bytes that one value which is taken whole may have: a record, a title, a list of tags."""

MAX_DEPTH = 32
"""How deep values may be nested; findings need three levels, a MISP event nine."""

_BOM = b"\xef\xbb\xbf"
_OPEN, _CLOSE, _LIST, _END, _COMMA, _COLON, _QUOTE = b'{}[],:"'
_NO_VALUE = frozenset((_END, _CLOSE, _COMMA, _COLON))
_KINDS = {_OPEN: "object", _LIST: "array", _QUOTE: "text", -1: "nothing"}


class Spot(NamedTuple):
    """A place in a file: line and column from 1, the column in bytes."""

    line: int
    column: int


class BadValueError(Exception):
    """One value is no JSON; the cursor stands behind it, so reading can go on.

    `raw` is its text as it stood, `spot` where the fault is.
    """

    def __init__(self, problem: str, spot: Spot, raw: bytes) -> None:
        super().__init__(problem)
        self.problem = problem
        self.spot = spot
        self.raw = raw


class _BrokenError(Exception):
    """The outline of the document is no JSON: reading cannot go on."""


class JsonCursor:
    """Stands before a value of a document. Every value that is come to must be taken, entered or left alone once."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._untaken = True
        self._depth = 0

    def kind(self) -> str:
        """What the value is: `object`, `array`, `text`, `other`, or `nothing` at the end of the file."""
        return _KINDS.get(self._buffer.peek(), "other")

    def spot(self) -> Spot:
        """Where the value begins."""
        self._buffer.peek()
        _, line, column = self._buffer.place()
        return Spot(line, column)

    def value(self) -> object:
        """The whole value.

        Raises:
            BadValueError: it is no JSON, or nested too deep.
        """
        raw, spot = self._raw()
        return parse_json(raw, spot)

    def plain_value(self) -> object:
        """The value, or None where it is no JSON: for a look at a document that others read."""
        try:
            return self.value()
        except BadValueError:
            return None

    def _raw(self) -> tuple[bytes, Spot]:
        self._untaken = False
        buffer = self._buffer
        if buffer.peek() in _NO_VALUE:
            raise _BrokenError("expected a value")
        _, line, column = buffer.place()
        return buffer.take_value(), Spot(line, column)

    def members(self) -> Iterator[str]:
        """The names of an object's members; at each the cursor stands before the value, skipped if left alone."""
        buffer = self._enter(_OPEN)
        if self._ends(_CLOSE):
            return
        while True:
            if buffer.peek() != _QUOTE:
                raise _BrokenError("expected a name in double quotes")
            spot = self.spot()
            name = parse_json(buffer.take(STRING), spot)
            if buffer.peek() != _COLON:
                raise _BrokenError("expected ':' after a name")
            buffer.pos += 1
            self._untaken = True
            yield str(name)
            if self._untaken:
                self._skip()
            if self._is_over(_CLOSE, "expected ',' or '}' after a member"):
                return

    def elements(self) -> Iterator[int]:
        """The numbers (from 1) of an array's elements; at each the cursor stands before it."""
        self._enter(_LIST)
        if self._ends(_END):
            return
        number = 0
        while True:
            number += 1
            self._untaken = True
            yield number
            if self._untaken:
                self._skip()
            if self._is_over(_END, "expected ',' or ']' after an element"):
                return

    def end(self) -> None:
        """Check that nothing follows the document."""
        if self._buffer.peek() >= 0:
            raise _BrokenError("something follows the end of the document")

    def _skip(self) -> None:
        """Pass over a value; lists are passed over element by element, so that they may be of any length."""
        kind = self.kind()
        if kind == "object":
            for _ in self.members():
                pass
        elif kind == "array":
            for _ in self.elements():
                self._raw()
        else:
            self._raw()

    def _enter(self, opening: int) -> Buffer:
        self._untaken = False
        if self._buffer.peek() != opening:
            raise _BrokenError("expected an object" if opening == _OPEN else "expected an array")
        if self._depth == MAX_DEPTH:
            raise _BrokenError(f"is nested deeper than {MAX_DEPTH} levels")
        self._depth += 1
        self._buffer.pos += 1
        return self._buffer

    def _ends(self, closing: int) -> bool:
        if self._buffer.peek() != closing:
            return False
        self._buffer.pos += 1
        self._depth -= 1
        return True

    def _is_over(self, closing: int, problem: str) -> bool:
        """Step over the comma behind a value, or the end of what it stands in."""
        mark = self._buffer.peek()
        if mark < 0:
            raise IncompleteError
        if mark not in (_COMMA, closing):
            raise _BrokenError(problem)
        self._buffer.pos += 1
        if mark == closing:
            self._depth -= 1
        return mark == closing


@contextmanager
def open_json(path: Path) -> Iterator[JsonCursor]:
    """A cursor before the first value of a JSON file in UTF-8.

    Raises:
        UserError: unreadable, not UTF-8, or (while it is walked) broken; with line and column.
    """
    with open_source(path) as stream:
        buffer = Buffer(stream, MAX_VALUE_BYTES)
        buffer.more()
        if buffer.data.startswith(_BOM):
            buffer.pos = len(_BOM)
        elif b"\0" in buffer.data[:64]:
            raise UserError("is not UTF-8 text", where=str(path), fix="JSON must be UTF-8; save it so and try again")
        try:
            yield JsonCursor(buffer)
        except IncompleteError:
            raise _fault("the file ends inside a value: it is not complete", buffer, path) from None
        except TooLargeError:
            raise _fault(f"one value is larger than {MAX_VALUE_BYTES:,} bytes", buffer, path) from None
        except _BrokenError as error:
            raise _fault(str(error), buffer, path) from None
        except BadValueError as error:
            raise UserError(error.problem, where=f"{path}:{error.spot.line}:{error.spot.column}") from None


def parse_json(raw: bytes, spot: Spot) -> object:
    """The value of a JSON text that begins at `spot`.

    Raises:
        BadValueError: it is no JSON (the spot is that of the fault), or nested deeper than `MAX_DEPTH`.
    """
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        line = spot.line + error.lineno - 1
        column = error.colno if error.lineno > 1 else spot.column + error.colno - 1
        too_deep = "depth" in error.msg or "recursion" in error.msg.lower()
        problem = f"is nested deeper than {MAX_DEPTH} levels" if too_deep else f"is no JSON: {error.msg}"
        raise BadValueError(problem, Spot(line, column), raw) from None
    if isinstance(value, dict | list) and is_deeper(value, MAX_DEPTH):
        raise BadValueError(f"is nested deeper than {MAX_DEPTH} levels", spot, raw)
    return value


def is_deeper(value: object, levels: int) -> bool:
    """Whether objects and arrays are nested in more than that many levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _fault(problem: str, buffer: Buffer, path: Path) -> UserError:
    _, line, column = buffer.place()
    return UserError(
        problem, where=f"{path}:{line}:{column}", fix="check the export; the file is no whole JSON document"
    )
