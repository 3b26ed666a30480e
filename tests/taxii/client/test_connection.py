"""Requests against a server that misbehaves for real (taxii.md, client checks 1 to 12, 23, 24, 30, 33)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from disarm_exchange import __version__
from disarm_exchange.errors import UserError
from disarm_exchange.taxii.client.connection import Connection, CutShortError, Limits, Transport
from disarm_exchange.taxii.client.faults import FaultKind, TaxiiError
from disarm_exchange.taxii.client.retry import RetryPolicy
from disarm_exchange.taxii.client.secrets import Credentials, Secret
from tests.taxii.client.scripted import TAXII, Reply, in_turn, reply, scripted

BASIC = Credentials(Secret("p@ss:wörd"), user="anna")
BEARER = Credentials(Secret("tok-12345"))


class Waits:
    """Counts the waits in place of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def policy(self, **settings: object) -> RetryPolicy:
        return RetryPolicy(sleep=self.seconds.append, jitter=lambda: 1.0, **settings)  # type: ignore[arg-type]


def test_every_request_names_version_and_program_and_ends_in_a_slash() -> None:
    with scripted(in_turn(reply({"a": 1}))) as server, Connection(server.url) as connection:
        assert connection.get(f"{server.url}/taxii2") == {"a": 1}
        connection.post(f"{server.url}/x/", headers={"Content-Type": TAXII}, data=b"{}")
        connection.delete(f"{server.url}/x/y?match[version]=all")
    assert [asked.path for asked in server.asked] == ["/taxii2/", "/x/", "/x/y/"]
    assert {asked.headers["accept"] for asked in server.asked} == {TAXII}
    assert {asked.headers["user-agent"] for asked in server.asked} == {f"disarm-exchange/{__version__}"}
    assert server.asked[1].headers["content-type"] == TAXII
    assert server.asked[2]["match[version]"] == "all"


def test_parameters_are_sent_once_and_any_character_survives() -> None:
    with scripted(in_turn(reply({}))) as server, Connection(server.url) as connection:
        connection.get(f"{server.url}/o/", params={"next": ("a b&c=d/é%+",), "limit": 7})
    assert sorted(server.asked[0].query) == [("limit", "7"), ("next", "a b&c=d/é%+")]


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        (BASIC, "authorization", "Basic YW5uYTpwQHNzOnfDtnJk"),
        (BEARER, "authorization", "Bearer tok-12345"),
        (Credentials(Secret("k"), scheme="Token"), "authorization", "Token k"),
        (Credentials(Secret("k"), header="X-API-Key"), "x-api-key", "k"),
    ],
)
def test_credentials_go_into_their_header(credentials: Credentials, header: str, value: str) -> None:
    with scripted(in_turn(reply({}))) as server, Connection(server.url, credentials=credentials) as connection:
        connection.get(server.url)
    assert server.asked[0].headers[header] == value


def test_no_credentials_are_taken_from_a_netrc_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login secret password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(in_turn(reply({}))) as server, Connection(server.url) as connection:
        connection.session.trust_env = True
        connection.get(server.url)
    assert "authorization" not in server.asked[0].headers


def test_packed_answers_are_unpacked() -> None:
    body = gzip.compress(b'{"a":1}')
    answer = Reply(body, headers={"Content-Encoding": "gzip"})
    with scripted(in_turn(answer)) as server, Connection(server.url) as connection:
        assert connection.get(server.url) == {"a": 1}
    assert "gzip" in server.asked[0].headers["accept-encoding"]


def test_a_packed_answer_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    answer = Reply(gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"})
    with scripted(in_turn(answer)) as server, Connection(server.url, limits=Limits(size=1_000_000)) as connection:
        with pytest.raises(TaxiiError) as caught:
            connection.get(server.url)
        assert caught.value.kind is FaultKind.ANSWER_TOO_LARGE


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_is_asked_again_with_growing_waits(status: int) -> None:
    waits = Waits()
    replies = in_turn(reply({}, status), reply({}, status), reply({"a": 1}))
    with scripted(replies) as server, Connection(server.url, retry=waits.policy()) as connection:
        assert connection.get(server.url) == {"a": 1}
    assert waits.seconds == [0.5, 1.0]
    assert len(server.asked) == 3


def test_retry_after_in_seconds_and_as_a_date_is_kept() -> None:
    waits = Waits()
    dated = reply({}, 503, Retry_After="Mon, 23 Nov 2026 10:00:07 GMT", Date="Mon, 23 Nov 2026 10:00:00 GMT")
    with scripted(in_turn(reply({}, 429, Retry_After="3"), dated, reply({}))) as server:
        Connection(server.url, retry=waits.policy()).get(server.url)
    assert waits.seconds == [3.0, 7.0]


def test_a_server_that_wants_a_long_wait_is_left_alone_and_the_caller_told() -> None:
    waits = Waits()
    with scripted(in_turn(reply({"title": "Slow down"}, 429, Retry_After="3600"))) as server:
        with pytest.raises(TaxiiError) as caught:
            Connection(server.url, retry=waits.policy()).get(server.url)
        assert (caught.value.kind, caught.value.wait) == (FaultKind.BUSY, 3600.0)
        assert waits.seconds == []
        assert len(server.asked) == 1


def test_a_connection_cut_in_the_body_is_asked_again() -> None:
    waits = Waits()
    with scripted(in_turn(Reply(b'{"a": 1}', cut=3), reply({"a": 1}))) as server:
        assert Connection(server.url, retry=waits.policy()).get(server.url) == {"a": 1}
        assert len(server.asked) == 2


def test_a_server_that_never_recovers_is_given_up() -> None:
    waits = Waits()
    with scripted(in_turn(Reply(b'{"a": 1}', cut=3))) as server:
        with pytest.raises(CutShortError):
            Connection(server.url, retry=waits.policy(attempts=3)).get(server.url)
        assert len(server.asked) == 3
        assert len(waits.seconds) == 2


def test_a_silent_server_is_given_up_after_the_read_timeout() -> None:
    with scripted(in_turn(Reply(silent=True))) as server:
        connection = Connection(server.url, limits=Limits(read=0.05), retry=Waits().policy(attempts=2))
        with pytest.raises(TaxiiError) as caught:
            connection.get(server.url)
        assert caught.value.kind is FaultKind.SLOW
        assert len(server.asked) == 2


def test_an_answer_that_takes_too_long_in_all_is_given_up() -> None:
    ticks = iter(range(0, 10_000, 100))
    with scripted(in_turn(Reply(b" " * 1_000_000 + b"{}"))) as server:
        connection = Connection(
            server.url, limits=Limits(total=150), retry=Waits().policy(attempts=1), clock=lambda: float(next(ticks))
        )
        with pytest.raises(TaxiiError) as caught:
            connection.get(server.url)
        assert caught.value.kind is FaultKind.SLOW


def test_nobody_there_is_said_plainly() -> None:
    with scripted(in_turn(reply({}))) as server:
        url = server.url
    with pytest.raises(TaxiiError) as caught:
        Connection(url, retry=Waits().policy()).get(url)
    assert caught.value.kind is FaultKind.NETWORK
    assert "refused" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FaultKind.REFUSED),
        (401, FaultKind.CREDENTIALS),
        (403, FaultKind.FORBIDDEN),
        (404, FaultKind.MISSING),
        (406, FaultKind.MEDIA_TYPE),
        (413, FaultKind.TOO_LARGE),
        (415, FaultKind.MEDIA_TYPE),
        (422, FaultKind.REFUSED),
        (501, FaultKind.SERVER),
    ],
)
def test_refusals_are_readable_and_not_repeated(status: int, kind: FaultKind) -> None:
    said = {"title": "No", "description": "Not\x1b[31m here\n", "http_status": str(status)}
    with scripted(in_turn(reply(said, status))) as server:
        with pytest.raises(TaxiiError) as caught:
            Connection(server.url, retry=Waits().policy()).get(f"{server.url}/a/?next=secret-token")
        assert len(server.asked) == 1
    assert caught.value.kind is kind
    assert f"HTTP {status}: No: Not [31m here" in str(caught.value)
    assert str(caught.value).startswith(f"{server.url}/a/: ")
    assert "secret-token" not in str(caught.value)


def test_a_refusal_without_a_taxii_body_is_readable_too() -> None:
    with (
        scripted(in_turn(Reply(b"<html>", 401, {"Content-Type": "text/html"}))) as server,
        pytest.raises(TaxiiError, match=r"does not accept these credentials \[HTTP 401\]"),
    ):
        Connection(server.url).get(server.url)


@pytest.mark.parametrize("credentials", [BASIC, BEARER])
def test_a_server_that_repeats_our_secret_does_not_get_it_shown(credentials: Credentials) -> None:
    value = credentials.as_header()[1]
    echo = {"title": f"bad {value}", "description": f"{value.split(' ')[1]} {credentials.secret.reveal()}"}
    with scripted(in_turn(reply(echo, 403))) as server, pytest.raises(TaxiiError) as caught:
        Connection(server.url, credentials=credentials).get(server.url)
    for text in (str(caught.value), repr(caught.value), repr(credentials), str(credentials.secret)):
        assert credentials.secret.reveal() not in text
        assert value.split(" ")[1] not in text


def test_a_redirect_on_the_same_server_is_followed_with_its_query() -> None:
    replies = in_turn(Reply(status=301, headers={"Location": "/new/"}), reply({"a": 1}))
    with scripted(replies) as server, Connection(server.url, credentials=BEARER) as connection:
        assert connection.get(f"{server.url}/old/", params={"limit": 5}) == {"a": 1}
    assert [(asked.path, asked["limit"]) for asked in server.asked] == [("/old/", "5"), ("/new/", "5")]


def test_no_redirect_to_another_server_is_followed() -> None:
    with scripted(in_turn(reply({}))) as other:
        target = Reply(status=302, headers={"Location": f"{other.url}/steal/"})
        with scripted(in_turn(target)) as server, pytest.raises(TaxiiError) as caught:
            Connection(server.url, credentials=BEARER).get(server.url)
    assert caught.value.kind is FaultKind.REDIRECT
    assert other.asked == []


def test_a_redirect_in_a_circle_ends() -> None:
    with (
        scripted(in_turn(Reply(status=302, headers={"Location": "/again/"}))) as server,
        pytest.raises(TaxiiError, match="circle"),
    ):
        Connection(server.url).get(server.url)


def test_a_link_to_another_server_is_not_asked() -> None:
    with scripted(in_turn(reply({}))) as other, scripted(in_turn(reply({}))) as server:
        with pytest.raises(TaxiiError) as caught:
            Connection(server.url, credentials=BEARER).get(f"{other.url}/api/")
        assert other.asked == []
    assert caught.value.kind is FaultKind.REDIRECT


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"null", b"", b"[" * 100_000])
def test_an_answer_that_is_no_json_object_is_no_taxii(body: bytes) -> None:
    with (
        scripted(in_turn(Reply(body, headers={"Content-Type": "text/html"}))) as server,
        pytest.raises(TaxiiError, match="no JSON object"),
    ):
        Connection(server.url).get(server.url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://taxii.example/", "plain http"),
        ("https://anna:geheim@taxii.example/", "must not carry credentials"),
        ("ftp://taxii.example/", "not the URL"),
        ("taxii.example", "not the URL"),
        ("https://", "not the URL"),
        ("https://[", "not a URL"),
        ("https://h:99999/", "not a URL"),
    ],
)
def test_addresses_that_are_not_safe_or_not_right_are_refused(url: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        Connection(url)
    assert words in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8/", "https://taxii.example/"]
)
def test_https_and_loopback_are_fine(url: str) -> None:
    assert Connection(url).origin[0] in ("http", "https")


def test_plain_http_to_another_machine_needs_the_word() -> None:
    assert Connection("http://taxii.example/", transport=Transport(insecure_http=True)).origin == (
        "http",
        "taxii.example",
        80,
    )


def test_the_answers_size_is_limited() -> None:
    big = Reply(json.dumps({"a": "x" * 2000}).encode())
    with (
        scripted(in_turn(big)) as server,
        Connection(server.url, limits=Limits(size=1000)) as connection,
        pytest.raises(TaxiiError, match="larger than 1000 bytes"),
    ):
        connection.get(server.url)


def test_a_page_of_an_error_is_not_read_to_its_end() -> None:
    with scripted(in_turn(Reply(b"x" * 10_000_000, 404))) as server, pytest.raises(TaxiiError) as caught:
        Connection(server.url).get(server.url)
    assert caught.value.kind is FaultKind.MISSING


def test_a_proxy_is_asked_in_place_of_the_server() -> None:
    with scripted(in_turn(reply({"a": 1}))) as proxy:
        transport = Transport(insecure_http=True, proxy=proxy.url)
        with Connection("http://taxii.example/", transport=transport, credentials=BEARER) as connection:
            assert connection.get("http://taxii.example/api/") == {"a": 1}
    assert [asked.headers["host"] for asked in proxy.asked] == ["taxii.example"]


def test_the_environments_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(in_turn(reply({}))) as proxy, scripted(in_turn(reply({"a": 1}))) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert Connection(server.url).get(server.url) == {"a": 1}
    assert proxy.asked == []
