"""How wide text is in the sans-serif fonts of browsers and pictures, near enough to cut it where it would run out.

Widths are those of Helvetica, rounded up, in thousandths of the font size; a drawing that trusts them never measures.
"""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("ijl.,:;'|!`()[]{}/\\ tfrI-")
_WIDE = frozenset("mwMW@%&QO")


def width(text: str, size: float) -> float:
    """The width of a line of text in user units."""
    if text.isascii():
        return size * sum(_ascii(character) for character in text) / 1000
    return size * sum(_any(character) for character in text) / 1000


def _ascii(character: str) -> int:
    if character in _NARROW:
        return 390
    if character in _WIDE:
        return 860
    return 700 if character.isupper() else 570


def _any(character: str) -> int:
    if character.isascii():
        return _ascii(character)
    if unicodedata.east_asian_width(character) in "WF":
        return 1050
    return 0 if unicodedata.combining(character) else 750


def fitted(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis."""
    if width(text, size) <= room:
        return text
    left, kept = room - size, 0
    for character in text:
        left -= width(character, size)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"
