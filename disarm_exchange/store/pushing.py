"""What a pusher reads: the newest versions of objects, what mentions what, and what a peer holds; all of it in parts.

Nothing here keeps more than a part in memory, so a push of a million objects takes no more than one of a thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, select

from disarm_exchange.store.bulk import among
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.markings import NONE
from disarm_exchange.store.mentions import key_of
from disarm_exchange.store.peer_tables import peer_objects
from disarm_exchange.store.peers import Holding
from disarm_exchange.store.tables import collections, mentions, object_versions

_C = object_versions.c
_H = peer_objects.c
_PART = 1000


class Newest(NamedTuple):
    """Where the newest version of an object stands.

    Attributes:
        collection, date_added: by which its bytes are found.
        version: as written; None for an object without versions.
        version_at: by which versions compare.
        changed: whether the collection has older versions or contents of it.
    """

    collection: int
    date_added: int
    stix_id: str
    type: str
    version: str | None
    version_at: int
    changed: bool


_NEWEST = (
    _C.collection, _C.date_added, _C.stix_id, _C.type, _C.version, _C.version_at, _C.older_level != NONE,
)  # fmt: skip


def iter_newest(database: Database, collection: int, *, after: int = 0) -> Iterator[Newest]:
    """The newest version of each object of a collection that was added after a moment, in the order of `date_added`."""
    while True:
        query = select(*_NEWEST).where(_C.collection == collection, _C.date_added > after, _C.newest)
        with database.read() as tx:
            rows = tx.connection.execute(query.order_by(_C.date_added).limit(_PART)).all()
        yield from (Newest(*row) for row in rows)
        if len(rows) < _PART:
            return
        after = rows[-1].date_added


def newest_of(tx: Transaction, numbers: Sequence[int], ids: Iterable[str]) -> list[Newest]:
    """The newest versions of these objects in each of some collections that has them."""
    query = select(*_NEWEST).where(_C.collection.in_(numbers), among(tx, _C.stix_id, ids), _C.newest)
    return [Newest(*row) for row in tx.connection.execute(query)]


def known_ids(tx: Transaction, ids: Iterable[str]) -> set[str]:
    """Which of these objects are in some collection of ours."""
    # the index begins with the collection, so each must be named
    numbers = tx.connection.execute(select(collections.c.number)).scalars().all()
    query = select(_C.stix_id).where(_C.collection.in_(numbers), among(tx, _C.stix_id, ids), _C.newest)
    return set(tx.connection.execute(query).scalars())


def bodies_at(tx: Transaction, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The bytes of versions by (collection, date_added)."""
    by_collection: dict[int, list[int]] = {}
    for number, date_added in places:
        by_collection.setdefault(number, []).append(date_added)
    found: dict[tuple[int, int], bytes] = {}
    for number, dates in by_collection.items():
        query = select(_C.date_added, _C.body).where(_C.collection == number, among(tx, _C.date_added, dates))
        found.update({(number, date_added): bytes(body) for date_added, body in tx.connection.execute(query)})
    return found


def mentioners_of(tx: Transaction, numbers: Sequence[int], ids: Iterable[str]) -> list[Newest]:
    """The newest versions, in some collections, that mention one of these objects."""
    return [Newest(*row) for row in tx.connection.execute(_mentioners(tx, numbers, ids))]


def has_held_mentioner(
    tx: Transaction, peer: str, numbers: Sequence[int], stix_id: str, *, but: Sequence[str] = ()
) -> bool:
    """Whether something that mentions an object is with a peer; `but`: types that do not count."""
    query = _mentioners(tx, numbers, [stix_id]).where(
        _C.type.not_in(but), _C.stix_id != stix_id, exists().where(_H.peer == peer, _H.source_id == _C.stix_id)
    )
    return tx.connection.execute(query.limit(1)).first() is not None


def _mentioners(tx: Transaction, numbers: Sequence[int], ids: Iterable[str]) -> Select[*tuple[Any, ...]]:
    joined = (_C.collection == mentions.c.collection) & (_C.date_added == mentions.c.date_added)
    keys = sorted({key_of(stix_id) for stix_id in ids})
    return (
        select(*_NEWEST)
        .join(mentions, joined)
        .where(mentions.c.collection.in_(numbers), among(tx, mentions.c.mentioned, keys), _C.newest)
    )


def held_of(tx: Transaction, peer: str, ids: Iterable[str]) -> dict[str, list[tuple[str, str, int]]]:
    """Of these objects of ours, what a peer is known to hold: (version, how, since when) by our id."""
    listed = list(ids)
    columns = (_H.source_id, _H.stix_id, _H.version, _H.how, _H.at)
    by_source = select(*columns).where(_H.peer == peer, among(tx, _H.source_id, listed))
    by_id = select(*columns).where(_H.peer == peer, among(tx, _H.stix_id, listed))
    query = by_source.union(by_id)  # an OR of both would read all that the peer holds
    found: dict[str, list[tuple[str, str, int]]] = {}
    for source_id, stix_id, version, how, at in tx.connection.execute(query):
        for one in {source_id, stix_id}:
            found.setdefault(one, []).append((version, how, at))
    return found


def iter_holdings(database: Database, peer: str, *, how: Sequence[str] = ("pushed", "recalled")) -> Iterator[Holding]:
    """What a peer is known to hold, by id and version."""
    last = ("", "")
    while True:
        query = (
            select(_H.stix_id, _H.version, _H.source_id, _H.how)
            .where(_H.peer == peer, _H.how.in_(how))
            .where((_H.stix_id > last[0]) | ((_H.stix_id == last[0]) & (_H.version > last[1])))
            .order_by(_H.stix_id, _H.version)
            .limit(_PART)
        )
        with database.read() as tx:
            rows = tx.connection.execute(query).all()
        yield from (Holding(*row) for row in rows)
        if len(rows) < _PART:
            return
        last = (rows[-1].stix_id, rows[-1].version)


def iter_unheld_observables(database: Database, peer: str, collection: int) -> Iterator[tuple[str, bytes]]:
    """Id and bytes of the objects without versions, in a collection, of which a peer holds nothing."""
    after = 0
    while True:
        held = exists().where(_H.peer == peer, _H.source_id == _C.stix_id)
        query = (
            select(_C.date_added, _C.stix_id, _C.body)
            .where(_C.collection == collection, _C.date_added > after, _C.newest, _C.version.is_(None), ~held)
            .order_by(_C.date_added)
            .limit(_PART)
        )
        with database.read() as tx:
            rows = tx.connection.execute(query).all()
        yield from ((stix_id, bytes(body)) for _, stix_id, body in rows)
        if len(rows) < _PART:
            return
        after = rows[-1].date_added
