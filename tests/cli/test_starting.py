"""`--help` comes at once, and what it shows as an example is a command that there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import click
import pytest

from disarm_exchange.cli.app import app
from tests.cli.test_help import commands
from tests.cli.test_progress_and_quiet import found

LINES = [(path, found(path).epilog) for path in commands(app) if not isinstance(found(path), click.Group)]


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['disarm-exchange', '--help']\n"
        "from disarm_exchange.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "disarm_exchange.cli.app" in loaded
    heavy = ("sqlalchemy", "rich", "orjson", "requests", "stix2", "networkx", "difflib", "disarm_exchange.cli.convert")
    assert [name for name in heavy if name in loaded] == []


@pytest.mark.parametrize(("path", "epilog"), LINES, ids=[" ".join(path) for path, _ in LINES])
def test_the_example_of_a_command_can_be_typed(path: tuple[str, ...], epilog: str | None) -> None:
    assert epilog, "there is no example"
    shown = re.findall(r"disarm-exchange (?:[^;\n\")]|\"[^\"]*\")+", epilog)
    assert any(line.split()[1 : 1 + len(path)] == list(path) for line in shown)
    for line in shown:
        words = shlex.split(re.split(r"\s(?:>>?|\|)\s", line)[0])[1:]
        context = click.Context(app, **app.context_settings)
        command: click.Command = app
        while isinstance(command, click.Group) and words:
            inner = command.get_command(context, words.pop(0))
            assert inner is not None, line
            command, context = inner, click.Context(inner, parent=context)
        command.make_parser(context).parse_args(words)
