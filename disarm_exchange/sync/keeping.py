"""Keeping a lease while its run goes on, however long one of its steps takes, and stopping when it is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from disarm_exchange.store import Database
from disarm_exchange.store.runs import renew_lease

_BEATS = 10
"""How often the lease is renewed within its time."""

_log = logging.getLogger("disarm_exchange.sync")


class LostLeaseError(Exception):
    """The lease ran out under a run (its machine slept, or lost the database), so another worker may be at it."""


class Keeper:
    """Renews a lease in the background; use it in a `with` block.

    Args:
        database: ours.
        name: the lease.
        holder: who holds it.
        now: the time in microseconds.
        seconds: for which it is taken.
    """

    def __init__(self, database: Database, name: str, holder: str, *, now: Callable[[], int], seconds: float) -> None:
        self._database = database
        self._name = name
        self._holder = holder
        self._now = now
        self._seconds = seconds
        self._over = Event()
        self._thread = Thread(target=self._beat, name=f"lease {name}", daemon=True)

    def __enter__(self) -> Self:
        """The keeper, at work."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def keep(self) -> None:
        """Renew the lease now; called with every page and envelope.

        Raises:
            LostLeaseError: it is not ours any more.
        """
        if not self._renew():
            raise LostLeaseError("broken off: its lease ran out meanwhile, and another worker may be at it")

    def _renew(self) -> bool:
        now = self._now()
        with self._database.write() as tx:
            return renew_lease(tx, self._name, self._holder, now=now, seconds=self._seconds)

    def _beat(self) -> None:
        while not self._over.wait(self._seconds / _BEATS):
            try:
                self._renew()
            except SQLAlchemyError as error:  # a busy database; there are more beats before the lease is over
                _log.warning("lease not renewed", extra={"lease": self._name, "error": type(error).__name__})
