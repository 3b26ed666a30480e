"""What is over, and what holds personal values for too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from disarm_exchange.policy.retention import Retention

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
ACCOUNT = {"type": "user-account", "id": "user-account--1", "account_login": "jane"}


@pytest.mark.parametrize(
    ("until", "reason"),
    [
        ("2026-08-01T00:00:00Z", "valid until 2026-08-01T00:00:00Z"),
        ("2026-11-01T00:00:00Z", None),
        ("next year", None),
        (None, None),
    ],
)
def test_an_indicator_goes_some_time_after_its_end(until: str | None, reason: str | None) -> None:
    item = {"type": "indicator", "name": "x", **({} if until is None else {"valid_until": until})}
    assert Retention(NOW, expired_for=timedelta(days=90)).verdict(item, LONG_AGO) == reason


@pytest.mark.parametrize(
    ("item", "received", "reason"),
    [
        (ACCOUNT, LONG_AGO, "holds personal values (handle)"),
        (ACCOUNT, NOW - timedelta(days=364), None),
        ({"type": "identity", "identity_class": "individual", "name": "Jane"}, LONG_AGO, "(display-name)"),
        ({"type": "identity", "identity_class": "organization", "name": "ACME"}, LONG_AGO, None),
        ({"type": "email-addr", "value": "jane@a.example"}, LONG_AGO, "(email)"),
        ({"type": "domain-name", "value": "a.example"}, LONG_AGO, None),
    ],
)
def test_personal_values_go_some_time_after_they_came(
    item: dict[str, object], received: datetime, reason: str | None
) -> None:
    found = Retention(NOW, personal_for=timedelta(days=365)).verdict(item, received)
    assert (found is None) == (reason is None)
    assert reason is None or (found is not None and found.endswith(reason))


def test_nothing_goes_when_nothing_is_said() -> None:
    retention = Retention(NOW)
    assert retention.types == ()
    assert retention.verdict({**ACCOUNT, "valid_until": "2001-01-01T00:00:00Z"}, LONG_AGO) is None
