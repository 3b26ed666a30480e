"""JSON, as one document or one issue a line."""

from __future__ import annotations

import orjson

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally, as_dict


class JsonLines(Format):
    """One JSON object a line as the issues come, and the summary as the last line."""

    def issue(self, issue: PlacedIssue) -> None:
        """One line."""
        self.write(orjson.dumps(as_dict(issue)).decode() + "\n")

    def end(self, tally: Tally) -> None:
        """The summary."""
        self.write(orjson.dumps({"summary": tally.as_dict()}).decode() + "\n")


class Json(Format):
    """One JSON document `{"issues": [...], "summary": {...}}`, written as the issues come."""

    def begin(self) -> None:
        """Open the document."""
        self.write('{"issues":[')
        self._first = True

    def issue(self, issue: PlacedIssue) -> None:
        """One element, on its own line."""
        self.write(("\n" if self._first else ",\n") + orjson.dumps(as_dict(issue)).decode())
        self._first = False

    def end(self, tally: Tally) -> None:
        """The summary."""
        self.write("\n],\n" + '"summary":' + orjson.dumps(tally.as_dict()).decode() + "}\n")
