"""A PNG shows a mark where a font lacks a character, and never a gap."""

from __future__ import annotations

import pytest

from disarm_exchange.report.glyphs import missing
from disarm_exchange.report.png import _drawn, _with_all_fonts, png_of


def ours_only(svg: str, width: int, height: int) -> bytes:
    return _drawn(svg, width, height, system_fonts=False)


def picture(text: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="30" font-family="Roboto">'
        f'<text x="5" y="20" font-size="16">{text}</text></svg>'
    )


def test_our_font_has_latin_greek_and_cyrillic_and_lacks_the_rest() -> None:
    assert missing("aÅжλ9&<@", ours_only) == frozenset()
    assert missing("a漢ع😀ж한", ours_only) == {"漢", "ع", "😀", "한"}


def test_blanks_and_marks_that_stand_on_others_are_not_missed() -> None:
    assert missing(" \u0301\u200d\u00a0", ours_only) == frozenset()


def test_many_characters_are_told_apart() -> None:
    letters = [chr(number) for number in range(0x410, 0x450)]
    lacking = [chr(number) for number in range(0x4E00, 0x4E40)]
    assert missing([*letters, *lacking], ours_only) == set(lacking)


def test_what_no_font_has_is_drawn_as_a_mark() -> None:
    rare = "\U00016fe1\U0001e2c0\U00010a60漢한"
    lacking = sorted(missing(rare, _with_all_fonts))
    if not lacking:
        pytest.skip("the fonts of this machine have every character that the test knows")
    drawn = png_of(picture(f"a {lacking[0]} b"), 200, 30)
    assert drawn == png_of(picture("a \ufffd b"), 200, 30)
    assert drawn != png_of(picture("a   b"), 200, 30)
