"""Linear looks at an object: before rules see it, and before a regular expression of a foreign schema does.

The OASIS patterns for `type` and for keys of `extensions` take exponential time in Python's engine, others the square
of the length, and deep nesting exhausts its stack. The fast engine needs no such care.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from disarm_exchange.validate.issue import Finding

MAX_PROPERTIES = 1000
"""Properties at the top of an object; STIX has no object with fifty."""
MAX_DEPTH = 64
"""Levels of nesting."""
MAX_TEXT = 1_000_000
"""Characters of one text; only an artifact's payload may have more."""
MAX_NAME = 250
"""Characters of a name (STIX 2.1 section 3.1)."""
_MAX_VALUES = 20_000
"""Values inside one object that the slower engine is asked to look at."""
_MAX_FORM = 500
"""Characters of a text whose pattern takes time by the square of its length."""

_SLOW_FORMS = frozenset({"cpe"})
_TYPE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?", re.ASCII)
_EXTENSION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-ext|extension-definition--[0-9a-fA-F-]{36}", re.ASCII)


def is_type_name(text: str) -> bool:
    """Whether a text can be the name of a STIX type (sections 3.1 and 7.3.2): a-z, 0-9, single hyphens, 3 to 250."""
    return 3 <= len(text) <= MAX_NAME and _TYPE.fullmatch(text) is not None


def immoderate(raw: bytes, item: object) -> Finding | None:
    """Whether an object is deeper or has longer texts than anybody needs; its bytes tell at once where it cannot."""
    long = len(raw) > MAX_TEXT
    if not long and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return None
    depth, level = 0, [("", item)]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return Finding("", f"is nested deeper than {MAX_DEPTH} levels")
        if long:
            for name, value in level:
                if isinstance(value, str) and len(value) > MAX_TEXT and name != "payload_bin":
                    return Finding("", f"has a text of {len(value):,} characters ({name[:MAX_NAME]})")
        level = [inner for name, value in level for inner in _inside(name, value)]
    return None


def _inside(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((name, entry) for entry in value)


class Care(Enum):
    """How an object that was refused may be explained."""

    NONE = "by the slower engine"
    LINEAR = "by the faster engine only, which takes linear time on any text"
    FIRST = "by its first fault only: it is too large for all of them"


def care(item: dict[str, object]) -> Care:
    """What the slower engine must be spared of this object."""
    found = Care.NONE
    values = 0
    level: list[tuple[str, object]] = [("", item)]
    while level:
        inner: list[tuple[str, object]] = []
        for name, value in level:
            if isinstance(value, str):
                risky = not _safe_text(name, value)
            else:
                risky = isinstance(value, dict) and not _safe_names(name, value)
                inner += _inside(name, value)
            if risky:
                found = Care.LINEAR
        values += len(inner)
        if values > _MAX_VALUES:
            return Care.FIRST
        level = inner
    return found


def _safe_names(name: str, value: dict[str, object]) -> bool:
    if name == "extensions" and not all(map(_EXTENSION.fullmatch, value)):
        return False
    return all(len(key) <= MAX_NAME for key in value)


def _safe_text(name: str, text: str) -> bool:
    if name == "type":
        return is_type_name(text)
    return name not in _SLOW_FORMS or len(text) <= _MAX_FORM
