"""Keeping the index up with the collections: in small transactions, each with its mark, so a kill loses nothing.

Any number of processes may do it; of two at the same time one gives way.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import orjson
from sqlalchemy import ColumnElement, Integer, and_, case, cast, delete, func, insert, null, or_, select, text, update
from sqlalchemy.exc import DBAPIError

from disarm_exchange.stix.progress import OnStep, Step, unwatched
from disarm_exchange.store.bulk import among, insert_rows
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.index_tables import (
    index_marks,
    search_terms,
    standing_changes,
    technique_links,
    type_counts,
)
from disarm_exchange.store.index_terms import links_of, terms_of
from disarm_exchange.store.reader import count_versions
from disarm_exchange.store.tables import collections, object_versions

_C = object_versions.c
_ROWS = 1000
_LOCK = 0x696E6478
_SERIALIZATION_FAILURE = "40001"
_CHANGES_WORTH_A_WRITE = 200
_LONGEST_ID = 300

# Observables whose ids follow from their values are found by those; an account's id needs more than its login.
_FOUND_BY_ID = (
    "domain-name", "url", "ipv4-addr", "ipv6-addr", "email-addr", "mac-addr", "file", "software",
)  # fmt: skip


def catch_up(database: Database, *, seconds: float, taken: Callable[[int], object] = int) -> bool:
    """Bring the index forward; whether it is complete.

    Args:
        database: the database.
        seconds: about how long at most.
        taken: is told how many versions were taken in, each time.
    """
    deadline = time.monotonic() + seconds
    with database.read() as tx:
        numbers = _behind(tx)
    for number in numbers:
        while True:
            try:
                with database.write() as tx:
                    more = _take(tx, number, taken)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _SERIALIZATION_FAILURE:
                    raise
                return False  # another process has gone on with it: PostgreSQL refuses the second
            if more is None or time.monotonic() > deadline:
                return False
            if not more:
                break
    return True


def forget_index(tx: Transaction, collection: int) -> None:
    """Throw away what the index has of a collection; it is built again if the collection is still there."""
    for table in (index_marks, type_counts, standing_changes, search_terms, technique_links):
        tx.connection.execute(delete(table).where(table.c.collection == collection))


def rebuild_index(database: Database, *, on_step: OnStep = unwatched) -> int:
    """Throw the whole index away and build it again; how many object versions there are."""
    with database.read() as tx:
        numbers = tx.connection.execute(select(collections.c.number)).scalars().all()
    for number in numbers:
        with database.write() as tx:
            forget_index(tx, number)
    with database.read() as tx:
        total = count_versions(tx)
    done = 0

    def taken(count: int) -> None:
        nonlocal done
        done += count
        on_step(Step("indexing", done, "versions", total=total))

    while not catch_up(database, seconds=60, taken=taken):
        pass
    with database.read() as tx:
        return count_versions(tx)


def _behind(tx: Transaction) -> Sequence[int]:
    """The collections with something new, or with many changes to take in."""
    changes = (
        select(func.count())
        .select_from(
            select(standing_changes.c.id)
            .where(standing_changes.c.collection == collections.c.number)
            .limit(_CHANGES_WORTH_A_WRITE)
            .correlate(collections)
            .subquery()
        )
        .scalar_subquery()
    )
    joined = collections.outerjoin(index_marks, index_marks.c.collection == collections.c.number)
    query = (
        select(collections.c.number)
        .select_from(joined)
        .where(
            or_(
                index_marks.c.upto.is_(None),
                index_marks.c.upto < collections.c.last_date_added,
                changes >= _CHANGES_WORTH_A_WRITE,
            )
        )
        .order_by(collections.c.number)
    )
    return tx.connection.execute(query).scalars().all()


def _take(tx: Transaction, number: int, taken: Callable[[int], object]) -> bool | None:
    """Take in some versions and all changes of standing; whether there is more, None if another is at it."""
    if tx.dialect == "postgresql":
        # Versions, changes and mark as of one moment.
        tx.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        if not tx.connection.execute(
            select(func.pg_try_advisory_xact_lock(cast(_LOCK, Integer), cast(number, Integer)))
        ).scalar():
            return None
    upto = tx.connection.execute(select(index_marks.c.upto).where(index_marks.c.collection == number)).scalar()
    if upto is None:
        return _begin(tx, number)
    counts = _changes(tx, number, upto)
    rows = tx.connection.execute(_SELECT.where(_C.collection == number, _C.date_added > upto).limit(_ROWS)).all()
    terms: list[tuple[object, ...]] = []
    links: list[tuple[object, ...]] = []
    for date_added, kind, level, newest, body in rows:
        if newest:
            counts[kind, level] += 1
        if body is not None:
            item = orjson.loads(body)
            terms += [(number, term, date_added) for term in terms_of(item)]
            links += [(number, date_added, *link) for link in links_of(item)]
    insert_rows(tx, search_terms, ("collection", "term", "date_added"), terms)
    columns = ("collection", "date_added", "pattern", "user", "kind", "findings", "confidence", "framework")
    insert_rows(tx, technique_links, columns, links)
    _count(tx, number, counts)
    last = tx.connection.execute(select(collections.c.last_date_added).where(collections.c.number == number)).scalar()
    # What was deleted since leaves no row behind it: at the end the mark is the collection's own.
    more = len(rows) == _ROWS
    mark = rows[-1].date_added if more else max(last or 0, upto)
    tx.connection.execute(update(index_marks).where(index_marks.c.collection == number).values(upto=mark))
    taken(len(rows))
    return more


def _begin(tx: Transaction, number: int) -> bool:
    """Make the mark, while nobody writes to the collection: from then on its changes are noted."""
    mine = collections.c.number == number
    row = tx.connection.execute(select(collections.c.number).where(mine).with_for_update(key_share=True)).first()
    if row is None:
        return False
    tx.connection.execute(insert(index_marks).values(collection=number, upto=0))
    return True


def _changes(tx: Transaction, number: int, upto: int) -> Counter[tuple[str, int]]:
    """What the changes so far come to, for versions that are counted already; they are struck off the list."""
    counts: Counter[tuple[str, int]] = Counter()
    columns = standing_changes.c
    for side, sign in ((columns.before, -1), (columns.after, 1)):
        query = (
            select(columns.type, side, func.count())
            .where(columns.collection == number, columns.date_added <= upto, side.is_not(None))
            .group_by(columns.type, side)
        )
        for kind, level, count in tx.connection.execute(query):
            counts[kind, level] += sign * count
    tx.connection.execute(delete(standing_changes).where(columns.collection == number))
    return counts


def _count(tx: Transaction, number: int, counts: Counter[tuple[str, int]]) -> None:
    columns = type_counts.c
    known = {
        (kind, level)
        for kind, level in tx.connection.execute(
            select(columns.type, columns.level).where(
                columns.collection == number, among(tx, columns.type, {kind for kind, _ in counts})
            )
        )
    }
    for (kind, level), change in sorted(counts.items()):
        if not change:
            continue
        mine = and_(columns.collection == number, columns.type == kind, columns.level == level)
        if (kind, level) in known:
            tx.connection.execute(update(type_counts).where(mine).values(objects=columns.objects + change))
        else:
            tx.connection.execute(insert(type_counts).values(collection=number, type=kind, level=level, objects=change))


def _needs_no_reading() -> ColumnElement[bool]:
    """Whether there is nothing in a version that the index wants: its id says by which value it is found."""
    version_digit = func.substr(_C.stix_id, func.length(_C.stix_id) - 21, 1)
    return and_(_C.type.in_(_FOUND_BY_ID), version_digit == "5")


_SELECT = select(
    _C.date_added,
    _C.type,
    _C.level,
    _C.newest,
    case((or_(_needs_no_reading(), func.length(_C.stix_id) > _LONGEST_ID), null()), else_=_C.body).label("body"),
).order_by(_C.date_added)
