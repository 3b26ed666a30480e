"""bash completes commands, options, and names out of the user's own files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run

SAMPLE = Path(__file__).parents[2] / "samples" / "harbour-echo" / "findings.csv"
SCRIPT = """
eval "$(disarm-exchange completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_disarm_exchange_completion disarm-exchange
for one in "${COMPREPLY[@]}"; do printf '%s\\n' "$one"; done
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("completion")
    (where / "sync.toml").write_text(
        '[peers.acme]\nurl = "https://a.example/"\n[peers.bert]\nurl = "https://b.example/"\n'
    )
    run("convert", SAMPLE, "-o", "b.json", "--ledger", "cases.db", cwd=where)
    run("collection", "add", "Takedowns", "--alias", "takedowns", cwd=where)
    return where


def completed(folder: Path, *words: str) -> list[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"}
    line = ["bash", "-c", SCRIPT, "bash", "disarm-exchange", *words]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return sorted(done.stdout.splitlines())


def test_commands_options_and_choices_are_completed(folder: Path) -> None:
    assert completed(folder, "con") == ["config", "convert"]
    assert completed(folder, "convert", "--mo") == ["--model"]
    assert completed(folder, "convert", "--model", "") == ["both", "dad-cdm", "stix"]


def test_own_names_are_completed(folder: Path) -> None:
    assert completed(folder, "sync", "run", "") == ["acme", "bert"]
    assert completed(folder, "share", "preview", "--to", "b") == ["bert"]
    assert completed(folder, "object", "list", "") == ["takedowns"]
    assert completed(folder, "case", "show", "--ledger", "cases.db", "") == ["Harbour Echo"]


def test_nothing_is_offered_and_nothing_said_where_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "disarm-exchange.db").write_text("no database")
    assert completed(tmp_path, "sync", "run", "") == []
    assert completed(tmp_path, "object", "list", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    done = run("completion", shell)
    assert (done.code, "_DISARM_EXCHANGE_COMPLETE" in done.out) == (0, True)
