"""The system's own Chromium, driven by playwright: what it shows, says and asks for."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.web.world import PASSWORD

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts" / "web"
"""Screenshots; the folder is not in git."""


@dataclass
class Watched:
    """A page, with everything that its console said and every host that it asked."""

    page: Any
    url: str
    said: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    dialogs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url)[:100]))
        self.page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def log_in(self, user: str = "operator") -> None:
        self.go("/web/login/")
        self.page.get_by_label("User name").fill(user)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("heading", name="Collections", level=1).wait_for()

    def keep(self, name: str) -> None:
        """Put a screenshot among the artifacts."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(ARTIFACTS / f"{name}.png"), full_page=True)

    def check_clean(self) -> None:
        """Nothing was complained of, nothing ran that should not, and nobody else was asked."""
        assert self.said == []
        assert self.dialogs == []
        assert self.asked == {self.url}


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser; the test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this system")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Any, url: str, *, width: int = 1280, **options: Any) -> Iterator[Watched]:
    """A page of its own, without cookies."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(15_000)
    try:
        yield Watched(context.new_page(), url)
    finally:
        context.close()
