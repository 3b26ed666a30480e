"""How long objects are kept: what is over, and what holds personal values for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from disarm_exchange.policy.personal import PERSONAL_TYPES, standing
from disarm_exchange.stix.timestamps import parse_timestamp


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept.

    Attributes:
        now: the moment for which this is asked.
        expired_for: an object goes when its `valid_until` (STIX 2.1 section 4.7) is longer ago; None: it stays.
        personal_for: an object with personal values (handles, user ids, names of persons, e-mail addresses, IP
            addresses) goes when its newest version came longer ago; None: it stays.
    """

    now: datetime
    expired_for: timedelta | None = None
    personal_for: timedelta | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """The types that can be over at all."""
        found = [] if self.expired_for is None else ["indicator"]
        return (*found, *(PERSONAL_TYPES if self.personal_for is not None else ()))

    def verdict(self, item: Mapping[str, object], received: datetime) -> str | None:
        """Why an object that was received at that moment is to go; None: it stays."""
        if self.expired_for is not None and _ended(item, self.now - self.expired_for):
            return f"valid until {item['valid_until']}"
        if self.personal_for is None or received > self.now - self.personal_for:
            return None
        kinds = sorted({kind.value for _, kind, _ in standing(item)})
        return f"holds personal values ({', '.join(kinds)})" if kinds else None


def _ended(item: Mapping[str, object], before: datetime) -> bool:
    until = item.get("valid_until")
    try:
        return isinstance(until, str) and parse_timestamp(until) < before
    except ValueError:
        return False
