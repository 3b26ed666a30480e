"""In which line of a TOML text a value stands; the TOML reader of Python does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"^\s*\[(?!\[)([^\]#]+)\]\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, path: Sequence[object]) -> int | None:
    """The line (from 1) of the value at a path, or of the nearest thing around it; None when nothing is found.

    Args:
        text: a valid TOML document.
        path: keys from the top; numbers (places in lists) are passed over.
    """
    wanted = [str(step) for step in path if not isinstance(step, int)]
    best: tuple[int, int] | None = None
    for line, found in _places(text):
        length = min(len(found), len(wanted))
        shared = length if found[:length] == wanted[:length] else 0
        if shared and (best is None or shared > best[0]):
            best = (shared, line)
    return None if best is None else best[1]


def _places(text: str) -> Iterator[tuple[int, list[str]]]:
    table: list[str] = []
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2 and inside in ("", quotes):
                inside = "" if inside else quotes
                break
        else:
            if inside:
                continue
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            table = _parts(header.group(1))
            yield number, table
        elif key:
            yield number, [*table, *_parts(key.group(1))]


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
