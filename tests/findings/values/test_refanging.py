"""Refanging touches values and nothing else; defanging is undone by refanging."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from disarm_exchange.findings.values import refang
from disarm_exchange.stix.defanging import defang


@pytest.mark.parametrize(
    ("written", "live"),
    [
        ("point[.]md", "point.md"),
        ("www[.]youtube[.]com/@UC4Canada", "www.youtube.com/@UC4Canada"),
        ("185.82.216[.]57:2125/app", "185.82.216.57:2125/app"),
        ("hxxps://t[.]me/govoritmd", "https://t.me/govoritmd"),
        ("hxxp://x[.]com/name", "http://x.com/name"),
        ("hXXps://example[.]org", "https://example.org"),
        ("HXXP://EXAMPLE[.]ORG", "HTTP://EXAMPLE.ORG"),
        ("h**p://example.org", "http://example.org"),
        ("h__ps://example.org", "https://example.org"),
        ("htxp://example.org", "http://example.org"),
        ("h[tt]ps://example.org", "https://example.org"),
        ("fxp://example[.]org", "ftp://example.org"),
        ("https[:]//example[.]org", "https://example.org"),
        ("http{:}//example.org", "http://example.org"),
        ("hxxp[://]example[.]org", "http://example.org"),
        ("hxxps[:]//example[.]org[/]path", "https://example.org/path"),
        ("example(.)org", "example.org"),
        ("example{.}org", "example.org"),
        ("example<.>org", "example.org"),
        ("example[dot]org", "example.org"),
        ("example(DOT)org", "example.org"),
        ("example{dot}co{dot}uk", "example.co.uk"),
        ("example[.org", "example.org"),
        ("example.]org", "example.org"),
        ("example [.] org", "example.org"),
        ("example [dot] co [dot] uk", "example.co.uk"),
        ("info[at]amc239[.]com", "info@amc239.com"),
        ("info(at)example[.]org", "info@example.org"),
        ("info{at}example.org", "info@example.org"),
        ("info[@]example[.]org", "info@example.org"),
        ("info [at] example [dot] org", "info@example.org"),
        ("2001[:]db8[:][:]1", "2001:db8::1"),
        ("[:][:]1", "::1"),
        ("198[.]51[.]100[.]7[:]8080", "198.51.100.7:8080"),
        ("example\uff0eorg", "example.org"),
        ("\u65e5\u672c\u8a9e\u3002jp", "\u65e5\u672c\u8a9e.jp"),
        ("example\uff3b.\uff3dorg", "example.org"),
        ("Using bit[.]ly to hide links", "Using bit.ly to hide links"),
    ],
)
def test_each_style_is_undone(written: str, live: str) -> None:
    assert refang(written) == live


@pytest.mark.parametrize(
    "prose",
    [
        "we met (at) 5 o'clock",
        "see [at] the table",
        "write to us (at) the office",
        "smile(at)me",
        "[.]",
        "the end [.] and on",
        "a list [...] of names",
        "f(x)[.]",
        "the hxxp habit",
        "an array a[:] of numbers",
        "1. (dot) matrix",
        "\u3053\u308c\u306f\u30c6\u30b9\u30c8\u3002\u6b21\u306e\u6587",
        "http://[2001:db8::1]:8080/a",
        "see [1] and (2)",
        "it costs {about} 5",
        "",
    ],
)
def test_prose_and_live_values_stay_as_they_are(prose: str) -> None:
    assert refang(prose) == prose


@pytest.mark.parametrize(
    ("live", "harmless"),
    [
        ("https://a.example.org/x.html?y=1.2", "hxxps://a[.]example[.]org/x.html?y=1.2"),
        ("HTTP://EXAMPLE.ORG/", "HXXP://EXAMPLE[.]ORG/"),
        ("ftp://example.org", "fxp://example[.]org"),
        ("example.org", "example[.]org"),
        ("a.b@example.org", "a.b[@]example[.]org"),
        ("198.51.100.7", "198[.]51[.]100[.]7"),
        ("2001:db8::1", "2001[:]db8[:][:]1"),
        ("http://[2001:db8::1]/a.b", "hxxp://[2001:db8::1]/a.b"),
        ("twitter.com/name", "twitter[.]com/name"),
        ("no value at all", "no value at all"),
    ],
)
def test_defanging_marks_the_host(live: str, harmless: str) -> None:
    assert defang(live) == harmless
    assert refang(harmless) == live


label = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_äж日", min_size=1, max_size=12)
host = st.lists(label, min_size=2, max_size=5).map(".".join)
path = st.text("abcXYZ012/.-_~%?=&#+@:!$'()*,;[]{}<> ж", max_size=40).map(lambda text: f"/{text}" if text else "")
ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str)
scheme = st.sampled_from(["http", "https", "ftp", "HTTP", "hTTp", "sftp", "ws"])
url = st.tuples(scheme, st.one_of(host, ipv4, ipv6.map("[{}]".format)), path).map(lambda t: f"{t[0]}://{t[1]}{t[2]}")
email = st.tuples(st.text("abcXYZ012._%+-", min_size=1, max_size=12), host).map("@".join)


@given(st.one_of(url, host, email, ipv4, ipv6, st.tuples(host, path).map("".join)))
def test_refanging_undoes_defanging(value: str) -> None:
    assume(refang(value) == value)  # a path that itself spells "[.]" cannot be told from a defanged one
    assert refang(defang(value)) == value


@given(st.one_of(url, host, email, ipv4, ipv6))
def test_defanged_values_are_no_longer_live(value: str) -> None:
    assume(refang(value) == value)
    harmless = defang(value)
    assert not harmless.lower().startswith(("http:", "https:", "ftp:"))
    assert harmless != value or ("." not in value.replace("..", "") or "[" in value or value.startswith("."))


@given(st.text())
def test_refanging_twice_changes_nothing_more(text: str) -> None:
    once = refang(text)
    assert refang(once) == once


@given(st.text("abc[](){}<>.:/@ dotxh", max_size=60))
def test_refanging_dense_marks_never_fails(text: str) -> None:
    assert isinstance(refang(text), str)
    assert len(refang(text)) <= len(text)
