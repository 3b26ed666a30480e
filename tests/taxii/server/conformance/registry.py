"""The table: each check has the section of the OASIS Standard (10 June 2021), its keyword, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.taxii.server.world import World

Run = Callable[[World], None]


@dataclass(frozen=True)
class Check:
    """One row of the table."""

    section: str
    keyword: str
    says: str
    run: Run

    @property
    def id(self) -> str:
        """For the test report: section, keyword, words."""
        return f"{self.section}-{self.keyword}-{'-'.join(self.says.split())}"


CHECKS: list[Check] = []


def check(section: str, says: str, keyword: str = "MUST") -> Callable[[Run], Run]:
    """Add a function to the table."""

    def add(run: Run) -> Run:
        CHECKS.append(Check(section, keyword, says, run))
        return run

    return add


def must(section: str, says: str, run: Run) -> None:
    """Add a row with a MUST."""
    CHECKS.append(Check(section, "MUST", says, run))
