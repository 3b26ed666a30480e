"""Who is asking: HTTP Basic (RFC 7617) and Bearer tokens (RFC 6750) against the store's hashes.

A hash takes tens of milliseconds to check, on purpose. What was checked is remembered under a keyed digest, with the
stored hash in it: a changed password, a revoked token or a disabled user counts from the next request on, because
who they are is read from the database every time.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import threading
from collections import OrderedDict
from functools import cached_property

from disarm_exchange.store.accounts import (
    Credential,
    User,
    hash_secret,
    matches,
    password_credential,
    split_token,
    token_credential,
)
from disarm_exchange.store.database import Transaction
from disarm_exchange.taxii.server.errors import unauthorised

_REMEMBERED = 4096
_CHECKS_AT_ONCE = 2
_LONGEST = 2048


class Doorkeeper:
    """Checks credentials. One per process; threads may share it."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._verdicts: OrderedDict[bytes, bool] = OrderedDict()
        self._guard = threading.Lock()
        self._checks = threading.BoundedSemaphore(_CHECKS_AT_ONCE)

    def admit(self, tx: Transaction, authorization: str | None) -> User:
        """The user that the `Authorization` header proves to be.

        Raises:
            Problem: 401.
        """
        if authorization is None or len(authorization) > _LONGEST:
            raise unauthorised()
        scheme, _, value = authorization.partition(" ")
        credential: Credential | None = None
        secret = ""
        match scheme.lower():
            case "basic":
                name, secret = _basic(value)
                credential = password_credential(tx, name)
            case "bearer" | "token":
                halves = split_token(value.strip())
                if halves is None:
                    raise unauthorised()
                secret = halves[1]
                credential = token_credential(tx, halves[0])
            case _:
                raise unauthorised()
        # For an unknown name the same work is done, so that time does not tell which names are known.
        if not self._matches(self._nobodys_hash if credential is None else credential.secret_hash, secret):
            raise unauthorised()
        if credential is None:
            raise unauthorised()
        return credential.user

    @cached_property
    def _nobodys_hash(self) -> str:
        return hash_secret(os.urandom(16).hex())

    def _matches(self, secret_hash: str, secret: str) -> bool:
        key = hmac.digest(self._key, f"{secret_hash}\0{secret}".encode(), "sha256")
        with self._guard:
            verdict = self._verdicts.get(key)
            if verdict is not None:
                self._verdicts.move_to_end(key)
                return verdict
        with self._checks:
            verdict = matches(secret_hash, secret)
        with self._guard:
            self._verdicts[key] = verdict
            if len(self._verdicts) > _REMEMBERED:
                self._verdicts.popitem(last=False)
        return verdict


def _basic(value: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise unauthorised() from None
    if not colon or not name or "\0" in name:
        raise unauthorised()
    return name, password
