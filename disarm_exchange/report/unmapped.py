"""What no technique is called for: findings of an account, techniques that are not DISARM's, notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.report.shown import one_line


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Findings without a technique, by label.

    Attributes:
        known: whether an account was given; without one a bundle does not say.
        labels: label, why no technique is called, number of findings; most first.
    """

    known: bool = False
    labels: tuple[tuple[str, str, int], ...] = ()

    @property
    def findings(self) -> int:
        """How many findings."""
        return sum(count for _, _, count in self.labels)


def unmapped_of(account: Path, released: Collection[str]) -> Unmapped:
    """Read an account (`convert --account`).

    An account holds what must stay with the producer, so of a record only label and reason are taken, and only where
    the record gave objects and all of them are shown anyway.

    Args:
        account: JSON Lines.
        released: ids of the objects that may be shown.

    Raises:
        UserError: it cannot be read, or is no account.
    """
    counts: Counter[tuple[str, str]] = Counter()
    try:
        with account.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    _count(line, f"{account}:{number}", released, counts)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(account)) from None
    rows = [(label, reason, count) for (label, reason), count in counts.items()]
    return Unmapped(True, tuple(sorted(rows, key=lambda row: (-row[2], row[0], row[1]))))


def _count(line: bytes, where: str, released: Collection[str], counts: Counter[tuple[str, str]]) -> None:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = None
    if not isinstance(record, dict) or not {"outcome", "techniques", "object_ids"} <= record.keys():
        raise UserError("is no line of an account", where=where, fix="give the file that `convert --account` wrote")
    objects = record["object_ids"]
    if record["techniques"] or not isinstance(objects, list) or not objects:
        return
    if all(isinstance(one, str) and one in released for one in objects):
        labels = record.get("labels")
        label = one_line(labels[-1], 300) if isinstance(labels, list) and labels else ""
        counts[label or "(no label)", one_line(record.get("mapping_reason"), 300)] += 1
