"""How the peers stand, in a file that the textfile collector of node_exporter picks up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.store import Database
from disarm_exchange.sync.config import SyncConfig
from disarm_exchange.sync.state import metrics, states

_log = logging.getLogger("disarm_exchange.sync")


@dataclass(slots=True)
class MetricsFile:
    """Writes the file. Threads may share it.

    Args:
        path: of the file; it is replaced whole.
        database: ours.
        config: with the peers.
        clock: the time.
    """

    path: Path
    database: Database
    config: SyncConfig
    clock: Callable[[], datetime]
    _turn: Lock = field(default_factory=Lock, init=False)

    def write(self) -> None:
        """Write it.

        Raises:
            UserError: it cannot be written.
        """
        text = metrics(states(self.database, self.config, now=self.clock()))
        try:
            with self._turn, atomic_writer(self.path) as stream:
                stream.write(text.encode())
        except OSError as error:
            raise UserError(f"cannot be written: {error.strerror}", where=str(self.path)) from None

    def refresh(self) -> None:
        """Write it, or tell the log why not: no run fails for it."""
        try:
            self.write()
        except (UserError, SQLAlchemyError) as error:
            words = str(error) if isinstance(error, UserError) else "the database does not answer"
            _log.warning("metrics not written", extra={"reason": words})
