"""What changed from one DISARM release to another."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_exchange.disarm.catalogue import Catalogue, Retired, Tactic, Technique
from disarm_exchange.disarm.continuity import continued, named


@dataclass(frozen=True, slots=True)
class Removal:
    """A technique that the later release has not; `retired` says what it knows of that, None if it knows nothing."""

    old: Technique
    retired: Retired | None

    @property
    def successors(self) -> tuple[str, ...]:
        """Techniques of the later release that take its place."""
        return self.retired.successors if self.retired is not None else ()


@dataclass(frozen=True, slots=True)
class Change:
    """A technique that both releases have, and that differs."""

    old: Technique
    new: Technique


@dataclass(frozen=True, slots=True)
class Reuse:
    """An id that names something else in the later release; `now_at` is where what it named has gone, if it is told."""

    old: Technique
    new: Technique
    now_at: str | None


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """All that differs between two releases, each list in order of id."""

    old: str
    new: str
    added: tuple[Technique, ...]
    removed: tuple[Removal, ...]
    renamed: tuple[Change, ...]
    reused: tuple[Reuse, ...]
    moved: tuple[Change, ...]
    """To another tactic."""
    new_parent: tuple[Change, ...]
    tactics_added: tuple[Tactic, ...]
    tactics_removed: tuple[Tactic, ...]
    tactics_renamed: tuple[tuple[Tactic, Tactic], ...]

    def is_empty(self) -> bool:
        """Whether the two releases say the same."""
        techniques = (self.added, self.removed, self.renamed, self.reused, self.moved, self.new_parent)
        return not any((*techniques, self.tactics_added, self.tactics_removed, self.tactics_renamed))


def diff_releases(old: Catalogue, new: Catalogue) -> ReleaseDiff:
    """What changes for somebody who goes from one release to the other (also back, from a later one to an earlier)."""
    before = {technique.id: technique for technique in old.techniques()}
    after = {technique.id: technique for technique in new.techniques()}
    both = [Change(before[key], after[key]) for key in before if key in after]
    other_names = [change for change in both if change.old.name != change.new.name]
    reused = {change.old.id: reuse for change in other_names if (reuse := _reuse(change, old, new)) is not None}
    same = [change for change in both if change.old.id not in reused]
    tactics_before = {tactic.id: tactic for tactic in old.tactics}
    tactics_after = {tactic.id: tactic for tactic in new.tactics}
    return ReleaseDiff(
        old=old.release,
        new=new.release,
        added=tuple(after[key] for key in after if key not in before),
        removed=tuple(Removal(before[key], new.retired(key)) for key in before if key not in after),
        renamed=tuple(change for change in other_names if change.old.id not in reused),
        reused=tuple(reused.values()),
        moved=tuple(change for change in same if set(change.old.tactic_ids) != set(change.new.tactic_ids)),
        new_parent=tuple(change for change in same if change.old.parent_id != change.new.parent_id),
        tactics_added=tuple(tactics_after[key] for key in tactics_after if key not in tactics_before),
        tactics_removed=tuple(tactics_before[key] for key in tactics_before if key not in tactics_after),
        tactics_renamed=tuple(
            (tactics_before[key], tactics_after[key])
            for key in tactics_before
            if key in tactics_after and tactics_before[key].name != tactics_after[key].name
        ),
    )


def _reuse(change: Change, old: Catalogue, new: Catalogue) -> Reuse | None:
    if continued(change.old, old, new) is not None:
        return None
    now_at = named(change.old.name, new.techniques())
    return Reuse(change.old, change.new, now_at.id if now_at is not None else None)
