"""How a server logs: one JSON object a line on stderr, or readable lines on a terminal.

The program logs through Python's `logging`; structlog gives it its form. Tracebacks come without local variables,
which may hold what must not be in a log.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor


def set_up_logs(level: str) -> None:
    """Send what is logged from this level on to stderr."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_colours,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _without_colours(_logger: object, _method: str, event: EventDict) -> EventDict:
    """uvicorn sends each message twice, once in colours."""
    event.pop("color_message", None)
    return event
