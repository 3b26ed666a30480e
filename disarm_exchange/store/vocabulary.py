"""Shared vocabulary: objects that are shown to a reader with the first object that uses them and that the reader sees.

A technique, a platform or a country is TLP:CLEAR by nature, whatever the marking of the case that uses it. In a
collection it tells all the same that somebody has such a case. So, beside its own marking, it has as level the widest
level among the objects of its collection that mention it; while none does, no reader sees it.

When a wider object comes to mention it later, the readers who may see it from then on must find it after everything
that they have read. So it gets a second row, with a `date_added` of its own, for those readers only: the rows of one
version divide the readers among them (from `level` up to below `ceiling`), and each reader sees the version once. What
was shown stays shown: a reader has it already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import insert, literal, select

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.project import PROJECT_IDENTITY_ID
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import Incoming, read_object
from disarm_exchange.store.markings import NOBODY, NONE
from disarm_exchange.store.mentions import Standing, copy_mentions, stored_standings, widest_mentioners
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.versions import Version, arrange, save_standing, stored_versions

_C = object_versions.c
_SET_HERE = ("date_added", "level", "floor", "ceiling", "newest", "current", "older_level")


def is_vocabulary(item: StixObject) -> bool:
    """Whether an object belongs to no case: the project's shared objects, and organisations that speak for themselves.

    Every other object is somebody's own, and its marking is that producer's word.
    """
    creator = item.get("created_by_ref")
    if creator is None:
        return False
    return creator == PROJECT_IDENTITY_ID or (creator == item.get("id") and item.get("type") == "identity")


def show_with_users(
    tx: Transaction,
    collection: int,
    known: Mapping[str, list[Version]],
    added: Sequence[tuple[Incoming, Version]],
    outside: Mapping[str, Standing],
    stamp: int,
) -> int:
    """Give vocabulary the level of its widest user: in versions being added in place, to stored ones by new rows.

    Args:
        tx: the writing transaction; the versions added are not stored yet.
        collection: the collection's number.
        known: all versions, stored and added, of the objects that are being added; their other levels are settled.
        added: the versions being added.
        outside: how stored objects stand that the added ones mention.
        stamp: the first `date_added` that is free.

    Returns:
        The first `date_added` that is free then.
    """
    follows = {stix_id for stix_id, standing in outside.items() if standing.floor is not None}
    follows |= {stix_id for stix_id, rows in known.items() if any(row.floor is not None for row in rows)}
    if not follows:
        return stamp
    work = _Showing(tx, collection, known, stamp)
    wanted: dict[str, int] = {}
    for item, version in added:
        if version.floor is not None:
            work.mentioned.setdefault(item.stix_id, set()).update(item.mentions)
        else:
            for other in item.mentions & follows:
                wanted[other] = min(version.level, wanted.get(other, NONE))
    first = [stix_id for stix_id in work.mentioned if all(row.saved is None for row in known[stix_id])]
    for stix_id, level in widest_mentioners(tx, collection, first).items():
        wanted[stix_id] = min(level, wanted.get(stix_id, NONE))
    for stix_id in work.mentioned:
        # A newer version is for whoever knows the older one.
        before = [row.level for row in known[stix_id] if row.saved is not None]
        level = min([*before, wanted.get(stix_id, NOBODY)])
        for row in known[stix_id]:
            if row.saved is None and row.floor is not None:
                row.level = max(row.floor, NOBODY)
        wanted[stix_id] = level
    held = {stix_id: standing for stix_id, standing in outside.items() if stix_id in follows}
    while wanted:
        wanted = work.widen(wanted, held)
        held = stored_standings(tx, collection, wanted.keys() - known.keys()) if wanted else {}
    return work.stamp


@dataclass(slots=True)
class _Showing:
    """The state of one call of `show_with_users`; `mentioned`: what vocabulary that is being shown mentions, by id."""

    tx: Transaction
    collection: int
    known: Mapping[str, list[Version]]
    stamp: int
    mentioned: dict[str, set[str]]

    def __init__(self, tx: Transaction, collection: int, known: Mapping[str, list[Version]], stamp: int) -> None:
        self.tx, self.collection, self.known, self.stamp = tx, collection, known, stamp
        self.mentioned = {}

    def widen(self, wanted: Mapping[str, int], held: Mapping[str, Standing]) -> dict[str, int]:
        """Show vocabulary up to these levels, by id; the levels that what it mentions should have now."""
        rising = [
            stix_id
            for stix_id, standing in held.items()
            if standing.floor is not None and max(standing.floor, wanted.get(stix_id, NONE)) < standing.level
        ]
        stored = stored_versions(self.tx, self.collection, rising) if rising else {}
        further: dict[str, int] = {}
        for stix_id, level in sorted(wanted.items()):
            rows = self.known.get(stix_id) or stored.get(stix_id) or []
            if self._widen_one(stix_id, rows, level):
                shown = min(row.level for row in rows)
                for other in self.mentioned.get(stix_id, ()):
                    further[other] = min(shown, further.get(other, NONE))
        return further

    def _widen_one(self, stix_id: str, rows: list[Version], level: int) -> bool:
        """Whether anything had to be done."""
        widest: dict[int, Version] = {}
        for row in rows:
            if row.version_at not in widest or row.level < widest[row.version_at].level:
                widest[row.version_at] = row
        done = False
        for _, row in sorted(widest.items()):
            if row.floor is None or max(row.floor, level) >= row.level:
                continue
            done = True
            if row.saved is None:
                row.level = max(row.floor, level)
            else:
                rows.append(self._further_row(stix_id, row, max(row.floor, level)))
        if done:
            arrange(rows)
            save_standing(self.tx, self.collection, rows)
            for row in rows:
                if row.saved is not None:
                    row.saved = row.standing
        return done

    def _further_row(self, stix_id: str, row: Version, level: int) -> Version:
        """A row for the readers from this level up to those who have the version by the rows that there are."""
        new = replace(row, date_added=self.stamp, level=level, ceiling=row.level)
        self.stamp += 1
        values: dict[str, object] = {name: getattr(new, name) for name in _SET_HERE}
        columns = [column for column in _C if column.name not in values]
        source = select(*columns, *(literal(value, _C[name].type) for name, value in values.items())).where(
            _C.collection == self.collection, _C.date_added == row.date_added
        )
        self.tx.connection.execute(
            insert(object_versions).from_select([*columns, *(_C[name] for name in values)], source)
        )
        new.saved = new.standing
        body = self.tx.connection.execute(
            select(_C.body).where(_C.collection == self.collection, _C.date_added == row.date_added)
        ).scalar_one()
        mentions = read_object(bytes(body)).mentions
        copy_mentions(self.tx, self.collection, mentions, new.date_added)
        self.mentioned.setdefault(stix_id, set()).update(mentions)
        return new
