"""The configuration of synchronisation: what is wrong in it is said with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.policy import Action, Kind
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.sync.config import SyncConfig, load_config, parse_config
from disarm_exchange.sync.toml_places import line_of

US = "identity--5d0fe5b5-3c6f-4b58-9ad7-6f6a6cf4ad4e"
WHOLE = f"""
database = "exchange.db"
identities = ["{US}"]

[peers.acme]
url = "https://taxii.acme.example/api/"
token = "env:ACME_TOKEN"
pull = ["shared"]
overlap = "10s"
push = "inbox"
from = ["findings"]
policy = "partners"
every = "5m"
jitter = "30s"
ca_file = "acme.pem"

[policies.partners]
max_tlp = "amber"
not_types = ["note"]
techniques = ["T0143"]
min_confidence = 40
max_age = "90d"
redact = {{ key = "env:PAIR_KEY", handle = "pseudonym", email = "drop", free_texts = "drop" }}
"""


def parse(text: str) -> SyncConfig:
    return parse_config(text, Path("/etc/x/sync.toml"))


def fault(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse(text)
    return str(caught.value)


def test_a_whole_configuration_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse(WHOLE)
    peer = config.peer("acme")
    assert config.database == "/etc/x/exchange.db"
    assert config.identities == {US}
    assert (peer.pull, peer.push, peer.sources, peer.policy) == (("shared",), "inbox", ("findings",), "partners")
    assert (peer.overlap, peer.schedule.every, peer.schedule.jitter) == (
        10.0,
        timedelta(minutes=5),
        timedelta(seconds=30),
    )
    assert peer.transport.ca_file == "acme.pem"
    monkeypatch.setenv("PAIR_KEY", "a key of sixteen and more")
    policy = config.policy("partners")
    assert policy.clearance.ceiling is Tlp.AMBER
    assert (policy.filters.min_confidence, policy.filters.max_age) == (40, timedelta(days=90))
    assert policy.redaction is not None
    assert policy.redaction.rules == {Kind.HANDLE: Action.PSEUDONYM, Kind.EMAIL: Action.DROP}
    assert policy.redaction.drop_texts


def test_secrets_are_read_when_they_are_needed_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse(WHOLE)
    with pytest.raises(UserError, match="ACME_TOKEN is not set"):
        config.peer("acme").connect()
    monkeypatch.setenv("ACME_TOKEN", "geheim-token")
    monkeypatch.setenv("PAIR_KEY", "geheim-key-of-the-pair")
    shown = f"{config!r} {config.peer('acme').connect()!r} {config.policy('partners')!r}"
    assert "geheim" not in shown


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("token =", "tokn =", "sync.toml:7: unknown key 'tokn'; did you mean 'token'?"),
        ("not_types", "not_type", "sync.toml:19: unknown key 'not_type'; did you mean 'not_types'?"),
        ("handle =", "handel =", "sync.toml:23: unknown key 'handel'; did you mean 'handle'?"),
        ("[policies.", "[policy.", "sync.toml:17: unknown key 'policy'; did you mean 'policies'?"),
        ('"amber"', '"orange"', "sync.toml:18: policies.partners.max_tlp:"),
        ('"5m"', '"5 minutes"', "sync.toml:13: peers.acme.every:"),
        ('policy = "partners"', 'policy = "partner"', "sync.toml:12: there is no policy 'partner'; did you mean"),
        ('"env:ACME_TOKEN"', '"geheim"', "sync.toml:7: peers.acme.token: must be a reference"),
        ('"env:PAIR_KEY"', '"geheim"', "sync.toml:23: policies.partners.redact.key: must be a reference"),
        ("jitter =", 'cron = "* * * * *"\njitter =', "sync.toml:5: peers.acme: either"),
        ("acme]", "ACME Corp]", "sync.toml"),
        ("every", "every = ", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, words: str) -> None:
    said = fault(WHOLE.replace(before, after, 1))
    assert words in said
    assert "geheim" not in said


def test_all_faults_are_said_at_once() -> None:
    said = fault(WHOLE.replace("token =", "tokn =").replace("not_types", "nope"))
    assert "sync.toml:7:" in said
    assert "sync.toml:19:" in said


def test_a_peer_with_nothing_to_do_is_a_mistake() -> None:
    assert "sync.toml:1: peer 'x' has nothing to do" in fault('[peers.x]\nurl = "https://x.example/"\n')


def test_pushing_needs_a_policy() -> None:
    assert "policy" in fault('[peers.x]\nurl = "https://x.example/"\npush = "a"\nfrom = ["b"]\n')


def test_an_unknown_peer_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean acme"):
        parse(WHOLE).peer("acne")


def test_a_key_that_is_too_short_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIR_KEY", "geheim")
    with pytest.raises(UserError, match="16 bytes") as caught:
        parse(WHOLE).policy("partners")
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load_config(tmp_path / "sync.toml")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["a"], 1),
        (["t", "b"], 4),
        (["t", "c", "x"], 5),
        (["t", "text"], 6),
        (["t", "list", 0, "z"], 9),
        (["u", "v.w", "k"], 11),
        (["t", "nope"], 3),
        (["nope"], None),
    ],
)
def test_lines_are_found(path: list[object], line: int | None) -> None:
    text = 'a = 1\n# b = 2\n[t]\nb = 1\nc.x = 2\ntext = """\na = 5\n"""\nlist = [{ z = 1 }]\n[u."v.w"]\nk = 1\n'
    assert line_of(text, path) == line


def test_passing_on_needs_to_know_who_we_are() -> None:
    text = '[policies.p]\nmax_tlp = "amber"\npass_on = "green"\n'
    with pytest.raises(UserError, match=r"pass_on needs `identities`") as caught:
        parse_config(text, Path("sync.toml"))
    assert caught.value.where == "sync.toml:3"
    us = "identity--00000000-0000-4000-8000-000000000000"
    filters = parse_config(f'identities = ["{us}"]\n{text}', Path("sync.toml")).policy("p").filters
    assert (filters.pass_on, filters.own) == (Tlp.GREEN, {us})
