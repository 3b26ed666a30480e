"""Which characters a drawing would leave empty, because no font has them: found out by drawing them.

The program that draws PNGs does not say what a font lacks; it leaves a gap, which reads as if nothing were there.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator

_CELL = 14
_ROW = 32
_MOST = 3200
"""Characters looked at; a picture with more different ones is no picture of a case."""
_PIXEL = 4
"""Bytes: red, green, blue, alpha."""

Draw = Callable[[str, int, int], bytes]
"""An SVG, its width and height in pixels, to a PNG (RGBA, 8 bits, not interlaced)."""


def missing(characters: Iterable[str], draw: Draw) -> frozenset[str]:
    """Those of some characters that are drawn as nothing; marks that stand on others, and blanks, are not looked at."""
    asked = [one for one in sorted(set(characters)) if unicodedata.category(one)[0] in "LNPS"][:_MOST]
    if not asked:
        return frozenset()
    rows = [asked[place : place + _ROW] for place in range(0, len(asked), _ROW)]
    width, height = _ROW * _CELL, len(rows) * _CELL
    texts = "".join(
        f'<text x="{column * _CELL + 2}" y="{row * _CELL + 11}" font-size="10">&#{ord(one)};</text>'
        for row, line in enumerate(rows)
        for column, one in enumerate(line)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{texts}</svg>'
    lines = list(_lines(draw(svg, width, height), width))
    return frozenset(
        one
        for row, line in enumerate(rows)
        for column, one in enumerate(line)
        if not any(
            any(pixels[column * _CELL * _PIXEL : (column + 1) * _CELL * _PIXEL])
            for pixels in lines[row * _CELL : (row + 1) * _CELL]
        )
    )


def _lines(png: bytes, width: int) -> Iterator[bytes]:
    """The rows of pixels of a PNG (PNG 1.2, section 6)."""
    packed = zlib.decompress(b"".join(body for kind, body in _chunks(png) if kind == b"IDAT"))
    length = width * _PIXEL
    before = bytes(length)
    for start in range(0, len(packed), length + 1):
        before = _unfiltered(packed[start], packed[start + 1 : start + 1 + length], before)
        yield before


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


def _unfiltered(kind: int, line: bytes, above: bytes) -> bytes:
    if kind == 0 or (not any(line) and not any(above)):
        return line
    found = bytearray(line)
    for place, value in enumerate(line):
        left = found[place - _PIXEL] if place >= _PIXEL else 0
        corner = above[place - _PIXEL] if place >= _PIXEL else 0
        guess = (0, left, above[place], (left + above[place]) // 2, _paeth(left, above[place], corner))[kind]
        found[place] = (value + guess) & 0xFF
    return bytes(found)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))
