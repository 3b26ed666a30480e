"""The versions of one object in one collection: which is the newest, and how widely each is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import bindparam, select, update

from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.markings import NONE
from disarm_exchange.store.tables import object_versions

_VALUES_A_QUERY = 500

Value = TypeVar("Value")
Standing = tuple[bool, bool, int, int | None, int]


@dataclass(slots=True)
class Version:
    """One row of one version of an object, stored or about to be. Most versions have one row (see vocabulary.py).

    Attributes:
        level: the readers who see it, from here up.
        floor: for shared vocabulary, how widely it may be shown at most: what `level` is for every other object.
        ceiling: readers from here up see this version in another, older row.
        newest: whether it is the object's one row for whoever wants the newest version; it is the widest one.
        current: whether it is a row of the newest version.
        saved: the strict level, and all that may change, as they stand in the database; None when it is not stored.
    """

    date_added: int
    version: str | None
    version_at: int
    digest: bytes
    own_level: int
    level: int
    floor: int | None = None
    ceiling: int = NONE
    newest: bool = True
    current: bool = True
    older_level: int = NONE
    saved: Standing | None = None

    @property
    def standing(self) -> Standing:
        """What may change while it is stored."""
        return self.newest, self.current, self.level, self.floor, self.older_level

    @property
    def strict(self) -> int:
        """The level by markings and by what it mentions: what mentions it has that level at least."""
        return self.level if self.floor is None else self.floor

    def raise_to(self, level: int) -> None:
        """Show it no more widely than that."""
        self.level = max(self.level, level)
        if self.floor is not None:
            self.floor = max(self.floor, level)


class Shown(NamedTuple):
    """A row of a version as it stood before a change: readers from `level` up to below `ceiling` saw it."""

    level: int
    ceiling: int
    version_at: int
    date_added: int


Before = dict[str, list[Shown]]
"""How the rows of some objects stood before a change, by id."""


def note_shown(before: Before, known: Mapping[str, Iterable[Version]]) -> None:
    """Remember how stored objects are shown, before that is changed."""
    for stix_id, versions in known.items():
        before[stix_id] = [Shown(one.level, one.ceiling, one.version_at, one.date_added) for one in versions]


def in_slices(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in parts that fit one query."""
    for start in range(0, len(values), _VALUES_A_QUERY):
        yield values[start : start + _VALUES_A_QUERY]


def stored_versions(tx: Transaction, collection: int, ids: Iterable[str]) -> dict[str, list[Version]]:
    """All rows of the stored versions of these objects, by id; objects that are not stored are not in it."""
    columns = object_versions.c
    found: dict[str, list[Version]] = {}
    query = select(
        columns.stix_id,
        columns.date_added,
        columns.version,
        columns.version_at,
        columns.digest,
        columns.own_level,
        columns.level,
        columns.floor,
        columns.ceiling,
        columns.newest,
        columns.current,
        columns.older_level,
    ).where(columns.collection == collection, among(tx, columns.stix_id, ids))
    for stix_id, *facts in tx.connection.execute(query):
        version = Version(*facts)
        version.saved = version.standing
        found.setdefault(stix_id, []).append(version)
    return found


def arrange(versions: list[Version]) -> None:
    """Put the versions of one object in order, and settle what each is among them.

    The newest version decides: once an object is marked more strictly, its older versions go out no more widely.
    """
    versions.sort(key=lambda version: (version.version_at, version.date_added))
    newest = versions[-1]
    strict = max(version.strict for version in versions if version.version_at == newest.version_at)
    widest_older, widest, at = NONE, NONE, versions[0].version_at
    for version in versions:
        if version.version_at != at:
            widest_older, at = min(widest_older, widest), version.version_at
        widest = min(widest, version.own_level)
        version.newest = version is newest
        version.current = version.version_at == newest.version_at
        version.raise_to(strict)
        version.older_level = widest_older


def save_standing(tx: Transaction, collection: int, versions: Iterable[Version]) -> None:
    """Write what has changed of stored versions."""
    changed = [
        {
            "at": version.date_added,
            "new": version.newest,
            "now": version.current,
            "wide": version.level,
            "most": version.floor,
            "older": version.older_level,
        }
        for version in versions
        if version.saved not in (None, version.standing)
    ]
    if changed:
        columns = object_versions.c
        tx.connection.execute(
            update(object_versions)
            .where(columns.collection == collection, columns.date_added == bindparam("at"))
            .values(
                newest=bindparam("new"),
                current=bindparam("now"),
                level=bindparam("wide"),
                floor=bindparam("most"),
                older_level=bindparam("older"),
            ),
            changed,
        )
