"""Imports point one way: each room uses only what docs/architecture.md says that it may."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "disarm_exchange"
_ROW = re.compile(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", re.MULTILINE)

# What stands outside the rooms and may be used by each.
_OUTSIDE = {"errors", "resources", "datafiles", "__version__"}


def _rooms() -> dict[str, set[str]]:
    """Each room and the rooms that it may import, as the table of the page says."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = {room: set(re.findall(r"`(\w+)`", allowed)) for room, allowed in _ROW.findall(text)}
    found["cli"] = set(found)
    return found


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """The rooms that a file imports from, with the line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
            if node.module == "disarm_exchange":
                names = [f"disarm_exchange.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            steps = name.split(".")
            if steps[0] == "disarm_exchange" and len(steps) > 1:
                yield node.lineno, steps[1]


def test_the_table_names_every_room() -> None:
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}
    assert set(_rooms()) == rooms


@pytest.mark.parametrize("room", sorted(_rooms()))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    allowed = _rooms()[room] | {room} | _OUTSIDE
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {target}"
        for file in sorted((PACKAGE / room).rglob("*.py"))
        for line, target in _imports(file)
        if target not in allowed
    ]
    assert wrong == []


def test_the_check_sees_imports(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text("def f():\n    from disarm_exchange.web import app\n    import disarm_exchange.store.tables\n")
    assert list(_imports(file)) == [(2, "web"), (3, "store")]
