"""What to read of a collection: the filters of TAXII 2.1 section 3.4, and the reader's clearance, as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true, union_all

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.incoming import SPEC_VERSION
from disarm_exchange.store.tables import object_versions

_C = object_versions.c
_MOST_BRANCHES = 40


class Keyword(Enum):
    """The versions that have a name (TAXII 2.1 section 3.4.1)."""

    LAST = "last"
    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which versions of which objects.

    Attributes:
        clearance: the reader's: versions of a higher level are as if they were not stored.
        added_after: only what was added after this moment, in microseconds.
        ids, types, spec_versions: only objects that have one of these; None: any.
        versions: only these versions: names, or moments in microseconds.
        upto: only what was added up to this moment, in microseconds.
        recalled: also recalls (see recalls.py) added after the first and up to the second of these moments.
    """

    clearance: int
    added_after: int | None = None
    ids: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    spec_versions: tuple[str, ...] | None = None
    versions: tuple[Keyword | int, ...] = (Keyword.LAST,)
    upto: int | None = None
    recalled: tuple[int, int] | None = None

    def after(self, date_added: int) -> Filter:
        """The same filter for what was added after that moment, or after `added_after` if that is later."""
        return replace(self, added_after=max(date_added, self.added_after or date_added))

    @property
    def with_recalls(self) -> bool:
        """Whether there may be recalls among what is wanted."""
        return self.recalled is not None and max(self.recalled[0], self.added_after or 0) < self.recalled[1]


def visible(clearance: int) -> ColumnElement[bool]:
    """The condition that a reader of this clearance may see a version. All reading goes through it.

    The addition keeps a planner from collecting all levels by their index and sorting them: `page_query` reads each
    level as a range of its own where that is cheaper.
    """
    return _C.level + 0 <= clearance


def not_seen_before(clearance: int) -> ColumnElement[bool]:
    """The condition that this row of a version is the one for that clearance; with `visible` there is just one."""
    return _C.ceiling + 0 > clearance


def chosen_versions(versions: Sequence[Keyword | int], clearance: int) -> ColumnElement[bool]:
    """The condition that a version is one of those asked for, among those that the reader may see."""
    if Keyword.ALL in versions:
        return true()
    either: list[ColumnElement[bool]] = []
    if Keyword.LAST in versions:
        either.append(_C.current)
    if Keyword.FIRST in versions:
        either.append(_C.older_level > clearance)
    moments = [version for version in versions if isinstance(version, int)]
    if moments:
        either.append(_C.version_at.in_(moments))
    return or_(*either) if either else false()


def condition(collection: int, wanted: Filter) -> ColumnElement[bool]:
    """The whole filter as one condition, the order of paging apart."""
    parts = [_C.collection == collection, visible(wanted.clearance), not_seen_before(wanted.clearance)]
    if Keyword.ALL not in wanted.versions:
        parts.append(chosen_versions(wanted.versions, wanted.clearance))
    if wanted.added_after is not None:
        parts.append(_date(wanted) > wanted.added_after)
    if wanted.upto is not None:
        parts.append(_date(wanted) <= wanted.upto)
    if wanted.ids is not None:
        parts.append(_one_of(_C.stix_id, wanted.ids))
    if wanted.types is not None:
        parts.append(_one_of(_C.type, wanted.types))
    if wanted.spec_versions is not None and SPEC_VERSION not in wanted.spec_versions:
        parts.append(false())  # everything stored is of the one version, so no collection is searched for others
    return and_(*parts)


def _date(wanted: Filter) -> ColumnElement[int]:
    """`date_added`, for comparing and ordering.

    Where ids are asked for there are few rows to sort, and they are found by id. The addition keeps a planner from
    walking the collection in the order of dates instead, to save itself the sort.
    """
    return _C.date_added if wanted.ids is None else _C.date_added + 0


def _one_of(column: ColumnElement[str], values: tuple[str, ...]) -> ColumnElement[bool]:
    return column == values[0] if len(values) == 1 else column.in_(values)


def page_query(
    collection: int, wanted: Filter, columns: Sequence[ColumnElement[object]], limit: int
) -> Select[*tuple[Any, ...]]:
    """The first `limit` matching versions in the order of their `date_added`.

    Several types, and the levels of a reader who may not see all, are read as one ordered range each and merged, so
    that a page costs the same however many objects there are, and however many are hidden.
    """
    if wanted.ids is not None:
        return select(*columns).where(condition(collection, wanted)).order_by(_date(wanted)).limit(limit)
    ranges = _ranges(collection, wanted)
    if len(ranges) == 1:
        return select(*columns).where(ranges[0]).order_by(_C.date_added).limit(limit)
    branches = [select(_C.date_added).where(one).order_by(_C.date_added).limit(limit).subquery() for one in ranges]
    dates = union_all(*(select(branch.c.date_added) for branch in branches)).subquery()
    firsts = select(dates.c.date_added).order_by(dates.c.date_added).limit(limit)
    return select(*columns).where(_C.collection == collection, _C.date_added.in_(firsts)).order_by(_C.date_added)


def _ranges(collection: int, wanted: Filter) -> list[ColumnElement[bool]]:
    """The filter as conditions of which each is one range of an index, and which no row meets twice."""
    types = wanted.types
    if types is not None and 1 < len(types) <= _MOST_BRANCHES:
        return [condition(collection, replace(wanted, types=(one,))) for one in types]
    whole = condition(collection, wanted)
    if types is None and wanted.clearance < Tlp.RED and Keyword.FIRST not in wanted.versions:
        return [and_(_C.level == level, whole) for level in range(wanted.clearance + 1)]
    return [whole]
