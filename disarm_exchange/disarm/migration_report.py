"""What a migration did, and what it leaves to people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Move:
    """A relationship that says another technique now; `by` is what decided (see `succession.Decision`)."""

    relationship: str
    technique_id: str
    name: str
    successors: tuple[str, ...]
    by: str
    new_relationships: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """An object that stays as it is because a person has to decide."""

    object_id: str
    technique_id: str
    name: str
    reason: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """An object that ought to change and is somebody else's: only its creator may revise it."""

    object_id: str
    creator: str | None
    technique_id: str
    reason: str


@dataclass
class MigrationReport:
    """All that came of a migration."""

    release: str
    producers: tuple[str | None, ...] = ()
    """The identities whose objects were changed; None stands for objects without a creator."""
    moved: list[Move] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Objects by what happened to them: `unchanged`, `updated`, `revoked`, `new`, `replaced` (left out, because nothing
    refers to them any more)."""

    @property
    def needs_a_person(self) -> bool:
        """Whether something was left."""
        return bool(self.left or self.conflicts)

    def as_record(self) -> dict[str, object]:
        """Everything, for JSON."""
        return {
            "release": self.release,
            "producers": list(self.producers),
            "objects": dict(sorted(self.counts.items())),
            "moved": [
                {
                    "relationship": one.relationship,
                    "technique": one.technique_id,
                    "name": one.name,
                    "successors": one.successors,
                    "by": one.by,
                    "new_relationships": one.new_relationships,
                }
                for one in self.moved
            ],
            "left": [
                {
                    "object": one.object_id,
                    "technique": one.technique_id,
                    "name": one.name,
                    "reason": one.reason,
                    "candidates": one.candidates,
                }
                for one in self.left
            ],
            "conflicts": [
                {
                    "object": one.object_id,
                    "creator": one.creator,
                    "technique": one.technique_id,
                    "reason": one.reason,
                }
                for one in self.conflicts
            ],
        }
