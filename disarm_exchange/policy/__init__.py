"""What may leave, for whom and in which form: markings, clearance, filters, redaction.

Every way out (TAXII answer, push, file, report, page, log) passes through the one function of this room: `release`
for a recipient of whom only the clearance is known, `share` (which calls it) for one with a policy of its own.
Pure functions over plain dicts; nothing here reads a file or a database.
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
from disarm_exchange.policy.filters import Filters
from disarm_exchange.policy.redaction import Action, Kind, Redaction
from disarm_exchange.policy.release import Released, Withheld, release
from disarm_exchange.policy.sharing import Shared, SharingPolicy, share

__all__ = [
    "NOT_SHAREABLE",
    "Action",
    "Clearance",
    "EffectiveMarking",
    "Filters",
    "Kind",
    "Redaction",
    "Released",
    "Shared",
    "SharingPolicy",
    "Withheld",
    "effective_marking",
    "marking_ids",
    "may_read",
    "release",
    "share",
    "sharing_level",
]
