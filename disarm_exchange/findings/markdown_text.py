"""The few parts of Markdown that reports are made of: front matter, headings, tables, links, prose.

Read line by line, because a report may be of any length; no HTML is made and nothing in the text is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SEPARATOR_CELL = re.compile(r"\s*:?-+:?\s*")
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?[^()]*\)")
_TICKS = re.compile(r"`+")
_MARKS = re.compile(r"(?<!\\)(\*{1,3}|~~)(?=\S)(.+?)(?<=\S)\1")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FRONT_KEY = re.compile(r"([A-Za-z][\w .-]{0,60}?)\s*:(?:\s+(.*))?$")
MAX_FRONT_MATTER_LINES = 500
MAX_FORMATTED_CHARACTERS = 4096
"""A longer text is taken as it stands: no cell or heading is that long, and reading marks costs time."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The block between `---` lines at the top: names (lower case) and their texts, lists as several."""

    line: int
    entries: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6."""

    line: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The first row of a table."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A further row of the table before it."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A line of anything else."""

    line: int
    text: str


Block = FrontMatter | Heading | TableHeader | TableRow | Prose


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """The blocks of a document in their order; lines are numbered from 1. Fenced code is left out."""
    numbered = enumerate((line.rstrip("\r\n") for line in lines), start=1)
    held: tuple[int, str] | None = None
    fence = ""
    in_table = False
    for number, line in numbered:
        if number == 1 and line.strip() == "---":
            yield _front_matter(numbered)
            continue
        opened = _FENCE.match(line)
        if opened or fence:
            if held is not None:
                yield _plain(*held)
                held = None
            if not fence:
                fence = opened[1] if opened else ""
            elif opened and opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if in_table and "|" in line and line.strip():
            yield TableRow(number, split_row(line))
            continue
        in_table = False
        if held is not None:
            if is_separator(line) and len(split_row(line)) == len(split_row(held[1])):
                yield TableHeader(held[0], split_row(held[1]))
                held, in_table = None, True
                continue
            yield _plain(*held)
            held = None
        if "|" in line:
            held = number, line  # a table's header, if a separator follows
        else:
            yield _plain(number, line)
    if held is not None:
        yield _plain(*held)


def _plain(number: int, line: str) -> Block:
    found = _HEADING.fullmatch(line)
    if found is not None:
        return Heading(number, len(found[1]), plain_text(found[2] or ""))
    return Prose(number, line)


def _front_matter(numbered: Iterator[tuple[int, str]]) -> FrontMatter:
    entries: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in numbered:
        if line.strip() in ("---", "...") or number > MAX_FRONT_MATTER_LINES:
            break
        item = line.strip()
        if item.startswith("- ") and current is not None:
            current.append(_unquoted(item[2:]))
            continue
        found = _FRONT_KEY.match(item)
        if found is not None and not line.startswith((" ", "\t")):
            current = entries.setdefault(found[1].casefold(), [])
            text = (found[2] or "").strip()
            if text.startswith("[") and text.endswith("]"):
                current.extend(_unquoted(part) for part in text[1:-1].split(",") if part.strip())
            elif text:
                current.append(_unquoted(text))
    return FrontMatter(1, {name: tuple(texts) for name, texts in entries.items()})


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def is_separator(line: str) -> bool:
    """Whether the line is the one between a table's header and its rows: `| :--- | ---: |`."""
    if "-" not in line or "|" not in line:
        return False
    return all(_SEPARATOR_CELL.fullmatch(cell) for cell in split_row(line))


def split_row(line: str) -> tuple[str, ...]:
    """The cells of a table row; `\\|` is a bar inside a cell (GitHub Flavored Markdown, section 4.10)."""
    text = line.strip()
    text = text.removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", text))


def plain_text(text: str) -> str:
    """The text without its marks: backticks, emphasis, escapes; of a link, its words. Code is taken to the letter."""
    if len(text) > MAX_FORMATTED_CHARACTERS:
        return text.strip()
    parts: list[str] = []
    at = 0
    for start, inner_start, inner_end, end in _code_spans(text):
        parts += (_unmarked(text[at:start]), text[inner_start:inner_end].strip())
        at = end
    parts.append(_unmarked(text[at:]))
    return "".join(parts).strip()


def _code_spans(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Start, start of the inner text, its end, and end of each code span (CommonMark, section 6.1)."""
    runs = list(_TICKS.finditer(text))
    number = 0
    while number < len(runs):
        opening = runs[number]
        closing = next((i for i in range(number + 1, len(runs)) if len(runs[i][0]) == len(opening[0])), None)
        if closing is not None:
            yield opening.start(), opening.end(), runs[closing].start(), runs[closing].end()
            number = closing
        number += 1


def _unmarked(text: str) -> str:
    return _ESCAPED.sub(r"\1", _MARKS.sub(r"\2", _LINK.sub(r"\1", text)))


def links(text: str) -> list[tuple[str, str]]:
    """The words and the target of each link in a text."""
    if len(text) > MAX_FORMATTED_CHARACTERS:
        return []
    return [(plain_text(found[1]), found[2]) for found in _LINK.finditer(text)]
