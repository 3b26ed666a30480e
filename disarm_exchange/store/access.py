"""API roots and collections: making them, finding them, and who may do what with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from disarm_exchange.errors import UserError
from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.erasure_tables import erased_objects
from disarm_exchange.store.indexing import forget_index
from disarm_exchange.store.tables import (
    api_roots,
    collections,
    grants,
    mentions,
    object_versions,
    organisations,
    quarantine,
    recalls,
)

DEFAULT_MAX_CONTENT_LENGTH = 10 * 1024 * 1024
"""Octets that one request may have, unless the API root says otherwise."""

RESERVED_NAMES = frozenset({"taxii2", "healthz", "readyz", "metrics", "web", "static"})
"""First parts of paths that a server needs for itself."""

_ROOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,249}", re.ASCII)
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiRoot:
    """A group of collections (TAXII 2.1 section 4.2). `max_content_length` is in octets."""

    id: int
    name: str
    title: str
    description: str | None
    max_content_length: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection (TAXII 2.1 section 5.2).

    Attributes:
        number: the store's own key.
        id: a version 4 UUID.
        api_root_id: None for a local collection, which no server shows.
        unmarked_level: the sharing level of objects that carry no marking; None: nobody sees them.
        last_date_added: of the newest object ever added, in microseconds; 0 before the first.
        last_recall: of the newest recall (see recalls.py), likewise.
    """

    number: int
    id: str
    api_root_id: int | None
    title: str
    description: str | None
    alias: str | None
    unmarked_level: int | None
    last_date_added: int
    last_recall: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class Access:
    """A collection as one organisation may use it.

    Attributes:
        readable_after: `last_date_added` when it became readable to the organisation, in microseconds.
    """

    collection: Collection
    can_read: bool
    can_write: bool
    readable_after: int = 0


def add_api_root(
    tx: Transaction,
    name: str,
    title: str,
    *,
    description: str | None = None,
    max_content_length: int = DEFAULT_MAX_CONTENT_LENGTH,
) -> ApiRoot:
    """Make an API root at `/NAME/`.

    Raises:
        UserError: the name is taken, reserved, or not fit for a path.
    """
    if not _ROOT_NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise UserError("not a name for an API root", where=name, fix="use a-z, 0-9, - and _")
    _write(
        tx,
        insert(api_roots).values(
            name=name,
            title=title,
            description=description,
            max_content_length=max_content_length,
            created_at=clock.now(),
        ),
        UserError("there is an API root of that name", where=name),
    )
    found = find_api_root(tx, name)
    assert found is not None
    return found


def find_api_root(tx: Transaction, name: str) -> ApiRoot | None:
    """The API root of that name."""
    row = tx.connection.execute(_select_roots().where(api_roots.c.name == name)).one_or_none()
    return None if row is None else ApiRoot(*row)


def list_api_roots(tx: Transaction) -> list[ApiRoot]:
    """All API roots, the oldest (the default one) first."""
    return [ApiRoot(*row) for row in tx.connection.execute(_select_roots().order_by(api_roots.c.id))]


def _select_roots() -> Select[*tuple[Any, ...]]:
    columns = api_roots.c
    return select(columns.id, columns.name, columns.title, columns.description, columns.max_content_length)


def add_collection(
    tx: Transaction,
    title: str,
    *,
    api_root: ApiRoot | None = None,
    description: str | None = None,
    alias: str | None = None,
    collection_id: str | None = None,
    unmarked_level: int | None = None,
) -> Collection:
    """Make a collection; without an API root a local one, for what is pulled or kept.

    Raises:
        UserError: the id is taken or no version 4 UUID; the alias is taken in the API root, or not fit for a path.
    """
    if not title.strip():
        raise UserError("a collection needs a title")
    if alias is not None:
        _check_alias(alias)
    if collection_id is not None and not _UUID4.fullmatch(collection_id):
        raise UserError("not a version 4 UUID", where=collection_id)
    new_id = collection_id or str(uuid4())
    _write(
        tx,
        insert(collections).values(
            id=new_id,
            api_root_id=None if api_root is None else api_root.id,
            title=title,
            description=description,
            alias=alias,
            unmarked_level=unmarked_level,
            last_date_added=0,
            last_recall=0,
            disabled=False,
            created_at=clock.now(),
        ),
        UserError("there is a collection of that id or alias", where=alias or new_id),
    )
    found = find_collection(tx, new_id)
    assert found is not None
    return found


def local_collection(tx: Transaction, alias: str) -> Collection:
    """The local collection of that alias, made if it is not there yet."""
    found = tx.connection.execute(
        _select_collections().where(collections.c.api_root_id.is_(None), collections.c.alias == alias)
    ).first()
    return Collection(*found) if found is not None else add_collection(tx, alias, alias=alias)


def find_collection(tx: Transaction, name: str) -> Collection | None:
    """The collection of that id; else of that alias, if there is just one."""
    rows = tx.connection.execute(
        _select_collections().where(or_(collections.c.id == name, collections.c.alias == name)).limit(2)
    ).all()
    exact = [row for row in rows if row.id == name] or rows
    return Collection(*exact[0]) if len(exact) == 1 else None


def list_collections(tx: Transaction) -> list[Collection]:
    """All collections, in the order they were made."""
    return [Collection(*row) for row in tx.connection.execute(_select_collections().order_by(collections.c.number))]


def change_collection(
    tx: Transaction,
    collection: Collection,
    *,
    title: str | None = None,
    description: str | None = None,
    alias: str | None = None,
    disabled: bool | None = None,
) -> Collection:
    """Change what is given of a collection; the collection as it is then. A disabled one is hidden from everyone.

    Raises:
        UserError: the alias is taken in the API root, or not fit for a path; the title is empty.
    """
    if alias is not None:
        _check_alias(alias)
    if title is not None and not title.strip():
        raise UserError("a collection needs a title")
    given = {"title": title, "description": description, "alias": alias, "disabled": disabled}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        _write(
            tx,
            update(collections).where(collections.c.number == collection.number).values(**values),
            UserError("there is a collection of that alias", where=alias or ""),
        )
    found = find_collection(tx, collection.id)
    assert found is not None
    return found


def delete_collection(tx: Transaction, collection: Collection) -> int:
    """Delete a collection with everything in it; how many object versions it held.

    Raises:
        UserError: something else refers to it.
    """
    number = collection.number
    forget_index(tx, number)
    gone = tx.connection.execute(delete(object_versions).where(object_versions.c.collection == number)).rowcount
    for table in (mentions, recalls, grants, quarantine, erased_objects):
        tx.connection.execute(delete(table).where(table.c.collection == number))
    in_use = UserError("something else still refers to this collection, a peer for instance", where=collection.title)
    _write(tx, delete(collections).where(collections.c.number == number), in_use)
    return gone


def set_grant(
    tx: Transaction, collection: Collection, organisation_id: int, *, can_read: bool, can_write: bool
) -> None:
    """Say what an organisation may do with a collection, in place of what was said before; nothing: it is invisible."""
    mine = and_(grants.c.collection == collection.number, grants.c.organisation_id == organisation_id)
    before = tx.connection.execute(select(grants.c.readable_after).where(mine, grants.c.can_read)).scalar()
    if before is None:
        newest = select(collections.c.last_date_added).where(collections.c.number == collection.number)
        before = tx.connection.execute(newest).scalar_one()
    tx.connection.execute(delete(grants).where(mine))
    if can_read or can_write:
        tx.connection.execute(
            insert(grants).values(
                collection=collection.number,
                organisation_id=organisation_id,
                can_read=can_read,
                can_write=can_write,
                readable_after=before,
            )
        )


def list_grants(tx: Transaction) -> list[tuple[str, Access]]:
    """All grants, each with the name of its organisation."""
    query = (
        select(organisations.c.name, *_COLUMNS, *_RIGHTS)
        .join(grants, grants.c.collection == collections.c.number)
        .join(organisations, organisations.c.id == grants.c.organisation_id)
        .order_by(organisations.c.name, collections.c.number)
    )
    return [(name, _access(row)) for name, *row in tx.connection.execute(query)]


def find_access(tx: Transaction, api_root_id: int, organisation_id: int, name: str) -> Access | None:
    """The collection of that id or alias, if it is in the API root and the organisation may do anything with it."""
    named = or_(collections.c.id == name, collections.c.alias == name)
    row = tx.connection.execute(_select_access(api_root_id, organisation_id).where(named)).first()
    return None if row is None else _access(row)


def find_access_at(tx: Transaction, root_name: str, organisation_id: int, name: str) -> Access | None:
    """The same, by the name of the API root."""
    row = tx.connection.execute(
        _ACCESS_AT, {"root": root_name, "organisation": organisation_id, "collection": name}
    ).first()
    return None if row is None else _access(row)


def list_access(tx: Transaction, api_root_id: int, organisation_id: int) -> list[Access]:
    """The collections of an API root that an organisation may do anything with, in the order they were made."""
    query = _select_access(api_root_id, organisation_id).order_by(collections.c.number)
    return [_access(row) for row in tx.connection.execute(query)]


def _access(row: Iterable[Any]) -> Access:
    *facts, can_read, can_write, readable_after = row
    return Access(Collection(*facts), can_read, can_write, readable_after)


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    collections.c.number,
    collections.c.id,
    collections.c.api_root_id,
    collections.c.title,
    collections.c.description,
    collections.c.alias,
    collections.c.unmarked_level,
    collections.c.last_date_added,
    collections.c.last_recall,
    collections.c.disabled,
)
_RIGHTS: tuple[ColumnElement[Any], ...] = (grants.c.can_read, grants.c.can_write, grants.c.readable_after)


def _select_collections() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS)


def _select_access(api_root_id: int, organisation_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS, *_RIGHTS)
        .join(grants, grants.c.collection == collections.c.number)
        .where(
            collections.c.api_root_id == api_root_id,
            collections.c.disabled.is_(False),
            grants.c.organisation_id == organisation_id,
        )
    )


def _check_alias(alias: str) -> None:
    if not _ALIAS.fullmatch(alias) or _UUID4.fullmatch(alias):
        raise UserError("not an alias", where=alias, fix="use letters, digits and - . _ ~")


def _write(tx: Transaction, statement: Insert | Update | Delete, taken: UserError) -> None:
    try:
        with tx.nested():
            tx.connection.execute(statement)
    except IntegrityError:
        raise taken from None


# Asked with every request: built once.
_ACCESS_AT = (
    select(*_COLUMNS, *_RIGHTS)
    .join(grants, grants.c.collection == collections.c.number)
    .join(api_roots, api_roots.c.id == collections.c.api_root_id)
    .where(
        api_roots.c.name == bindparam("root"),
        collections.c.disabled.is_(False),
        grants.c.organisation_id == bindparam("organisation"),
        or_(collections.c.id == bindparam("collection"), collections.c.alias == bindparam("collection")),
    )
)
