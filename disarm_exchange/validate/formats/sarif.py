"""SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from urllib.parse import quote

import orjson

from disarm_exchange import __version__
from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally, Write
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import all_rules

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Sarif(Format):
    """One run; results are written as they come, the rules that were met at the end of the tool."""

    def __init__(self, write: Write) -> None:
        super().__init__(write)
        self._first = True

    def begin(self) -> None:
        """Open the log, the run and its results."""
        self.write(f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"results":[')

    def issue(self, issue: PlacedIssue) -> None:
        """One result."""
        what = issue.issue
        region: dict[str, object] = {"startLine": issue.line, "startColumn": issue.column}
        if issue.excerpt:
            region["snippet"] = {"text": issue.excerpt}
        result = {
            "ruleId": what.code,
            "level": _LEVELS[what.severity],
            "message": {"text": f"{what.reason}. {what.fix}"},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": _uri(issue.file)}, "region": region},
                    "logicalLocations": [_logical(what.object_id, issue.pointer)],
                }
            ],
        }
        self.write(("\n" if self._first else ",\n") + orjson.dumps(result).decode())
        self._first = False

    def end(self, tally: Tally) -> None:
        """The tool with the rules that were met."""
        rules = [
            {
                "id": code,
                "name": rule.__name__,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.why},
                "help": {"text": rule.fix},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            }
            for code, rule in all_rules().items()
            if code in tally.codes
        ]
        driver = {"name": "disarm-exchange", "version": __version__, "rules": rules}
        tool = orjson.dumps({"driver": driver}).decode()
        self.write(f'\n],"columnKind":"unicodeCodePoints","tool":{tool}}}]}}\n')


def _logical(object_id: str, pointer: str) -> dict[str, str]:
    """Where in the document: the pointer, and the object's id where it has one."""
    named = {"name": object_id} if object_id else {}
    return {**named, "fullyQualifiedName": pointer or "/", "kind": "object"}


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"))
