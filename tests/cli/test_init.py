"""`init` asks, and what it leaves works; `completion` prints what a shell takes; mistyped commands are recognised."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from disarm_exchange.cli.app import app


def test_five_answers_make_a_configuration(tmp_path: Path) -> None:
    answers = "North Watch\ngreen\nhttps://taxii.acme.example/\nshared\n\n"
    asked = CliRunner().invoke(app, ["init", "--folder", str(tmp_path)], input=answers)
    assert asked.exit_code == 0, asked.output
    checked = CliRunner().invoke(app, ["config", "check", "--config", str(tmp_path / "sync.toml")])
    assert checked.exit_code == 0
    assert 'token = "env:TAXII_ACME_EXAMPLE_TOKEN"' in (tmp_path / "sync.toml").read_text()


def test_options_need_no_answers(tmp_path: Path) -> None:
    said = ["init", "--organisation", "North Watch", "--max-tlp", "clear", "--partner", "none", "--folder"]
    done = CliRunner().invoke(app, [*said, str(tmp_path)], input="")
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"sync.toml", "case.toml"}


def test_the_case_file_serves_a_conversion(tmp_path: Path) -> None:
    said = ["init", "--organisation", "North Watch", "--max-tlp", "green", "--partner", "none", "--folder"]
    CliRunner().invoke(app, [*said, str(tmp_path)])
    findings = Path(__file__).parents[2] / "samples" / "harbour-echo" / "findings.csv"
    output = tmp_path / "bundle.json"
    known = ["--case", str(tmp_path / "case.toml"), "--case-name", "Harbour Echo", "--published", "2026-03-12"]
    done = CliRunner().invoke(app, ["convert", str(findings), *known, "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert b"North Watch" in output.read_bytes()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_parse(shell: str, tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["completion", shell])
    assert "_DISARM_EXCHANGE_COMPLETE" in printed.output
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here to read the script")
    script = tmp_path / "script"
    script.write_text(printed.output)
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0


def test_commands_are_completed() -> None:
    done = CliRunner().invoke(
        app,
        [],
        prog_name="disarm-exchange",
        env={
            "_DISARM_EXCHANGE_COMPLETE": "bash_complete",
            "COMP_WORDS": "disarm-exchange con",
            "COMP_CWORD": "1",
        },
    )
    assert done.output.split() == ["plain,config", "plain,convert"]


def test_help_lists_every_command_under_a_section() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for name in app.list_commands(None):  # type: ignore[arg-type]
        assert f"\n  {name} " in shown


def test_a_mistyped_command_is_answered_with_the_nearest_one() -> None:
    done = CliRunner().invoke(app, ["confert"])
    assert done.exit_code == 2
    assert "Did you mean 'convert'?" in done.output
