"""PNGs drawn from our SVGs, with our own font, so that they need nothing of the machine and are the same everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import resvg_py

from disarm_exchange.errors import UserError

_FONTS = Path(__file__).parent / "fonts"
_LARGEST = 200_000_000
"""Pixels of a picture; more would take gigabytes of memory."""


def png_of(svg: str, width: int, height: int, *, scale: float = 2.0) -> bytes:
    """Draw an SVG.

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
    files = [str(_FONTS / name) for name in ("Roboto-Regular.ttf", "Roboto-Bold.ttf")]
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=size[0],
        height=size[1],
        skip_system_fonts=_is_ours(svg),
        font_files=files,
        font_family="Roboto",
        sans_serif_family="Roboto",
    )
    return bytes(drawn)


def _is_ours(svg: str) -> bool:
    """Whether our font has every letter; other scripts are drawn with what the machine has."""
    return all(character in _letters() for character in set(svg))


@cache
def _letters() -> frozenset[str]:
    ranges = ((0x09, 0x0A), (0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x3CE), (0x400, 0x45F), (0x2010, 0x2026))
    return frozenset(chr(number) for first, last in ranges for number in range(first, last + 1))
