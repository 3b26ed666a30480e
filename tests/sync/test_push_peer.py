"""Sending a plan to a server that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disarm_exchange.store import Database
from disarm_exchange.store.peers import Holding, count_failures
from disarm_exchange.sync import push_peer
from disarm_exchange.sync.config import Peer
from disarm_exchange.sync.outgoing import Item
from disarm_exchange.sync.push_peer import Pusher
from disarm_exchange.taxii.client.push import parcel
from tests.sync.case import domain
from tests.taxii.client.scripted import scripted
from tests.taxii.client.test_push import Inbox, collection_of


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "x.db") as found:
        yield found


def items(start: int, end: int) -> list[Item]:
    found = []
    for number in range(start, end):
        source = domain(number)
        sent = parcel(source, repr(source).replace("'", '"').encode())
        found.append(Item(sent, source, Holding(sent.id, "v", sent.id), changed=False))
    return found


def test_a_server_that_refuses_too_much_is_sent_no_more_in_this_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_peer, "MOST_FAILED", 30)
    inbox = Inbox()
    inbox.refuse = lambda item: None if item["value"] == "site1.example" else "we do not want it"
    with scripted(inbox) as server:
        pusher = Pusher(*collection_of(server), database, Peer("them", server.url), policy="p")
        for start in (0, 20, 40, 60):
            pusher.send(items(start, start + 20))
    pushed = pusher.pushed
    assert (pushed.sent, len(pushed.failed)) == (1, 39)
    assert pushed.stopped.startswith("it refused 39 objects")
    with database.read() as tx:
        assert count_failures(tx, "them") == 39
