"""Settling whose an object is, where two organisations claim one id: a person decides, nothing else can.

The first claim that comes is kept (nobody overwrites what is here), and the other is a conflict on record. Should the
first one be false, somebody took an id that was not theirs; then the objects of the true creator are taken from the
record, and what the other said goes there.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from disarm_exchange.errors import UserError
from disarm_exchange.policy import sharing_level
from disarm_exchange.store import Database, Incoming, Transaction, add_objects, find_collection, read_object
from disarm_exchange.store.access import list_collections
from disarm_exchange.store.peers import Conflict, conflicts_about, note_conflicts
from disarm_exchange.store.tables import object_versions
from disarm_exchange.store.writer import delete_versions
from disarm_exchange.sync.config import SyncConfig


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling did: versions put aside, and versions of the true creator that count now."""

    aside: int
    taken: int


def settle(database: Database, config: SyncConfig, stix_id: str, creator: str) -> Settled:
    """Let an organisation's versions of an object count, and nobody else's.

    Args:
        database: ours.
        config: with the peers, and where their objects go.
        stix_id: of the object.
        creator: the identity whose it is.

    Raises:
        UserError: we do not know such a version, or the object is our own and would be given away.
    """
    with database.write() as tx:
        stored = _stored(tx, stix_id)
        disputed = [one for one in conflicts_about(tx, stix_id) if _creator(read_object(one.body)) == creator]
        if not disputed and not any(_creator(one) == creator for _, one in stored):
            raise UserError(f"nothing by {creator} is here or on record", where=stix_id, fix="see `sync conflicts`")
        ours = {_creator(one) for _, one in stored} & config.identities - {creator}
        if ours:
            raise UserError("it is our own", where=stix_id, fix="only others' objects can be settled")
        wrong = [(number, one) for number, one in stored if _creator(one) != creator]
        note_conflicts(tx, [_aside(one) for _, one in wrong])
        for number in {number for number, _ in stored}:
            # what is right is stored anew, so that whoever has read past it learns that it counts
            delete_versions(tx, number, stix_id, object_versions.c.collection == number)
            right = [one for place, one in stored if place == number and _creator(one) == creator]
            add_objects(tx, number, right, source="settled", level_of=sharing_level)
        taken = sum(_take(tx, config, one) for one in disputed)
        return Settled(len(wrong), taken)


def _stored(tx: Transaction, stix_id: str) -> list[tuple[int, Incoming]]:
    numbers = [collection.number for collection in list_collections(tx)]
    columns = object_versions.c
    query = select(columns.collection, columns.body).where(columns.collection.in_(numbers), columns.stix_id == stix_id)
    rows = tx.connection.execute(query.order_by(columns.collection, columns.version_at, columns.date_added))
    return [(number, read_object(bytes(body))) for number, body in rows]


def _take(tx: Transaction, config: SyncConfig, one: Conflict) -> int:
    into = find_collection(tx, config.peers[one.peer].into) if one.peer in config.peers else None
    if into is None:
        return 0
    add_objects(tx, into.number, [read_object(one.body)], source=f"peer:{one.peer}", level_of=sharing_level)
    return 1


def _aside(one: Incoming) -> Conflict:
    words = "settled: another organisation's object"
    return Conflict("", one.stix_id, one.version or "", "foreign-edit", words, one.digest, one.body)


def _creator(one: Incoming) -> object:
    return one.item.get("created_by_ref")
