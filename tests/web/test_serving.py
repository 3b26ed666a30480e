"""`disarm-exchange serve` with pages, as an operator starts it: several processes, one session."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx

from disarm_exchange.store import Database, find_collection
from tests.cli.running import run
from tests.store.objects import indicator, store
from tests.taxii.server.processes import ServerProcess
from tests.web.world import token_in


def log_in(client: httpx.Client, password: str) -> httpx.Response:
    token = token_in(client.get("/web/login/").text)
    return client.post("/web/login/", data={"name": "admin", "password": password, "token": token})


def test_the_first_login_opens_the_pages_of_every_process(tmp_path: Path) -> None:
    place, log = str(tmp_path / "x.db"), tmp_path / "log"
    (tmp_path / "sync.toml").write_text('[peers.east-lab]\nurl = "https://east.example/taxii2/"\npull = ["all"]\n')
    server = ServerProcess(place, log, ("--workers", "2", "--sync-config", str(tmp_path / "sync.toml")))
    server.start()
    try:
        assert "pages for people at" in log.read_text()
        password = re.findall(r"password +(\S+)", log.read_text())[0]
        with Database.open(place) as database:
            with database.read() as tx:
                collection = find_collection(tx, "findings")
            assert collection is not None
            store(database, collection, *(indicator(number) for number in range(3)))
        with httpx.Client(base_url=server.url, headers={"Accept": "text/html"}) as client:
            assert log_in(client, password).status_code == 303
            cookie = client.cookies["dx_session"]
            for _ in range(12):  # each on a connection of its own, so that both processes have their turn
                answer = httpx.get(f"{server.url}/", headers={"Cookie": f"dx_session={cookie}"})
                assert answer.status_code == 200
                assert "<dt>Objects</dt><dd>3</dd>" in answer.text
            assert "east-lab" in client.get("/web/peers/").text
            assert client.get("/web/audit/").status_code == 200
        assert password not in log.read_text().replace(password, "", 1)
        assert cookie not in log.read_text()
    finally:
        server.stop()


def test_no_web_leaves_the_pages_out(tmp_path: Path) -> None:
    server = ServerProcess(str(tmp_path / "x.db"), tmp_path / "log", ("--no-web",))
    server.start()
    try:
        assert httpx.get(f"{server.url}/", headers={"Accept": "text/html"}).status_code == 404
        assert httpx.get(f"{server.url}/web/login/").status_code == 404
        assert httpx.get(f"{server.url}/taxii2/").status_code == 401
    finally:
        server.stop()


def test_an_organisation_is_made_an_operator_by_command(tmp_path: Path) -> None:
    place = str(tmp_path / "x.db")
    from disarm_exchange.store.accounts import find_organisation
    from disarm_exchange.store.operators import is_operator

    assert run("org", "add", "Acme", "--db", place).code == 0
    for option, expected in (("--operator", True), ("--no-operator", False)):
        assert run("org", "set", "Acme", option, "--db", place).code == 0
        with Database.open(place) as database, database.read() as tx:
            found = find_organisation(tx, "Acme")
            assert found is not None
            assert is_operator(tx, found.id) is expected


def test_the_index_is_built_anew_by_command(tmp_path: Path) -> None:
    from disarm_exchange.store import add_collection
    from disarm_exchange.store.index_reading import unindexed

    place = tmp_path / "x.db"
    with Database.open(place) as database:
        with database.write() as tx:
            collection = add_collection(tx, "Findings")
        store(database, collection, indicator(1), indicator(1, day=2))
    done = run("db", "reindex", "--db", place, "--json")
    assert json.loads(done.out) == {"versions": 2}
    with Database.open(place) as database, database.read() as tx:
        assert unindexed(tx, [collection.number]) == 0
