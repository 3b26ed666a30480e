from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.policy.matcher import Matcher


def found(values: list[str], text: str) -> list[str]:
    return [text[match.start : match.end] for match in Matcher((value, None) for value in values).find(text)]


@pytest.mark.parametrize(
    ("values", "text", "expected"),
    [
        (["anna"], "Anna and hanna, ANNA. (anna)", ["Anna", "ANNA", "anna"]),
        (["anna_77"], "xanna_77x", ["anna_77"]),
        (["@anna"], "by @anna!", ["anna"]),
        (["anna schmidt"], "Anna  Schmidt, anna schmidt", ["anna schmidt"]),
        (["anna", "anna schmidt"], "anna schmidt, anna", ["anna schmidt", "anna"]),
        (["overlordsquad"], "theoverlordsquads", ["overlordsquad"]),
        (["al"], "al and also", []),
        (["1234"], "1234 accounts", []),
        (["12345"], "id=12345678", ["12345"]),
        (["o'brien"], "[user-account:account_login = 'o\\'brien']", ["o\\'brien"]),
        (["anna müller"], "https://a.example/?q=anna%20m%C3%BCller", ["anna%20m%C3%BCller"]),
        (["İstanbul99"], "in İSTANBUL99", ["İSTANBUL99"]),
        (["anna"], "", []),
        ([], "anna", []),
    ],
)
def test_values_are_found_as_people_write_them(values: list[str], text: str, expected: list[str]) -> None:
    assert found(values, text) == expected


@given(
    st.lists(st.text("ab1_", min_size=3, max_size=6).filter(lambda value: not value.isalpha())),
    st.text("ab1_ ", max_size=40),
)
def test_no_free_value_is_left_after_replacing(values: list[str], text: str) -> None:
    matcher = Matcher((value, None) for value in values)
    left = text
    for match in reversed(list(matcher.find(text))):
        left = f"{left[: match.start]}#{left[match.end :]}"
    searched = [value for value in values if not (value.isdigit() and len(value) < 5)]
    assert [value for value in searched if re.search(re.escape(value), left)] == []


def test_many_values_cost_little() -> None:
    matcher = Matcher((f"account{number:06d}", number) for number in range(50_000))
    text = "account049999 wrote to account000001 " * 20
    assert [match.about for match in matcher.find(text)] == [49_999, 1] * 20
