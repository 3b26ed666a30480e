"""What a user is told when something cannot be done."""

from __future__ import annotations


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
