"""The few parts of Markdown that reports are made of: front matter, headings, tables, links, prose.

Read line by line, because a report may be of any length; no HTML is made and nothing in the text is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import chain, islice

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


@dataclass(frozen=True, slots=True)
class Code:
    """A line of a fenced code block, its fences included; `open` in the last line of one that is never closed."""

    line: int
    text: str
    open: bool = False


Block = FrontMatter | Heading | TableHeader | TableRow | Prose | Code


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """The blocks of a document in their order; lines are numbered from 1."""
    numbered = enumerate((line.rstrip("\r\n") for line in lines), start=1)
    first = list(islice(numbered, 1))
    if first and first[0][1].strip() == "---":
        yield _front_matter(numbered)
        first = []
    held: Prose | None = None  # a line that is a table's header, if a separator follows
    in_table = False
    for block in _fences_told(chain(first, numbered)):
        if in_table and isinstance(block, Prose) and "|" in block.text:
            yield TableRow(block.line, split_row(block.text))
            continue
        in_table = False
        if held is not None:
            in_table = isinstance(block, Prose) and _heads(held.text, block.text)
            yield TableHeader(held.line, split_row(held.text)) if in_table else _plain(held)
            held = None
            if in_table:
                continue
        if isinstance(block, Prose) and "|" in block.text:
            held = block
        else:
            yield _plain(block) if isinstance(block, Prose) else block
    if held is not None:
        yield _plain(held)


def _fences_told(numbered: Iterable[tuple[int, str]]) -> Iterator[Prose | Code]:
    """The lines, those of fenced code told from the rest."""
    fence = ""
    number = 0
    for number, line in numbered:
        found = _FENCE.match(line)
        if not fence:
            fence = found[1] if found else ""
            yield Code(number, line) if fence else Prose(number, line)
            continue
        if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        yield Code(number, line)
    if fence:
        yield Code(number, "", open=True)


def _heads(header: str, line: str) -> bool:
    """Whether a line is the separator below that header."""
    return is_separator(line) and len(split_row(line)) == len(split_row(header))


def _plain(block: Prose) -> Block:
    found = _HEADING.fullmatch(block.text)
    return block if found is None else Heading(block.line, len(found[1]), plain_text(found[2] or ""))


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


_BREAK = re.compile(r"<br */?>", re.IGNORECASE)


def _unmarked(text: str) -> str:
    plain = _ESCAPED.sub(r"\1", _MARKS.sub(r"\2", _LINK.sub(r"\1", _BREAK.sub(" ", text))))
    return unescape(plain) if "&" in plain else plain


def links(text: str) -> list[tuple[str, str]]:
    """The words and the target of each link in a text."""
    if len(text) > MAX_FORMATTED_CHARACTERS:
        return []
    return [(plain_text(found[1]), found[2]) for found in _LINK.finditer(text)]
