"""Characters that nobody sees are taken out of values, and said."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.values.characters import tidy


@pytest.mark.parametrize(
    "cell",
    ["exam\u200bple.org", "\ufeffexample.org", "example\u202e.org", "exam\u00adple.org", "ex\u2060ample.org",
     "example.org\x00", "e\u2066xample\u2069.org", "exam\u200dple.org", "exam\u200cple.org"],
)  # fmt: skip
def test_hidden_characters_leave_a_domain(cell: str) -> None:
    (value,) = read_cell(cell)
    assert (value.kind, value.text) == (Kind.DOMAIN, "example.org")
    assert value.problem is not None
    assert "invisible characters removed" in value.problem


def test_the_characters_are_named() -> None:
    (value,) = read_cell("exam\u200bple.org\u202e")
    assert value.problem == "invisible characters removed (U+200B, U+202E)"


def test_white_space_of_every_kind_is_one_space() -> None:
    assert tidy(" a\u00a0 b\tc\r\nd\u2028e\u3000f ") == ("a b c d e f", None)


def test_joiners_stay_where_a_script_needs_them() -> None:
    (value,) = read_cell("https://example.org/\u0645\u06cc\u200c\u0634\u0648\u062f")
    assert value.problem is None
    assert "%E2%80%8C" in value.text
    assert tidy("\u0645\u06cc\u200c\u0634\u0648\u062f") == ("\u0645\u06cc\u200c\u0634\u0648\u062f", None)


def test_a_direction_override_leaves_a_text_too() -> None:
    (value,) = read_cell("The file is named exe\u202egpj.cod here")
    assert "\u202e" not in value.text
    assert value.problem is not None


def test_a_broken_character_is_replaced_so_that_the_value_can_be_written() -> None:
    (value,) = read_cell("some \ud800 words here")
    assert value.text.encode("utf-8")
    assert value.problem is not None


def test_a_wrongly_decoded_path_keeps_its_traces() -> None:
    (value,) = read_cell("https://example.org/ukrai\xc5\x84skie")
    assert value.text == "https://example.org/ukrai%C3%85%C2%84skie"
    assert value.problem is not None
