"""On which line of a JSON text a value begins, so that a fault in a file people edit can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)

Pointer = tuple[str | int, ...]


def line_of(text: str, pointer: Sequence[str | int]) -> int:
    """The line (from 1) on which the value at this pointer begins, or else the nearest value around it."""
    places = _lines(text)
    wanted: Pointer = tuple(pointer)
    while wanted and wanted not in places:
        wanted = wanted[:-1]
    return places.get(wanted, 1)


def _lines(text: str) -> dict[Pointer, int]:
    """Where each value begins; the text is known to be JSON."""
    places: dict[Pointer, int] = {}
    steps: list[str | int] = []  # the step into each open container; an object's is its last key
    awaiting_key: list[bool] = []
    line, reached = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", reached, token.start())
        reached = token.start()
        mark = token.group()
        if mark == ":":
            awaiting_key[-1] = False
        elif mark == ",":
            last = steps[-1]
            if isinstance(last, int):
                steps[-1] = last + 1
            else:
                awaiting_key[-1] = True
        elif mark in "}]":
            steps.pop()
            awaiting_key.pop()
        elif steps and awaiting_key[-1]:
            steps[-1] = _unquoted(mark)
        else:
            places[tuple(steps)] = line
            if mark in "{[":
                steps.append("" if mark == "{" else 0)
                awaiting_key.append(mark == "{")
    return places


def _unquoted(mark: str) -> str:
    return mark[1:-1].encode("utf-8").decode("unicode_escape", "replace") if "\\" in mark else mark[1:-1]
