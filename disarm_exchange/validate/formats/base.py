"""What every form of output does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.issue import Severity

Write = Callable[[str], object]


@dataclass(slots=True)
class Tally:
    """What was found, counted."""

    files: int = 0
    objects: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def count(self, issue: PlacedIssue) -> None:
        """Count one issue."""
        self.severities[issue.issue.severity] += 1
        self.codes[issue.issue.code] += 1

    def sentence(self) -> str:
        """For people: what was looked at and what was found."""
        found = ", ".join(_counted(self.severities[severity], severity.label) for severity in reversed(Severity))
        return f"{_counted(self.objects, 'object')} in {_counted(self.files, 'file')}: {found}"

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        return {
            "files": self.files,
            "objects": self.objects,
            **{f"{severity.label}s": self.severities[severity] for severity in reversed(Severity)},
            "codes": dict(sorted(self.codes.items())),
        }


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


class Format:
    """A form of output: `begin`, then `issue` for each, then `end`."""

    def __init__(self, write: Write) -> None:
        self.write = write

    def begin(self) -> None:
        """Before the first issue."""

    def file(self, path: str) -> None:
        """Before the issues of a file."""

    def issue(self, issue: PlacedIssue) -> None:
        """One issue."""
        raise NotImplementedError

    def end(self, tally: Tally) -> None:
        """After the last issue."""


def as_dict(placed: PlacedIssue) -> dict[str, object]:
    """One issue for programs; the keys are the same in every form of JSON."""
    issue = placed.issue
    return {
        "file": placed.file,
        "line": placed.line,
        "column": placed.column,
        "pointer": placed.pointer,
        "id": issue.object_id,
        "code": issue.code,
        "severity": issue.severity.label,
        "reason": issue.reason,
        "fix": issue.fix,
    }
