"""Denials on their way into the audit log: in batches, so that knocking at the door does not keep the database busy."""

from __future__ import annotations

import logging
import queue
import threading

from sqlalchemy.exc import SQLAlchemyError

from disarm_exchange.store.audit import AuditEvent, record
from disarm_exchange.store.database import Database

_log = logging.getLogger("disarm_exchange.server")

_MOST_WAITING = 2000
_MOST_AT_ONCE = 500
_PAUSE_SECONDS = 0.5


class DenialLog:
    """Writes denials from a thread of its own, while it is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[AuditEvent] = queue.Queue(_MOST_WAITING)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Start writing."""
        self._closing.clear()
        self._thread = threading.Thread(target=self._write, name="denials", daemon=True)
        self._thread.start()

    def add(self, event: AuditEvent) -> None:
        """Take a denial in; when too many wait, it goes only to the log."""
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            _log.warning("a denial is not in the audit log: too many at once", extra={"request_id": event.request_id})

    def close(self) -> None:
        """Write what waits, and stop."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _write(self) -> None:
        while not (self._closing.wait(_PAUSE_SECONDS) and self._waiting.empty()):
            events: list[AuditEvent] = []
            while len(events) < _MOST_AT_ONCE and not self._waiting.empty():
                events.append(self._waiting.get_nowait())
            if not events:
                continue
            try:
                with self._database.write() as tx:
                    record(tx, *events)
            except SQLAlchemyError:
                _log.exception("%d denials are not in the audit log", len(events))
