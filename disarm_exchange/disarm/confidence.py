"""Confidence in words and in numbers: the None/Low/Med/High scale of STIX 2.1, appendix A.1."""

from __future__ import annotations

HIGH, MEDIUM, LOW = 85, 50, 15
"""STIX 2.1 appendix A.1: the values for High (range 70-100), Med (30-69) and Low (1-29)."""

NUMBERS = {"high": HIGH, "medium": MEDIUM, "low": LOW}


def confidence_word(number: int) -> str:
    """The word for a STIX confidence (0 to 100): `high`, `medium`, `low`, or `none` for 0."""
    if number >= 70:
        return "high"
    if number >= 30:
        return "medium"
    return "low" if number >= 1 else "none"
