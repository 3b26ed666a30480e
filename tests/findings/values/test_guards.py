"""Guards stand before hosts that must not become indicators, and before no look-alike."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.values.directory import is_nobodys, place_of, suffix_guard
from disarm_exchange.stix.hosts import plain_domain


@pytest.mark.parametrize(
    ("cell", "guard_list", "entry"),
    [
        ("bit[.]ly", "shorteners", "bit.ly"),
        ("www.tinyurl.com", "shorteners", "tinyurl.com"),
        ("grabify.link", "shorteners", "grabify.link"),
        ("https://rebrand.ly/gptv4", "shorteners", "rebrand.ly"),
        ("https://t.co/AbC", "shorteners", "t.co"),
        ("https://goo.gl/abc", "shorteners", "goo.gl"),
        ("https://is.gd/abc", "shorteners", "is.gd"),
        ("https://cutt[.]ly/LZ8iEIt", "shorteners", "cutt.ly"),
        ("http://pin.it/1nrnknrk7", "shorteners", "pin.it"),
        ("mediafire.com", "hosts", "mediafire.com"),
        ("file.io", "hosts", "file.io"),
        ("drive.google.com", "hosts", "drive.google.com"),
        ("mega.nz", "hosts", "mega.nz"),
        ("pastebin.com", "hosts", "pastebin.com"),
        ("github.io", "hosts", "github.io"),
        ("titan.email", "services", "titan.email"),
        ("withheldforprivacy.com", "services", "withheldforprivacy.com"),
        ("privacyprotect.org", "services", "privacyprotect.org"),
        ("fastdomains.com", "services", "fastdomains.com"),
        ("dlvr.it", "services", "dlvr.it"),
        ("https://www.namecheap.com/domains/", "services", "namecheap.com"),
        ("twitter.com", "platforms", "twitter.com"),
        ("https://www.facebook.com/", "platforms", "facebook.com"),
        ("help.x.com", "platforms", "x.com"),
        ("https://x.com/search?q=a", "platforms", "x.com"),
        ("blogspot.com", "platforms", "blogspot.com"),
        ("iol.co.za", "outlets", "iol.co.za"),
        ("pulselive.co.ke", "outlets", "pulselive.co.ke"),
        ("point[.]md", "outlets", "point.md"),
        ("www.spiegel.de", "outlets", "spiegel.de"),
        ("https://www.lemonde.fr/politique/article.html", "outlets", "lemonde.fr"),
        ("https://www.20minutes.fr", "outlets", "20minutes.fr"),
        ("theguardian.com", "outlets", "theguardian.com"),
        ("bild.de", "outlets", "bild.de"),
        ("lefigaro.fr", "outlets", "lefigaro.fr"),
        ("news.bbc.co.uk", "outlets", "bbc.co.uk"),
        ("reuters.com", "outlets", "reuters.com"),
        ("change.org", "petitions", "change.org"),
        ("https://www.change.org/p/some-petition", "petitions", "change.org"),
        ("avaaz.org", "petitions", "avaaz.org"),
        ("petice.com", "petitions", "petice.com"),
        ("https://e-petice[.]cz/petitions/x.html", "petitions", "e-petice.cz"),
        ("google.com", "technology", "google.com"),
        ("www.senate.gov", "institutions", "gov"),
        ("elysee.fr", "institutions", "elysee.fr"),
        ("mfa.gov.ua", "institutions", "gov.ua"),
        ("co.uk", "public-suffixes", "co.uk"),
        ("192.168.0.1", "addresses", "192.168.0.0/16"),
        ("http://127.0.0.1:8080/x", "addresses", "127.0.0.0/8"),
        ("8.8.8.8", "addresses", "8.8.8.8/32"),
        ("fe80::1", "addresses", "fe80::/10"),
        ("10.1.0.0/16", "addresses", "10.0.0.0/8"),
    ],
)
def test_a_known_host_is_guarded(cell: str, guard_list: str, entry: str) -> None:
    (value,) = read_cell(cell)
    assert value.guard is not None
    assert (value.guard.list, value.guard.entry) == (guard_list, entry)
    assert value.guard.reason


@pytest.mark.parametrize(
    "cell",
    ["spiegel.ltd", "spiegel.de.example.org", "my-spiegel.de", "theguardian.co.com", "bild.eu.com", "faz.life",
     "bit-ly.link", "bitly.cam", "tw.itter.me", "faceb00k.com", "google.com.example.net",
     "securesafe-bbc.com", "welt.pm", "x.blogspot.com", "y.wordpress.com", "name.github.io",
     "site.000webhostapp.com", "newice.hopto.org",
     "http://newice.hopto.org/psiphon3.exe", "https://sites.google.com/view/abc", "http://name.blogspot.com/2021/12/x.html",
     "https://x.com/example", "https://t.me/example_1", "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
     "https://play.google.com/store/apps/details?id=com.example.app", "94.140.114.22", "198.51.100.7", "2001:db8::1",
     "info@gmail.com", "example.org"],
)  # fmt: skip
def test_what_is_an_operations_own_is_not(cell: str) -> None:
    (value,) = read_cell(cell)
    assert value.guard is None
    assert value.kind not in (Kind.TEXT, Kind.NAME)


def test_the_most_specific_entry_decides() -> None:
    drive = read_cell("drive.google.com")[0].guard
    mail = read_cell("mail.google.com")[0].guard
    assert drive is not None
    assert mail is not None
    assert (drive.list, drive.entry) == ("hosts", "drive.google.com")
    assert (mail.list, mail.entry) == ("technology", "google.com")


def test_the_scope_of_an_entry_says_how_far_it_reaches() -> None:
    only_itself, everything = read_cell("github.io")[0].guard, read_cell("bit.ly")[0].guard
    assert only_itself is not None
    assert everything is not None
    assert (only_itself.scope, everything.scope) == ("host", "everything")
    assert read_cell("https://someone.github.io/a")[0].guard is None
    assert read_cell("https://www.bit.ly/a")[0].guard == everything


def test_an_account_on_a_forum_is_read_as_one() -> None:
    (value,) = read_cell("https://leakzone.net/User-example")
    assert (value.kind, value.login, value.guard) == (Kind.ACCOUNT, "example", None)


def test_a_user_page_on_a_real_outlet_is_no_account() -> None:
    (value,) = read_cell("https://www.theguardian.com/profile/some-author")
    assert value.kind is Kind.URL
    assert value.guard is not None


def test_a_host_taken_for_nobodys_reads_as_any_other() -> None:
    listed = ("x.com", "bit.ly", "co.uk", "blogspot.com", "github.io", "iol.co.za", "example", "ck", "onion", "com")
    labels = ("a", "www", "a-b", "_dmarc", "-a", "a-", "xn--a", "x" * 63, "x" * 64, "a.b", "www.a", "a.www", "no_x", "")
    hosts = [f"{label}.{host}" for host in listed for label in labels] + list(listed)
    for host in hosts:
        if is_nobodys(host):
            assert plain_domain(host) == host
            assert place_of(host) is None
            assert suffix_guard(host) is None
    assert sum(map(is_nobodys, hosts)) > 10
    assert not any(map(is_nobodys, listed))
