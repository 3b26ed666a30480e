"""What every page has: headers, methods, errors; and that TAXII is left as it was."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from disarm_exchange.store import Database
from disarm_exchange.taxii.server import ServerSettings, create_app, run_server
from disarm_exchange.web.app import PAGES
from tests.web.world import CAMPAIGN, PASSWORD, Pages, case

TAXII = "application/taxii+json;version=2.1"
FILLED = {"collection": "x", "object_id": CAMPAIGN, "technique": "T0049", "peer": "east-lab"}
PATHS = [
    "/",
    "/web/login/",
    "/web/nothing/",
    *(re.sub(r"{(\w+)}", lambda name: FILLED[name[1]], path) for _, path, _ in PAGES),
]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_the_headers_that_keep_it_shut(site: Pages, path: str) -> None:
    site.collection("Here", *case())
    for answer in (site.get(path), httpx.get(site.url + path, headers={"Accept": "text/html"})):
        headers = answer.headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "no-store" in headers["cache-control"]
        assert "style=" not in answer.text
        assert not re.search(r"<script(?! src=)", answer.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


def test_style_and_script_are_kept_for_long_under_names_with_their_hash(site: Pages) -> None:
    page = site.get("/").text
    found = re.findall(r'(?:href|src)="(/web/static/[^"]+)"', page)
    assert len(set(found)) == 3
    for path in set(found):
        answer = httpx.get(site.url + path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"\.[0-9a-f]{12}\.(css|js|svg)$", path)
    assert httpx.get(f"{site.url}/web/static/pages.css").status_code == 404
    assert httpx.get(f"{site.url}/web/static/..app.py").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/web/nothing/", 404), ("/web/collections/x/", 404), ("/web/objects/x/", 404),
        (f"/web/objects/{CAMPAIGN[:-1]}e/", 404), ("/web/techniques/x/", 404), ("/web/techniques/T9999/", 200),
        ("/web/peers/nobody/", 404), ("/web/search/?q=%00", 200), ("/web/search/?q=" + "a" * 5000, 200),
        (f"/web/objects/{CAMPAIGN}/?added=99999999999999999999999", 200), (f"/web/objects/{CAMPAIGN}/?added=5", 404),
        ("/web/audit/?before=x&outcome=y", 200), ("/web/matrix/?by=x&show=y", 200),
    ],
)  # fmt: skip
def test_odd_questions_get_plain_answers(site: Pages, path: str, status: int) -> None:
    site.collection("Odd", *case())
    answer = site.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Log out" not in answer.text
    assert 'id="q"' in answer.text


def test_pages_are_only_read(site: Pages) -> None:
    for path in ("/", "/web/matrix/"):
        for method in ("POST", "PUT", "DELETE"):
            answer = httpx.request(method, site.url + path, auth=("operator", PASSWORD))
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    head = httpx.head(site.url + "/", auth=("operator", PASSWORD))
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 500


def test_taxii_is_as_it_was(site: Pages, tmp_path: Path) -> None:
    """Every answer of a server with pages to a TAXII client is that of one without."""
    with (
        Database.open(site.database.name) as database,
        run_server(create_app(database, settings=ServerSettings())) as plain,
    ):
        for path in ("/", "/taxii2/", "/exchange/", "/exchange/collections/", "/nothing/", "/healthz/"):
            answers = [
                httpx.get(url + path, auth=("operator", PASSWORD), headers={"Accept": TAXII})
                for url in (site.url, plain)
            ]
            texts = [re.sub(r'"error_id":"\w+"', "", answer.text) for answer in answers]
            assert answers[0].status_code == answers[1].status_code
            assert texts[0] == texts[1]
            assert answers[0].headers.get("content-type") == answers[1].headers.get("content-type")


def test_a_server_without_pages_shows_none(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database, run_server(create_app(database)) as url:
        assert httpx.get(f"{url}/", headers={"Accept": "text/html"}).status_code == 404
        assert httpx.get(f"{url}/web/login/").status_code == 404
