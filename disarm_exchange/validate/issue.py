"""What the validator says: one issue, one place, one reason, one way to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How much an issue matters, in rising order."""

    INFO = 0
    """Worth knowing; nothing has to change."""
    WARNING = 1
    """A person should look."""
    ERROR = 2
    """A consumer breaks on it or is misled by it."""

    @property
    def label(self) -> str:
        """As reports and options have it: `error`."""
        return self.name.lower()


class Finding(NamedTuple):
    """What a rule found in one object: where, and why it is wrong. The rule knows the rest."""

    pointer: str
    """JSON pointer inside the object; empty for the whole object."""
    reason: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem with one object or with the whole bundle."""

    code: str
    """Id of the rule, `DX204`."""
    severity: Severity
    reason: str
    fix: str
    """What to do about it."""
    object_id: str = ""
    """Id of the object, as it stands there; empty if it has none."""
    pointer: str = ""
    """JSON pointer inside the object; empty for the whole object."""
    number: int = -1
    """Number of the object in the sequence that was checked, from 0; -1 for the bundle as a whole."""


def escape(name: str) -> str:
    """A property name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def pointer_to(path: tuple[str | int, ...] | list[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path of names and numbers."""
    return "".join(f"/{escape(step) if isinstance(step, str) else step}" for step in path)


def shown(value: object, limit: int = 60) -> str:
    """A value as messages quote it: short, on one line, without control characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: limit + 1])
    return f"{text[:limit]}…" if len(text) > limit else text
