"""Moments as the store keeps them: whole microseconds since 1970-01-01T00:00:00Z."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from disarm_exchange.stix.timestamps import parse_timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> int:
    """This machine's time."""
    return time.time_ns() // 1000


@lru_cache(maxsize=8192)
def from_text(text: str) -> int:
    """The moment a STIX or TAXII timestamp names; digits beyond the microsecond are cut.

    Raises:
        ValueError: the text is no such timestamp.
    """
    return (parse_timestamp(text) - _EPOCH) // _MICROSECOND


def to_text(moment: int) -> str:
    """A TAXII timestamp (TAXII 2.1 section 2): UTC with six digits of a second."""
    return (_EPOCH + moment * _MICROSECOND).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
