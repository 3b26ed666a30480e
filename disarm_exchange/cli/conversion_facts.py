"""What a conversion went by, and what the reader of its figures should know, in a line each."""

from __future__ import annotations

from collections.abc import Iterator

from disarm_exchange.convert.job import Result
from disarm_exchange.convert.summary import Summary
from disarm_exchange.findings.case import DEFAULT_TLP
from disarm_exchange.findings.values import ACCOUNT_KINDS


def counted(count: int, noun: str) -> str:
    """A number and what it counts: `1 error`, `2,000 errors`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def conversion_facts(result: Result) -> Iterator[tuple[str, str]]:
    """Name and text of each line."""
    case = result.case
    if case is not None:
        by = f"from {result.case_file}" if result.case_file is not None else "from options"
        only = ", for its producer only" if case.tlp is DEFAULT_TLP else ""
        yield "case", f"{case.name}, {case.producer.name}, {case.tlp.label}{only} ({by})"
    note = unclaimed_note(result.summary)
    if note:
        yield "note", note


def unclaimed_note(summary: Summary) -> str:
    """Why values are observable-only of which nobody said whose they are, and what to do; empty if there are none."""
    total = summary.unclaimed.total()
    if not total:
        return ""
    accounts = sum(summary.unclaimed[kind.value] for kind in ACCOUNT_KINDS)
    what = counted(accounts, "account") if accounts == total else counted(total, "value")
    if 0 < accounts < total:
        what += f" ({counted(accounts, 'account')} among them)"
    verb, whose = ("is", "it is") if total == 1 else ("are", "they are")
    return (
        f"{what} {verb} observable-only because nothing says that {whose} the operation's. If so, say it with a column "
        "'role', or for all at once with --role operation (or role = \"operation\" in the case file)."
    )
