"""Reports in Markdown: the rows of their tables are findings; what else the report says is compared and remarked on.

A record's number is the line it stands in. Numbers of accounts, followers or money in prose are no findings: they are
told once in the report's own words, and only the analyst knows whether a table has them already. A report without
findings is a fine report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from disarm_exchange.errors import UserError
from disarm_exchange.findings.markdown_text import (
    MAX_FORMATTED_CHARACTERS,
    Code,
    FrontMatter,
    Heading,
    Prose,
    TableHeader,
    TableRow,
    blocks,
    is_separator,
    links,
    plain_text,
)
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import expected_columns, recognise
from disarm_exchange.findings.reader import Recognition, Record, Source
from disarm_exchange.findings.report_rules import ReportRules
from disarm_exchange.findings.rows import RowContext, RowFeed
from disarm_exchange.findings.table_reader import table_header
from disarm_exchange.findings.text_input import bounded_lines, open_text
from disarm_exchange.findings.values import COUNT_KINDS, Kind, read_cell, refang

_DEFANGED = re.compile(r"(?:hxxps?://)?[^\s`|<>()\"']*\w\[\.\]\w[^\s`|<>()\"']*", re.IGNORECASE)
"""A value in prose that somebody defanged, so that he meant it as one."""

_BULLET = re.compile(r"[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+(\S.*)")
_LIST_HEADING = re.compile(r"\b(?:indicators?(?: of compromise)?|iocs?|indikatoren)\b", re.IGNORECASE)
"""Headings under which the points of a list are values."""

_NO_LIST = re.compile(r"\b(?:victims?|targets?|impersonated|legitimate|opfer|ziele?)\b", re.IGNORECASE)
_UNDEFANGED = re.compile(r"https?://[^\s`|<>()\[\]\"']+", re.IGNORECASE)
_LISTED_KINDS = frozenset(Kind) - COUNT_KINDS - {Kind.NAME, Kind.TEXT, Kind.EMPTY}
_MAX_MENTIONED = 10_000
_MAX_LISTED = 200_000
_SHOWN = 5
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:[ \t]*(?:#.*|-.*|[A-Za-z][\w .-]*:.*)?\r?\n)+?(?:---|\.\.\.)[ \t]*\r?\n")
_ATX = re.compile(r"#{1,6}[ \t]+\S")


class MarkdownReader:
    """Reads reports in Markdown."""

    title = "report in Markdown"

    def recognises(self, source: Source) -> Recognition | None:
        """By front matter, by a table's separator line, or by a heading at the top of what is no table otherwise."""
        text = source.text
        if _FRONT_MATTER.match(text):
            return self._recognition(source, "it begins with front matter")
        lines = text.splitlines()
        for number, line in enumerate(lines[1:], start=2):
            if is_separator(line) and "|" in lines[number - 2] and not is_separator(lines[number - 2]):
                return self._recognition(source, f"line {number} is the separator of a Markdown table")
        if _ATX.match(text.lstrip()) and table_header(source) is None:
            return self._recognition(source, "it begins with a Markdown heading")
        return None

    def read(self, source: Source) -> Iterator[Record]:
        """The rows of every table that a profile knows, in order.

        Raises:
            UserError: not UTF-8 text, an endless line, or (at the end) there are tables and none of them is known.
        """
        with open_text(source.path) as stream:
            yield from _Report(source).records(bounded_lines(stream, source.path))

    def _recognition(self, source: Source, why: str) -> Recognition:
        for block in blocks(source.text.splitlines()):
            if isinstance(block, TableHeader):
                cells = [plain_text(cell) for cell in block.cells]
                layout = recognise(cells, source.profiles, in_report=True)
                if layout is not None:
                    return Recognition(why, layout.profile.id, tuple(cells))
        return Recognition(why)


class _Report:
    """One report while it is read: what its parts say, to be compared at the end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._context = RowContext(source.file, source.remark, source.row)
        rules = [profile.report for profile in source.profiles if profile.report is not None]
        self._rules = rules[0] if rules else ReportRules()
        self._heading: Heading | None = None
        self._front: FrontMatter | None = None
        self._empty_line: int | None = None
        self._rows = 0
        self._tables = 0
        self._unknown: list[tuple[int, str]] = []
        self._listed: set[str] = set()
        self._mentioned: dict[str, int] = {}
        self._addresses: dict[str, int] = {}
        self._list_level: int | None = None
        self._list_label = ""
        self._points = 0

    def records(self, lines: Iterator[str]) -> Iterator[Record]:
        feed: RowFeed | None = None
        for block in blocks(lines):
            if isinstance(block, TableRow):
                if feed is not None:
                    for record in feed.feed(block.line, [plain_text(cell) for cell in block.cells]):
                        self._rows += 1
                        self._list(record)
                        yield record
                continue
            if feed is not None:
                feed.close()
                feed = None
            if isinstance(block, TableHeader):
                feed = self._table(block)
                continue
            point = self._point(block)
            if point is not None:
                self._list(point)
                yield point
                continue
            self._take(block)
        if feed is not None:
            feed.close()
        self._compare()

    def _point(self, block: FrontMatter | Heading | Prose | Code) -> Finding | None:
        """A point of a list below a heading of indicators, if it is a value; its label is the heading within that."""
        if isinstance(block, Heading):
            if _LIST_HEADING.search(block.text) and not _NO_LIST.search(block.text):
                self._list_level, self._list_label = block.level, ""
            elif self._list_level is not None and block.level > self._list_level:
                self._list_label = block.text
            else:
                self._list_level = None
        if not isinstance(block, Prose) or (found := _BULLET.fullmatch(block.text)) is None:
            return None
        raw = plain_text(found[1])
        value, *more = read_cell(raw)
        if value.kind not in _LISTED_KINDS:
            return None
        if self._list_level is None:
            if "[.]" not in raw and not links(block.text) and len(self._addresses) < _MAX_MENTIONED:
                self._addresses.setdefault(raw, block.line)
            return None
        self._points += 1
        labels = (self._list_label,) if self._list_label else ()
        return Finding(labels, raw, value, value.remark, self._source.file, block.line, more=tuple(more))

    def _table(self, block: TableHeader) -> RowFeed | None:
        cells = [plain_text(cell) for cell in block.cells]
        layout = recognise(cells, self._source.profiles, in_report=True)
        if layout is None:
            self._unknown.append((block.line, ", ".join(cells)[:200]))
            return None
        self._tables += 1
        return RowFeed(layout, self._context)

    def _take(self, block: FrontMatter | Heading | Prose | Code) -> None:
        if isinstance(block, FrontMatter):
            self._front = block
        elif isinstance(block, Heading):
            if block.level == 1 and self._heading is None:
                self._heading = block
        elif isinstance(block, Code):
            if block.open:
                self._source.say("a code block is never closed: what follows its fence is not read", record=block.line)
            self._mention(block.text, block.line)
        else:
            self._read_prose(block)

    def _read_prose(self, block: Prose) -> None:
        if self._rules.empty is not None and self._rules.empty.search(block.text):
            self._empty_line = block.line
        for words, target in links(block.text):
            if target in self._rules.unresolved:
                self._source.say(f"the link {words[:120]!r} has no target yet ({target})", record=block.line)
        self._mention(block.text, block.line)

    def _mention(self, text: str, line: int) -> None:
        if "[.]" in text and len(self._mentioned) < _MAX_MENTIONED:
            for found in _DEFANGED.finditer(text[:MAX_FORMATTED_CHARACTERS]):
                self._mentioned.setdefault(found[0].rstrip(".,;:"), line)
        if "://" in text and len(self._addresses) < _MAX_MENTIONED:
            linked = {target for _, target in links(text)}
            for found in _UNDEFANGED.finditer(text[:MAX_FORMATTED_CHARACTERS]):
                address = found[0].rstrip(".,;:*_~")
                if address not in linked:
                    self._addresses.setdefault(address, line)

    def _list(self, record: Record) -> None:
        if len(self._listed) < _MAX_LISTED:
            values = (record.value, *record.more) if isinstance(record, Finding) else ()
            self._listed.update(_bare(text) for value in values for text in (value.text, value.url) if text)
            self._listed.add(_bare(record.raw))

    def _compare(self) -> None:
        say = self._source.say
        if self._unknown and not self._tables and self._empty_line is None:
            line, shown = self._unknown[0]
            raise UserError(
                f"no source profile knows a table of this report: {shown}",
                where=f"{self._source.path}:{line}",
                fix=f"expected one of: {expected_columns(self._source.profiles)}; or give a profile with --source",
            )
        for line, shown in self._unknown:
            say(f"the table with the columns {shown} is known to no profile and is not read", record=line)
        self._compare_facts()
        if self._empty_line is not None and self._rows:
            say(f"the text says that there are no findings, but tables have {self._rows:,}", record=self._empty_line)
        elif self._empty_line is not None:
            say("the report says of itself that it has no findings", record=self._empty_line)
        elif not self._tables and not self._points:
            say("the report has no table of findings")
        elif self._tables and not self._rows:
            say("the table of findings is empty")
        if len(self._listed) < _MAX_LISTED:
            self._compare_values()

    def _compare_values(self) -> None:
        unlisted = [text for text in self._mentioned if _bare(text) not in self._listed]
        if unlisted:
            shown = ", ".join(unlisted[:_SHOWN]) + (", ..." if len(unlisted) > _SHOWN else "")
            self._source.say(
                f"the text names {len(unlisted):,} values that no table lists, and they are not taken: {shown}",
                record=self._mentioned[unlisted[0]],
            )

        loose = [text for text in self._addresses if _bare(text) not in self._listed]
        if loose:
            what = "1 undefanged value" if len(loose) == 1 else f"{len(loose):,} undefanged values"
            verb = "was" if len(loose) == 1 else "were"
            shown = ", ".join(loose[:_SHOWN]) + (", ..." if len(loose) > _SHOWN else "")
            self._source.say(f"{what} in text {verb} not taken: {shown}", record=self._addresses[loose[0]])

    def _compare_facts(self) -> None:
        """What the heading states, beside what the front matter says of the same."""
        stated = _stated(self._heading, self._rules)
        told = {fact: text for fact, names in self._rules.facts if (text := _in_front_matter(self._front, names))}
        for fact, text in stated.items():
            other = told.get(fact)
            if other is not None and not _same(text, other):
                line = self._heading.line if self._heading else None
                self._source.say(f"the heading says {fact} {text!r}, the front matter {other!r}", record=line)
        said = {**told, **stated}
        said.pop("title", None)
        if said:
            facts = "; ".join(f"{fact}: {text}" for fact, text in said.items())
            self._source.say(f"said of the case and not taken over ({facts}); the case file decides")


def _stated(heading: Heading | None, rules: ReportRules) -> dict[str, str]:
    if heading is None:
        return {}
    found = rules.title.search(heading.text) if rules.title is not None else None
    facts = {name: " ".join(text.split()) for name, text in found.groupdict().items() if text} if found else {}
    return {"title": heading.text, **facts}


def _in_front_matter(front: FrontMatter | None, names: tuple[str, ...]) -> str:
    if front is None:
        return ""
    return next((", ".join(front.entries[name]) for name in names if front.entries.get(name)), "")


def _same(one: str, other: str) -> bool:
    return _words(one) == _words(other)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold())) - {"and", "the"}


def _bare(text: str) -> str:
    """A value as prose and table are compared: refanged, without scheme, `www.` and final slash."""
    bare = refang(text).strip().casefold()
    return bare.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
