"""One step ahead, in another thread, and never two."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from disarm_exchange.sync.ahead import Ahead


def test_everything_comes_in_order_each_fetched_while_the_one_before_is_in_use() -> None:
    fetched = [threading.Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number, event in enumerate(fetched):
            event.set()
            yield number

    ahead = Ahead(items())
    found = []
    one = ahead.first()
    while one is not None:
        found.append(one)
        ahead.start()
        if one < 4:
            assert fetched[one + 1].wait(10)  # without asking for it
        one = ahead.next()
    assert found == [0, 1, 2, 3, 4]


def test_an_error_comes_where_the_item_would_and_once() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    ahead = Ahead(items())
    assert ahead.first() == 1
    ahead.start()
    ahead.wait()
    with pytest.raises(LookupError, match="no more"):
        ahead.next()
    assert ahead.next() is None


def test_waiting_leaves_nothing_on_its_way() -> None:
    busy, go_on = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        busy.set()
        assert go_on.wait(10)
        busy.clear()
        yield 2

    ahead = Ahead(items())
    ahead.first()
    ahead.start()
    assert busy.wait(10)
    go_on.set()
    ahead.wait()
    assert not busy.is_set()
    assert ahead.next() == 2
