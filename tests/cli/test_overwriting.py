"""What a command reads is never replaced by what it writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from disarm_exchange.resources import data_folder
from tests.cli.running import run

SAMPLE = data_folder("samples") / "harbour-echo"


@pytest.mark.parametrize("option", ["-o", "--account"])
@pytest.mark.parametrize("name", ["case.toml", "rules.json", "ledger.db"])
def test_convert_spares_the_case_the_rules_and_the_ledger(tmp_path: Path, option: str, name: str) -> None:
    shutil.copy(SAMPLE / "case.toml", tmp_path)
    (tmp_path / "rules.json").write_text('{"source": "ours", "title": "Ours", "release": "1.7", "rules": []}')
    arguments = ["convert", str(SAMPLE / "findings.csv"), "--case", "case.toml", "--mapping", "rules.json"]
    assert run(*arguments, "--ledger", "ledger.db", "-o", "first.json", cwd=tmp_path).code == 0
    before = (tmp_path / name).read_bytes()
    output = () if option == "-o" else ("-o", "second.json")
    done = run(*arguments, "--ledger", "ledger.db", *output, option, name, cwd=tmp_path)
    assert (done.code, (tmp_path / name).read_bytes()) == (2, before)
    assert f"{name}: is what --" in done.err


def test_convert_spares_the_case_file_beside_the_input(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "case")
    done = run("convert", "findings.csv", "-o", "case.toml", cwd=tmp_path / "case")
    assert done.code == 2
    assert (tmp_path / "case" / "case.toml").read_bytes() == (SAMPLE / "case.toml").read_bytes()


@pytest.mark.parametrize("command", ["heatmap", "graph", "navigator", "compare"])
def test_a_picture_never_replaces_the_bundle_it_is_of(tmp_path: Path, command: str) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_text('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[]}')
    before = bundle.read_bytes()
    done = run(command, bundle, "-o", "./bundle.json", cwd=tmp_path)
    assert (done.code, bundle.read_bytes()) == (2, before)
    assert "is an input too" in done.err


@pytest.mark.parametrize(("command", "name"), [("report", "bundle.md"), ("export", "bundle.csv")])
def test_nor_does_a_report_or_a_table_under_an_odd_name(tmp_path: Path, command: str, name: str) -> None:
    bundle = tmp_path / name
    bundle.write_text('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[]}')
    before = bundle.read_bytes()
    done = run(command, bundle, "-o", bundle)
    assert (done.code, bundle.read_bytes()) == (2, before)
    assert "is an input too" in done.err


def test_the_second_of_two_that_are_compared_is_spared_too(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for each in (first, second):
        each.write_text('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[]}')
    before = second.read_bytes()
    done = run("compare", first, second, "-o", second)
    assert (done.code, second.read_bytes()) == (2, before)
    assert "is an input too" in done.err
