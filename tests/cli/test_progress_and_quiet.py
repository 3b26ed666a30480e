"""Bars for who watches, summaries for who wants them, and neither in anybody's data."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from disarm_exchange.cli.app import app
from disarm_exchange.stix.progress import Step
from disarm_exchange.stix.reading import read_records
from disarm_exchange.store import Database
from disarm_exchange.store.indexing import rebuild_index
from tests.cli.running import run
from tests.cli.terminal import on_terminal
from tests.cli.test_help import commands

SAMPLE = Path(__file__).parents[2] / "samples" / "harbour-echo" / "findings.csv"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    assert run("convert", SAMPLE, "-o", folder / "b.json", "--tlp", "green").code == 0
    return folder / "b.json"


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = app
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


@pytest.mark.parametrize("path", [(), *commands(app)], ids=" ".join)
def test_every_command_takes_quiet(path: tuple[str, ...]) -> None:
    assert [option.opts for option in found(path).params if "--quiet" in option.opts] == [["-q", "--quiet"]]


@pytest.mark.parametrize("words", [["-q", "convert"], ["convert", "--quiet"], ["convert", "-q"]], ids=" ".join)
def test_quiet_is_the_same_before_and_after_the_command(words: list[str], tmp_path: Path) -> None:
    done = run(*words, SAMPLE, "-o", tmp_path / "b.json")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tmp_path / "b.json").exists()


def test_quiet_hides_no_error_and_no_data_and_changes_no_exit_code(bundle: Path) -> None:
    missing = run("validate", "-q", bundle.with_name("none.json"))
    assert (missing.code, "no such file" in missing.err) == (2, True)
    loud, quiet = run("framework", "search", "xyzzy"), run("framework", "search", "xyzzy", "-q")
    assert (loud.code, quiet.code, quiet.err) == (1, 1, "")
    assert loud.err != ""
    assert run("validate", bundle, "-q").out == run("validate", bundle).out != ""


def test_a_bar_shows_on_a_terminal_and_is_gone_at_the_end(bundle: Path) -> None:
    code, shown = on_terminal("report", bundle, "-o", "r.html", cwd=bundle.parent)
    assert code == 0
    assert "reading ━" in shown
    assert shown.rstrip().splitlines()[-1].endswith("TLP:GREEN")


@pytest.mark.parametrize(
    ("words", "environment"),
    [((), {"TERM": "dumb"}), (("--quiet",), {}), (("--json",), {})],
    ids=["dumb terminal", "quiet", "json"],
)
def test_no_bar_where_none_is_wanted(words: tuple[str, ...], environment: dict[str, str], bundle: Path) -> None:
    code, shown = on_terminal("report", bundle, "-o", "r.html", *words, cwd=bundle.parent, **environment)
    assert (code, "━" in shown) == (0, False)


def test_data_printed_beside_a_bar_is_whole(bundle: Path) -> None:
    plain = run("validate", bundle, "--threshold", "info").out
    _, shown = on_terminal("validate", bundle, "--threshold", "info", cwd=bundle.parent)
    assert plain.splitlines()[-1] in shown
    assert run("validate", bundle, "--json").err == ""


def test_reading_tells_bytes_and_objects(bundle: Path) -> None:
    steps: list[Step] = []
    records = list(read_records(bundle, on_step=steps.append))
    size = bundle.stat().st_size
    assert [(step.doing, step.size) for step in steps] == [("reading", size)] * len(steps)
    assert steps[-1].read == size
    assert steps[-1].done <= len(records)


def test_indexing_tells_versions_of_all(bundle: Path, tmp_path: Path) -> None:
    db = str(tmp_path / "x.db")
    run("collection", "add", "Findings", "--alias", "findings", "--db", db)
    added = json.loads(run("object", "add", "findings", bundle, "--db", db, "--json").out)["added"]
    steps: list[Step] = []
    with Database.open(db, create=False) as database:
        assert rebuild_index(database, on_step=steps.append) == added
    assert (steps[-1].done, steps[-1].total, steps[-1].things) == (added, added, "versions")
