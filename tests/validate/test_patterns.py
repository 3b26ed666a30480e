"""Patterns over hashes: the parser judges each hash by its length, also when verdicts are remembered by shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stix2patterns.validator import run_validator

from disarm_exchange.validate import check_object
from disarm_exchange.validate.rules.patterns import _SIMPLE

HASHES = {"MD5": 32, "'SHA-1'": 40, "'SHA-256'": 64, "'SHA-512'": 128}


def codes(pattern: str) -> set[str]:
    item: dict[str, object] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--0cd013c9-b0de-4b2b-889f-2438957d7e79",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00Z",
    }
    return {issue.code for issue in check_object(item, profile="stix")}


@pytest.mark.parametrize("algorithm", HASHES)
def test_a_hash_of_the_right_length_passes_and_of_a_wrong_length_does_not(algorithm: str) -> None:
    length = HASHES[algorithm]
    assert "DX221" not in codes(f"[file:hashes.{algorithm} = '{'ab' * (length // 2)}']")
    assert "DX221" in codes(f"[file:hashes.{algorithm} = '{'a' * (length - 1)}']")
    assert "DX221" in codes(f"[file:hashes.{algorithm} = '{'z' * length}']")


@pytest.mark.parametrize("observable", ["domain-name", "email-addr", "ipv4-addr", "ipv6-addr", "url"])
@given(st.text(max_size=12).filter(lambda text: not set(text) & set("'\\[]")))
def test_what_is_passed_without_parsing_does_parse(observable: str, value: str) -> None:
    pattern = f"[{observable}:value = '{value}']"
    assert _SIMPLE.fullmatch(pattern)
    assert run_validator(pattern, "2.1") == []


@given(st.text(alphabet="ab' =\\[]()0:-.ORANDtx/*\n", max_size=30))
def test_a_verdict_remembered_by_shape_is_the_parsers_own(text: str) -> None:
    for pattern in (text, f"[a-b:c = '{text}']", f"[a-b:c = '{text}' AND d-e:f IN ('{text}', 'x')]"):
        if not pattern.strip():
            continue
        try:
            own = bool(run_validator(pattern, "2.1"))
        except (LookupError, NameError, TypeError, ValueError):
            own = True
        assert ("DX221" in codes(pattern)) == own, pattern
