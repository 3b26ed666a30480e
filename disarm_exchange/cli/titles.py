"""What an object is called in a line for people."""

from __future__ import annotations

from collections.abc import Mapping

_NAMING = ("name", "value", "abstract", "description", "account_login", "user_id", "relationship_type", "content")
_LENGTH = 80


def title_of(item: Mapping[str, object]) -> str:
    """A short title of a STIX object: its name or value, for links what they say."""
    for name in _NAMING:
        text = item.get(name)
        if isinstance(text, str) and text.strip():
            folded = " ".join(text.split())
            return folded if len(folded) <= _LENGTH else folded[: _LENGTH - 1] + "…"
    hashes = item.get("hashes")
    if isinstance(hashes, dict) and hashes:
        return str(next(iter(hashes.values())))
    return str(item.get("type", ""))
