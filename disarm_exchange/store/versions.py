"""The versions of one object in one collection: which is the newest, and how widely each is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import bindparam, select, update

from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.markings import NONE
from disarm_exchange.store.tables import object_versions

_VALUES_A_QUERY = 500

Value = TypeVar("Value")


@dataclass(slots=True)
class Version:
    """One version of an object, stored or about to be.

    Attributes:
        saved: newest, level and older_level as they stand in the database; None for a version that is not stored yet.
    """

    date_added: int
    version: str | None
    version_at: int
    digest: bytes
    own_level: int
    level: int
    newest: bool = True
    older_level: int = NONE
    saved: tuple[bool, int, int] | None = None

    @property
    def standing(self) -> tuple[bool, int, int]:
        """What may change while it is stored."""
        return self.newest, self.level, self.older_level


def in_slices(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in parts that fit one query."""
    for start in range(0, len(values), _VALUES_A_QUERY):
        yield values[start : start + _VALUES_A_QUERY]


def stored_versions(tx: Transaction, collection: int, ids: Iterable[str]) -> dict[str, list[Version]]:
    """All stored versions of these objects, by id; objects that are not stored are not in it."""
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
        columns.newest,
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
    versions.sort(key=lambda version: version.version_at)
    newest, widest_older = versions[-1], NONE
    for version in versions:
        version.newest = version is newest
        version.level = max(version.level, newest.level)
        version.older_level = widest_older
        widest_older = min(widest_older, version.own_level)


def save_standing(tx: Transaction, collection: int, versions: Iterable[Version]) -> None:
    """Write what has changed of stored versions."""
    changed = [
        {"at": version.date_added, "new": version.newest, "wide": version.level, "older": version.older_level}
        for version in versions
        if version.saved not in (None, version.standing)
    ]
    if changed:
        columns = object_versions.c
        tx.connection.execute(
            update(object_versions)
            .where(columns.collection == collection, columns.date_added == bindparam("at"))
            .values(newest=bindparam("new"), level=bindparam("wide"), older_level=bindparam("older")),
            changed,
        )
