"""The index follows the collections: a page that finds it behind sets a thread to work, and does not wait for it."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from disarm_exchange.store.database import Database
from disarm_exchange.store.indexing import catch_up

_log = logging.getLogger("disarm_exchange.server")

_SECONDS = 30.0


class IndexKeeper:
    """One per process; at most one thread of it is at work."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def kick(self) -> None:
        """Set the thread to work, unless it is."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="index", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        try:
            catch_up(self._database, seconds=_SECONDS)
        except SQLAlchemyError as error:  # the next page tries again
            _log.warning("the index could not go on: %s", type(error).__name__)
