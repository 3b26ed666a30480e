"""What may leave, for whom and in which form: markings, clearance, filters, redaction.

Every way out (TAXII answer, push, file, report, page, log) passes through the one function of this room: `release`.
Pure functions over plain dicts; nothing here reads a file, a database or a clock.
"""

from disarm_exchange.policy.clearance import (
    NOT_SHAREABLE,
    Clearance,
    EffectiveMarking,
    effective_marking,
    marking_ids,
    may_read,
    sharing_level,
)
from disarm_exchange.policy.release import Released, Withheld, release

__all__ = [
    "NOT_SHAREABLE",
    "Clearance",
    "EffectiveMarking",
    "Released",
    "Withheld",
    "effective_marking",
    "marking_ids",
    "may_read",
    "release",
    "sharing_level",
]
