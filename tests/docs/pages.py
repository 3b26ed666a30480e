"""The pages of the documentation, and the commands that they show."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROGRAM = "disarm-exchange"

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it."""

    page: str
    line: int
    words: tuple[str, ...]


def pages() -> list[Path]:
    """Every page that people read, the README first."""
    written = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
    return [ROOT / "README.md", *written, *sorted((ROOT / "mappings").rglob("README.md"))]


def scripts() -> list[Path]:
    """The pages that have commands to run."""
    return [page for page in pages() if script_of(page)]


def script_of(page: Path) -> str:
    """All commands of a page that run, in order: what stands in its `sh` blocks."""
    found = _FENCE.finditer(page.read_text(encoding="utf-8"))
    return "\n".join(block[2] for block in found if block[1] == "sh")


def shown_commands() -> Iterator[Shown]:
    """Every command of ours that a page shows in code of its own line, also where it does not run here."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if page.parent.name == "reference":
            continue  # printed by the commands themselves
        # A long command goes on after a backslash, and keeps the line it begins on.
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if not line.strip().startswith(PROGRAM + " "):
                continue
            whole, last = line.strip(), number
            while whole.endswith("\\"):
                whole = whole[:-1] + lines[last].strip()
                last += 1
            yield Shown(str(page.relative_to(ROOT)), number, _words(whole))


def _words(line: str) -> tuple[str, ...]:
    command = re.split(r"\s+(?:\|\|?|&&|>>?|<)\s*|\s+&\s*$|\s{2,}#", line)[0]
    return tuple(shlex.split(command, comments=True))[1:]
