"""JUnit XML, which build servers read: a test case for each file that was checked."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from xml.sax.saxutils import escape, quoteattr

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally, Write
from disarm_exchange.validate.issue import Severity


class JUnit(Format):
    """A suite a file, a case an issue: errors fail, the rest is told as output.

    A suite begins with its counts, so its cases wait, on disk when they are many.
    """

    def __init__(self, write: Write) -> None:
        super().__init__(write)
        self._file = ""
        self._tests = self._failures = 0
        self._cases = _waiting()

    def begin(self) -> None:
        """Open the document."""
        self.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="disarm-exchange validate">\n')

    def file(self, path: str) -> None:
        """A suite for each file, so that a file without issues shows as passed."""
        self._close()
        self._file = path
        self._case("read", path, "")

    def _case(self, name: str, file: str, content: str) -> None:
        self._tests += 1
        self._cases.write(f"<testcase classname={_attribute(file)} name={_attribute(name)}>{content}</testcase>\n")

    def _close(self) -> None:
        if not self._file:
            return
        counts = f'tests="{self._tests}" failures="{self._failures}" errors="0" skipped="0"'
        self.write(f"<testsuite name={_attribute(self._file)} {counts}>\n")
        self._cases.seek(0)
        while part := self._cases.read(1 << 16):
            self.write(part)
        self.write("</testsuite>\n")
        self._cases.close()
        self._cases = _waiting()
        self._tests = self._failures = 0

    def issue(self, issue: PlacedIssue) -> None:
        """A failed case for an error; a passed one with output for anything less."""
        what = issue.issue
        text = f"{issue.file}:{issue.line}:{issue.column} {what.object_id}\n{what.reason}\n{what.fix}"
        if what.severity is Severity.ERROR:
            self._failures += 1
            content = f"<failure type={_attribute(what.code)} message={_attribute(what.reason)}>{_text(text)}</failure>"
        else:
            content = f"<system-out>{_text(f'{what.severity.label}: {text}')}</system-out>"
        self._case(f"{what.code} {issue.pointer or '/'} line {issue.line}", issue.file, content)

    def end(self, tally: Tally) -> None:
        """Close the document."""
        self._close()
        self._cases.close()
        self.write("</testsuites>\n")


def _waiting() -> SpooledTemporaryFile[str]:
    return SpooledTemporaryFile(max_size=1 << 20, mode="w+", encoding="utf-8", newline="")


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
