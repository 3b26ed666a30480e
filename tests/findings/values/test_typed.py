"""Values that come with their type."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, read_typed

SHA256 = "35552112fcf0190c882e35de55f4b9c11e30e8144c39571c620da75fe5c70135"


@pytest.mark.parametrize(
    ("cell", "hint", "kind", "text"),
    [
        ("www.apkpure.bz", "domain_name", Kind.DOMAIN, "www.apkpure.bz"),
        ("amazing.lab", "domain_name", Kind.DOMAIN, "amazing.lab"),
        ("com.example.org", "Domain Name", Kind.DOMAIN, "com.example.org"),
        ("hxxps://gagauzia24[.]info/", "Domain", Kind.DOMAIN, "gagauzia24.info"),
        ("http://bit.ly/43t6dtk", "url", Kind.URL, "http://bit.ly/43t6dtk"),
        ("https://example.org/", "url", Kind.URL, "https://example.org/"),
        ("https://www.change.org/p/no-weapons", "cib_url", Kind.PETITION, "https://www.change.org/p/no-weapons"),
        ("https://t.me/via_napoli", "telegram_url", Kind.CHANNEL, "https://t.me/via_napoli"),
        ("https://t.me/news_munchen/42", "telegram_url", Kind.POST, "https://t.me/news_munchen/42"),
        ("hxxp://x[.]com/jabkowojciech", "Social Media Account", Kind.ACCOUNT, "http://x.com/jabkowojciech"),
        (SHA256[:32], "md5", Kind.MD5, SHA256[:32]),
        (SHA256, "SHA-256", Kind.SHA256, SHA256),
        ("94.140.114.22", "ip", Kind.IPV4, "94.140.114.22"),
        ("94.140.114[.]22", "Proxy IP", Kind.IPV4, "94.140.114.22"),
        ("2001:db8::1", "ip-dst", Kind.IPV6, "2001:db8::1"),
        ("com.roc.ketcon", "android_package_name", Kind.APP, "com.roc.ketcon"),
        ("com.torrent.fast.exchange", "android_package_name", Kind.APP, "com.torrent.fast.exchange"),
        ("1555651942", "ios_app_id", Kind.APP, "1555651942"),
        ("id1555651942", "ios_app_id", Kind.APP, "1555651942"),
        ("info[at]example[.]org", "email-src", Kind.EMAIL, "info@example.org"),
        ("", "url", Kind.EMPTY, ""),
    ],
)
def test_a_value_of_its_type(cell: str, hint: str, kind: Kind, text: str) -> None:
    value = read_typed(cell, hint)
    assert (value.kind, value.text) == (kind, text)
    assert value.problem in (None, "unknown top-level domain")


def test_an_app_has_its_store_page() -> None:
    android = read_typed("com.roc.ketcon", "android_package_name")
    apple = read_typed("1555651942", "ios_app_id")
    assert (android.platform, android.url) == (
        "google-play",
        "https://play.google.com/store/apps/details?id=com.roc.ketcon",
    )
    assert (apple.platform, apple.url) == ("app-store", "https://apps.apple.com/app/id1555651942")


def test_an_app_is_the_same_by_its_id_and_by_its_page() -> None:
    by_page = read_typed("https://play.google.com/store/apps/details?id=com.roc.ketcon&hl=en", "url")
    assert by_page == read_typed("com.roc.ketcon", "android_package_name")


@pytest.mark.parametrize(
    ("cell", "hint", "kind"),
    [
        (SHA256, "md5", Kind.SHA256),
        ("https://example.org/a/b", "domain_name", Kind.URL),
        ("fbc8213450838f7ae251d4", "domain_name", Kind.NAME),
        ("94.140.114.22", "domain_name", Kind.IPV4),
        ("example.org", "ip", Kind.DOMAIN),
        ("https://x.com/example", "telegram_url", Kind.ACCOUNT),
        ("some words", "url", Kind.TEXT),
        ("example.org", "url", Kind.DOMAIN),
    ],
)
def test_a_value_that_contradicts_its_type_says_so(cell: str, hint: str, kind: Kind) -> None:
    value = read_typed(cell, hint)
    assert value.kind is kind
    assert value.problem is not None
    assert "typed" in value.problem


def test_an_unknown_type_is_no_hint_and_is_named() -> None:
    value = read_typed("example.org", "frobnicator")
    assert value.kind is Kind.DOMAIN
    assert value.problem == "unknown indicator type 'frobnicator'"
    assert read_typed("example.org", "  ").problem is None


def test_a_login_alone_is_an_account_where_the_type_names_the_platform() -> None:
    value = read_typed("Example_1", "twitter_handle")
    assert (value.kind, value.platform, value.login) == (Kind.ACCOUNT, "x", "example_1")


def test_a_forum_page_is_an_account_where_the_type_says_so() -> None:
    value = read_typed("https://cracked[.]io/holysouls", "Social Media Account")
    assert (value.kind, value.login) == (Kind.ACCOUNT, "holysouls")


def test_several_values_under_one_type_are_reported() -> None:
    value = read_typed("a.example, b.example", "domain_name")
    assert value.text == "a.example"
    assert value.problem == "2 values: the first is read"
