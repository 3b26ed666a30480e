"""JUnit XML, which build servers read: a test case for each file that was checked."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally, Write
from disarm_exchange.validate.issue import Severity


class JUnit(Format):
    """A suite a file, a case an issue: errors fail, the rest is told as output."""

    def __init__(self, write: Write) -> None:
        super().__init__(write)
        self._file = ""

    def begin(self) -> None:
        """Open the document."""
        self.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="disarm-exchange validate">\n')

    def file(self, path: str) -> None:
        """A suite for each file, so that a file without issues shows as passed."""
        self._close()
        self._file = path
        self.write(f'<testsuite name={_attribute(path)}>\n<testcase classname={_attribute(path)} name="read"/>\n')

    def _close(self) -> None:
        if self._file:
            self.write("</testsuite>\n")

    def issue(self, issue: PlacedIssue) -> None:
        """A failed case for an error; a passed one with output for anything less."""
        what = issue.issue
        name = f"{what.code} {issue.pointer or '/'} line {issue.line}"
        text = f"{issue.file}:{issue.line}:{issue.column} {what.object_id}\n{what.reason}\n{what.fix}"
        self.write(f"<testcase classname={_attribute(issue.file)} name={_attribute(name)}>")
        if what.severity is Severity.ERROR:
            self.write(
                f"<failure type={_attribute(what.code)} message={_attribute(what.reason)}>{_text(text)}</failure>"
            )
        else:
            self.write(f"<system-out>{_text(f'{what.severity.label}: {text}')}</system-out>")
        self.write("</testcase>\n")

    def end(self, tally: Tally) -> None:
        """Close the document."""
        self._close()
        self.write("</testsuites>\n")


def _clean(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(
        char
        if char in "\t\n" or "\x20" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
        else "\ufffd"
        for char in text
    )


def _text(text: str) -> str:
    return escape(_clean(text))


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))
