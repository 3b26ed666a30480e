"""A linear look at an object before any regular expression of a foreign schema sees it.

The OASIS patterns for `type` and for keys of `extensions` take exponential time in Python's engine, and deep nesting
exhausts its stack. What passes here is safe for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from disarm_exchange.validate.issue import Finding, escape, shown

MAX_DEPTH = 64
MAX_KEY = 250
MAX_NODES = 200_000
"""Values inside one object that the slower engine is asked to look at."""
MAX_TEXT = 1 << 20
"""Characters of one string that the slower engine is asked to look at."""

MAX_FORM = 500
"""Characters of a text whose pattern takes time by the square of its length."""

_SLOW_FORMS = ("cpe", "languages")
_TYPE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?", re.ASCII)
_EXTENSION = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


def is_type_name(text: str) -> bool:
    """Whether a text can be the name of a STIX type (sections 3.1 and 7.3.2): a-z, 0-9, single hyphens, 3 to 250."""
    return 3 <= len(text) <= MAX_KEY and _TYPE.fullmatch(text) is not None


def unsafe(item: dict[str, object]) -> Finding | None:
    """The first reason why the slower engine must not see this object; None if it may."""
    object_type = item.get("type")
    if isinstance(object_type, str) and not is_type_name(object_type):
        return Finding("/type", f"{shown(object_type)!r} cannot be the name of a type")
    extensions = item.get("extensions")
    if isinstance(extensions, dict):
        for key in extensions:
            if (
                len(key) > MAX_KEY
                or _EXTENSION.fullmatch(key) is None
                or "--" in key.removeprefix("extension-definition--")
            ):
                return Finding("/extensions", f"{shown(key)!r} cannot be the key of an extension")
    for key in _SLOW_FORMS:
        value = item.get(key)
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and len(text) > MAX_FORM:
                return Finding(f"/{key}", f"a text of {len(text):,} characters")
    return _too_much(item)


def _too_much(item: dict[str, object]) -> Finding | None:
    nodes = 0
    stack: list[Iterator[tuple[str | int, object]]] = [iter(item.items())]
    path: list[str | int] = [""]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            path.pop()
            continue
        key, value = entry
        nodes += 1
        here = ""
        if isinstance(key, str) and len(key) > MAX_KEY:
            here = f"a property name of {len(key):,} characters"
        elif isinstance(value, str) and len(value) > MAX_TEXT:
            here = f"a text of {len(value):,} characters"
        elif nodes > MAX_NODES:
            here = f"more than {MAX_NODES:,} values in one object"
        elif isinstance(value, dict | list):
            if len(stack) >= MAX_DEPTH:
                here = f"nested deeper than {MAX_DEPTH} levels"
            else:
                stack.append(iter(value.items() if isinstance(value, dict) else enumerate(value)))
                path.append(key)
        if here:
            steps = [*path[1:], key]
            return Finding("".join(f"/{escape(str(step))[:80]}" for step in steps[:8]), here)
    return None
