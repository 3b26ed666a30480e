"""A server for all tests of a module; each makes its own collections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from disarm_exchange.store import Database
from tests.web.world import Pages, pages

CONFIG = """
[policies.partners]
max_tlp = "green"
[peers.east-lab]
url = "https://taxii.east-lab.example/taxii2/"
pull = ["findings"]
push = "inbox"
from = ["outgoing"]
policy = "partners"
every = "1h"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("web")
    config = folder / "sync.toml"
    config.write_text(CONFIG)
    with Database.open(folder / "x.db") as database, pages(database, config=config) as served:
        yield served
