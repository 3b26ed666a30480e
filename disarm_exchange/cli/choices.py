"""Names to choose from: what is not among them is refused with the nearest one that is."""

from __future__ import annotations

from collections.abc import Iterable

import click

from disarm_exchange.errors import nearest


def suggestion(name: str, known: Iterable[str]) -> str:
    """A sentence for the end of a message; empty if no name is near."""
    near = nearest(name, known)
    return f"Did you mean {near!r}?" if near is not None else ""


class Choice(click.Choice[str]):
    """One of some words."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """All of them, and the nearest."""
        message = super().get_invalid_choice_message(value, ctx)
        return f"{message} {suggestion(str(value), self.choices)}".rstrip()
