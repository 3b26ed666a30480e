"""Writes the pages of reference that follow from the code: `python docs/generate.py` (see `make reference`).

The validation rules have a writer of their own, `disarm_exchange.validate.handbook`; it is called from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from disarm_exchange.cli.app import SECTIONS, app
from disarm_exchange.resources import data_folder
from disarm_exchange.validate import handbook

REFERENCE = Path(__file__).parent / "reference"
_NAME = "disarm-exchange"


def cli_page() -> str:
    """Every command with its help, as it prints it 100 columns wide."""
    parts = [
        "# Commands",
        "",
        "Written by `make reference` from the commands themselves. Exit codes of all: 0 fine; 1 findings or partial",
        "failure; 2 wrong use or bad input. Data goes to stdout, progress and summaries to stderr.",
    ]
    for section, names in SECTIONS.items():
        parts += ["", f"## {section}"]
        for name in names:
            for path, command in _commands(name):
                parts += ["", f"### {' '.join(path)}", "", "```text", _help(path, command), "```"]
    return "\n".join(parts) + "\n"


def schemas_page() -> str:
    """Every schema of ours: its id, what it is of, its members."""
    parts = [
        "# Schemas",
        "",
        "Written by `make reference`. JSON Schema 2020-12; `disarm-exchange schema show NAME` prints one, `schema",
        "export` all of them, with those of STIX 2.1.",
    ]
    for path in sorted(data_folder("schemas").rglob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if "$id" not in schema:
            continue
        parts += [
            "",
            f"## {schema.get('title', path.stem)}",
            "",
            f"`{schema['$id']}`",
            "",
            schema.get("description", ""),
        ]
        members = schema.get("properties", {})
        if members:
            required = set(schema.get("required", []))
            parts += ["", "| member | | meaning |", "|---|---|---|"]
            parts += [
                f"| `{name}` | {'required' if name in required else ''} | {_cell(member)} |"
                for name, member in members.items()
            ]
    return "\n".join(parts) + "\n"


def pages() -> dict[Path, str]:
    """Each generated page and its text."""
    return {REFERENCE / "cli.md": cli_page(), REFERENCE / "schemas.md": schemas_page()}


def _commands(name: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    command = app.get_command(click.Context(app, **app.context_settings), name)
    assert command is not None
    yield (name,), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield (name, inner), found


def _help(path: tuple[str, ...], command: click.Command) -> str:
    parent: click.Context | None = click.Context(app, info_name=_NAME, **app.context_settings)
    for step in path[:-1]:
        parent = click.Context(app, info_name=step, parent=parent)
    context = click.Context(command, info_name=path[-1], parent=parent, terminal_width=100, max_content_width=100)
    return re.sub(r"[ \t]+$", "", command.get_help(context), flags=re.MULTILINE).rstrip()


def _cell(member: object) -> str:
    words = member.get("description") or member.get("title") or "" if isinstance(member, dict) else ""
    return " ".join(str(words).split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    handbook.main()


if __name__ == "__main__":
    main()
