"""Logging in and out: who gets a session, what ends it, and what cannot be forged."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import Database
from disarm_exchange.store.accounts import (
    add_organisation,
    add_user,
    change_organisation,
    change_user,
    find_organisation,
    find_user,
)
from disarm_exchange.store.audit import list_events
from disarm_exchange.taxii.server import ServerSettings
from disarm_exchange.web.login import safe_target
from disarm_exchange.web.sessions import Sessions
from tests.web.world import PASSWORD, Pages, pages, token_in


def person(site: Pages, name: str) -> None:
    with site.database.write() as tx:
        add_user(tx, add_organisation(tx, name, clearance=Tlp.GREEN), name, password=PASSWORD)


def test_whoever_is_not_logged_in_is_sent_to_the_form_and_back(site: Pages) -> None:
    with site.browse() as client:
        answer = client.get("/web/search/?q=paper lantern")
        assert answer.status_code == 303
        form = client.get(answer.headers["location"])
        assert "Paper" not in form.text
        fields = {"name": "operator", "password": PASSWORD, "token": token_in(form.text)}
        target = re.search(r'name="next" value="([^"]+)"', form.text)
        assert target is not None
        back = client.post("/web/login/", data={**fields, "next": target[1].replace("&amp;", "&")})
        assert (back.status_code, back.headers["location"]) == (303, "/web/search/?q=paper%20lantern")
        assert "Search: paper lantern" in client.get(back.headers["location"]).text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Pages) -> None:
    with site.browse() as client:
        cookie = site.log_in(client).headers["set-cookie"]
    first = cookie.partition(", dx_form")[0].lower()
    assert first.startswith("dx_session=")
    for part in ("httponly", "samesite=strict", "path=/", "max-age=28800"):
        assert part in first
    assert "secure" not in first


def test_under_tls_cookies_are_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    settings = ServerSettings(public_url="https://exchange.example")
    with Database.open(tmp_path / "x.db") as database, pages(database, settings=settings) as site, site.browse() as one:
        form = one.get("/web/login/")
        cookie = form.headers["set-cookie"]
    assert cookie.startswith("__Host-dx_form=")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    ("user", "password"), [("operator", "wrong"), ("nobody at all", PASSWORD), ("", ""), ("a:b", "c")]
)
def test_wrong_names_and_passwords_are_told_apart_by_nothing(site: Pages, user: str, password: str) -> None:
    with site.browse() as client:
        answer = site.log_in(client, user, password)
        assert answer.status_code == 401
        assert "do not fit" in answer.text
        assert "dx_session" not in answer.headers.get("set-cookie", "")
        assert client.get("/").status_code == 303


def test_log_ins_and_denials_are_in_the_audit_log(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database:
        with pages(database) as site, site.browse() as client:
            site.log_in(client, password="wrong")
            site.log_in(client)
            site.get("/web/audit/", user="cleared-red")
        with database.read() as tx:
            events = [(event.action, event.outcome, event.user) for event in list_events(tx)]
    assert events == [
        ("POST web log in", "denied", None),
        ("web log in", "done", "operator"),
        ("GET web audit", "denied", "cleared-red"),
    ]


def test_who_keeps_failing_has_to_wait_at_both_doors(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database, pages(database) as site, site.browse() as client:
        statuses = [site.log_in(client, password=f"wrong {number}").status_code for number in range(25)]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        taxii = httpx.get(f"{site.url}/taxii2/", auth=("operator", "another wrong one"))
        assert taxii.status_code == 429


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/exchange/", "web/search/", "/web/\r\nSet-Cookie: a=b", "/%0d/../..//evil.example", "", "/webevil", "/ü",
    ],
)  # fmt: skip
def test_the_log_in_leads_nowhere_else(site: Pages, target: str) -> None:
    assert safe_target(target) == "/"
    with site.browse() as client:
        assert site.log_in(client, to=target).headers["location"] == "/"


@pytest.mark.parametrize("target", ["/", "/web/search/?q=a%20b&x=1", "/web/objects/campaign--1/"])
def test_the_log_in_leads_back_to_our_pages(target: str) -> None:
    assert safe_target(target) == target


def test_a_form_without_its_token_or_cookie_or_from_elsewhere_is_refused(site: Pages) -> None:
    good = {"name": "operator", "password": PASSWORD, "next": "/"}
    with site.browse() as client:
        form = client.get("/web/login/")
        fields = {**good, "token": token_in(form.text)}
        assert client.post("/web/login/", data=good).status_code == 403
        assert client.post("/web/login/", data={**good, "token": "0" * 64}).status_code == 403
        foreign = client.post("/web/login/", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        client.cookies.clear()
        assert client.post("/web/login/", data=fields).status_code == 403
        assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"name=%ff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=b"] * 50), "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_no_form_of_ours_is_refused(site: Pages, content: bytes, kind: str, status: int) -> None:
    answer = httpx.post(f"{site.url}/web/login/", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_logging_out_ends_the_session_for_whoever_has_the_cookie(site: Pages) -> None:
    with site.browse() as client, site.browse() as thief:
        site.log_in(client)
        thief.cookies.set("dx_session", client.cookies["dx_session"])
        assert thief.get("/").status_code == 200
        page = client.get("/").text
        assert client.post("/web/logout/", data={"token": "0" * 64}).status_code == 403
        assert client.get("/").status_code == 200
        assert client.post("/web/logout/", data={"token": token_in(page)}).status_code == 303
        assert (client.get("/").status_code, thief.get("/").status_code) == (303, 303)


def test_a_session_ends_with_the_password_and_with_access(site: Pages) -> None:
    person(site, "leaver")
    for number, change in enumerate(("password", "user", "organisation")):
        with site.browse() as client:
            password = PASSWORD if number == 0 else "quite another one"
            assert site.log_in(client, "leaver", password).status_code == 303
            assert client.get("/").status_code == 200
            with site.database.write() as tx:
                user, organisation = find_user(tx, "leaver"), find_organisation(tx, "leaver")
                assert user is not None
                assert organisation is not None
                if change == "password":
                    change_user(tx, user, password="quite another one")
                elif change == "user":
                    change_user(tx, user, disabled=True)
                else:
                    change_organisation(tx, organisation, disabled=True)
            assert client.get("/").status_code == 303
            with site.database.write() as tx:
                change_user(tx, user, disabled=False)
                change_organisation(tx, organisation, disabled=False)
            assert client.get("/").status_code == 303, f"{change}: the old session is good again"


def test_a_session_ends_in_time_and_cannot_be_changed(site: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.browse() as client:
        site.log_in(client)
        cookie = client.cookies["dx_session"]
        user_id, session_id, expires, signature = cookie.split(".")
        forged = [
            f"{int(user_id) + 1}.{session_id}.{expires}.{signature}",
            f"{user_id}.{session_id}.{int(expires) + 1}.{signature}",
            f"{user_id}.{'0' * 32}.{expires}.{signature}",
            cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
            "", "...", "1.2.3.4", "9" * 400, f"{user_id}.{session_id}.{expires}.",
        ]  # fmt: skip
        for one in forged:
            client.cookies.clear()
            answer = client.get("/", headers={"Cookie": f"dx_session={one}"})
            assert answer.status_code == 303, one
    sessions = Sessions.of(site.database)
    with site.database.read() as tx:
        assert sessions.read(tx, cookie) is not None
        monkeypatch.setattr("disarm_exchange.web.sessions.clock.now", lambda: int(expires))
        assert sessions.read(tx, cookie) is None


def test_any_process_takes_the_session_that_another_began(site: Pages) -> None:
    with site.browse() as client:
        site.log_in(client)
        with Database.open(site.database.name) as database, database.read() as tx:
            found = Sessions.of(database).read(tx, client.cookies["dx_session"])
    assert found is not None
    assert found[0].name == "operator"


def test_programs_may_use_basic_and_bearer(site: Pages) -> None:
    assert site.get("/").status_code == 200
    bearer = {"Authorization": f"Bearer {site.token}", "Accept": "text/html"}
    assert httpx.get(f"{site.url}/", headers=bearer).status_code == 200
    wrong = httpx.get(f"{site.url}/", auth=("operator", "wrong"), headers={"Accept": "text/html"})
    assert wrong.status_code == 401
    assert "Basic" in wrong.headers["www-authenticate"]


def test_an_organisations_rate_counts_for_pages_too(tmp_path: Path) -> None:
    with Database.open(tmp_path / "x.db") as database, pages(database) as site:
        with database.write() as tx:
            organisation = find_organisation(tx, "cleared-green")
            assert organisation is not None
            change_organisation(tx, organisation, requests_per_minute=12)
        statuses = [site.get("/", user="cleared-green").status_code for _ in range(8)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert site.get("/").status_code == 200
