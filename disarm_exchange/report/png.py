"""PNGs drawn from our SVGs, with our own font, so that they need nothing of the machine and are the same everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import resvg_py

from disarm_exchange.errors import UserError
from disarm_exchange.report.glyphs import missing

_FONTS = Path(__file__).parent / "fonts"
_LARGEST = 200_000_000
"""Pixels of a picture; more would take gigabytes of memory."""
_NO_GLYPH = "\ufffd"
"""In place of a character that no font has: a question mark in a diamond rather than a gap."""


def png_of(svg: str, width: int, height: int, *, scale: float = 2.0) -> bytes:
    """Draw an SVG. What no font has, ours or the machine's, stands as U+FFFD.

    Args:
        svg: as this room writes it.
        width: of the SVG, in its own pixels.
        height: likewise.
        scale: pixels of the PNG for one of the SVG.

    Raises:
        UserError: the picture would be too large.
    """
    size = round(width * scale), round(height * scale)
    if size[0] * size[1] > _LARGEST:
        raise UserError(f"the picture would have {size[0]:,} x {size[1]:,} pixels", fix="use a smaller --scale, or SVG")
    foreign = set(svg) - _letters()
    for character in missing(foreign, _with_all_fonts):
        svg = svg.replace(character, _NO_GLYPH)
    return _drawn(svg, *size, system_fonts=not foreign <= {_NO_GLYPH})


def _with_all_fonts(svg: str, width: int, height: int) -> bytes:
    return _drawn(svg, width, height, system_fonts=True)


def _drawn(svg: str, width: int, height: int, *, system_fonts: bool) -> bytes:
    """A PNG; with the fonts of the machine only where ours lacks a letter, so that others look the same everywhere."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width,
        height=height,
        skip_system_fonts=not system_fonts,
        font_files=[str(_FONTS / name) for name in ("Roboto-Regular.ttf", "Roboto-Bold.ttf")],
        font_family="Roboto",
        sans_serif_family="Roboto",
    )
    return bytes(drawn)


@cache
def _letters() -> frozenset[str]:
    ranges = ((0x09, 0x0A), (0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x3CE), (0x400, 0x45F), (0x2010, 0x2026))
    return frozenset(chr(number) for first, last in ranges for number in range(first, last + 1))
