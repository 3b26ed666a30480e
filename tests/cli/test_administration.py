"""Setting up a server by command: organisations, users, tokens, collections, grants, audit, database."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from disarm_exchange.stix.markings import Tlp
from tests.cli.running import Finished, run
from tests.store.objects import indicator, stix_id
from tests.store.postgres import postgresql_server, postgresql_url
from tests.taxii.server.processes import ServerProcess

__all__ = ["postgresql_server", "postgresql_url"]


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "x.db")


def ok(*arguments: str) -> Finished:
    done = run(*arguments)
    assert done.code == 0, done.err
    return done


def test_an_organisation_is_let_in_step_by_step(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_PASSWORD", "a long password")
    made = json.loads(ok("collection", "add", "Findings", "--alias", "findings", "--db", db, "--json").out)
    ok("org", "add", "Acme", "--clearance", "amber", "--rate", "600", "--db", db)
    ok("user", "add", "bob", "--org", "Acme", "--password-env", "NEW_PASSWORD", "--db", db)
    ok("grant", "set", "Acme", "findings", "read", "--db", db)
    token = ok("token", "add", "bob", "--label", "poller", "--days", "30", "--db", db).out.strip()
    server = ServerProcess(db, tmp_path / "log")
    server.start()
    try:
        for headers, auth in (({"Authorization": f"Bearer {token}"}, None), ({}, ("bob", "a long password"))):
            shown = httpx.get(f"{server.url}/exchange/collections/findings/", headers=headers, auth=auth).json()
            assert (shown["id"], shown["can_read"], shown["can_write"]) == (made["id"], True, False)
    finally:
        assert server.stop() in (0, -signal.SIGTERM)
    log = (tmp_path / "log").read_text()
    assert "a long password" not in log
    assert token not in log


def test_lists_are_json_for_programs_and_hold_no_secrets(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_PASSWORD", "a long password")
    ok("org", "add", "Acme", "--db", db)
    ok("user", "add", "bob", "--org", "Acme", "--password-env", "NEW_PASSWORD", "--db", db)
    ok("collection", "add", "Local", "--local", "--db", db)
    token = ok("token", "add", "bob", "--db", db).out.strip()
    out = ""
    for command in ("org", "user", "token", "collection", "grant", "audit"):
        listed = ok(command, "list", "--db", db, "--json").out
        assert isinstance(json.loads(listed), list)
        out += listed + ok(command, "list", "--db", db).out
    assert "a long password" not in out
    assert token.rpartition("_")[2] not in out
    actions = [event["action"] for event in json.loads(ok("audit", "list", "--db", db, "--json").out)]
    assert actions == ["org add", "user add", "collection add", "token add"]


def test_access_is_taken_back(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_PASSWORD", "a long password")
    ok("org", "add", "Acme", "--db", db)
    ok("user", "add", "bob", "--org", "Acme", "--token-only", "--db", db)
    ok("collection", "add", "Findings", "--alias", "findings", "--db", db)
    token_id = json.loads(ok("token", "add", "bob", "--db", db, "--json").out)["id"]
    assert json.loads(ok("token", "revoke", token_id, "--db", db, "--json").out)["revoked"] is True
    assert run("token", "revoke", token_id, "--db", db).code == 2
    assert json.loads(ok("user", "set", "bob", "--disable", "--db", db, "--json").out)["disabled"] is True
    assert (
        json.loads(ok("org", "set", "Acme", "--clearance", "clear", "--db", db, "--json").out)["clearance"] == "clear"
    )
    assert json.loads(ok("collection", "set", "findings", "--disable", "--db", db, "--json").out)["disabled"] is True
    ok("user", "password", "bob", "--password-env", "NEW_PASSWORD", "--db", db)


@pytest.mark.parametrize(
    "arguments",
    [
        ("org", "list"),
        ("user", "add", "bob", "--org", "Nobody", "--token-only"),
        ("grant", "set", "Nobody", "nothing", "read"),
        ("collection", "set", "nothing", "--disable"),
        ("token", "add", "nobody"),
        ("db", "check"),
        ("db", "upgrade"),
        ("db", "backup", "backup.db"),
        ("audit", "list", "--since", "yesterday"),
        ("user", "add", "bob", "--org", "x", "--password-env", "NOT_SET"),
        ("org", "add", "x", "--clearance", "purple"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(db: str, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "--db", db)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert done.out == ""


def test_the_first_start_prints_how_to_log_in_and_the_second_does_not(db: str, tmp_path: Path) -> None:
    server = ServerProcess(db, tmp_path / "log", ["--log-level", "warning"])
    server.start()
    server.stop()
    printed = (tmp_path / "log").read_text()
    found = re.search(r"password +(\S+)", printed)
    assert found is not None
    again = ServerProcess(db, tmp_path / "log2", ["--workers", "2"])
    again.start()
    try:
        shown = httpx.get(f"{again.url}/exchange/collections/", auth=("admin", found[1])).json()
        assert [one["alias"] for one in shown["collections"]] == ["findings"]
    finally:
        again.stop()
    assert "password" not in (tmp_path / "log2").read_text()
    assert (tmp_path / "x.db").stat().st_mode & 0o077 == 0


def test_a_server_can_listen_on_a_unix_socket(db: str, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    command = [sys.executable, "-c", "from disarm_exchange.cli import main; main()", "serve", "--db", db]
    with subprocess.Popen(
        [*command, "--unix-socket", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        client = httpx.Client(transport=httpx.HTTPTransport(uds=str(path), retries=5))
        assert client.get("http://server/healthz").status_code == 200
        server.terminate()


def test_the_database_is_checked_backed_up_and_moved(db: str, tmp_path: Path, postgresql_url: str) -> None:
    ok("collection", "add", "Findings", "--db", db)
    assert ok("db", "check", "--db", db).err.strip() == "All is well."
    assert ok("db", "upgrade", "--db", db).err.strip() == "Nothing to do."
    ok("db", "backup", str(tmp_path / "b.db"), "--db", db)
    ok("db", "copy", postgresql_url, "--db", str(tmp_path / "b.db"))
    listed = json.loads(ok("collection", "list", "--db", postgresql_url, "--json").out)
    assert [one["title"] for one in listed] == ["Findings"]
    assert json.loads(ok("db", "check", "--db", postgresql_url, "--json").out) == {"problems": []}


def test_the_database_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISARM_EXCHANGE_DB", str(tmp_path / "env.db"))
    ok("org", "add", "Acme")
    assert (tmp_path / "env.db").exists()


def test_objects_are_added_listed_shown_exported_and_deleted(db: str, tmp_path: Path) -> None:
    good, secret = indicator(1, indicator_types=["malicious-activity"]), indicator(2, tlp=Tlp.RED)
    bundle = {"type": "bundle", "id": stix_id("bundle", 1), "objects": [good, secret, {**good, "id": "nonsense"}]}
    (tmp_path / "in.json").write_text(json.dumps(bundle))
    ok("collection", "add", "Findings", "--alias", "findings", "--db", db)
    added = run("object", "add", "findings", str(tmp_path / "in.json"), "--db", db, "--json")
    assert added.code == 1
    assert json.loads(added.out) == {"added": 2, "repeated": 0, "conflicting": 0, "erased": 0, "refused": 1}
    assert "nonsense" in added.err
    listed = json.loads(ok("object", "list", "findings", "--db", db, "--json").out)
    assert [(one["id"], one["shared_up_to"]) for one in listed] == [(good["id"], "green"), (secret["id"], "red")]
    assert json.loads(ok("object", "show", "findings", str(good["id"]), "--db", db).out) == good
    out = tmp_path / "out.json"
    told = json.loads(
        ok("object", "export", "findings", "--clearance", "green", "-o", str(out), "--db", db, "--json").out
    )
    assert (told["objects"], told["withheld"]) == (1, 1)
    assert json.loads(out.read_text())["objects"] == [good]
    ok("object", "delete", "findings", str(good["id"]), "--db", db)
    assert run("object", "show", "findings", str(good["id"]), "--db", db).code == 2
    actions = [event["action"] for event in json.loads(ok("audit", "list", "--db", db, "--json").out)]
    assert actions == ["collection add", "object add", "object delete"]


def test_a_collection_is_changed_and_deleted_with_all_it_holds(db: str, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text(json.dumps(indicator(1, labels=[stix_id("indicator", 2)])))
    ok("collection", "add", "Findings", "--alias", "findings", "--db", db)
    ok("collection", "add", "Other", "--alias", "other", "--db", db)
    ok("org", "add", "Acme", "--db", db)
    ok("grant", "set", "Acme", "findings", "both", "--db", db)
    ok("object", "add", "findings", str(tmp_path / "in.json"), "--db", db)
    changed = ok("collection", "set", "findings", "--title", "New", "--alias", "new", "--db", db, "--json").out
    assert (json.loads(changed)["title"], json.loads(changed)["alias"]) == ("New", "new")
    assert run("collection", "set", "new", "--alias", "other", "--db", db).code == 2
    assert run("collection", "delete", "new", "--db", db).code != 0
    assert json.loads(ok("collection", "delete", "new", "--yes", "--db", db, "--json").out)["versions"] == 1
    assert [one["title"] for one in json.loads(ok("collection", "list", "--db", db, "--json").out)] == ["Other"]
    assert json.loads(ok("grant", "list", "--db", db, "--json").out) == []
    assert ok("db", "check", "--db", db).err.strip() == "All is well."
