"""One step ahead: while a page is being stored, the next one is on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """The items of an iterator, each fetched in a thread of its own while the one before is in use.

    The iterator is asked by one thread at a time, first by the caller's own. Its errors come out where its items would.

    Args:
        items: what to iterate over.
    """

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._thread: threading.Thread | None = None
        self._fetched: list[Item] = []
        self._error: BaseException | None = None

    def first(self) -> Item | None:
        """The first item; None when there is none."""
        return next(self._items, None)

    def start(self) -> None:
        """Set out for the next item."""
        # a daemon: whoever presses Ctrl-C does not wait for a slow server
        self._thread = threading.Thread(target=self._fetch, name="next-page", daemon=True)
        self._thread.start()

    def next(self) -> Item | None:
        """The item that was set out for; None when there was none."""
        self.wait()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._fetched.pop() if self._fetched else None

    def wait(self) -> None:
        """Wait until nothing is on its way."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _fetch(self) -> None:
        try:
            self._fetched.extend(item for item in [next(self._items, None)] if item is not None)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            self._error = error
