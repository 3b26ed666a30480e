"""Whose a value is: its part in the case, also where another record of the case says so.

A value that is a victim's, a service's or a copied source's in one record must not become an indicator through
another. A conversion learns the parts as it goes; only when one of them contradicts what was already written is the
case converted once more, with all parts known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from disarm_exchange.convert.outcome import AT_HOME
from disarm_exchange.disarm.mapping import Verdict
from disarm_exchange.findings.model import AMPLIFIER, HASHED, NOT_FOR_DETECTION, OPERATION, UNCLEAR, VICTIM, Finding
from disarm_exchange.findings.roles import role_in_note
from disarm_exchange.findings.values import Value

_HOME = frozenset(AT_HOME.values())
_RANK: Mapping[str, int] = {OPERATION: 0, **dict.fromkeys(_HOME, 2)}
_PLAIN = frozenset({OPERATION, UNCLEAR})
_NOT_SPREADING = frozenset({OPERATION, UNCLEAR, AMPLIFIER, NOT_FOR_DETECTION, HASHED})
"""Parts that say nothing of the same value elsewhere in the case.

A domain that one record lists among redirects of unknown owners is the operation's own where another record says so.
"""


class PartsConflictError(Exception):
    """A value was written before the record that tells whose it is; `parts` has all parts of the case."""

    def __init__(self, parts: Mapping[str, str]) -> None:
        super().__init__("a value's part in the case became known after it was written")
        self.parts = dict(parts)


@dataclass(slots=True)
class Learnt:
    """The parts of values that records of a case have told."""

    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the value's key: its part, and what stands in the output when the value does."""

    changed: bool = False
    """Whether two records told different parts of one value."""

    def learn(self, value: Value, own: str, written_as: str) -> None:
        """Remember that a record gives the value this part, if it bears on other records.

        Args:
            value: the value.
            own: its part in this record.
            written_as: what stands in the output when the value does: the id of its observable, or its key.
        """
        if spreads(own):
            self._put(value_key(value), own, written_as)

    def join(self, other: Learnt) -> None:
        """Take in what other records told."""
        self.changed |= other.changed
        for key, (part, written_as) in other.parts.items():
            self._put(key, part, written_as)

    def check(self, written: Callable[[str, bool], bool]) -> None:
        """At the end of a case: nothing may have been written that a part learnt later forbids.

        Args:
            written: whether the object of that id stands in the output; with True, whether an indicator of it does.

        Raises:
            PartsConflictError: convert the case again, with the parts it carries.
        """
        learnt = self.parts.values()
        if self.changed or any(written(written_as, part not in _HOME) for part, written_as in learnt):
            raise PartsConflictError({key: part for key, (part, _) in self.parts.items()})

    def _put(self, key: str, part: str, written_as: str) -> None:
        before = self.parts.get(key)
        if before is None:
            self.parts[key] = part, written_as
        elif before[0] != part:
            self.parts[key] = max(part, before[0], key=lambda name: (_RANK.get(name, 1), name)), written_as
            self.changed = True


def spreads(part: str) -> bool:
    """Whether the part that a value has in one record bears on the same value in others."""
    return part not in _NOT_SPREADING


def value_key(value: Value) -> str:
    """What makes two values the same thing, whatever cell they stood in."""
    if value.login is None and value.user_id is None:
        return f"{value.kind.value}\x1f{value.text}"
    where = value.platform or urlsplit(value.url or "").hostname or ""
    return f"{value.kind.value}\x1f{where}\x1f{value.login or value.user_id}"


def part_of(finding: Finding, verdict: Verdict) -> str:
    """The part that a finding's value plays: as the mapping says, or the source where that is nothing special.

    What is a victim's, or a target's or impersonated by the source's own words (a column of roles, or a note that says
    so plainly), stays home whatever else is said.
    """
    own, said = verdict.value_role, finding.role
    noted = role_in_note(finding.note) if finding.note else None
    if said is None and noted is None:
        return own
    if VICTIM in (own, said, noted):
        return VICTIM
    home = AT_HOME.get(said or "") or AT_HOME.get(noted or "")
    if home is not None or said is None:
        return home or own
    return said if own in _PLAIN else own
