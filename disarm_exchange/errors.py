"""What a user is told when something cannot be done."""

from __future__ import annotations

from collections.abc import Iterable


class UserError(Exception):
    """A fault that the user can mend: what is wrong, where it is, and what to do about it.

    The command line prints it as one line and exits with 2 (wrong use). It never shows a traceback.
    """

    def __init__(self, problem: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.fix})" if self.fix else ""
        return f"{place}{self.problem}{remedy}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever its case; None if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to a message

    by_folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    near = get_close_matches(name.casefold(), by_folded, 1)
    return by_folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """For `fix`: the nearest known name, or what to do where none is near."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near is not None else otherwise
