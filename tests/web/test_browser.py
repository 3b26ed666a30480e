"""The pages in a real browser: log in, search, open an object, matrix, peers; by mouse, by keyboard, without script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from disarm_exchange.store import add_to_quarantine
from disarm_exchange.store.peers import Conflict, note_conflicts
from disarm_exchange.store.runs import end_run, start_run
from tests.store.objects import DAY
from tests.web.browser import Watched, chromium, watched
from tests.web.world import CAMPAIGN, USES, Pages, case

REASON = f"401 Unauthorized: https://taxii.east-lab.example/taxii2/collections/{'a' * 120}"
WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def filled(site: Pages) -> Pages:
    """With something on every page."""
    site.collection("Takedown findings", *case())
    with site.database.write() as tx:
        now = 1_790_000_000_000_000
        end_run(
            tx, start_run(tx, "east-lab", "w", now=now), now=now, outcome="failed", counts={"new": 1}, reason=REASON
        )
        add_to_quarantine(tx, b"{}", "type is missing", peer="east-lab")
        note_conflicts(tx, [Conflict("east-lab", CAMPAIGN, DAY.format(2), "foreign-edit", "no", b"1" * 16, b"{}")])
    return site


def paths(site: Pages) -> dict[str, str]:
    """Every page, by a name for its screenshot."""
    with site.browse() as client:
        site.log_in(client)
        home = client.get("/").text
    place = home.partition('href="/web/collections/')[2][:36]
    return {
        "home": "/", "collection": f"/web/collections/{place}/?type=everything", "object": f"/web/objects/{CAMPAIGN}/",
        "relationship": f"/web/objects/{USES}/", "search": "/web/search/?q=lantern", "search-empty": "/web/search/",
        "matrix": "/web/matrix/", "matrix-all": "/web/matrix/?show=all", "technique": "/web/techniques/T0049/",
        "peers": "/web/peers/", "peer": "/web/peers/east-lab/", "quarantine": "/web/quarantine/",
        "audit": "/web/audit/",
    }  # fmt: skip


_SIDEWAYS = """() => [...document.querySelectorAll('.wide')]
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.textContent.trim().slice(0, 60))"""


def serious(page: Any) -> list[str]:
    """What axe finds that keeps people out."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_an_analyst_finds_the_way(browser: Any, filled: Pages) -> None:
    with watched(browser, filled.url) as seen:
        page = seen.page
        seen.log_in()
        page.get_by_role("searchbox").fill("paper-lantern[.]example")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="paper-lantern[.]example").first.click()
        page.get_by_role("heading", name="paper-lantern[.]example", level=1).wait_for()
        page.get_by_role("link", name="a domain").first.click()
        page.get_by_role("link", name="Paper Lantern", exact=True).first.click()
        page.get_by_role("heading", name="Paper Lantern", level=1).wait_for()
        page.get_by_role("link", name="evidence").first.click()
        page.get_by_role("heading", name="Evidence").wait_for()
        page.get_by_role("link", name="Matrix").click()
        page.get_by_role("link", name="T0049 Flood Information Space").click()
        page.get_by_role("link", name="Paper Lantern", exact=True).wait_for()
        page.get_by_role("link", name="Peers").click()
        page.get_by_role("link", name="east-lab").click()
        page.get_by_role("link", name="Quarantine").click()
        page.get_by_text("type is missing").wait_for()
        page.get_by_role("link", name="Audit").click()
        page.get_by_role("rowheader", name="web log in").first.wait_for()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("heading", name="Log in").wait_for()
        seen.check_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", list(WIDTHS))
def test_every_page_is_clean_fits_and_keeps_nobody_out(browser: Any, filled: Pages, scheme: str, device: str) -> None:
    with watched(browser, filled.url, width=WIDTHS[device], color_scheme=scheme) as seen:
        seen.go("/web/login/")
        seen.keep(f"login-{scheme}-{device}")
        assert serious(seen.page) == []
        seen.log_in()
        for name, path in paths(filled).items():
            seen.go(path)
            seen.keep(f"{name}-{scheme}-{device}")
            assert serious(seen.page) == [], name
            wider = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{name} is wider than the screen"
            assert seen.page.evaluate(_SIDEWAYS) == [], f"a table of {name} scrolls sideways"
        seen.check_clean()


def test_the_keyboard_alone_is_enough(browser: Any, filled: Pages) -> None:
    with watched(browser, filled.url) as seen:
        page = seen.page
        seen.go("/")
        page.keyboard.type("operator")
        page.keyboard.press("Tab")
        page.keyboard.type("correct horse battery")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Collections", level=1).wait_for()
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert focused(page) == "Takedown findings"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("lantern paper")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Search: lantern paper").wait_for()
        for _ in range(40):
            page.keyboard.press("Tab")
            if focused(page) == "Paper Lantern":
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Paper Lantern", level=1).wait_for()
        seen.check_clean()


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def test_without_script_everything_is_there(browser: Any, filled: Pages) -> None:
    with watched(browser, filled.url, java_script_enabled=False) as seen:
        page = seen.page
        seen.log_in()
        for path in paths(filled).values():
            answer = page.goto(filled.url + path)
            assert answer.status == 200
        seen.go(f"/web/objects/{CAMPAIGN}/")
        page.get_by_text("Show", exact=True).click()
        assert '"type": "campaign"' in page.locator("pre").inner_text()
        page.get_by_role("searchbox").fill("T0049")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="T0049 Flood Information Space").wait_for()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("heading", name="Log in").wait_for()
        seen.check_clean()


def test_a_page_prints_without_what_is_only_for_the_screen(browser: Any, filled: Pages) -> None:
    with watched(browser, filled.url) as seen:
        seen.log_in()
        seen.go(f"/web/objects/{CAMPAIGN}/")
        seen.page.emulate_media(media="print")
        assert seen.page.get_by_role("searchbox").count() == 0
        assert seen.page.get_by_role("heading", name="Paper Lantern", level=1).is_visible()
        assert seen.page.get_by_text("TLP:GREEN").first.is_visible()
        seen.keep("object-print")


def test_long_lists_can_be_narrowed(browser: Any, filled: Pages) -> None:
    from tests.store.objects import indicator

    filled.collection("Many", *(indicator(number, name=f"sign number {number:02}") for number in range(20)))
    with watched(browser, filled.url) as seen:
        seen.log_in()
        seen.page.get_by_role("link", name="Many").click()
        seen.page.get_by_label("Filter these rows").fill("NUMBER 07")
        rows: Any = seen.page.locator("tbody tr:visible")
        assert rows.count() == 1
        assert "sign number 07" in rows.inner_text()
        seen.check_clean()


def test_a_wrong_password_is_said_and_the_name_kept(browser: Any, filled: Pages) -> None:
    with watched(browser, filled.url) as seen:
        seen.go("/web/login/")
        seen.page.get_by_label("User name").fill("operator")
        seen.page.get_by_label("Password").fill("wrong")
        seen.page.get_by_role("button", name="Log in").click()
        assert "do not fit" in seen.page.get_by_role("alert").inner_text()
        assert seen.page.get_by_label("User name").input_value() == "operator"
        assert focused_id(seen) == "password"


def focused_id(seen: Watched) -> str:
    return str(seen.page.evaluate("document.activeElement.id"))
