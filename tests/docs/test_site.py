"""The site builds without a warning, so every link of it resolves; what is generated is as the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from disarm_exchange.cli.app import app
from tests.docs.pages import DOCS, ROOT, pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_resolve(page: Path) -> None:
    broken = []
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file = page if not path else (page.parent / path).resolve()
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    build = pytest.importorskip("sphinx.cmd.build", reason="Sphinx is not installed")
    code = build.main(["-W", "-q", "-b", "html", "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")])
    assert code == 0
    start = (tmp_path / "site" / "start.html").read_text(encoding="utf-8")
    assert "Ten minutes on one machine" in start
    loaded = re.findall(r'(?:src|href)="(https?://[^"]+\.(?:js|css|woff2?))', start)
    assert loaded == []  # readable without a network


def test_generated_pages_are_current() -> None:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for path, text in generate.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run `make reference`"


def test_every_command_has_an_example() -> None:
    without = []
    for line in (DOCS / "reference" / "cli.md").read_text(encoding="utf-8").split("### ")[1:]:
        name = line.split("\n", 1)[0]
        is_group = "COMMAND [ARGS]" in line
        if not is_group and "Example" not in line:
            without.append(name)
    assert without == []


def test_help_of_every_command_prints() -> None:
    for name in app.list_commands(None):  # type: ignore[arg-type]
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
