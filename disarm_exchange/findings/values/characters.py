"""White space, and the characters that nobody sees: what is cleaned from a cell before it is read.

Invisible characters hide one value inside another (a zero-width space in a domain, a right-to-left override in a
file name), so they are taken out and reported. White space is made one space throughout, because the TSV twins of
a CSV file have a space where the CSV has a line break: a line break must carry no meaning of its own.
"""

from __future__ import annotations

import re
import unicodedata

_WHITE_SPACE = re.compile("[ \t\n\r\x0b\x0c\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
"""U+0085 and U+001C to U+001F, which `str.split` also takes, are control characters here: in real files U+0085 is
half of a wrongly decoded letter."""

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f"  # C0 controls and DELETE
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, joiners and marks of direction
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"  # bidi overrides and isolates; byte order mark
    "\U000e0000-\U000e007f"  # tag characters
    "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_C1 = re.compile("[\x80-\x9f]")


def tidy(cell: str) -> tuple[str, str | None]:
    """The cell with single spaces, no outer white space and no invisible characters; and what was taken out.

    Zero-width joiners stay, because Persian, Indic scripts and emoji need them (`without_joiners` is for values).
    C1 controls stay too: they are the traces of a wrong decoding, not hidden text.
    """
    if cell.isprintable():
        return (" ".join(cell.split()) if " " in cell else cell), None
    text = _WHITE_SPACE.sub(" ", cell).strip(" ")
    if text.isprintable():
        return text, None
    problem = None
    if _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
        problem = "broken character replaced (lone surrogate)"
    found = sorted(set(_INVISIBLE.findall(text)))
    if found:
        text = _WHITE_SPACE.sub(" ", _INVISIBLE.sub("", text)).strip(" ")
        names = ", ".join(f"U+{ord(character):04X}" for character in found[:5])
        said = f"invisible characters removed ({names}{', ...' if len(found) > 5 else ''})"
        problem = f"{problem}; {said}" if problem else said
    return text, problem


def without_joiners(value: str) -> tuple[str, str | None]:
    """A value without zero-width joiners, save those between letters of a script that joins (a Persian slug)."""
    if "\u200c" not in value and "\u200d" not in value:
        return value, None
    kept = []
    removed = False
    for at, character in enumerate(value):
        if character in "\u200c\u200d" and not (_joins(value[at - 1 : at]) and _joins(value[at + 1 : at + 2])):
            removed = True
            continue
        kept.append(character)
    return "".join(kept), "invisible characters removed (zero-width joiner)" if removed else None


def has_c1(value: str) -> bool:
    """Whether a C1 control character is left: the sign of a text decoded with the wrong character set."""
    return _C1.search(value) is not None


def _joins(neighbour: str) -> bool:
    return bool(neighbour) and not neighbour.isascii() and unicodedata.category(neighbour)[0] in "LM"
