"""Sessions: a signed cookie that says who logged in and until when. The server keeps nothing of them.

A session ends when its time is up, when it is logged out, when the password changes, and when the user or the
organisation is shut out, also if they are let in again: the signature covers a fingerprint of the password's hash and a
key of the user's that is forgotten then, and the user is read from the database with every request.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Self

from disarm_exchange.store import clock
from disarm_exchange.store.accounts import Credential, User
from disarm_exchange.store.database import Database, Transaction
from disarm_exchange.store.sessions import find_user_key, is_ended, session_credential, signing_key, user_key

LASTS_SECONDS = 8 * 3600
_KEY = "web sessions"
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Session:
    """A session; `expires_at` in microseconds."""

    id: str
    expires_at: int


class Sessions:
    """Signs and checks. Threads may share it."""

    def __init__(self, key: bytes, database: Database) -> None:
        self._key = key
        self._database = database

    @classmethod
    def of(cls, database: Database) -> Self:
        """With the database's key."""
        return cls(signing_key(database, _KEY), database)

    def begin(self, credential: Credential) -> str:
        """The cookie of a new session."""
        expires_at = clock.now() + LASTS_SECONDS * 1_000_000
        said = f"{credential.user.id}.{secrets.token_hex(16)}.{expires_at}"
        return f"{said}.{self._signature(said, credential, user_key(self._database, credential.user.id))}"

    def read(self, tx: Transaction, cookie: str) -> tuple[User, Session] | None:
        """Whose session a cookie is; None if it is none, or no longer good."""
        parts = cookie.split(".")
        if len(cookie) > 300 or not cookie.isascii() or len(parts) != _PARTS:
            return None
        user_id, session_id, expires, signature = parts
        if not (user_id.isdigit() and len(user_id) <= 18 and expires.isdigit() and len(expires) <= 18):
            return None
        credential, key = session_credential(tx, int(user_id)), find_user_key(tx, int(user_id))
        said = f"{user_id}.{session_id}.{expires}"
        if credential is None or key is None:
            return None
        if not hmac.compare_digest(signature, self._signature(said, credential, key)):
            return None
        if int(expires) <= clock.now() or is_ended(tx, session_id):
            return None
        return credential.user, Session(session_id, int(expires))

    def token(self, about: str) -> str:
        """What a form must bring along to be taken: bound to the session, or to the cookie that came with the form."""
        return self._digest(f"form\0{about}")

    def fits(self, token: str, about: str) -> bool:
        """Whether a form's token is the right one."""
        return token.isascii() and hmac.compare_digest(token, self.token(about))

    def _signature(self, said: str, credential: Credential, key: bytes) -> str:
        return self._digest(f"session\0{said}\0{credential.secret_hash}\0{key.hex()}")

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()
