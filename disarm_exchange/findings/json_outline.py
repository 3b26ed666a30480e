"""What kind of JSON document a file is, told from its beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from disarm_exchange.findings.json_input import BadValueError, JsonCursor, Spot, open_json, parse_json

_HEAD_BYTES = 1024 * 1024
EVENT = "Event"
"""The member by which MISP's documents are known."""

_WRAPPERS = 3
"""How many objects may stand around a list of records."""

_BEGINS_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[\[{\]"\d-]|true|false|null|$))')


class JsonShape(StrEnum):
    """How a JSON file is built on the whole."""

    LINES = "JSON Lines"
    ARRAY = "JSON array"
    OBJECT = "JSON object"


@dataclass(slots=True)
class JsonOutline:
    """What stands at the beginning of a JSON file."""

    shape: JsonShape
    path: tuple[str, ...] = ()
    """The names that lead to the first list of objects."""

    top: dict[str, object] = field(default_factory=dict)
    """Members of the outermost object up to that list; what is no plain value is None."""

    sample: dict[str, object] | None = None
    """Members of the first record: of the array, of that list, or of the first line; what is no plain value is None."""


def begins_json(head: bytes) -> bool:
    """Whether a file with this beginning can only be meant as JSON."""
    return _BEGINS_JSON.match(head) is not None


def outline(path: Path, head: bytes) -> JsonOutline:
    """The outline of a JSON file whose beginning is `head`.

    Raises:
        UserError: it breaks before it can be told; with line and column.
    """
    lines = _lines(head)
    if lines is not None:
        return lines
    with open_json(path) as cursor:
        if cursor.kind() == "array":
            return JsonOutline(JsonShape.ARRAY, sample=_first(cursor))
        found = JsonOutline(JsonShape.OBJECT)
        _search(cursor, found, ())
        if not found.path:
            found.sample = found.top
        return found


def _lines(head: bytes) -> JsonOutline | None:
    """JSON Lines: the first line is a whole object, and another object follows."""
    first, line_end, rest = head[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not line_end or not first.startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return None
    try:
        record = parse_json(first, Spot(1, 1))
    except BadValueError:
        return None
    assert isinstance(record, dict)
    return JsonOutline(JsonShape.LINES, sample=record)


def _search(cursor: JsonCursor, found: JsonOutline, path: tuple[str, ...]) -> bool:
    """Walk the object at the cursor; True (and the walk is over) once the document's kind can be told."""
    for name in cursor.members():
        if not path:
            found.top[name] = None
        if name == EVENT:
            return True
        kind = cursor.kind()
        if kind == "array":
            sample = _first(cursor)
            if sample is not None:
                found.path, found.sample = (*path, name), sample
                return True
        elif kind == "object":
            if len(path) + 1 < _WRAPPERS and _search(cursor, found, (*path, name)):
                return True
        elif not path:
            found.top[name] = cursor.plain_value()
    return False


def _first(cursor: JsonCursor) -> dict[str, object] | None:
    """The members of the first object of the list, which is left there; None (and the list is read) if it has none."""
    for _ in cursor.elements():
        if cursor.kind() != "object":
            continue
        sample: dict[str, object] = {}
        for name in cursor.members():
            sample[name] = None
            if name == EVENT:
                break
            if cursor.kind() not in ("object", "array"):
                sample[name] = cursor.plain_value()
        return sample
    return None
