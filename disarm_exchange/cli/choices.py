"""Names to choose from: what is not among them is refused with the nearest one that is."""

from __future__ import annotations

from collections.abc import Iterable

import click


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever its case; None if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to a message

    by_folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    near = get_close_matches(name.casefold(), by_folded, 1)
    return by_folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence for the end of a message; empty if no name is near."""
    near = nearest(name, known)
    return f"Did you mean {near!r}?" if near is not None else ""


class Choice(click.Choice[str]):
    """One of some words."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """All of them, and the nearest."""
        message = super().get_invalid_choice_message(value, ctx)
        return f"{message} {did_you_mean(str(value), self.choices)}".rstrip()
