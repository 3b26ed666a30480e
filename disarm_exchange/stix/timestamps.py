"""Timestamps as STIX 2.1 section 3.2 has them: UTC, RFC 3339, at least three digits of a second here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z", re.ASCII)


def format_timestamp(moment: datetime) -> str:
    """Text of a moment, with three fraction digits, or six where the moment has microseconds.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs a time zone")
    moment = moment.astimezone(UTC)
    digits = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=digits).removesuffix("+00:00") + "Z"


def day_timestamp(day: date) -> str:
    """Midnight UTC at the start of that day."""
    return f"{day.isoformat()}T00:00:00.000Z"


def parse_timestamp(text: str) -> datetime:
    """A STIX timestamp as a moment in UTC; digits beyond the microsecond are cut.

    Raises:
        ValueError: the text is not a STIX timestamp.
    """
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a STIX timestamp: {text[:40]!r}")
    head, _, fraction = text[:-1].partition(".")
    return datetime.fromisoformat(f"{head}.{(fraction or '0')[:6]:0<6}+00:00")


def later_timestamp(now: str, after: str) -> str:
    """A timestamp for a new version: now, or, where now is not later, the millisecond after the old version.

    Raises:
        ValueError: one of the two is not a STIX timestamp.
    """
    moment, old = parse_timestamp(now), parse_timestamp(after)
    if moment <= old:
        moment = old + timedelta(milliseconds=1)
    return format_timestamp(moment.replace(microsecond=moment.microsecond // 1000 * 1000))
