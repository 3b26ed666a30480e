"""The commands as a person types them, against a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from disarm_exchange.cli.app import app
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from tests.interop.servers import COLLECTION, PASSWORD, USER, Site, own_site
from tests.sync.case import case, domain, write


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with own_site(tmp_path) as running:
        yield running


def run(site: Site, *words: str) -> Result:
    login = ("--url", f"{site.url}/trust/", "--user", USER, "--password-from", "env:PASS", "--collection", "shared")
    return CliRunner().invoke(app, [words[0], *login, *words[1:]], env={"PASS": PASSWORD}, standalone_mode=False)


def test_publish_then_pull_gives_the_same_objects(site: Site, tmp_path: Path) -> None:
    bundle = write(tmp_path / "case.json", case(5, secret=1))
    sent = run(site, "publish", str(bundle), "--json")
    assert sent.return_value == 0
    told = json.loads(sent.stdout)
    assert {entry["rule"] for entry in told["withheld"]} == {"marking", "reference", "unused"}
    pulled = run(site, "pull", "--output", str(tmp_path / "got.json"), "--json")
    assert pulled.return_value == 0
    assert json.loads(pulled.stdout)["counts"]["new"] == told["counts"]["accepted"]
    got: list[StixObject] = json.loads((tmp_path / "got.json").read_bytes())["objects"]
    assert domain(4) in got
    assert domain(0) not in got


def test_max_tlp_lets_more_or_less_go(site: Site, tmp_path: Path) -> None:
    bundle = write(tmp_path / "case.json", case(5, secret=1))
    counts = {}
    for tlp in ("clear", "red"):
        report = tmp_path / f"{tlp}.json"
        run(site, "publish", str(bundle), "--max-tlp", tlp, "--report", str(report))
        counts[tlp] = json.loads(report.read_bytes())["counts"]
    assert counts["clear"]["accepted"] < counts["red"]["accepted"] == counts["red"]["read"]


def test_a_bad_object_makes_exit_code_1_and_is_named(site: Site, tmp_path: Path) -> None:
    bad = {**domain(7), "value": 7}
    result = run(site, "publish", str(write(tmp_path / "case.json", [domain(1), bad])))
    assert result.return_value == 1
    assert str(bad["id"]) in result.stderr
    assert result.stdout == ""


def test_pulling_into_a_database_twice_brings_nothing_twice(site: Site, tmp_path: Path) -> None:
    run(site, "publish", str(write(tmp_path / "case.json", case(5))))
    news = []
    for _ in range(2):
        result = run(site, "pull", "--into", str(tmp_path / "mine.db"), "--as", "feed", "--json")
        assert result.return_value == 0
        news.append(json.loads(result.stdout)["counts"]["new"])
    assert news[0] > 0
    assert news[1] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pull",), "where to"),
        (("pull", "--into", "a.db", "--output", "b.json"), "where to"),
        (("pull", "--output", "b.json", "--as", "x"), "--into DB"),
        (("pull", "--output", "b.json", "--added-after", "yesterday"), "not a moment"),
        (("pull", "--output", "b.json", "--token-from", "env:PASS"), "not both"),
        (("publish", "no-such-file.json"), "no such file"),
    ],
)
def test_wrong_use_is_said_in_one_line(site: Site, words: tuple[str, ...], said: str) -> None:
    result = run(site, *words)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)
    assert PASSWORD not in str(result.exception)


def test_a_wrong_password_is_said_and_not_shown(site: Site, tmp_path: Path) -> None:
    words = ["pull", "--url", site.url, "--user", USER, "--password-from", "env:PASS", "--output", str(tmp_path / "x")]
    result = CliRunner().invoke(app, words, env={"PASS": "wrong-secret"}, standalone_mode=False)
    assert isinstance(result.exception, UserError)
    assert "does not accept these credentials" in str(result.exception)
    assert "wrong-secret" not in str(result.exception) + result.output
    assert COLLECTION not in result.output


def test_people_are_told_the_title_of_a_collection(site: Site, tmp_path: Path) -> None:
    bundle = write(tmp_path / "case.json", case(2))
    assert f"to Shared ({site.url}/trust/collections/{COLLECTION}/)" in run(site, "publish", str(bundle)).stderr
    pulled = run(site, "pull", "--output", str(tmp_path / "got.json"))
    assert f"Pulled Shared ({COLLECTION}) of " in pulled.stderr
