"""A preview tells everything, and holds no more than a part of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection, find_collection, read_object
from disarm_exchange.store.markings import nobody
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.preview import Preview, preview
from tests.sync.case import made

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONFIG = """
[peers.them]
url = "https://x.example/"
push = "in"
from = ["findings"]
policy = "p"
[policies.p]
max_tlp = "amber"
"""


@pytest.fixture
def config(tmp_path: Path) -> SyncConfig:
    return parse_config(CONFIG, tmp_path / "sync.toml")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "x.db") as found:
        with found.write() as tx:
            add_collection(tx, "Findings", alias="findings")
        yield found


def keep(database: Database, count: int, tlp: Tlp, start: int = 0) -> None:
    items = [made("campaign", f"case {number}", tlp, name="Case") for number in range(start, start + count)]
    with database.write() as tx:
        findings = find_collection(tx, "findings")
        assert findings is not None
        read = [read_object(orjson.dumps(item)) for item in items]
        add_objects(tx, findings.number, read, source="local", level_of=nobody)


def shown(database: Database, config: SyncConfig) -> Preview:
    return preview(database, config, config.peer("them"), now=NOW)


def test_all_of_it_is_told(database: Database, config: SyncConfig) -> None:
    keep(database, 600, Tlp.GREEN)
    keep(database, 700, Tlp.RED, 600)
    told = orjson.loads(b"".join(shown(database, config).json()))
    assert (len(told["would_go"]), len(told["withheld"])) == (600, 700)
    assert (told["not_valid"], told["cannot_be_recalled"]) == ([], [])
    assert (told["counts"]["considered"], told["counts"]["would_go"], told["counts"]["withheld"]) == (1300, 600, 700)
    assert {one["rule"] for one in told["withheld"]} == {"marking"}
    assert orjson.loads(told["would_go"][0]["object"])["type"] == "campaign"


def test_nothing_gives_empty_lists(database: Database, config: SyncConfig) -> None:
    told = orjson.loads(b"".join(shown(database, config).json()))
    assert (told["would_go"], told["withheld"], told["counts"]["considered"]) == ([], [], 0)


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED], ids=["what goes", "what stays"])
def test_what_is_held_does_not_grow_with_what_there_is(database: Database, config: SyncConfig, tlp: Tlp) -> None:
    """Held by Python at most, while a preview of a thousand objects is written, and of nine thousand."""
    keep(database, 1000, tlp)
    assert sum(map(len, shown(database, config).json()))  # what is made once for all
    few = most_held(database, config)
    for part in range(1, 9):
        keep(database, 1000, tlp, 1000 * part)
    assert most_held(database, config) < 1.5 * few


def most_held(database: Database, config: SyncConfig) -> int:
    tracemalloc.start()
    for piece in shown(database, config).json():
        assert piece
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most
