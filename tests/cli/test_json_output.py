"""`--json`: every command has it, prints nothing else, and prints what the reference says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from tests.cli.running import run
from tests.cli.test_help import commands
from tests.cli.test_progress_and_quiet import SAMPLE, app, found

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "json.md"
ROWS = re.findall(r"^\| `([a-z -]+)` \| (list of )?(.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

# What prints a script or a schema as it is, and what serves.
WITHOUT = {("completion",), ("schema", "show"), ("serve",)}

ARGUMENTS = {
    "case list": "--ledger cases.db",
    "case show": "Harbour_Echo --ledger cases.db",
    "case history": "Harbour_Echo --ledger cases.db",
    "case diff": "Harbour_Echo --ledger cases.db",
    "export": "b.json -o b.csv",
    "framework diff": "1.6 1.7",
    "framework search": "fake account",
    "framework show": "T0146",
    "graph": "b.json -o b.svg",
    "heatmap": "b.json -o h.svg",
    "mapping check": "rules.json",
    "mapping show": "meta-kc.0.9.7",
    "mapping test": "Acquiring_Telegram_channels --kind channel --platform telegram",
    "navigator": "b.json -o layer.json",
    "object list": "takedowns",
    "report": "b.json -o b.html",
    "schema export": "all-schemas",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("json")
    (where / "sync.toml").write_text('[peers.acme]\nurl = "https://acme.example/"\npull = ["shared"]\n')
    for line in (
        f"convert {SAMPLE} -o b.json --ledger cases.db --tlp green",
        "collection add Takedowns --alias takedowns",
        "org add acme",
        "user add reader --org acme --token-only",
        "grant set acme takedowns read",
        "object add takedowns b.json",
        "mapping suggest --text clickbait --draft rules.json",
    ):
        done = run(*line.split(), cwd=where)
        assert done.code == 0, done.err
    return where


@pytest.mark.parametrize("path", list(commands(app)), ids=" ".join)
def test_every_command_has_it(path: tuple[str, ...]) -> None:
    command = found(path)
    has = any("--json" in option.opts for option in command.params)
    assert has == (not isinstance(command, click.Group) and path not in WITHOUT)


@pytest.mark.parametrize(("command", "listed", "members"), ROWS, ids=[row[0] for row in ROWS])
def test_it_prints_what_the_reference_says_and_nothing_else(
    command: str, listed: str, members: str, folder: Path
) -> None:
    words = [word.replace("_", " ") for word in ARGUMENTS.get(command, "").split()]
    done = run(*command.split(), *words, "--json", cwd=folder)
    assert done.code in (0, 1), done.err
    told = json.loads(done.out)
    assert isinstance(told, list) == bool(listed)
    one = told[0] if listed else told
    assert list(one) == re.findall(r"`(\w+)`", members)
    assert done.err == ""


def test_moments_are_rfc_3339_in_utc(folder: Path) -> None:
    (event, *_) = json.loads(run("audit", "list", "--json", cwd=folder).out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["at"])
