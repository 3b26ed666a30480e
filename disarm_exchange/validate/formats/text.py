"""Text for people: the place, the reason, the line it stands on, how to mend it."""

from __future__ import annotations

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally, Write
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import all_rules

_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}


class Text(Format):
    """A few lines an issue; at the end what was found, by code."""

    def __init__(self, write: Write, *, colour: bool = False) -> None:
        super().__init__(write)
        self._colour = colour

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text

    def issue(self, issue: PlacedIssue) -> None:
        """Place and reason; object and pointer; excerpt; fix."""
        what = issue.issue
        place = self._painted(f"{issue.file}:{issue.line}:{issue.column}", "1")
        head = self._painted(f"{what.severity.label} {what.code}", _COLOURS[what.severity])
        lines = [f"{place}: {head}: {what.reason}"]
        where = " ".join(part for part in (what.object_id, f"at {issue.pointer}" if issue.pointer else "") if part)
        if where:
            lines.append(f"    {where}")
        if issue.excerpt:
            lines.append(f"    {self._painted('| ' + _printable(issue.excerpt), '2')}")
        lines.append(f"    fix: {what.fix}")
        self.write("\n".join(lines) + "\n")

    def end(self, tally: Tally) -> None:
        """Counts by code, then in all."""
        if tally.codes:
            self.write("\n")
        for code, count in sorted(tally.codes.items()):
            self.write(f"{count:8,}  {code}  {all_rules()[code].title}\n")
        self.write(f"{tally.sentence()}\n")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
