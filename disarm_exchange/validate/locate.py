"""Where in a JSON text a pointer points: for messages with line and column, and for excerpts."""

from __future__ import annotations

import re

import orjson

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]*+")
_MARK = re.compile(rb'[^{}\[\]"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^{}\[\]"]*+)*+[{}\[\]]', re.DOTALL)
_OPEN, _COMMA = b"{,"


def locate(text: bytes, pointer: str) -> int:
    """Offset in the text of the value that the pointer names, as near as the text has it.

    The text must be one JSON value. Where the pointer names something that is not there, the offset is that of the
    innermost value on the way to it.
    """
    position = _skip(text, 0)
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        inner = _member(text, position, name)
        if inner is None:
            break
        position = inner
    return position


def _skip(text: bytes, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _member(text: bytes, position: int, name: str) -> int | None:
    if position >= len(text) or text[position] not in b"{[":
        return None
    in_object = text[position] == _OPEN
    position = _skip(text, position + 1)
    count = 0
    while position < len(text) and text[position] not in b"}]":
        here = str(count)
        if in_object:
            match = _STRING.match(text, position)
            if match is None:
                return None
            here = _decoded(match.group())
            position = _skip(text, _skip(text, match.end()) + 1)
        if here == name:
            return position
        position = _skip(text, _end(text, position))
        if position < len(text) and text[position] == _COMMA:
            position = _skip(text, position + 1)
        count += 1
    return None


def _end(text: bytes, position: int) -> int:
    """Where the value that begins here ends."""
    first = text[position : position + 1]
    if first == b'"':
        match = _STRING.match(text, position)
        return match.end() if match else len(text)
    if first in (b"{", b"["):
        depth = 0
        while True:
            match = _MARK.match(text, position)
            if match is None:
                return len(text)
            position = match.end()
            depth += 1 if text[position - 1] in b"{[" else -1
            if depth == 0:
                return position
    match = _SCALAR.match(text, position)
    return match.end() if match else position + 1


def _decoded(literal: bytes) -> str:
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return literal[1:-1].decode("utf-8", "replace")
