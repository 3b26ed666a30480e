"""The synchronisation commands as a person types them, between two running servers."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from disarm_exchange.cli.app import app
from disarm_exchange.errors import UserError
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import find_collection, local_collection
from disarm_exchange.store.peers import holders_of
from disarm_exchange.store.pull import add_to_quarantine
from tests.sync.case import domain
from tests.sync.organisations import Organisation, organisations, peer_text

POLICY = '[policies.partners]\nmax_tlp = "amber"\n'


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Organisation, Organisation]]:
    with organisations(tmp_path, "anna", "bert") as (anna, bert):
        lines = ('pull = ["findings"]', 'push = "inbox"', 'from = ["findings"]', 'policy = "partners"', 'every = "5m"')
        anna.configure(peer_text("bert", bert.url, "anna", *lines) + POLICY)
        (anna.folder / "sync.toml").write_text(f'identities = ["{anna.identity}"]\n{anna.settings}')
        yield anna, bert


def run(who: Organisation, *words: str) -> Result:
    where = {
        "DISARM_EXCHANGE_SYNC": str(who.folder / "sync.toml"),
        "DISARM_EXCHANGE_DB": str(who.folder / "exchange.db"),
    }
    return CliRunner().invoke(app, list(words), env=where, standalone_mode=False)


Pair = tuple[Organisation, Organisation]


def test_a_run_its_status_and_its_history(pair: Pair) -> None:
    anna, bert = pair
    bert.keep(bert.campaign())
    anna.keep(anna.campaign(), anna.campaign("secret", Tlp.RED))
    done = run(anna, "sync", "run", "--json")
    assert done.return_value == 0
    report = json.loads(done.stdout)[0]
    assert (report["outcome"], report["counts"]["new"], report["counts"]["sent"]) == ("ok", 1, 1)
    state = json.loads(run(anna, "sync", "status", "--json").stdout)[0]
    assert (state["peer"], state["outcome"], state["failures"]) == ("bert", "ok", 0)
    assert state["next_run"] > state["last_run"]
    told = json.loads(run(anna, "sync", "history", "--json").stdout)
    assert [(one["peer"], one["outcome"]) for one in told] == [("bert", "ok")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told[0][name]) for name in ("started", "ended"))
    metrics = run(anna, "sync", "status", "--metrics").stdout
    assert 'disarm_exchange_sync_last_run_ok{peer="bert"} 1\n' in metrics
    assert 'disarm_exchange_sync_objects{peer="bert",fate="new"} 1\n' in metrics


def test_due_runs_each_peer_once_and_says_nothing_when_none_is_due(pair: Pair) -> None:
    anna, _ = pair
    assert len(json.loads(run(anna, "sync", "run", "--due", "--json").stdout)) == 1
    again = run(anna, "sync", "run", "--due", "--json")
    assert (again.return_value, json.loads(again.stdout)) == (0, [])


def test_exit_codes_tell_partial_from_failed(pair: Pair) -> None:
    anna, _ = pair
    text = (anna.folder / "sync.toml").read_text()
    (anna.folder / "sync.toml").write_text(text.replace('pull = ["findings"]', 'pull = ["nowhere"]'))
    assert run(anna, "sync", "run").return_value == 1
    (anna.folder / "sync.toml").write_text(text.replace("127.0.0.1", "127.0.0.2"))
    (anna.folder / "password").unlink()
    failed = run(anna, "sync", "run")
    assert failed.return_value == 2
    assert "cannot be read" in failed.stderr
    assert failed.stdout == ""


def test_a_preview_shows_what_would_go_and_sends_nothing(pair: Pair) -> None:
    anna, bert = pair
    anna.keep(anna.campaign(), anna.campaign("secret", Tlp.RED), domain(1))
    told = json.loads(run(anna, "share", "preview", "--to", "bert", "--json").stdout)
    assert [one["id"] for one in told["would_go"]] == [anna.campaign()["id"], domain(1)["id"]]
    assert json.loads(told["would_go"][0]["object"]) == anna.campaign()
    assert [(one["rule"], one["reason"]) for one in told["withheld"]] == [("marking", "TLP:RED is above TLP:AMBER")]
    assert bert.holds("inbox") == {}
    text = run(anna, "share", "preview", "--to", "bert").stdout
    assert "2 would go" in text
    assert run(anna, "sync", "run", "--json").return_value == 0
    after = json.loads(run(anna, "share", "preview", "--to", "bert", "--json").stdout)
    assert (after["would_go"], after["counts"]["there_already"]) == ([], 2)


def test_quarantine_is_listed_shown_tried_again_and_dropped(pair: Pair) -> None:
    anna, _ = pair
    assert run(anna, "sync", "run").return_value == 0
    with anna.database.write() as tx:
        peers = find_collection(tx, "peers")
        good = json.dumps(domain(1)).encode()
        add_to_quarantine(tx, good, "an old rule", peer="bert", collection=peers, stix_id=str(domain(1)["id"]))
        add_to_quarantine(tx, b'{"type":"url"}', "no id", peer="bert", collection=peers, stix_id="")
    rows = json.loads(run(anna, "quarantine", "list", "--json").stdout)
    assert [row["reason"] for row in rows] == ["an old rule", "no id"]
    assert json.loads(run(anna, "quarantine", "show", str(rows[0]["number"])).stdout) == domain(1)
    tried = run(anna, "quarantine", "retry", "--json")
    assert tried.return_value == 1
    assert [row["let_in"] for row in json.loads(tried.stdout)] == [True, False]
    assert anna.holds("peers") == {str(domain(1)["id"]): domain(1)}
    with anna.database.read() as tx:
        assert [(peer, one.how) for peer, one in holders_of(tx, str(domain(1)["id"]))] == [("bert", "pulled")]
    assert "no number 77" in str(run(anna, "quarantine", "retry", "77").exception)
    assert run(anna, "quarantine", "drop", str(rows[1]["number"])).exception is None
    assert json.loads(run(anna, "quarantine", "list", "--json").stdout) == []
    assert isinstance(run(anna, "quarantine", "drop", "77").exception, UserError)


def test_what_was_put_aside_is_let_in_by_the_rules_for_what_is_received(pair: Pair, tmp_path: Path) -> None:
    """A peer does not speak for another one, also by way of the quarantine."""
    anna, bert = pair
    carl = peer_text("carl", "http://127.0.0.1:9/", "anna", 'pull = ["x"]', f'identities = ["{bert.identity}"]')
    anna.configure(anna.settings + carl)
    (anna.folder / "sync.toml").write_text(anna.settings)
    with anna.database.write() as tx:
        peers = local_collection(tx, "peers")
        forged = json.dumps(bert.campaign("forged")).encode()
        add_to_quarantine(
            tx, forged, "an old rule", peer="bert", collection=peers, stix_id=bert.campaign("forged")["id"]
        )
    tried = run(anna, "quarantine", "retry", "--json")
    assert "its creator is the peer 'carl'" in json.loads(tried.stdout)[0]["reason"]
    assert anna.holds("peers") == {}


def test_quarantine_is_of_the_configurations_database_and_needs_no_configuration(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = pair
    monkeypatch.chdir(tmp_path)
    with anna.database.write() as tx:
        add_to_quarantine(tx, b'{"type":"url"}', "no id", peer="bert", collection=None, stix_id="")
    file = tmp_path / "of-anna.toml"
    file.write_text(f'database = "{anna.folder}/exchange.db"\n')
    plain = CliRunner()
    for words in (("--config", str(file)), ("--db", f"{anna.folder}/exchange.db")):
        listed = plain.invoke(app, ["quarantine", "list", "--json", *words], standalone_mode=False)
        assert [row["reason"] for row in json.loads(listed.stdout)] == ["no id"]
    tried = plain.invoke(
        app, ["quarantine", "retry", "--json", "--db", f"{anna.folder}/exchange.db"], standalone_mode=False
    )
    assert tried.return_value == 1
    missing = plain.invoke(app, ["quarantine", "list", "--config", "nowhere.toml"], standalone_mode=False)
    assert "no such file" in str(missing.exception)


def test_conflicts_are_listed(pair: Pair) -> None:
    anna, bert = pair
    bert.keep({**anna.campaign(), "created_by_ref": anna.identity})
    assert run(anna, "sync", "run").return_value == 1
    rows = json.loads(run(anna, "sync", "conflicts", "--json").stdout)
    assert [(row["peer"], row["kind"]) for row in rows] == [("bert", "claims-to-be-ours")]


def test_the_configuration_is_checked_and_explained(pair: Pair) -> None:
    anna, _ = pair
    assert run(anna, "config", "check").exception is None
    rows = {row["value"]: row for row in json.loads(run(anna, "config", "explain", "--json").stdout)}
    assert rows["peers.bert.every"]["from"].endswith("sync.toml:10")
    assert rows["peers.bert.into"] == {"value": "peers.bert.into", "is": "peers", "from": "default"}
    assert rows["database"]["from"] == "--db or DISARM_EXCHANGE_DB"
    assert rows["peers.bert.password"]["is"] == f"file:{anna.folder}/password"


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(pair: Pair) -> None:
    anna, _ = pair
    fine = run(anna, "doctor", "--json")
    assert fine.return_value == 0
    assert {row["health"] for row in json.loads(fine.stdout)} == {"fine"}
    text = (anna.folder / "sync.toml").read_text()
    broken = text.replace('push = "inbox"', 'push = "findings"').replace('["findings"]\npolicy', '["nope"]\npolicy')
    (anna.folder / "sync.toml").write_text(broken)
    wrong = [row for row in json.loads(run(anna, "doctor", "--json").stdout) if row["health"] == "wrong"]
    assert {row["what"] for row in wrong} == {"peer bert: from", "peer bert: push to findings"}
    assert all(row["fix"] for row in wrong)


def test_the_doctor_finds_objects_by_nobody_we_are(pair: Pair) -> None:
    """Named wrongly, our own objects could not be called back, and nobody would know before it is too late."""
    anna, bert = pair
    anna.keep(anna.campaign(), {**bert.campaign("of another name"), "created_by_ref": bert.identity})
    told = json.loads(run(anna, "doctor", "--json").stdout)
    found = [row for row in told if row["what"] == "peer bert: from"]
    assert [row["health"] for row in found] == ["warning"]
    assert found[0]["detail"].startswith(f"1 objects to push are by {bert.identity}, which is not one of our")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sync", "run", "brt"), "did you mean bert"),
        (("sync", "run", "bert", "--due"), "either names or --due"),
        (("share", "preview", "--to", "nobody"), "no peer"),
        (("quarantine", "show", "5"), "no number 5"),
    ],
)
def test_wrong_use_is_said(pair: Pair, words: tuple[str, ...], said: str) -> None:
    result = run(pair[0], *words)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)


def test_a_feed_is_subscribed_to_in_one_line(pair: Pair, tmp_path: Path) -> None:
    anna, bert = pair
    bert.keep(bert.campaign())
    config = tmp_path / "new.toml"
    words = ("subscribe", bert.url, "--collection", "findings", "--user", "anna", "--name", "feed", "--json")
    done = run(anna, *words, "--password-from", f"file:{anna.folder}/password", "--config", str(config))
    assert done.return_value == 0
    assert json.loads(done.stdout)["counts"]["new"] == 1
    assert '[peers.feed]\nurl = "' in config.read_text()
    listed = json.loads(run(anna, "peer", "list", "--config", str(config), "--json").stdout)
    assert [(row["peer"], row["schedule"]) for row in listed] == [("feed", "1:00:00")]
    again = run(anna, *words, "--password-from", f"file:{anna.folder}/password", "--config", str(config))
    assert "already" in str(again.exception)


def test_a_peer_is_added_to_the_end_and_the_rest_stays(pair: Pair) -> None:
    anna, _ = pair
    file = anna.folder / "sync.toml"
    before = file.read_text()
    words = ("peer", "add", "acme.example", "--url", "https://acme.example/", "--pull", 'a"b', "--config", str(file))
    assert run(anna, *words).exception is None
    assert file.read_text() == before + '\n[peers."acme.example"]\nurl = "https://acme.example/"\npull = ["a\\"b"]\n'
    wrong = run(anna, "peer", "add", "other", "--url", "ftp://x", "--pull", "a", "--config", str(file))
    assert isinstance(wrong.exception, UserError)
    assert "[peers.other]" not in file.read_text()


def test_how_to_get_there_is_said_to_peer_add_and_to_subscribe_in_the_same_words(pair: Pair, tmp_path: Path) -> None:
    anna, bert = pair
    file, token = anna.folder / "sync.toml", tmp_path / "token"
    token.write_text("secret")
    words = ("--token-from", f"file:{os.path.relpath(token)}", "--token-scheme", "Token", "--proxy", "http://p:1")
    words += ("--client-cert", str(token), "--timeout", "5", "--feedback", "there", "--inbox", "here")
    words += ("--from", "findings", "--policy", "partners")
    added = run(anna, "peer", "add", "acme", "--url", "https://a.example/", *words, "--config", str(file))
    assert added.exception is None
    peer = tomllib.loads(file.read_text())["peers"]["acme"]
    assert peer == {
        "url": "https://a.example/",
        "token": f"file:{token.resolve()}",
        "token_scheme": "Token",
        "client_cert": str(token.resolve()),
        "proxy": "http://p:1",
        "timeout": 5.0,
        "from": ["findings"],
        "policy": "partners",
        "feedback": "there",
        "inbox": "here",
    }
    both = ("--user", "anna", "--password-from", "env:P", "--token-from", "env:T")
    for start in (("peer", "add", "two", "--pull", "x", "--url", bert.url), ("subscribe", bert.url)):
        assert isinstance(run(anna, *start, *both, "--config", str(file)).exception, UserError), start
