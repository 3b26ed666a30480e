"""The report in the system's own Chromium: by mouse, by keyboard, without script, printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from disarm_exchange.report.content import content_of
from disarm_exchange.report.graph import graph_of
from disarm_exchange.report.grouping import picture_of
from disarm_exchange.report.html_report import html_graph, html_report
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.report.unmapped import Unmapped
from tests.report.making import hostile_objects, item, sample
from tests.web.browser import Watched, chromium, watched

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts" / "report"
"""Screenshots; the folder is not in git."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reports: of a sample, of hostile objects, of many rows; and a graph alone."""
    folder = tmp_path_factory.mktemp("reports")
    rows = [item("domain-name", number, value=f"site-{number:04}.example") for number in range(300)]
    sources = {
        "sample": open_source(sample("harbour-echo")),
        "hostile": source_of(hostile_objects()),
        "many": source_of(rows),
        "empty": source_of([]),
    }
    for name, source in sources.items():
        text = html_report(content_of(source), graph_of(source.objects), Unmapped(), "<b>.json")
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    picture = picture_of(graph_of(sources["hostile"].objects))
    (folder / "graph.html").write_text(html_graph(picture, "<i>x", sources["hostile"].marking), encoding="utf-8")
    return folder


@contextmanager
def opened(browser: Any, folder: Path, name: str, **options: Any) -> Iterator[Watched]:
    with watched(browser, "file://", **options) as found:
        found.page.goto((folder / f"{name}.html").as_uri())
        yield found


_SIDEWAYS = """() => [...document.querySelectorAll('.scroll')]
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.getAttribute('aria-label'))"""


@pytest.mark.parametrize("name", ["sample", "hostile", "many", "empty", "graph"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_quiet_asks_nobody_and_fits_the_screen(browser: Any, pages: Path, name: str, width: int) -> None:
    with opened(browser, pages, name, width=width) as found:
        for button in found.page.query_selector_all("button.unfold"):
            button.click()
        found.check_clean()
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
        assert found.page.evaluate(_SIDEWAYS) == [], "a table scrolls sideways"
        assert found.page.evaluate("document.querySelectorAll('main script:not([type=\"text/plain\"])').length") == 0
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        found.page.screenshot(path=str(ARTIFACTS / f"{name}-{width}.png"))


@pytest.mark.parametrize("name", ["hostile", "graph"])
def test_hostile_text_stands_as_text(browser: Any, pages: Path, name: str) -> None:
    with opened(browser, pages, name) as found:
        assert "<script>alert(1)</script>" in found.page.locator("body").text_content()
        assert found.page.evaluate("document.querySelectorAll('img, iframe, object, embed, link').length") == 0
        assert found.page.evaluate("[...document.links].every((a) => /^(https?:|file:.*#)/.test(a.href))")
        found.check_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sample", "hostile", "many", "empty", "graph"])
def test_axe_finds_nothing_serious(browser: Any, pages: Path, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    with opened(browser, pages, name, color_scheme=scheme) as found:
        violations = axe.run(found.page).response["violations"]
        assert [(one["id"], one["impact"]) for one in violations if one["impact"] in ("serious", "critical")] == []


def test_tables_sort_filter_and_unfold_by_keyboard(browser: Any, pages: Path) -> None:
    with opened(browser, pages, "many") as found:
        box = found.page.locator("#observables .table")
        rows, head = box.locator("tbody tr"), box.locator("thead th").nth(2)
        assert rows.count() == 50 and "50 of 300 rows" in box.locator(".status").inner_text()
        head.locator("button").focus()
        found.page.keyboard.press("Enter")
        found.page.keyboard.press("Enter")
        box.locator("th[aria-sort=descending]").wait_for()
        assert rows.first.locator("td").nth(2).inner_text() == "site-0299[.]example"
        box.get_by_role("searchbox").fill("site-012")
        found.page.wait_for_function("document.querySelectorAll('#observables tbody tr').length === 10")
        box.get_by_role("searchbox").fill("")
        box.get_by_role("button", name="Show 100 more").press("Enter")
        found.page.wait_for_function("document.querySelectorAll('#observables tbody tr').length === 150")
        found.check_clean()


def test_without_script_everything_is_there_and_a_line_says_how_many_rows_more(browser: Any, pages: Path) -> None:
    with opened(browser, pages, "many", java_script_enabled=False) as found:
        assert found.page.locator("#observables tbody tr").count() == 50
        text = found.page.locator("#observables .rest").inner_text()
        assert "250 more rows" in text and "disarm-exchange export <b>.json --table observables" in text
        assert not found.page.locator("#observables .tools").is_visible()
    with opened(browser, pages, "sample", java_script_enabled=False) as found:
        found.page.locator("#evidence summary").first.click()
        assert found.page.locator("#evidence table").first.is_visible()


def test_a_click_on_a_folded_box_opens_what_is_in_it(browser: Any, pages: Path) -> None:
    with opened(browser, pages, "sample") as found:
        found.page.locator(".graph .group").first.click()
        assert found.page.locator(".groups details[open] li").count() > 1
        found.check_clean()


def print_of(browser: Any, pages: Path, name: str, folder: Path) -> list[str]:
    """The text of each printed page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext (poppler-utils) on this system")
    target = folder / "report.pdf"
    with opened(browser, pages, name, color_scheme="dark") as found:
        found.page.pdf(path=str(target), prefer_css_page_size=True, print_background=True)
    command = ["pdftotext", "-layout", os.fspath(target), "-"]
    text = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize("name", ["sample", "empty"])
def test_each_printed_page_has_its_marking_and_its_number(browser: Any, pages: Path, name: str, tmp_path: Path) -> None:
    printed = print_of(browser, pages, name, tmp_path)
    marking = "TLP:CLEAR" if name == "empty" else "TLP:AMBER"
    assert len(printed) > (5 if name == "sample" else 0)
    for number, page in enumerate(printed, start=1):
        assert page.count(marking) >= 2, f"page {number} lacks its banner"
        assert f"Page {number} of {len(printed)}" in page
        assert name == "empty" or "Harbour Echo" in page
    if name == "sample":  # what is folded on the screen is printed
        assert any("Hashtags that everybody uses" in page for page in printed)


def test_a_table_that_goes_on_has_its_headings_again(browser: Any, pages: Path, tmp_path: Path) -> None:
    printed = [page for page in print_of(browser, pages, "many", tmp_path) if "site-00" in page]
    rows = [page for page in printed if page.count("site-00") > 10]
    assert len(rows) > 1
    assert all("Indicator" in page and "Platform" in page for page in rows)
