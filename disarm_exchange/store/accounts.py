"""Organisations, their users, and the users' API tokens. Secrets are kept only as hashes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, Insert, Row, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from disarm_exchange.errors import UserError
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import clock
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.tables import collections, organisations, tokens, users
from disarm_exchange.store.web_tables import signing_keys

TOKEN_PREFIX = "dxt"

# argon2id with OWASP's smaller memory setting: many checks at once must not exhaust a server.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NAME = re.compile(r"[^\x00-\x1f\x7f:]{1,250}")
_SHORTEST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who is given access.

    Attributes:
        clearance: the strictest TLP colour that they may read.
        requests_per_minute: how many requests a server takes from all their users; None: as many as they like.
        cleared_after: the newest `date_added` there was when their clearance was last widened, in microseconds.
        disabled: whether all their users are shut out.
    """

    id: int
    name: str
    clearance: Tlp
    disabled: bool
    requests_per_minute: int | None = None
    cleared_after: int = 0


@dataclass(frozen=True, slots=True)
class User:
    """A person or program of an organisation."""

    id: int
    name: str
    organisation: Organisation
    disabled: bool


@dataclass(frozen=True, slots=True)
class Credential:
    """A user with the hash that what they present must match."""

    user: User
    secret_hash: str


@dataclass(frozen=True, slots=True)
class Token:
    """What may be shown of an API token; moments in microseconds."""

    id: str
    user: str
    label: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None


def hash_secret(secret: str) -> str:
    """The argon2id hash of a password or a token's secret half."""
    return _HASHER.hash(secret)


def matches(secret_hash: str, secret: str) -> bool:
    """Whether a secret is the one that was hashed. Takes tens of milliseconds of processor time, on purpose."""
    try:
        return _HASHER.verify(secret_hash, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


def add_organisation(
    tx: Transaction, name: str, *, clearance: Tlp, requests_per_minute: int | None = None
) -> Organisation:
    """Make an organisation.

    Raises:
        UserError: the name is taken, or is none.
    """
    _check_name(name)
    cleared_after = _newest(tx)
    row_id = _insert(
        tx,
        insert(organisations).values(
            name=name,
            clearance=int(clearance),
            cleared_after=cleared_after,
            requests_per_minute=requests_per_minute,
            disabled=False,
            created_at=clock.now(),
        ),
        UserError("there is an organisation of that name", where=name),
    )
    return Organisation(row_id, name, clearance, False, requests_per_minute, cleared_after)


def find_organisation(tx: Transaction, name: str) -> Organisation | None:
    """The organisation of that name."""
    row = tx.connection.execute(_select_organisations().where(organisations.c.name == name)).one_or_none()
    return None if row is None else _organisation(row)


def list_organisations(tx: Transaction) -> list[Organisation]:
    """All organisations by name."""
    return [_organisation(row) for row in tx.connection.execute(_select_organisations().order_by(organisations.c.name))]


def change_organisation(
    tx: Transaction,
    organisation: Organisation,
    *,
    clearance: Tlp | None = None,
    disabled: bool | None = None,
    requests_per_minute: int | None = None,
) -> None:
    """Change what is given of an organisation. Works at once. No limit on requests is written as 0.

    The users of one that is shut out have to log in again when it is let in again.
    """
    values: dict[str, object] = {}
    if clearance is not None:
        values["clearance"] = int(clearance)
        if clearance > organisation.clearance:
            values["cleared_after"] = _newest(tx)
    if disabled is not None:
        values["disabled"] = disabled
    if requests_per_minute is not None:
        values["requests_per_minute"] = requests_per_minute or None
    if values:
        tx.connection.execute(update(organisations).where(organisations.c.id == organisation.id).values(**values))
    if disabled:
        theirs = select(users.c.id).where(users.c.organisation_id == organisation.id)
        _forget_session_keys(tx, tx.connection.execute(theirs).scalars().all())


def session_key_name(user_id: int) -> str:
    """Under which name the key is kept that goes into the signatures of a user's sessions."""
    return f"sessions of user {user_id}"


def _forget_session_keys(tx: Transaction, user_ids: Sequence[int]) -> None:
    """End all sessions of these users."""
    names = [session_key_name(user_id) for user_id in user_ids]
    tx.connection.execute(delete(signing_keys).where(signing_keys.c.name.in_(names)))


def _newest(tx: Transaction) -> int:
    """The newest `date_added` in all collections: what was called back before was never open to whoever comes now."""
    return int(tx.connection.execute(select(func.coalesce(func.max(collections.c.last_date_added), 0))).scalar_one())


def add_user(tx: Transaction, organisation: Organisation, name: str, *, password: str | None) -> User:
    """Make a user; without a password one who can only use API tokens.

    Raises:
        UserError: the name is taken or no user name; the password is too short.
    """
    _check_name(name)
    row_id = _insert(
        tx,
        insert(users).values(
            organisation_id=organisation.id,
            name=name,
            password_hash=None if password is None else _checked_hash(password),
            disabled=False,
            created_at=clock.now(),
        ),
        UserError("there is a user of that name", where=name),
    )
    return User(row_id, name, organisation, disabled=False)


def change_user(tx: Transaction, user: User, *, password: str | None = None, disabled: bool | None = None) -> None:
    """Change a user's password, or shut the user out or let them in again. Works at once.

    Who is shut out has to log in again when let in again.

    Raises:
        UserError: the password is too short.
    """
    values: dict[str, object] = {}
    if password is not None:
        values["password_hash"] = _checked_hash(password)
    if disabled is not None:
        values["disabled"] = disabled
    if values:
        tx.connection.execute(update(users).where(users.c.id == user.id).values(**values))
    if disabled:
        _forget_session_keys(tx, [user.id])


def find_user(tx: Transaction, name: str) -> User | None:
    """The user of that name."""
    row = tx.connection.execute(_select_users().where(users.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def list_users(tx: Transaction) -> list[User]:
    """All users by name."""
    return [_user(row) for row in tx.connection.execute(_select_users().order_by(users.c.name))]


def password_credential(tx: Transaction, name: str) -> Credential | None:
    """What a user who logs in by name must match; None where that is not possible, or not any more."""
    row = tx.connection.execute(_BY_NAME, {"name": name}).one_or_none()
    return None if row is None else Credential(_user(row), row.password_hash)


def add_token(tx: Transaction, user: User, label: str, *, expires_at: int | None = None) -> tuple[Token, str]:
    """Make an API token; its public record, and the whole token, which is shown this once and cannot be had again."""
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    moment = clock.now()
    tx.connection.execute(
        insert(tokens).values(
            id=token_id,
            user_id=user.id,
            label=label,
            secret_hash=hash_secret(secret),
            expires_at=expires_at,
            revoked_at=None,
            created_at=moment,
        )
    )
    return Token(token_id, user.name, label, moment, expires_at, None), f"{TOKEN_PREFIX}_{token_id}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """The public and the secret half of a token; None if it is not of the form of one."""
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    return (token_id, secret) if prefix == TOKEN_PREFIX and len(token_id) == 16 and secret else None


def token_credential(tx: Transaction, token_id: str) -> Credential | None:
    """What the bearer of a token must match; None for one that is unknown, expired, revoked or shut out."""
    row = tx.connection.execute(_BY_TOKEN, {"token": token_id, "now": clock.now()}).one_or_none()
    return None if row is None else Credential(_user(row), row.secret_hash)


def list_tokens(tx: Transaction) -> list[Token]:
    """All tokens ever made, oldest first; never their secrets."""
    columns = tokens.c
    query = (
        select(columns.id, users.c.name, columns.label, columns.created_at, columns.expires_at, columns.revoked_at)
        .join(users, users.c.id == columns.user_id)
        .order_by(columns.created_at, columns.id)
    )
    return [Token(*row) for row in tx.connection.execute(query)]


def revoke_token(tx: Transaction, token_id: str) -> bool:
    """Make a token useless from now on; whether there was such a token in use."""
    mine = (tokens.c.id == token_id) & tokens.c.revoked_at.is_(None)
    return bool(tx.connection.execute(update(tokens).where(mine).values(revoked_at=clock.now())).rowcount)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name != name.strip():
        raise UserError("not a name", where=name[:40], fix="use 1 to 250 characters, no colon, no line break")


def _checked_hash(password: str) -> str:
    if len(password) < _SHORTEST_PASSWORD:
        raise UserError("the password is too short", fix=f"use {_SHORTEST_PASSWORD} characters or more")
    return hash_secret(password)


_ORGANISATION: tuple[ColumnElement[Any], ...] = (
    organisations.c.id.label("organisation_id"),
    organisations.c.name.label("organisation_name"),
    organisations.c.clearance,
    organisations.c.disabled.label("organisation_disabled"),
    organisations.c.requests_per_minute,
    organisations.c.cleared_after,
)


def _select_organisations() -> Select[*tuple[Any, ...]]:
    return select(*_ORGANISATION)


def _organisation(row: Row[*tuple[Any, ...]]) -> Organisation:
    return Organisation(
        row.organisation_id,
        row.organisation_name,
        Tlp(row.clearance),
        row.organisation_disabled,
        row.requests_per_minute,
        row.cleared_after,
    )


def _select_users() -> Select[*tuple[Any, ...]]:
    theirs = select(users.c.id, users.c.name, users.c.disabled, users.c.password_hash, *_ORGANISATION)
    return theirs.join(organisations, organisations.c.id == users.c.organisation_id)


def _user(row: Row[*tuple[Any, ...]]) -> User:
    return User(row.id, row.name, _organisation(row), row.disabled)


def _insert(tx: Transaction, statement: Insert, taken: UserError) -> int:
    try:
        with tx.nested():
            key = tx.connection.execute(statement).inserted_primary_key
    except IntegrityError:
        raise taken from None
    assert key is not None
    return int(key[0])


# Asked with every request: built once.
_BY_NAME = _select_users().where(
    users.c.name == bindparam("name"),
    users.c.password_hash.is_not(None),
    users.c.disabled.is_(False),
    organisations.c.disabled.is_(False),
)
_BY_TOKEN = (
    _select_users()
    .add_columns(tokens.c.secret_hash)
    .join(tokens, tokens.c.user_id == users.c.id)
    .where(
        tokens.c.id == bindparam("token"),
        tokens.c.revoked_at.is_(None),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > bindparam("now")),
        users.c.disabled.is_(False),
        organisations.c.disabled.is_(False),
    )
)
