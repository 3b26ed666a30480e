"""The pages and pictures of the matrix in the system's own Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disarm_exchange.report.comparison import Compared, compare
from disarm_exchange.report.comparison_files import Frame, comparison_page
from disarm_exchange.report.counting import count_techniques
from disarm_exchange.report.heatmap import View, heatmap
from disarm_exchange.report.heatmap_page import heatmap_page
from disarm_exchange.report.matrix import matrix_of
from disarm_exchange.report.source import open_source, source_of
from tests.report.making import HOSTILE, hostile_objects, sample
from tests.web.browser import chromium, watched


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for name, source in (("sample", open_source(sample("harbour-echo"))), ("hostile", source_of(hostile_objects()))):
        title = source.title if name == "sample" else HOSTILE[0]
        matrix = matrix_of(source.objects, revoked=source.revoked)
        view = View(title, source.marking)
        side = Compared(title, source.marking, count_techniques(source.objects))
        (folder / f"{name}-heatmap.html").write_text(heatmap_page(matrix, view), encoding="utf-8")
        (folder / f"{name}-heatmap.svg").write_text(heatmap(matrix, view).svg, encoding="utf-8")
        (folder / f"{name}-compare.html").write_text(comparison_page(compare(side, side), Frame()), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["sample", "hostile"])
@pytest.mark.parametrize(("kind", "width"), [("heatmap", 1280), ("heatmap", 390), ("compare", 390)])
def test_a_page_is_quiet_asks_nobody_and_fits_the_screen(
    browser: Any, pages: Path, name: str, kind: str, width: int
) -> None:
    with watched(browser, "file://", width=width) as found:
        found.page.goto((pages / f"{name}-{kind}.html").as_uri())
        found.check_clean()
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
        assert found.page.evaluate("document.querySelectorAll('script, img, iframe, object').length") == 0
        if name == "hostile":
            assert "<script>" in found.page.inner_text("h1")


def test_the_picture_alone_opens_as_it_is(browser: Any, pages: Path) -> None:
    with watched(browser, "file://", width=1280) as found:
        found.page.goto((pages / "hostile-heatmap.svg").as_uri())
        assert found.page.evaluate("document.documentElement.nodeName") == "svg"
        assert found.page.evaluate("document.querySelectorAll('.cell').length") > 100
        assert "<script>" in found.page.evaluate("document.querySelector('title').textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["heatmap", "compare"])
def test_axe_finds_nothing_serious(browser: Any, pages: Path, kind: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    with watched(browser, "file://", color_scheme=scheme) as found:
        found.page.goto((pages / f"sample-{kind}.html").as_uri())
        violations = axe.run(found.page).response["violations"]
        assert [(one["id"], one["impact"]) for one in violations if one["impact"] in ("serious", "critical")] == []
