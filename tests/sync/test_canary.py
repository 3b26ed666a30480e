"""Canaries through the whole way out: no byte on the wire, no log line, no report, no record shows a forbidden one."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from disarm_exchange.policy import Action, Kind
from disarm_exchange.policy.personal import standing
from disarm_exchange.policy.redaction import Redaction
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database, add_collection, read_object
from disarm_exchange.store.markings import nobody
from disarm_exchange.store.writer import add_objects
from disarm_exchange.sync import config as sync_config
from disarm_exchange.sync.config import SyncConfig, parse_config
from disarm_exchange.sync.run import Terms, run_peer
from disarm_exchange.taxii.client.retry import RetryPolicy
from tests.policy.canaries import Nest, escaped, nest
from tests.sync.case import PRODUCER
from tests.taxii.client.scripted import scripted
from tests.taxii.client.test_push import Inbox

KEY = "a key of the pair, 32 bytes long"
KINDS = [kind for kind in Kind if kind is not Kind.IP]


def configuration(folder: Path, url: str, rules: dict[Kind, Action], ceiling: Tlp) -> SyncConfig:
    (folder / "key").write_text(KEY)
    redact = ", ".join(f'{kind.value} = "{action.name.lower()}"' for kind, action in rules.items())
    text = f"""
identities = ["{PRODUCER}"]
[peers.them]
url = "{url}/api/"
push = "In"
from = ["findings"]
policy = "p"
[policies.p]
max_tlp = "{ceiling.token}"
redact = {{ key = "file:{folder}/key"{", " if redact else ""}{redact} }}
"""
    return parse_config(text, folder / "sync.toml")


def pushed(
    folder: Path, home: Nest, rules: dict[Kind, Action], ceiling: Tlp, caplog: pytest.LogCaptureFixture
) -> list[bytes]:
    """Push the nest, in two parts; everything that left: requests, logs, reports."""
    inbox = Inbox()
    inbox.max_content_length = 20_000
    out: list[bytes] = []
    caplog.set_level(logging.DEBUG)
    with scripted(inbox) as server, Database.open(folder / "x.db") as database:
        config = configuration(folder, server.url, rules, ceiling)
        terms = Terms(retry=RetryPolicy(attempts=2, sleep=lambda _seconds: None))
        with database.write() as tx:
            findings = add_collection(tx, "Findings", alias="findings")
        # a name can be recognised in a text once the account is known that has it, so people come first
        objects = sorted(home.objects, key=lambda item: not list(standing(item)))
        middle = len(objects) // 2
        for part in (objects[:middle], objects[middle:]):
            with database.write() as tx:
                read = [read_object(orjson.dumps(item)) for item in part]
                add_objects(tx, findings.number, read, source="local", level_of=nobody)
            report = run_peer(database, config, config.peer("them"), terms)
            out.append(orjson.dumps(report.to_dict()))
        for asked in server.asked:
            out += [asked.body, asked.path.encode(), json.dumps([asked.query, asked.headers]).encode()]
    out.append(caplog.text.encode())
    return out


@pytest.mark.parametrize("seed", range(12))
def test_no_forbidden_canary_leaves(tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    home = nest(seed)
    actions: Sequence[Action] = list(Action)
    rules = {kind: actions[(seed + number) % 4] for number, kind in enumerate(KINDS)}
    ceiling = list(Tlp)[seed % 5]
    out = pushed(tmp_path, home, rules, ceiling, caplog)
    assert escaped(home, rules, ceiling, *out) == []


def test_something_does_leave(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = pushed(tmp_path, nest(1), dict.fromkeys(KINDS, Action.PSEUDONYM), Tlp.RED, caplog)
    assert sum(len(part) for part in out) > 15_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_a_redactor_that_is_switched_off(
    tmp_path: Path, kind: Kind, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = dict.fromkeys(KINDS, Action.PSEUDONYM)

    def without(given: dict[Kind, Action], key: bytes, *, drop_texts: bool) -> Redaction:
        return Redaction({other: action for other, action in given.items() if other is not kind}, key)

    monkeypatch.setattr(sync_config, "Redaction", without)
    found: list[str] = []
    for seed in range(5):
        (tmp_path / str(seed)).mkdir()
        home = nest(seed)
        found += escaped(home, rules, Tlp.RED, *pushed(tmp_path / str(seed), home, rules, Tlp.RED, caplog))
    assert found
