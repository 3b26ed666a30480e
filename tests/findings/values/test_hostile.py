"""Cells that are made to hurt: long, deep, and dense with marks. They are read like any others, in linear work."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import (
    Kind,
    platforms_named,
    read_cell,
    read_typed,
    redirect_targets,
    refang,
)
from disarm_exchange.stix.defanging import defang

SIZE = 32 * 1024
PIECES = [
    *(
        "[",
        "[.]",
        "a[.]",
        "a.",
        "x ",
        "1 ",
        "111 ",
        "@",
        "a@b ",
        "http://",
        "http://a.com",
        ")",
        "(",
        '"',
        "1",
        "a1",
        ":",
    ),
    *("[::", "a.com,", "about 1 million accounts followed ", "$1 ", "About $5 in spending for ads ", "#", "#a ", "%"),
    *(
        "X ",
        "\u200b",
        "a\u200d",
        "a-",
        "hxxp",
        "a (",
        "a . ",
        "\u3002",
        "a\u3002",
        "a [at] ",
        "a [dot] ",
        "a: ",
        "xn--",
    ),
    *("\x00", "\U0001f600", "\ud800", "=cmd|", "{{{", "\\", "//", "&#", "()", "..", "--", "_", "\u202e"),
]


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_a_cell_of_one_repeated_piece(piece: str) -> None:
    cell = piece * (SIZE // len(piece))
    values = read_cell(cell)
    assert values
    assert all(isinstance(value.kind, Kind) for value in values)
    assert read_typed(cell, "domain_name").problem is not None or not cell.strip()
    assert isinstance(refang(cell), str)
    assert isinstance(defang(cell), str)
    assert isinstance(redirect_targets(cell), tuple)
    assert isinstance(platforms_named(cell), tuple)


@pytest.mark.parametrize(
    "cell",
    [
        "http://" + "a." * (SIZE // 2) + "com/",
        "http://" + "\u00fc" * SIZE + ".com/",
        "http://a.com/" + "a/" * (SIZE // 2),
        "http://a.com/" + ")" * SIZE,
        "https://facebook.com/" + "a-1" * (SIZE // 3),
        "https://www.facebook.com/pages/" + "a-" * (SIZE // 2) + "/1x",
        "https://a.com/user/" + "1-" * (SIZE // 2),
        "a" * SIZE + ".com",
        "com." + "a." * (SIZE // 2),
        "bc1" + "q" * SIZE,
        "a (" + "b" * SIZE,
        "a - " + "b" * SIZE,
        "https://example.org/" + "a" * SIZE + " b",
    ],
    ids=lambda cell: ascii(cell[:30]),
)
def test_a_long_value_of_each_shape(cell: str) -> None:
    (value,) = read_cell(cell)
    assert isinstance(value.text, str)


def test_ten_million_characters_are_kept_as_text() -> None:
    for cell in ("x" * 10_000_000, "https://a.example/?" + "q=[.]&" * 1_600_000):
        (value,) = read_cell(cell)
        assert value.kind is Kind.TEXT
        assert len(value.text) == len(cell)
        assert value.problem is not None


def test_one_cell_cannot_embed_without_end() -> None:
    (value,) = read_cell("it used " + " ".join(f"host{number}.example" for number in range(3_000)) + " and more")
    assert value.kind is Kind.TEXT
    assert len(value.embedded) == 1_000


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+cmd|'x'!A1", "-2+3+cmd|'x'!A1"]
)
def test_a_formula_is_words(cell: str) -> None:
    (value,) = read_cell(cell)
    assert value.kind is Kind.TEXT
    assert value.text == cell
