"""Patterns over hashes: the parser judges each hash by its length, also when verdicts are remembered by shape."""

from __future__ import annotations

import pytest

from disarm_exchange.validate import check_object

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
