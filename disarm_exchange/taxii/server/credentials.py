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
from pathlib import Path

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
from disarm_exchange.taxii.server.errors import Problem, too_often, unauthorised
from disarm_exchange.taxii.server.rates import RateLimiter, SharedRateLimiter

_REMEMBERED = 4096
_CHECKS_AT_ONCE = 2
_QUEUE_SECONDS = 10
_FAILURES_PER_MINUTE = 12
_FAILURE_SECONDS = 100
_LONGEST = 2048


class Unchecked(Exception):  # noqa: N818 - not a fault: what is still to be done
    """Credentials that were not seen before. Checking them takes long, so it is done outside of any transaction."""

    def __init__(self, secret_hash: str, secret: str) -> None:
        super().__init__("credentials to be checked")
        self.secret_hash = secret_hash
        self.secret = secret


class Doorkeeper:
    """Checks credentials. One per process; threads may share it.

    Args:
        failures: a file in which the server processes of this machine count failures together; None: this process
            counts alone.
    """

    def __init__(self, failures: Path | None = None) -> None:
        self._key = os.urandom(32)
        self._verdicts: OrderedDict[bytes, bool] = OrderedDict()
        self._guard = threading.Lock()
        self._checks = threading.BoundedSemaphore(_CHECKS_AT_ONCE)
        self._failures: RateLimiter | SharedRateLimiter = (
            RateLimiter(burst_seconds=_FAILURE_SECONDS)
            if failures is None
            else SharedRateLimiter(failures, burst_seconds=_FAILURE_SECONDS)
        )

    def admit(self, tx: Transaction, authorization: str | None) -> User:
        """The user that the `Authorization` header proves to be.

        Raises:
            Problem: 401.
            Unchecked: pass it to `check`, then ask again.
        """
        if authorization is None or len(authorization) > _LONGEST:
            raise unauthorised()
        credential, secret = _presented(tx, authorization)
        # For an unknown name the same work is done, so that time does not tell which names are known.
        secret_hash = self._nobodys_hash if credential is None else credential.secret_hash
        verdict = self._recall(self._key_of(secret_hash, secret))
        if verdict is None:
            raise Unchecked(secret_hash, secret)
        if credential is None or not verdict:
            raise unauthorised()
        return credential.user

    def check(self, unchecked: Unchecked, client: str) -> None:
        """Compare a secret with its hash, and remember the verdict.

        Args:
            unchecked: what `admit` raised.
            client: the address it came from; one that keeps failing has to wait.

        Raises:
            Problem: 429, too many failures from there; 503, too many checks at once.
        """
        seconds = self._failures.wait(client, _FAILURES_PER_MINUTE, count=False)
        if seconds:
            raise too_often(seconds)
        if not self._checks.acquire(timeout=_QUEUE_SECONDS):
            raise Problem(503, "Too many logins at once; try again.", {"Retry-After": "2"})
        try:
            verdict = matches(unchecked.secret_hash, unchecked.secret)
        finally:
            self._checks.release()
        if not verdict:
            self._failures.wait(client, _FAILURES_PER_MINUTE)
        with self._guard:
            self._verdicts[self._key_of(unchecked.secret_hash, unchecked.secret)] = verdict
            if len(self._verdicts) > _REMEMBERED:
                self._verdicts.popitem(last=False)

    @cached_property
    def _nobodys_hash(self) -> str:
        return hash_secret(os.urandom(16).hex())

    def _key_of(self, secret_hash: str, secret: str) -> bytes:
        return hmac.digest(self._key, f"{secret_hash}\0{secret}".encode(), "sha256")

    def _recall(self, key: bytes) -> bool | None:
        with self._guard:
            verdict = self._verdicts.get(key)
            if verdict is not None:
                self._verdicts.move_to_end(key)
            return verdict


def _presented(tx: Transaction, authorization: str) -> tuple[Credential | None, str]:
    """What the stored credential is, if there is one, and the secret that was presented for it."""
    scheme, _, value = authorization.partition(" ")
    match scheme.lower():
        case "basic":
            name, secret = _basic(value)
            return password_credential(tx, name), secret
        case "bearer" | "token":
            halves = split_token(value.strip())
            if halves is not None:
                return token_credential(tx, halves[0]), halves[1]
    raise unauthorised()


def _basic(value: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise unauthorised() from None
    if not colon or not name or "\0" in name:
        raise unauthorised()
    return name, password
