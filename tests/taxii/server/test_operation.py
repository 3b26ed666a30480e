"""What those who run a server rely on: audit log, rate limit, request ids, counts, health."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from disarm_exchange.store import Database
from disarm_exchange.store.accounts import change_organisation, change_user, find_organisation, find_user, revoke_token
from disarm_exchange.store.audit import AuditEvent, list_events
from disarm_exchange.taxii.server import ServerSettings, create_app, run_server
from disarm_exchange.taxii.server.rates import RateLimiter
from tests.store.objects import indicator, stix_id
from tests.taxii.server.world import PASSWORD, ROOT, served


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "x.db") as opened:
        yield opened


def audited(database: Database, **options: str) -> list[AuditEvent]:
    with database.read() as tx:
        return list_events(tx, **options)


def test_every_write_is_audited_with_its_transaction(database: Database) -> None:
    with served(database) as world:
        place = world.collection()
        answer = place.add(indicator(1), indicator(1), {"type": "x"})
        place.delete(f"objects/{stix_id('indicator', 1)}/")
    added, deleted = audited(database, outcome="done")
    assert (added.action, added.organisation, added.user, added.client) == ("objects add", "both", "both", "127.0.0.1")
    assert added.collection == place.collection.id
    assert added.request_id == answer.headers["x-request-id"]
    assert added.detail == {"status": answer.json()["id"], "added": 1, "repeated": 1, "failed": 1}
    assert deleted.detail == {"object": stix_id("indicator", 1), "versions": 1}


def test_every_denial_is_audited(database: Database) -> None:
    with served(database) as world:
        place = world.collection()
        place.get("objects/", user=None)
        world.get("/taxii2/", user=None, Authorization="Bearer nonsense")
        place.get("objects/", user="writer")
        place.add(indicator(1), user="reader")
        place.get("objects/", user="stranger")
        place.delete(f"objects/{stix_id('indicator', 1)}/", user="reader")
    denied = [(event.action, event.organisation, event.detail["status"]) for event in audited(database)]
    assert denied == [
        ("GET objects", None, 401),
        ("GET discovery", None, 401),
        ("GET objects", "writer", 403),
        ("POST objects", "reader", 403),
        ("GET objects", "stranger", 404),
        ("DELETE object", "reader", 403),
    ]


def test_neither_log_nor_audit_holds_secrets_or_content(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "disarm_exchange")
    with served(database) as world:
        place = world.collection(indicator(1, name="a telling name"))
        place.get(f"objects/?match[id]={stix_id('indicator', 1)}")
        world.get("/taxii2/", user=None, Authorization=f"Bearer {world.token}")
        world.get("/taxii2/", user=None, Authorization=f"Bearer {world.token}x")
        token = world.token
    text = "".join(str(record.__dict__) for record in caplog.records) + str(audited(database))
    assert "request" in text
    for secret in (PASSWORD, token, token.rpartition("_")[2], "a telling name", stix_id("indicator", 1)):
        assert secret not in text


def test_each_request_has_an_id_in_its_answer_its_error_and_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "disarm_exchange")
    with served(database) as world:
        own = world.get("/taxii2/", X_Request_ID="trace-me-12345")
        error = world.get("/nothing/at/all/", X_Request_ID="bad id!")
        missing = world.get("/nothing/")
    assert own.headers["x-request-id"] == "trace-me-12345"
    assert uuid.UUID(error.headers["x-request-id"])
    assert missing.json()["error_id"] == missing.headers["x-request-id"]
    logged = {record.request_id: record for record in caplog.records if record.message == "request"}
    line = logged["trace-me-12345"]
    assert (line.endpoint, line.status, line.organisation, line.method) == ("discovery", 200, "both", "GET")


def test_an_organisation_has_its_own_limit(database: Database) -> None:
    with served(database) as world:
        with database.write() as tx:
            slow = find_organisation(tx, "reader")
            assert slow is not None
            change_organisation(tx, slow, requests_per_minute=6)
        answers = [world.get("/taxii2/", user="reader") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 429]
        assert 0 < int(answers[1].headers["retry-after"]) <= 10
        assert world.get("/taxii2/", user="both").status_code == 200
        with database.write() as tx:
            change_organisation(tx, slow, requests_per_minute=0)
        assert world.get("/taxii2/", user="reader").status_code == 200


def test_a_limiter_allows_bursts_and_then_the_steady_rate() -> None:
    now = [100.0]
    limiter = RateLimiter(burst_seconds=10, clock=lambda: now[0])
    assert [limiter.wait("a", 60) for _ in range(10)] == [0.0] * 10
    assert limiter.wait("a", 60) == pytest.approx(1.0)
    assert limiter.wait("b", 60) == 0.0
    now[0] += 1
    assert limiter.wait("a", 60) == 0.0
    assert limiter.wait("a", 60) > 0


def test_guessing_passwords_is_slowed_down_and_known_clients_are_not(database: Database) -> None:
    with served(database) as world:
        assert world.get("/taxii2/").status_code == 200
        guesses = [
            httpx.get(f"{world.url}/taxii2/", auth=("both", f"guess {number}")).status_code for number in range(24)
        ]
        assert guesses[0] == 401
        assert guesses[-1] == 429
        assert world.get("/taxii2/").status_code == 200


def test_guesses_count_together_in_all_processes_of_a_server(database: Database, tmp_path: Path) -> None:
    shared = ServerSettings(rates_file=str(tmp_path / "rates"))
    with served(database, settings=shared) as world, run_server(create_app(database, settings=shared)) as second:
        for number in range(24):
            place = (world.url, second)[number % 2]
            last = httpx.get(f"{place}/taxii2/", auth=("both", f"guess {number}")).status_code
        assert last == 429
        assert httpx.get(f"{world.url}/taxii2/", auth=("both", "another")).status_code == 429
        assert httpx.get(f"{second}/taxii2/", auth=("both", "another")).status_code == 429


def test_revoked_and_disabled_credentials_stop_working_at_once(database: Database) -> None:
    with served(database) as world:
        bearer = {"user": None, "Authorization": f"Bearer {world.token}"}
        assert world.get("/taxii2/", **bearer).status_code == 200
        with database.write() as tx:
            assert revoke_token(tx, world.token.split("_")[1])
        assert world.get("/taxii2/", **bearer).status_code == 401
        assert world.get("/taxii2/").status_code == 200
        with database.write() as tx:
            user = find_user(tx, "both")
            assert user is not None
            change_user(tx, user, password="another password")
        assert world.get("/taxii2/").status_code == 401
        assert world.get("/taxii2/", user="reader").status_code == 200
        with database.write() as tx:
            organisation = find_organisation(tx, "reader")
            assert organisation is not None
            change_organisation(tx, organisation, disabled=True)
        assert world.get("/taxii2/", user="reader").status_code == 401


def test_health_and_readiness(database: Database) -> None:
    with served(database) as world:
        for path in ("/healthz", "/readyz", "/healthz/"):
            assert httpx.get(world.url + path).status_code == 200


def test_counts_are_for_this_machine_only(database: Database) -> None:
    with served(database) as world:
        world.collection(indicator(1)).get("objects/")
        text = httpx.get(f"{world.url}/metrics").text
        passed_on = httpx.get(f"{world.url}/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert 'taxii_requests_total{endpoint="objects",method="GET",status="200"}' in text
    assert 'taxii_objects_total{outcome="added"}' in text
    assert "taxii_request_seconds_bucket" in text
    assert passed_on.status_code == 404


def test_a_status_expires(database: Database) -> None:
    with served(database, settings=ServerSettings(status_seconds=0)) as world:
        status = world.collection().add(indicator(1)).json()
        assert world.get(f"/{ROOT}/status/{status['id']}/").status_code == 404


def test_a_status_outlives_a_restart(database: Database) -> None:
    with served(database) as world:
        status = world.collection().add(indicator(1))
    from disarm_exchange.taxii.server import create_app, run_server

    with run_server(create_app(database)) as url:
        again = httpx.get(f"{url}/{ROOT}/status/{status.json()['id']}/", auth=("both", PASSWORD))
    assert again.content == status.content


def test_what_the_injected_check_refuses_fails_alone(database: Database) -> None:
    def no_second(item: dict[str, object]) -> str | None:
        return "not this one" if item["id"] == stix_id("indicator", 2) else None

    with served(database, check_object=no_second) as world:
        place = world.collection()
        status = place.add(indicator(1), indicator(2), indicator(3)).json()
        assert [one["id"] for one in status["failures"]] == [stix_id("indicator", 2)]
        assert status["failures"][0]["message"] == "not this one"
        assert place.ids() == [stix_id("indicator", 1), stix_id("indicator", 3)]


def test_a_mistake_of_the_server_is_a_taxii_error_without_its_inside(database: Database) -> None:
    def broken(_item: dict[str, object]) -> str | None:
        raise RuntimeError("the inside of the server")

    with served(database, check_object=broken) as world:
        place = world.collection()
        answer = place.add(indicator(1))
        assert answer.status_code == 500
        assert answer.json()["error_id"] == answer.headers["x-request-id"]
        assert "inside" not in answer.text
        assert place.ids() == []
