"""When to ask again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may well be different the next time. All our requests may be repeated: TAXII 2.1 has an object version
once, however often it is posted (section 5.5)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is repeated.

    Args:
        attempts: requests in all, the first included.
        first: seconds before the first repetition; doubled for each further one.
        longest: seconds that one wait may take. A server that asks for more (Retry-After) gets no further request: the
            caller is told how long it should wait.
        sleep: waits; tests put their own.
        jitter: a number from 0 to 1; spreads the waits of many clients between half and the whole.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures (1 for the first)."""
        full = min(self.longest, self.first * 2.0 ** (failures - 1))
        return full * (0.5 + 0.5 * self.jitter())


def retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds that a Retry-After header asks for; None when there is none or it makes no sense.

    Args:
        value: the header: seconds, or an HTTP date (RFC 9110 section 10.2.3).
        date: the answer's own Date header; a date is counted from there, since our clock and theirs may differ.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    if not text or not date:
        return None
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(date)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    if now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
