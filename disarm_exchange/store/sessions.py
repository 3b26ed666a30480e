"""What the log-in of the web pages keeps in the database: the keys that sign sessions, and sessions ended early.

A session itself is in the reader's signed cookie, so any server process can tell whether it is good.
"""

from __future__ import annotations

import secrets

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from disarm_exchange.store import clock
from disarm_exchange.store.accounts import Credential, password_credential, session_key_name
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.tables import users
from disarm_exchange.store.web_tables import ended_sessions, signing_keys

_KEY_BYTES = 32


def signing_key(database: Database, name: str) -> bytes:
    """The key of that name, the same for every process; made at its first use."""
    query = select(signing_keys.c.secret).where(signing_keys.c.name == name)
    with database.read() as tx:
        found = tx.connection.execute(query).scalar()
    if found is None:
        fresh = {"name": name, "secret": secrets.token_bytes(_KEY_BYTES), "created_at": clock.now()}
        with database.write() as tx:
            try:
                with tx.nested():
                    tx.connection.execute(insert(signing_keys).values(**fresh))
            except IntegrityError:
                pass  # another process was quicker: its key counts
            found = tx.connection.execute(query).scalar_one()
    return bytes(found)


def user_key(database: Database, user_id: int) -> bytes:
    """The key of a user's sessions, made at the first; a new one after the user was shut out."""
    return signing_key(database, session_key_name(user_id))


def find_user_key(tx: Transaction, user_id: int) -> bytes | None:
    """The key of a user's sessions; None when none can be good."""
    query = select(signing_keys.c.secret).where(signing_keys.c.name == session_key_name(user_id))
    found = tx.connection.execute(query).scalar()
    return None if found is None else bytes(found)


def session_credential(tx: Transaction, user_id: int) -> Credential | None:
    """A user with the hash of the password; None for one without a password, disabled, gone, or shut out."""
    name = tx.connection.execute(select(users.c.name).where(users.c.id == user_id)).scalar()
    return None if name is None else password_credential(tx, name)


def end_session(tx: Transaction, session_id: str, expires_at: int) -> None:
    """Make a session useless from now on.

    Args:
        tx: a transaction of `Database.write`.
        session_id: its id.
        expires_at: when it would have ended by itself, in microseconds; it is forgotten then.
    """
    tx.connection.execute(delete(ended_sessions).where(ended_sessions.c.expires_at < clock.now()))
    if not is_ended(tx, session_id):
        tx.connection.execute(insert(ended_sessions).values(id=session_id, expires_at=expires_at))


def is_ended(tx: Transaction, session_id: str) -> bool:
    """Whether a session was ended before its time."""
    query = select(ended_sessions.c.id).where(ended_sessions.c.id == session_id)
    return tx.connection.execute(query).first() is not None
