"""What a command reads is never replaced by what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run


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
