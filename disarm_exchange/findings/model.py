"""What a source yields: findings, and records that could not be read as findings."""

from __future__ import annotations

from dataclasses import dataclass, fields
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


class _Draft:
    """A `Finding` before it is frozen: the same slots, so that it can become one."""

    __slots__ = tuple(field.name for field in fields(Finding))

    labels: tuple[str, ...]
    raw: str
    value: Value
    note: str
    file: str
    record: int
    reported: date | None
    more: tuple[Value, ...]
    role: str | None


def quick_finding(
    labels: tuple[str, ...],
    raw: str,
    value: Value,
    note: str,
    file: str,
    record: int,
    *,
    reported: date | None = None,
    more: tuple[Value, ...] = (),
    role: str | None = None,
) -> Finding:
    """A finding, made in a third of the time of `Finding(...)`; why, is said at `values.model.quick_value`."""
    draft = _Draft()
    draft.labels = labels
    draft.raw = raw
    draft.value = value
    draft.note = note
    draft.file = file
    draft.record = record
    draft.reported = reported
    draft.more = more
    draft.role = role
    draft.__class__ = Finding  # type: ignore[assignment]
    return draft  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no finding: it is kept and named, never dropped."""

    raw: str
    """The record as it stood, as far as it could be read (at most 2,000 characters)."""

    reason: str
    """What is wrong with it, and what to do."""

    file: str
    record: int
