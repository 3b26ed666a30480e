"""Recalls: what tells a reader, through ordinary reading, that an object is not for that reader any more.

When a newer version of an object is marked more strictly, or something that it mentions is, a reader of lower clearance
sees no version of it from then on, and would keep the old one for ever. So whoever could see the object and
cannot any more gets a revocation of what could be seen (stix/recalling.py), with a `date_added` of its own, in the same
transaction. To them it is the object's only version; nobody else ever sees it.

There is one row for each clearance, so that a reader's recalls are one range of an index. It is there as long as no
version of the object is shown at that clearance: when a newer one is, that one says all there is to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, delete, false, select, union_all, update

from disarm_exchange.stix.recalling import recall_of
from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.incoming import SPEC_VERSION, read_object, write_object
from disarm_exchange.store.markings import NOBODY, NONE
from disarm_exchange.store.query import Filter, Keyword
from disarm_exchange.store.tables import collections, object_versions, recalls
from disarm_exchange.store.versions import Before, Shown, Version, in_slices, stored_versions

_C = object_versions.c
_R = recalls.c
_COLUMNS = tuple(column.name for column in _R)


def call_back(
    tx: Transaction, collection: int, before: Before, known: Mapping[str, Sequence[Version]], stamp: int
) -> int:
    """Make recalls for those who could see an object and cannot any more.

    Args:
        tx: the writing transaction; everything else is stored.
        collection: the collection's number.
        before: how the objects that may have been tightened stood before, those that were stored.
        known: their versions as they are now, of those at hand.
        stamp: the first `date_added` that is free.

    Returns:
        The first `date_added` that is free then.
    """
    first = stamp
    for some in in_slices(sorted(before.keys())):
        outside = [stix_id for stix_id in some if stix_id not in known]
        elsewhere = stored_versions(tx, collection, outside) if outside else {}
        lost: dict[int, list[int]] = defaultdict(list)  # by date_added of what was seen: who saw it
        newest: dict[int, str] = {}
        for stix_id in some:
            now = known.get(stix_id) or elsewhere[stix_id]
            for clearance in range(_widest(before[stix_id]), min(_widest(now), NOBODY)):
                seen = [row for row in before[stix_id] if row.level <= clearance < row.ceiling]
                last = max(seen, key=lambda row: (row.version_at, row.date_added)).date_added
                lost[last].append(clearance)
                newest[last] = max(now, key=lambda row: row.version_at).version or ""
        if lost:
            stamp = _insert(tx, collection, lost, newest, stamp)
    if stamp > first:
        mine = collections.c.number == collection
        tx.connection.execute(update(collections).where(mine).values(last_recall=stamp - 1))
    return stamp


def _widest(rows: Iterable[Shown | Version]) -> int:
    """The lowest clearance at which something is shown; all above see something too."""
    return min((row.level for row in rows if row.level < row.ceiling), default=NONE)


def _insert(
    tx: Transaction, collection: int, lost: Mapping[int, Sequence[int]], newest: Mapping[int, str], stamp: int
) -> int:
    rows: list[tuple[object, ...]] = []
    query = select(_C.date_added, _C.body).where(_C.collection == collection, among(tx, _C.date_added, lost))
    for date_added, body in tx.connection.execute(query.order_by(_C.date_added)):
        item = recall_of(orjson.loads(body), newest[date_added])
        if item is None:
            continue
        read = read_object(write_object(item))
        facts = (read.stix_id, read.type, read.spec_version, read.version, read.version_at, read.digest, read.body)
        rows += [(collection, clearance, stamp, *facts) for clearance in lost[date_added]]
        stamp += 1
    insert_rows(tx, recalls, _COLUMNS, rows)
    return stamp


def forget_recalls(tx: Transaction, collection: int, ids: Collection[str]) -> None:
    """Drop the recalls of objects to those who see a version of them now."""
    query = select(_R.stix_id, _R.clearance).where(_R.collection == collection, among(tx, _R.stix_id, ids))
    called_back: dict[str, list[int]] = defaultdict(list)
    for stix_id, clearance in tx.connection.execute(query):
        called_back[stix_id].append(clearance)
    if not called_back:
        return
    now = stored_versions(tx, collection, called_back)
    for stix_id, clearances in called_back.items():
        shown = {clearance for clearance in clearances if _widest(now.get(stix_id, ())) <= clearance}
        if shown:
            mine = and_(_R.collection == collection, _R.stix_id == stix_id, _R.clearance.in_(shown))
            tx.connection.execute(delete(recalls).where(mine))


def recalled_contents(tx: Transaction, ids: Iterable[str]) -> set[tuple[str, bytes]]:
    """(id, digest of the content) of all recalls that we made of these objects, in any collection."""
    marked = select(collections.c.number).where(collections.c.last_recall > 0)
    numbers = tx.connection.execute(marked).scalars().all()
    found: set[tuple[str, bytes]] = set()
    if numbers:
        # the index begins with the collection, so each must be named
        query = select(_R.stix_id, _R.digest).where(_R.collection.in_(numbers), among(tx, _R.stix_id, ids))
        found.update((stix_id, bytes(digest)) for stix_id, digest in tx.connection.execute(query))
    return found


def recall_query(
    collection: int, wanted: Filter, columns: Sequence[ColumnElement[Any]], limit: int
) -> Select[*tuple[Any, ...]]:
    """The first `limit` recalls that a filter lets through, in the order of their `date_added`.

    Args:
        collection: the collection's number.
        wanted: the filter; its `recalled` is set.
        columns: columns of `object_versions` that recalls have too.
        limit: how many at most.
    """
    chosen = [_R[column.name] for column in columns]
    ranges = [_condition(collection, wanted, kind) for kind in wanted.types or (None,)]
    if len(ranges) == 1:
        return select(*chosen).where(ranges[0]).order_by(_R.date_added).limit(limit)
    branches = [select(_R.date_added).where(one).order_by(_R.date_added).limit(limit).subquery() for one in ranges]
    dates = union_all(*(select(branch.c.date_added) for branch in branches)).subquery()
    firsts = select(dates.c.date_added).order_by(dates.c.date_added).limit(limit)
    mine = and_(_R.collection == collection, _R.clearance == wanted.clearance, _R.date_added.in_(firsts))
    return select(*chosen).where(mine).order_by(_R.date_added)


def _condition(collection: int, wanted: Filter, kind: str | None) -> ColumnElement[bool]:
    """A reader's recalls, of one type or all. Each is the first and the last version that there is for the reader."""
    assert wanted.recalled is not None
    after, upto = wanted.recalled
    # Where ids are asked for, the additions keep a planner from walking all of a reader's recalls.
    by_id = wanted.ids is not None
    date_added, clearance = (_R.date_added + 0, _R.clearance + 0) if by_id else (_R.date_added, _R.clearance)
    parts = [_R.collection == collection, clearance == wanted.clearance]
    parts += [date_added > max(after, wanted.added_after or 0), date_added <= upto]
    moments = [version for version in wanted.versions if isinstance(version, int)]
    if not any(isinstance(version, Keyword) for version in wanted.versions):
        parts.append(_R.version_at.in_(moments))
    if wanted.ids is not None:
        parts.append(_R.stix_id.in_(wanted.ids))
    if kind is not None:
        parts.append(_R.type == kind)
    if wanted.spec_versions is not None and SPEC_VERSION not in wanted.spec_versions:
        parts.append(false())
    return and_(*parts)
