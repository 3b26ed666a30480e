"""URLs in the form that browsers give them, with nothing changed in meaning."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind
from disarm_exchange.findings.values.urls import read_bare_url, read_url


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTP://Example.ORG/Path", "http://example.org/Path"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a%2fb?x=%41#F", "https://example.org/a%2fb?x=%41#F"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/\u00fc?\u00e4=\u00f6", "https://example.org/%C3%BC?%C3%A4=%C3%B6"),
        ("https://m\u00fcnchen.example/x", "https://xn--mnchen-3ya.example/x"),
        ("ftp://example.org:21/a", "ftp://example.org/a"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://example.org./a", "https://example.org./a"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
        ("https://mega.nz/file/abc#KeyPart", "https://mega.nz/file/abc#KeyPart"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    value = read_url(written)
    assert value is not None
    assert (value.kind, value.text, value.url) == (Kind.URL, normal, normal)


@pytest.mark.parametrize(
    "text",
    ["javascript://example.org/%0aalert(1)", "data:text/html,x", "http://", "http:///", "http://exa mple.org/", "http://nodot/",
     "file:///etc/passwd", "http://example..org/", "mailto:a@b.example", "http://[::1/", "http://300.1.1.1/"],
)  # fmt: skip
def test_what_is_no_network_url_is_none(text: str) -> None:
    assert read_url(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://example.org:99999/a", "port out of range"),
        ("http://user:secret@example.org/a", "credentials inside the URL"),
        ("http://0x7f.1/a", "unusual spelling of an IPv4 address"),
        ("http://example.notreal/a", "unknown top-level domain"),
        ("http://example.org/\xc3\x84\x85", "control characters kept percent-encoded"),
    ],
)
def test_doubts_are_said(text: str, problem: str) -> None:
    value = read_url(text)
    assert value is not None
    assert value.problem is not None
    assert problem in value.problem


def test_a_port_out_of_range_stays_as_written() -> None:
    value = read_url("http://Example.org:99999/a?b")
    assert value is not None
    assert (value.kind, value.text) == (Kind.URL, "http://example.org:99999/a?b")


def test_a_url_without_scheme_gets_the_likely_one() -> None:
    known = read_bare_url("twitter.com/example")
    assert known is not None
    assert (known.text, known.problem) == ("https://twitter.com/example", None)
    unknown = read_bare_url("example.org/a")
    assert unknown is not None
    assert (unknown.text, unknown.problem) == ("http://example.org/a", "no scheme: http assumed")
    assert read_bare_url("and/or") is None
