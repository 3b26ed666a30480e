"""Numbers of things in sentences."""

from __future__ import annotations


def counted(count: int, thing: str, things: str | None = None) -> str:
    """`1 object`, `2,000 objects`; `things` where the plural is no mere `s`."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
