"""Asking the index: how many objects of each type, what is called by some words, who uses which technique.

The index may lag behind. What is not in it yet is read from the versions themselves, up to `TAIL` of them in each
collection, so answers are exact unless much was published just now (`behind`). The
transaction must see one moment throughout (`browsing.hold_still`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Row, Select, func, select

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.store.browsing import Entry, entries_at
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.index_tables import (
    index_marks,
    search_terms,
    standing_changes,
    technique_links,
    type_counts,
)
from disarm_exchange.store.index_terms import Link, links_of, terms_of, value_term, words
from disarm_exchange.store.query import visible
from disarm_exchange.store.tables import collections, object_versions

TAIL = 3000
"""So many versions of a collection that the index lacks are read live; more make it `behind`."""

_MOST_CANDIDATES = 1000
_AT_ONCE = 100
_C = object_versions.c
_HIGHEST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class TypeCounts:
    """How many objects of each type there are.

    Attributes:
        by_collection: by the collection's number.
        behind: there are more than that: the index lags.
        unindexed: whether the index lacks anything, counted live or not.
    """

    by_collection: dict[int, Counter[str]] = field(default_factory=dict)
    behind: bool = False
    unindexed: bool = False

    def of(self, numbers: Iterable[int]) -> Counter[str]:
        """The counts of several collections together; an object in two of them counts twice."""
        total: Counter[str] = Counter()
        for number in numbers:
            total.update(self.by_collection.get(number, Counter()))
        return total


class Said(NamedTuple):
    """A link of the newest version of an object: who says so, and in which version."""

    link: Link
    collection: int
    date_added: int
    stix_id: str
    version_at: int


def count_types(tx: Transaction, numbers: Sequence[int], *, clearance: int) -> TypeCounts:
    """How many objects of each type a reader may see, each in its newest version."""
    marks = _marks(tx, numbers)
    found: dict[int, Counter[str]] = {number: Counter() for number in numbers}
    columns = type_counts.c
    kept = (
        select(columns.collection, columns.type, func.sum(columns.objects))
        .where(columns.collection.in_(numbers), columns.level <= clearance)
        .group_by(columns.collection, columns.type)
    )
    for number, kind, count in tx.connection.execute(kept):
        found[number][kind] += int(count)
    noted = standing_changes.c
    for side, sign in ((noted.before, -1), (noted.after, 1)):
        changes = (
            select(noted.collection, noted.type, func.count())
            .join(index_marks, index_marks.c.collection == noted.collection)
            .where(noted.collection.in_(numbers), noted.date_added <= index_marks.c.upto, side <= clearance)
            .group_by(noted.collection, noted.type)
        )
        for number, kind, count in tx.connection.execute(changes):
            found[number][kind] += sign * int(count)
    behind = unindexed = False
    for number in numbers:
        tail = select(_C.type, _C.newest & visible(clearance)).where(_newer(number, marks)).limit(TAIL + 1)
        rows = tx.connection.execute(tail).all()
        behind |= len(rows) > TAIL
        unindexed |= bool(rows)
        found[number].update(kind for kind, counts in rows[:TAIL] if counts)
    return TypeCounts({number: +counts for number, counts in found.items()}, behind, unindexed)


def state_of(tx: Transaction, numbers: Sequence[int]) -> tuple[object, ...]:
    """Changes whenever anything of these collections does that a reader could see: for keeping what was worked out.

    New versions have a new `date_added`, and only with them do levels rise; deletions are noted as changes.
    """
    dates = select(collections.c.number, collections.c.last_date_added).where(collections.c.number.in_(numbers))
    changes = select(func.count(), func.max(standing_changes.c.id)).where(standing_changes.c.collection.in_(numbers))
    counts = select(func.sum(type_counts.c.objects)).where(type_counts.c.collection.in_(numbers))
    known = tuple(sorted(tuple(row) for row in tx.connection.execute(dates)))
    return known, tuple(tx.connection.execute(changes).one()), tx.connection.execute(counts).scalar()


def unindexed(tx: Transaction, numbers: Sequence[int]) -> int:
    """How many versions the index lacks in the collection that lacks most; at most `TAIL` + 1, which is too many."""
    marks = _marks(tx, numbers)
    return max((_lacking(tx, number, marks) for number in numbers), default=0)


def _lacking(tx: Transaction, number: int, marks: dict[int, int]) -> int:
    some = select(_C.date_added).where(_newer(number, marks)).limit(TAIL + 1).subquery()
    return int(tx.connection.execute(select(func.count()).select_from(some)).scalar_one())


def find_named(tx: Transaction, numbers: Sequence[int], text: str, *, clearance: int, limit: int) -> list[Entry]:
    """The objects whose names hold all these words, each as the beginning of a word."""
    wanted = words(text)
    if not wanted:
        return []

    def fits(item: StixObject) -> bool:
        terms = terms_of(item)
        return all(any(term.startswith(word) for term in terms) for word in wanted)

    found: list[Entry] = []
    for number in numbers:
        rarest = min(wanted, key=lambda word: _how_many(tx, number, word))
        query = _with_term(number, clearance).where(*_beginning(rarest)).limit(_MOST_CANDIDATES)
        dates = {row.date_added for row in tx.connection.execute(query)} | _tail_dates(tx, number, clearance, fits)
        newest = sorted(dates, reverse=True)
        for start in range(0, len(newest), _AT_ONCE):
            some = entries_at(tx, number, newest[start : start + _AT_ONCE], clearance=clearance)
            some.sort(key=lambda entry: entry.date_added, reverse=True)
            found += [entry for entry in some if fits(entry.parse())]
            if len(found) >= limit:
                return found[:limit]
    return found


def find_value(
    tx: Transaction, numbers: Sequence[int], values: Collection[str], *, clearance: int, limit: int
) -> list[Entry]:
    """The objects that hold one of these values as a whole; what is found by its id alone is not looked for here."""
    terms = {value_term(value) for value in values if value}
    if not terms:
        return []

    def fits(item: StixObject) -> bool:
        return not terms.isdisjoint(terms_of(item))

    found: list[Entry] = []
    for number in numbers:
        query = _with_term(number, clearance).where(search_terms.c.term.in_(sorted(terms))).limit(limit)
        dates = {row.date_added for row in tx.connection.execute(query)} | _tail_dates(tx, number, clearance, fits)
        found += entries_at(tx, number, dates, clearance=clearance) if dates else ()
    return found[:limit]


def all_links(tx: Transaction, numbers: Sequence[int], *, clearance: int) -> list[Said]:
    """Everything that the objects a reader may see say of the use of techniques."""
    found: list[Said] = []
    marks = _marks(tx, numbers)
    for number in numbers:
        found += map(_said, tx.connection.execute(_links(number, clearance)))
        found += _tail_links(tx, number, marks, clearance)
    return found


def links_to(
    tx: Transaction,
    numbers: Sequence[int],
    patterns: Collection[str],
    *,
    clearance: int,
    before: int | None = None,
    limit: int,
) -> list[Said]:
    """Who uses or names one of these attack-patterns, the latest first."""
    found: list[Said] = []
    marks = _marks(tx, numbers)
    for number in numbers:
        found += [
            said
            for said in _tail_links(tx, number, marks, clearance)
            if said.link.pattern in patterns
            and said.link.kind != "revoked"
            and (before is None or said.date_added < before)
        ]
        query = _links(number, clearance).where(
            technique_links.c.pattern.in_(sorted(patterns)), technique_links.c.kind != "revoked"
        )
        if before is not None:
            query = query.where(technique_links.c.date_added < before)
        rows = tx.connection.execute(query.order_by(technique_links.c.date_added.desc()).limit(limit))
        found += map(_said, rows)
    return sorted(found, key=lambda said: said.date_added, reverse=True)[:limit]


def links_from(tx: Transaction, numbers: Sequence[int], user: str, *, clearance: int, limit: int) -> list[Said]:
    """Which attack-patterns an object uses."""
    found: list[Said] = []
    marks = _marks(tx, numbers)
    for number in numbers:
        query = _links(number, clearance).where(technique_links.c.user == user, technique_links.c.kind == "uses")
        found += map(_said, tx.connection.execute(query.limit(limit)))
        fresh = _tail_links(tx, number, marks, clearance)
        found += [said for said in fresh if said.link.user == user and said.link.kind == "uses"]
    return found[:limit]


def _marks(tx: Transaction, numbers: Sequence[int]) -> dict[int, int]:
    columns = index_marks.c
    rows = tx.connection.execute(select(columns.collection, columns.upto).where(columns.collection.in_(numbers)))
    return {row.collection: row.upto for row in rows}


def _newer(number: int, marks: dict[int, int]) -> ColumnElement[bool]:
    return (_C.collection == number) & (_C.date_added > marks.get(number, 0))


def _tail(tx: Transaction, number: int, marks: dict[int, int], clearance: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The newest versions that the index lacks, if they are few enough to be read."""
    columns = (_C.date_added, _C.stix_id, _C.version_at, _C.newest & visible(clearance), _C.body)
    rows = tx.connection.execute(select(*columns).where(_newer(number, marks)).limit(TAIL + 1)).all()
    return [row for row in rows if row[3]] if len(rows) <= TAIL else []


def _tail_links(tx: Transaction, number: int, marks: dict[int, int], clearance: int) -> list[Said]:
    return [
        Said(link, number, row.date_added, row.stix_id, row.version_at)
        for row in _tail(tx, number, marks, clearance)
        for link in links_of(orjson.loads(row.body))
    ]


def _tail_dates(tx: Transaction, number: int, clearance: int, fits: Callable[[StixObject], bool]) -> set[int]:
    rows = _tail(tx, number, _marks(tx, [number]), clearance)
    return {row.date_added for row in rows if fits(orjson.loads(row.body))}


def _beginning(word: str) -> tuple[ColumnElement[bool], ...]:
    return search_terms.c.term >= word, search_terms.c.term < word + _HIGHEST


def _how_many(tx: Transaction, number: int, word: str) -> int:
    some = (
        select(search_terms.c.date_added)
        .where(search_terms.c.collection == number, *_beginning(word))
        .limit(_MOST_CANDIDATES)
        .subquery()
    )
    return int(tx.connection.execute(select(func.count()).select_from(some)).scalar_one())


def _with_term(number: int, clearance: int) -> Select[*tuple[Any, ...]]:
    return (
        select(search_terms.c.date_added)
        .join(object_versions, (_C.collection == number) & (_C.date_added == search_terms.c.date_added))
        .where(search_terms.c.collection == number, _C.newest, visible(clearance))
    )


def _links(number: int, clearance: int) -> Select[*tuple[Any, ...]]:
    columns = technique_links.c
    return (
        select(
            columns.collection, columns.date_added, _C.stix_id, _C.version_at, columns.pattern, columns.user,
            columns.kind, columns.findings, columns.confidence, columns.framework,
        )
        .join(object_versions, (_C.collection == number) & (_C.date_added == columns.date_added))
        .where(columns.collection == number, _C.newest, visible(clearance))
    )  # fmt: skip


def _said(row: Row[*tuple[Any, ...]]) -> Said:
    number, date_added, stix_id, version_at, pattern, user, kind, findings, confidence, framework = row
    link = Link(pattern, user, kind, findings, confidence, framework)
    return Said(link, number, date_added, stix_id, version_at)
