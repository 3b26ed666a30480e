"""A name that is not there is answered with the nearest that is."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from disarm_exchange.cli.app import app
from disarm_exchange.cli.choices import Choice
from tests.cli.running import run
from tests.cli.test_help import commands
from tests.cli.test_progress_and_quiet import SAMPLE, found

PEER = '[peers.acme]\nurl = "https://acme.example/"\npull = ["shared"]\n'

WRONG = [
    ("conver", "'convert'"),
    ("sync rum", "'run'"),
    ("validate --treshold error b.json", "'--threshold'"),
    ("publish b.json --url https://a.example/ --max-tlp gren", "'green'"),
    ("org add x --clearance ambr", "'amber'"),
    ("export b.json -o x.csv --table indicator", "'indicators'"),
    ("object list takedwns", "takedowns"),
    ("object list Takedown", "takedowns"),
    ("org set acm --disable", "acme"),
    ("sync run acm", "acme"),
    ("sync history acm", "acme"),
    ("share preview --to akme", "acme"),
    ("case show HarbourEcho --ledger cases.db", "Harbour Echo"),
    ("report cases.db -o x.html --case harbor-echo", "Harbour Echo"),
    ("framework show T0149.999", "T0149"),
    ("framework list --tactic establish-asets", "Establish Assets"),
    ("mapping show meta-kc.0.9.77", "meta-kc.0.9.7?"),
    ("validate --explain DX2022", "DX202"),
    ("convert f.csv -o x.json --source meta-kilchain", "meta-kill-chain"),
    ("schema show fnding", "finding"),
    ("validate b.json --profile exchagne", "'exchange'"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("names")
    (where / "f.csv").write_bytes(SAMPLE.read_bytes())
    (where / "sync.toml").write_text(PEER)
    run("convert", SAMPLE, "-o", "b.json", "--ledger", "cases.db", cwd=where)
    run("collection", "add", "Takedowns", "--alias", "takedowns", cwd=where)
    run("org", "add", "acme", cwd=where)
    return where


@pytest.mark.parametrize(("line", "near"), WRONG, ids=[line for line, _ in WRONG])
def test_the_nearest_name_is_told(line: str, near: str, folder: Path) -> None:
    done = run(*line.split(), cwd=folder)
    assert done.code == 2
    assert near in done.err.splitlines()[-1]


@pytest.mark.parametrize("path", list(commands(app)), ids=" ".join)
def test_every_choice_tells_the_nearest(path: tuple[str, ...]) -> None:
    kinds = [type(one.type) for one in found(path).params if isinstance(one.type, click.Choice)]
    assert kinds == [Choice] * len(kinds)
