"""Every command that the documentation shows runs, or, where it needs a partner, is one that we have."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from disarm_exchange.cli.app import app
from tests.docs.pages import ROOT, Shown, script_of, scripts, shown_commands

_SECONDS = 120

# A page starts a server with `&` and goes on; the next command must find it.
_PREAMBLE = """
set -euo pipefail
disarm-exchange() {
    if [ "$1" = serve ]; then
        shift
        exec "$(type -P disarm-exchange)" serve --port 6100 --log-level warning "$@"
    fi
    while [ -n "$(jobs -pr)" ] && ! (exec 3<>/dev/tcp/127.0.0.1/6100) 2>/dev/null; do sleep 0.1; done
    command disarm-exchange "$@"
}
"""


@pytest.mark.parametrize("page", scripts(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    script = (_PREAMBLE + script_of(page)).replace("6100", str(_free_port()))
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "DISARM_EXCHANGE_DATA": str(tmp_path / "own"),
    }
    run = subprocess.Popen(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=(tmp_path / "out.txt").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        code = run.wait(_SECONDS)
    finally:
        # The servers that the page left running, too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    assert code == 0, (tmp_path / "out.txt").read_text(errors="replace")[-3000:]


@pytest.mark.parametrize("shown", list(shown_commands()), ids=lambda shown: f"{shown.page}:{shown.line}")
def test_a_command_that_is_shown_exists(shown: Shown) -> None:
    words = list(shown.words)
    context = click.Context(app, **app.context_settings)  # click remembers how the first one asks for help
    command: click.Command = app
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, shown
        command = found
        context = click.Context(command, parent=context)
    if isinstance(command, click.Group):
        return
    command.make_parser(context).parse_args(words)  # an unknown option is an error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
