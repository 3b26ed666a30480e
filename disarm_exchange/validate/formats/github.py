"""Workflow commands that GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally
from disarm_exchange.validate.issue import Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHub(Format):
    """One command an issue."""

    def issue(self, issue: PlacedIssue) -> None:
        """`::error file=...,line=...,col=...,title=...::reason`."""
        what = issue.issue
        place = f"file={_property(issue.file)},line={issue.line},col={issue.column},title={what.code}"
        self.write(f"::{_COMMANDS[what.severity]} {place}::{_message(f'{what.reason}. {what.fix}')}\n")

    def end(self, tally: Tally) -> None:
        """The summary as a plain line of the log."""
        self.write(f"{tally.sentence()}\n")


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
