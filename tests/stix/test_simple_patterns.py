"""Patterns that compare for equality, and nothing else, are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.stix.patterns import equals
from disarm_exchange.stix.simple_patterns import Comparison, NotSimpleError, alternatives

DOMAIN = Comparison("domain-name:value", "a.example")
URL = Comparison("url:value", "https://a.example/x")
LOGIN = Comparison("user-account:account_login", "it's \\ me")
SHA = Comparison("file:hashes.'SHA-256'", "aa")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[domain-name:value = 'a.example']", [[DOMAIN]]),
        ("  [ domain-name:value='a.example' ]  ", [[DOMAIN]]),
        ("[domain-name:value == 'a.example']", [[DOMAIN]]),
        ("[user-account:account_login = 'it\\'s \\\\ me']", [[LOGIN]]),
        ("[file:hashes.'SHA-256' = 'aa']", [[SHA]]),
        ("[domain-name:value = 'a.example' OR url:value = 'https://a.example/x']", [[DOMAIN], [URL]]),
        ("[domain-name:value = 'a.example'] OR [url:value = 'https://a.example/x']", [[DOMAIN], [URL]]),
        ("[domain-name:value = 'a.example'] AND [url:value = 'https://a.example/x']", [[DOMAIN], [URL]]),
        ("[domain-name:value = 'a.example' AND url:value = 'https://a.example/x']", [[DOMAIN, URL]]),
        ("[(domain-name:value = 'a.example' OR file:hashes.'SHA-256' = 'aa') AND url:value = 'https://a.example/x']",
         [[DOMAIN, URL], [SHA, URL]]),
        ("([domain-name:value = 'a.example'] OR ([url:value = 'https://a.example/x']))", [[DOMAIN], [URL]]),
        ("[domain-name:value IN ('a.example', 'b')]", [[DOMAIN], [Comparison("domain-name:value", "b")]]),
        ("[domain-name:value = 'a.example' AND domain-name:value = 'a.example']", [[DOMAIN]]),
        ("[network-traffic:dst_port = 80]", [[Comparison("network-traffic:dst_port", "80")]]),
    ],
)  # fmt: skip
def test_equality_in_all_its_forms(pattern: str, expected: list[list[Comparison]]) -> None:
    assert [list(each) for each in alternatives(pattern)] == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "words",
        "[",
        "[]",
        "[domain-name:value]",
        "[domain-name:value = ]",
        "[domain-name:value = 'a]",
        "[domain-name:value != 'a']",
        "[domain-name:value NOT = 'a']",
        "[domain-name:value LIKE '%a']",
        "[domain-name:value MATCHES 'a+']",
        "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        "[domain-name:value > 'a']",
        "[EXISTS domain-name:value]",
        "[domain-name:value = 'a'] FOLLOWEDBY [url:value = 'b']",
        "[domain-name:value = 'a'] WITHIN 5 SECONDS",
        "[domain-name:value = 'a'] REPEATS 5 TIMES",
        "[domain-name:value IN 'a']",
        "[domain-name:value IN ('a' 'b')]",
        "[(domain-name:value = 'a']",
        "[domain-name:value = 'a']]",
    ],
)
def test_whatever_says_more_is_not_simple(pattern: str) -> None:
    with pytest.raises(NotSimpleError):
        alternatives(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[" + "(" * 100_000,
        "[" + " OR ".join(["a:b = 'c'"] * 5000) + "]",
        "[" + " AND ".join(["(a:b = 'c' OR a:b = 'd')"] * 30) + "]",
        "[a:b = '" + "\\" * 50_000,
        "[a:b IN (" + ", ".join(["'c'"] * 5000) + ")]",
        "[a:b." + "'x'." * 10_000,
        " " * 60_000 + "x",
        "x" * 100_000,
    ],
)
def test_hostile_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(NotSimpleError):
        alternatives(pattern)


@given(st.text())
def test_what_we_write_is_read_back(value: str) -> None:
    pattern = equals(("user-account:account_type", "x"), ("user-account:account_login", value))
    assert alternatives(pattern) == (
        (Comparison("user-account:account_type", "x"), Comparison("user-account:account_login", value)),
    )
