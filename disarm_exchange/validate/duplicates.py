"""Properties given twice in one JSON object, which parsers pass over in silence (RFC 7493 section 2.3)."""

from __future__ import annotations

import json
import re

from disarm_exchange.validate.issue import Finding, shown

_SPACED = re.compile(rb'"[ \t\r\n]+:')


def duplicate_key(raw: bytes, item: object) -> Finding | None:
    """The first property that an object gives twice; None if it gives all once.

    Cheap where there is nothing to find: text with as many names as the parsed object has lost none.
    """
    if raw.count(b'":') == _names(item) and _SPACED.search(raw) is None:
        return None
    twice: list[str] = []

    def watch(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            seen: set[str] = set()
            for name, _value in pairs:
                if name in seen:
                    twice.append(name)
                seen.add(name)
        return result

    try:
        json.loads(raw, object_pairs_hook=watch)
    except (ValueError, RecursionError):
        return None
    return Finding("", f"{shown(twice[0])!r} stands twice in one object") if twice else None


def _names(item: object) -> int:
    if isinstance(item, dict):
        return len(item) + sum(_names(value) for value in item.values() if isinstance(value, dict | list))
    if isinstance(item, list):
        return sum(_names(value) for value in item if isinstance(value, dict | list))
    return 0
