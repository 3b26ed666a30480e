"""STIX patterns (STIX 2.1 section 9) for single observables."""

from __future__ import annotations

from collections.abc import Sequence


def string_literal(text: str) -> str:
    """A pattern string literal: single quotes around, backslash and quote escaped (section 9.3)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def equals(*comparisons: Sequence[str]) -> str:
    """One observation expression of `path = 'value'` comparisons joined by AND.

    Each comparison is a pair (object path, value), for example `("domain-name:value", "a.example")`.
    """
    return "[" + " AND ".join(f"{path} = {string_literal(value)}" for path, value in comparisons) + "]"
