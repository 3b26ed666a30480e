"""What a server that we run accepts: valid STIX 2.1, as the validate room judges it."""

from __future__ import annotations

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate import Severity, check_object

_PROFILE = "stix"
_MOST_REASONS = 3


def refusal_of(item: StixObject) -> str | None:
    """Why a published object is refused: its first errors, each with its place; None when it is valid STIX 2.1."""
    errors = [issue for issue in check_object(item, profile=_PROFILE) if issue.severity is Severity.ERROR]
    if not errors:
        return None
    return "; ".join(f"{issue.code} at {issue.pointer or '/'}: {issue.reason}" for issue in errors[:_MOST_REASONS])
