"""Writing SVG: elements with escaped text, and how a text breaks into lines.

Texts are foreign: whoever draws them cuts and defangs them first (`shown.one_line`). Here they are escaped for XML, and
characters that XML does not allow, or that reorder text, stand as their number.
"""

from __future__ import annotations

from html import escape

from disarm_exchange.report.shown import visible
from disarm_exchange.report.text_width import fitted, width

FONTS = "Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', sans-serif"
"""Roboto is the one that PNGs are drawn with; the others are near enough in width."""


def element(name: str, text: str | None = None, /, **attributes: object) -> str:
    """An SVG element with its text or none; `class_` stands for `class`, and `_` in names for `-`."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(_number(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}/>" if text is None else f"<{name}{told}>{escape(visible(text), quote=False)}</{name}>"


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def lines_of(text: str, size: float, room: float, most: int) -> list[str]:
    """The text broken at blanks into lines of at most that width; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, size, room):
        longer = f"{line} {word}" if line else word
        if width(longer, size) <= room or not line:
            line = longer
            continue
        lines.append(line)
        line = word
        if len(lines) > most:
            break
    if line:
        lines.append(line)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], fitted(f"{lines[most - 1]} {lines[most]}", size, room)]


def _pieces(text: str, size: float, room: float) -> list[str]:
    """Words, those wider than a line in parts."""
    pieces: list[str] = []
    for word in text.split():
        part = ""
        if width(word, size) > room:
            for character in word:
                if part and width(part + character, size) > room:
                    pieces.append(part)
                    part = ""
                part += character
        else:
            part = word
        pieces.append(part)
    return pieces
