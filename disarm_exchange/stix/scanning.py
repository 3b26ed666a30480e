"""Cutting a stream of JSON text into its top values, byte for byte, in bounded memory.

Only the outline of the text is read here (strings, braces, brackets); what stands inside a value is parsed by orjson.
All patterns are possessive, so that time stays linear whatever the text.
"""

from __future__ import annotations

import re
from typing import Protocol

CHUNK = 1 << 20
"""Bytes asked of the stream at a time; it doubles while one value does not fit."""

_PLAIN = rb'[^{}"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^{}"]*+)*+'
_NESTING = 7


def _object_pattern() -> re.Pattern[bytes]:
    pattern = rb"\{" + _PLAIN + rb"\}"
    for _ in range(_NESTING):
        pattern = rb"\{" + _PLAIN + rb"(?:" + pattern + _PLAIN + rb")*+\}"
    return re.compile(pattern, re.DOTALL)


OBJECT = _object_pattern()
"""A whole JSON object of up to eight levels, in one step of the C engine; deeper ones are walked."""
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
SPACE = re.compile(rb"[ \t\r\n]*+")
LITERAL = re.compile(rb'[^\s,\]}{\["]++')
_MARK = re.compile(rb'[^{}\[\]"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^{}\[\]"]*+)*+([{}\[\]]|")', re.DOTALL)


class Readable(Protocol):
    """What a stream must be able to do."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes; none at the end."""


class IncompleteError(Exception):
    """The text ends inside a value."""


class TooLargeError(Exception):
    """One value is larger than the reader may hold."""


class Buffer:
    """A window on a byte stream that knows the place of every byte in it.

    `pos` is the reading position inside `data`. Bytes before `keep` are dropped when the window moves on.
    """

    __slots__ = ("_chunk", "_column", "_limit", "_line", "_read", "_seen", "base", "data", "ended", "keep", "pos")

    def __init__(self, stream: Readable, limit: int) -> None:
        self._read = stream.read
        self._limit = limit
        self._chunk = CHUNK
        self.base = 0
        self._line = 1
        self._seen = 0  # up to here the line count is right
        self._column = 1  # column of the byte at `_seen`
        self.data = b""
        self.pos = 0
        self.keep: int | None = None
        self.ended = False

    def more(self) -> bool:
        """Read on; False at the end of the stream.

        Raises:
            TooLargeError: what must be kept has outgrown the limit.
        """
        if self.ended:
            return False
        start = self.pos if self.keep is None else min(self.keep, self.pos)
        self._count(start)
        held = len(self.data) - start
        if held > self._limit:
            raise TooLargeError
        # doubling keeps the work linear when one value spans many chunks
        self._chunk = CHUNK if held < CHUNK else min(held, self._limit)
        fresh = self._read(self._chunk)
        if not fresh:
            self.ended = True
            return False
        self._move(start, fresh)
        return True

    def trim(self) -> None:
        """Give back what was read and need not be kept; worth its time after a large value."""
        start = self.pos if self.keep is None else min(self.keep, self.pos)
        self._count(start)
        self._move(start, b"")

    def _move(self, start: int, fresh: bytes) -> None:
        """Let the window begin at `start`, with `fresh` bytes at its end."""
        self.data = self.data[start:] + fresh
        self.base += start
        self._seen -= start
        self.pos -= start
        if self.keep is not None:
            self.keep -= start

    def _count(self, upto: int) -> None:
        if upto <= self._seen:
            return
        lines = self.data.count(b"\n", self._seen, upto)
        if lines:
            self._line += lines
            self._column = upto - self.data.rfind(b"\n", self._seen, upto)
        else:
            self._column += upto - self._seen
        self._seen = upto

    def place(self) -> tuple[int, int, int]:
        """Offset (from 0), line and column (from 1, in bytes) of the reading position, which must not move back."""
        self._count(self.pos)
        return self.base + self.pos, self._line, self._column

    def peek(self) -> int:
        """The next byte that is no white space, or -1 at the end; the position moves to it."""
        while True:
            match = SPACE.match(self.data, self.pos)
            self.pos = match.end() if match else self.pos
            if self.pos < len(self.data):
                return self.data[self.pos]
            if not self.more():
                return -1

    def take(self, pattern: re.Pattern[bytes]) -> bytes:
        """What the pattern matches here; the position moves behind it.

        Raises:
            IncompleteError: the text ends before the pattern is satisfied.
            TooLargeError: the value outgrew the limit.
        """
        while True:
            match = pattern.match(self.data, self.pos)
            if match and (match.end() < len(self.data) or self.ended):
                self.pos = match.end()
                return match.group()
            if not self.more():
                if match:
                    continue
                raise IncompleteError

    def take_value(self) -> bytes:
        """The JSON value that starts here, as text.

        Raises:
            IncompleteError: the text ends inside the value.
            TooLargeError: the value outgrew the limit.
        """
        first = self.peek()
        if first == 0x7B:
            # a closed object needs no look-ahead, unlike a number
            match = OBJECT.match(self.data, self.pos)
            if match:
                self.pos = match.end()
                return match.group()
            return self._walk()
        if first == 0x5B:
            return self._walk()
        if first == 0x22:
            return self.take(STRING)
        return self.take(LITERAL)

    def _walk(self) -> bytes:
        """A nested value of any depth, bracket by bracket."""
        outermost = self.keep is None
        keep = self.keep = self.pos if self.keep is None else self.keep
        begin = at = self.pos - keep  # relative to `keep`, which moves with the window
        depth = 0
        try:
            while True:
                match = _MARK.match(self.data, self.keep + at)
                if match is None or match.group(1) == b'"':
                    if not self.more():
                        raise IncompleteError
                    continue
                at = match.end() - self.keep
                depth += 1 if match.group(1) in b"{[" else -1
                if depth == 0:
                    self.pos = self.keep + at
                    return self.data[self.keep + begin : self.pos]
        finally:
            if outermost:
                self.keep = None
