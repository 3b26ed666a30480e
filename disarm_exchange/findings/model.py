"""What a source yields: findings, and records that could not be read as findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from disarm_exchange.findings.values import Value

OPERATION = "operation"
"""The part of a value that is the operation's own asset."""

AMPLIFIER = "amplifier"
"""The part of a value that spread what the operation said: it may be anybody's."""

UNCLEAR = "unclear"
"""The part of a value of which nothing says whose it is."""

VICTIM = "victim"
"""The part of a value that a victim is called by or owns: it stays home."""

TARGET = "target"
"""The part of a value of whom the operation was aimed at: it stays home where the source itself says so."""

IMPERSONATED = "impersonated"
"""The part of a value of whom the operation posed as: it stays home where the source itself says so."""

NOT_FOR_DETECTION = "not-for-detection"
"""The part of a value whose own producer does not offer it for detection: it becomes no indicator."""

HASHED = "hashed"
"""The part of an account that an archive names by a hash only: nobody can detect it by that."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One record of what a takedown team found."""

    labels: tuple[str, ...]
    """The label path, outermost first (tactic, technique, procedure), white space folded; blank steps are left out."""

    raw: str
    """The value's cell exactly as it stood in the file."""

    value: Value
    """What the cell says: kind, refanged value, platform, login, count."""

    note: str
    """The comment beside it, white space folded; columns the profile does not know are appended as `Column: text`."""

    file: str
    """Base name of the source file."""

    record: int
    """Number of the record in its file; the header is record 1, blank records count."""

    reported: date | None = None
    """The date the record itself carries, if its layout has one."""

    more: tuple[Value, ...] = ()
    """Further values of the same record: the target a short link redirects to, the rest of a list in one cell."""

    role: str | None = None
    """The part that the value plays in the case, where the source itself says so; else the mapping decides.

    One of the parts above, `NOT_FOR_DETECTION` or `HASHED`.
    """


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no finding: it is kept and named, never dropped."""

    raw: str
    """The record as it stood, as far as it could be read (at most 2,000 characters)."""

    reason: str
    """What is wrong with it, and what to do."""

    file: str
    record: int
