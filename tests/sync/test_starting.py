"""A first configuration is one that the other commands take."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import load_case
from disarm_exchange.stix.ids import identity_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.sync.config import load_config
from disarm_exchange.sync.starting import Answers, Partner, write_first_files

HOSTILE = 'North "Watch"\n[peers.evil]\nurl = \\x'


def test_the_files_say_what_was_answered(tmp_path: Path) -> None:
    partner = Partner("acme", "https://taxii.acme.example/", "shared", "env:ACME_TOKEN", "30m")
    sync, case = write_first_files(tmp_path, Answers("North Watch", Tlp.AMBER_STRICT, "our.db", partner))
    config = load_config(sync)
    draft = load_case(case)
    assert config.database == str(tmp_path / "our.db")
    assert config.identities == {identity_id("North Watch")}
    assert config.policy("partners").clearance.ceiling is Tlp.AMBER_STRICT
    assert config.peer("acme").pull == ("shared",)
    assert config.peer("acme").login == {"token": "env:ACME_TOKEN"}
    assert draft.producer is not None
    assert (draft.producer.name, draft.tlp, draft.name) == ("North Watch", Tlp.AMBER_STRICT, None)


def test_without_a_partner_there_is_no_peer(tmp_path: Path) -> None:
    sync, _ = write_first_files(tmp_path, Answers("North Watch", Tlp.GREEN, "our.db"))
    assert dict(load_config(sync).peers) == {}


def test_a_name_cannot_write_configuration(tmp_path: Path) -> None:
    sync, case = write_first_files(tmp_path, Answers(HOSTILE, Tlp.GREEN, HOSTILE))
    assert dict(load_config(sync).peers) == {}
    producer = load_case(case).producer
    assert producer is not None
    assert producer.name == " ".join(HOSTILE.split())


@pytest.mark.parametrize("name", ["sync.toml", "case.toml"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        write_first_files(tmp_path, Answers("North Watch", Tlp.GREEN, "our.db"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_answer_that_does_not_fit_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    partner = Partner("acme", "ftp://taxii.acme.example/", "shared")
    with pytest.raises(UserError, match="url"):
        write_first_files(tmp_path, Answers("North Watch", Tlp.GREEN, "our.db", partner))
    assert list(tmp_path.iterdir()) == []
