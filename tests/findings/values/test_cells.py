"""Cells as they stand in takedown files, and what a person reads in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_exchange.findings.values import LONGEST_CELL, Kind, Value, read_cell


def only(cell: str) -> Value:
    (value,) = read_cell(cell)
    return value


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        # Domains
        ("usmimedia[.]com", "domain", "usmimedia.com"),
        ("play-store-secure-safechat[.]usmimedia[.]com", "domain", "play-store-secure-safechat.usmimedia.com"),
        ("www.Tahlilroz[.]com", "domain", "www.tahlilroz.com"),
        ("7sabah[.]com[.]tr", "domain", "7sabah.com.tr"),
        ("1701now.com ", "domain", "1701now.com"),
        ("dhakatv[.]net \n", "domain", "dhakatv.net"),
        ("uc4canada[.]com/", "domain", "uc4canada.com"),
        ("https://neweurope[.]online", "domain", "neweurope.online"),
        ("hxxps://gagauzia24[.]info/", "domain", "gagauzia24.info"),
        ("http://www.tahlilroz[.]af/", "domain", "www.tahlilroz.af"),
        ("http://89ijlop.blogspot[.]com", "domain", "89ijlop.blogspot.com"),
        ("example.org.", "domain", "example.org"),
        ("example[.]newending", "domain", "example.newending"),
        ("m\u00fcnchen.example", "domain", "xn--mnchen-3ya.example"),
        ("fa\u00df.de", "domain", "xn--fa-hia.de"),
        ("XN--MNCHEN-3YA.EXAMPLE", "domain", "xn--mnchen-3ya.example"),
        ("\u0447\u0435\u0441\u043d\u043e\u043a.\u0440\u0444", "domain", "xn--e1akien8a.xn--p1ai"),
        ("example.org:8443", "domain", "example.org"),
        ("`example[.]org`", "domain", "example.org"),
        ('"example.org"', "domain", "example.org"),
        ("(example.org)", "domain", "example.org"),
        ("example.org,", "domain", "example.org"),
        # URLs
        ("http://bayanat[.]co[.]nf/Bayanat.apk", "url", "http://bayanat.co.nf/Bayanat.apk"),
        ("https://EXAMPLE.org:443/A/../B?q=%41", "url", "https://example.org/B?q=%41"),
        ("https://kashmirundergroundnews[.]ml:4040/r/", "url", "https://kashmirundergroundnews.ml:4040/r/"),
        ("http://185.82.216[.]57:2125/google/", "url", "http://185.82.216.57:2125/google/"),
        ("https://rebrand.ly/\u0e22\u0e37\u0e19", "url", "https://rebrand.ly/%E0%B8%A2%E0%B8%B7%E0%B8%99"),
        ("https://example.org:8443/", "url", "https://example.org:8443/"),
        ("<https://example.org/a>", "url", "https://example.org/a"),
        ("https://en.wikipedia.org/wiki/A_(b)", "url", "https://en.wikipedia.org/wiki/A_(b)"),
        ("example[.]org/a/b.html", "url", "http://example.org/a/b.html"),
        ("https:/example.org/a", "url", "https://example.org/a"),
        ("https//example.org/a", "url", "https://example.org/a"),
        ("https://https://example.org/a", "url", "https://example.org/a"),
        ("http:\\\\example.org\\a", "url", "http://example.org/a"),
        # Accounts and posts without a scheme
        ("twitter[.]com/olivn388", "account", "https://twitter.com/olivn388"),
        ("youtube[.]com/@banglapolitix", "channel", "https://youtube.com/@banglapolitix"),
        ("www.youtube[.]com/watch?v=FXCzsTm4GHU&t=2s", "video", "https://www.youtube.com/watch?v=FXCzsTm4GHU&t=2s"),
        ("vozanoticias.medium[.]com", "account", "https://vozanoticias.medium.com/"),
        ("http://t[.]me/+ugoxkjuomho4nmy1", "invite", "http://t.me/+ugoxkjuomho4nmy1"),
        ("tg://resolve?domain=example_channel", "channel", "https://t.me/example_channel"),
        ("tg:join?invite=AbCdEf", "invite", "https://t.me/+AbCdEf"),
        ("market://details?id=com.example.app", "app", "com.example.app"),
        ("@name@mastodon.social", "account", "https://mastodon.social/@name"),
        ("@name@other.example", "account", "@name@other.example"),
        ("@some_name", "account", "some_name"),
        # E-mail, addresses, hashes, wallets, phones, hashtags, apps
        ("info[at]holysouls[.]cc", "email", "info@holysouls.cc"),
        ("First.Last@EXAMPLE.org", "email", "First.Last@example.org"),
        ("mailto:info@example.org?subject=x", "email", "info@example.org"),
        ("94.140.114[.]22", "ipv4", "94.140.114.22"),
        ("http://94.140.114.22/", "ipv4", "94.140.114.22"),
        ("198.51.100.7:8080", "ipv4", "198.51.100.7"),
        ("198.51.100.0/24", "ipv4", "198.51.100.0/24"),
        ("198.51.100.7/32", "ipv4", "198.51.100.7"),
        ("2001:DB8:0:0::1", "ipv6", "2001:db8::1"),
        ("[2001:db8::1]:443", "ipv6", "2001:db8::1"),
        ("2001:db8::/32", "ipv6", "2001:db8::/32"),
        (
            " e63f7718c84c3b325c7da61a58dea7f8cb5b4eaa27b78eb7d78b4771400d3bc5",
            "sha256",
            "e63f7718c84c3b325c7da61a58dea7f8cb5b4eaa27b78eb7d78b4771400d3bc5",
        ),
        ("9481F10C51E9AD5B36846978587B4374", "md5", "9481f10c51e9ad5b36846978587b4374"),
        ("MD5: 9481f10c51e9ad5b36846978587b4374", "md5", "9481f10c51e9ad5b36846978587b4374"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "wallet", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("+1 (202) 555-0143", "phone", "+12025550143"),
        ("tel:+12025550143", "phone", "+12025550143"),
        ("#peoplesay", "hashtag", "#peoplesay"),
        ("#\u0645\u0635\u0631", "hashtag", "#\u0645\u0635\u0631"),
        ("com.click.chatapp", "app", "com.click.chatapp"),
        ("com.torrent.fast.exchange", "app", "com.torrent.fast.exchange"),
        # Nothing there
        ("", "empty", ""),
        (" \n\t", "empty", ""),
        ("n/a", "empty", "n/a"),
        ("N/A", "empty", "N/A"),
        ("-", "empty", "-"),
        ("\u2014", "empty", "\u2014"),
        ("TBD", "empty", "TBD"),
        ("#NAME?", "empty", "#NAME?"),
        # Words that look like values
        ("Node.js", "name", "Node.js"),
        ("A.\u00de.", "name", "A.\u00de."),
        ("v1.2", "name", "v1.2"),
        ("3.14", "text", "3.14"),
        ("setup.exe", "name", "setup.exe"),
        ("de.facto", "name", "de.facto"),
        ("T0143.002", "name", "T0143.002"),
        ("and/or", "name", "and/or"),
        ("#1", "text", "#1"),
        ("256.1.1.1", "text", "256.1.1.1"),
        ("01.02.03.04", "text", "01.02.03.04"),
        ("=cmd|' /C calc'!A0", "text", "=cmd|' /C calc'!A0"),
    ],
)
def test_a_cell_of_one_value(cell: str, kind: str, text: str) -> None:
    value = only(cell)
    assert (value.kind.value, value.text) == (kind, text)


def test_the_url_form_of_a_domain_is_kept() -> None:
    assert only("https://neweurope[.]online").url == "https://neweurope.online/"
    assert only("uc4canada[.]com/").url == "http://uc4canada.com/"
    assert only("usmimedia[.]com").url is None


def test_a_port_beside_a_host_becomes_its_remark() -> None:
    assert only("198.51.100.7:8080").remark == "port 8080"
    assert only("example.org:8443").remark == "port 8443"
    assert only("[2001:db8::1]:443").remark == "port 443"


@pytest.mark.parametrize(
    ("cell", "kind", "text", "remark"),
    [
        ("jiraboom[.]pro (Hosted a spoof of Der Spiegel)", "domain", "jiraboom.pro", "Hosted a spoof of Der Spiegel"),
        (
            "info[at]amc239[.]com, hosted with Titan.email service",
            "email",
            "info@amc239.com",
            "hosted with Titan.email service",
        ),
        (
            "https://tinyurl[.]com/google-vpn-download\nredirects to: ",
            "url",
            "https://tinyurl.com/google-vpn-download",
            "redirects to",
        ),
        ("example.org - registered in May", "domain", "example.org", "registered in May"),
        ("example.org: the main site", "domain", "example.org", "the main site"),
        ("https://x.com/example (suspended)", "account", "https://x.com/example", "suspended"),
        ("https://x.com/example used for replies", "account", "https://x.com/example", "used for replies"),
        ("@example on Twitter", "account", "https://x.com/example", "on Twitter"),
        ("Telegram: t[.]me/example_1", "channel", "https://t.me/example_1", "Telegram"),
        ("Twitter: @example", "account", "https://x.com/example", "Twitter"),
        ("BNP Para (https://t.me/bnppara)", "channel", "https://t.me/bnppara", "BNP Para"),
        ("Jane Doe <jane@example.org>", "email", "jane@example.org", "Jane Doe"),
        ("Main site - example.org", "domain", "example.org", "Main site"),
        ("9481f10c51e9ad5b36846978587b4374 (JustPing)", "md5", "9481f10c51e9ad5b36846978587b4374", "JustPing"),
    ],
)
def test_a_value_with_words_beside_it(cell: str, kind: str, text: str, remark: str) -> None:
    value = only(cell)
    assert (value.kind.value, value.text, value.remark) == (kind, text, remark)


def test_values_in_a_remark_are_embedded() -> None:
    (service,) = only("info[at]amc239[.]com, hosted with Titan.email service").embedded
    assert (service.kind, service.text) == (Kind.DOMAIN, "titan.email")
    assert service.guard is not None
    assert service.guard.list == "services"


@pytest.mark.parametrize(
    ("cell", "embedded"),
    [
        ("Using bit[.]ly to hide the ultimate destination of malicious links", ["bit.ly"]),
        ("Using MediaFire[.]com", ["mediafire.com"]),
        ("Configure catrachonews[.]com with Titan.email service", ["catrachonews.com", "titan.email"]),
        ("Sharing on safechat[.]com", ["safechat.com"]),
        ("contact it by email at name[at]outlook.com", ["name@outlook.com"]),
        ("The website 7sabah[.]com was registered in Iran", ["7sabah.com"]),
        ("point[.]md is a legitimate news site", ["point.md"]),
        ("a.example, b.example and c.example were used", ["a.example", "b.example", "c.example"]),
        ("it linked to twitter[.]com/leaks until May", ["https://twitter.com/leaks"]),
        ("posted tags like #Israel, #Jerusalem among others.", ["#Israel", "#Jerusalem"]),
        ("the so-called \u201cexample.org\u201d.", ["example.org"]),
        ("example.org\u2019s owner moved", ["example.org"]),
        ("See the page (example.org/a_(b)).", ["http://example.org/a_(b)"]),
        ("It ended.In May they began ads.So what", []),
        ("They met at 9-5 in St.Petersburg, e.g. in U.S. offices", []),
        ("Working a 9-5, Monday-to-Friday shift (GMT +8)", []),
    ],
)
def test_a_sentence_is_one_text_with_its_values_embedded(cell: str, embedded: list[str]) -> None:
    value = only(cell)
    assert value.kind is Kind.TEXT
    assert value.text == cell
    assert [each.text for each in value.embedded] == embedded


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("a[.]example\nb[.]example", ["a.example", "b.example"]),
        ("https://x.com/one_a, https://x.com/two_b", ["https://x.com/one_a", "https://x.com/two_b"]),
        ("a.example; b.example and c.example", ["a.example", "b.example", "c.example"]),
        ("a.example,b.example", ["a.example", "b.example"]),
        ("http://a.example/xhttp://b.example/y", ["http://a.example/x", "http://b.example/y"]),
        ("https://a.example/x%20https:/b.example/y", ["https://a.example/x", "https://b.example/y"]),
        ("#ps #news, #knowmore", ["#ps", "#news", "#knowmore"]),
        ("198.51.100.7 198.51.100.8", ["198.51.100.7", "198.51.100.8"]),
        (
            "9481f10c51e9ad5b36846978587b4374 c11ed89d2584564fdb99d6ba1b42bd7d",
            ["9481f10c51e9ad5b36846978587b4374", "c11ed89d2584564fdb99d6ba1b42bd7d"],
        ),
    ],
)
def test_a_cell_that_is_a_list_has_several_values(cell: str, texts: list[str]) -> None:
    assert [value.text for value in read_cell(cell)] == texts


@pytest.mark.parametrize(
    "cell",
    [
        "https://example.org/a,b.html",
        "https://web.archive.org/web/2020/http://example.org/",
        "https://example.org/?u=https://other.example/",
        "https://example.org/login?next=a,b",
    ],
)
def test_one_url_is_no_list(cell: str) -> None:
    assert only(cell).kind is Kind.URL


def test_an_archived_copy_embeds_what_it_is_a_copy_of() -> None:
    value = only("https://web.archive.org/web/20210101000000/http://example.org/x?y=1")
    assert value.guard is not None
    assert [each.text for each in value.embedded] == ["http://example.org/x?y=1"]


@pytest.mark.parametrize(
    "name",
    ["Sangkancil", "Generous Thief", "AMC239", "Holy Souls", "Bahrain News Agency", "Bahrain Chamber of Commerce",
     "Akhbar Al Khaleej newspaper", "CITY4U, Israel", "Center for Educational Technology, Israel",
     "London New Europe Media Ltd", "Elecciones Guate 2023", "7Sabah", "\u00dclkede De\u011fi\u015fim", "Taha",
     "\u0130srail Post / the \u201cIsrael Center for Strategic Studies\u201d",
     "\u0422\u0440\u0435\u0448 \u041a\u0438\u0448 - Trech Kich",
     "\u0420\u0435\u0430\u043b\u044c\u043d\u044b\u0439 \u041a\u0438\u0448\u0438\u043d\u0435\u0432 - Real Chisinau",
     "Israel in a Minute", "Govorit MD", "Voice of Gagauzia",
     "Le Monde des Id\u00e9es", "\u5fae\u535a\u65b0\u95fb", "Open Society d/b/a Example",
     "Бриз сегодня - Briz Segodnya", "Радио у моря (Radio by the sea)", "نسيم اليوم | Breeze today"],
)  # fmt: skip
def test_a_name_is_a_name(name: str) -> None:
    value = only(name)
    assert value.kind is Kind.NAME
    assert value.text == " ".join(name.split())


@pytest.mark.parametrize(
    "text",
    ["Posing as students", "Posing as Sikh Activists ", "Sharing on Facebook", "Share on Instagram",
     "Sharing on X / Twitter", "Automating website management", "Distributing broken malicious links",
     "Updating malware for Android", "Registering domains with Namecheap", "Privacy protecting websites via Google LLC",
     "Targeting Russian-speaking audiences in Moldova", "copying content from real African news entities",
     "The network used compromised accounts", "In Moldova, this campaign criticized the current government. ",
     "Route traffic through proxy IP in Croatia \n", "Fake accounts had GAN profile photos to appear unique.\n\n",
     "Посты о море - posts about the sea", "They wrote of Бриз - and of nothing else",
     "Они писали о море и ветре каждый день - Sea"],
)  # fmt: skip
def test_a_statement_is_a_text(text: str) -> None:
    value = only(text)
    assert value.kind is Kind.TEXT
    assert value.text == " ".join(text.split())


def test_a_number_alone_says_nothing_of_what() -> None:
    value = only("1555651942")
    assert value.kind is Kind.TEXT
    assert value.problem is not None


def test_an_overlong_cell_is_kept_and_not_looked_into() -> None:
    value = only("https://example.org/" + "a" * LONGEST_CELL)
    assert value.kind is Kind.TEXT
    assert value.problem is not None
    assert only("https://example.org/" + "a" * 5_000).kind is Kind.URL


def test_what_the_table_expects_settles_a_doubt() -> None:
    assert only("https://cracked[.]io/holysouls").kind is Kind.URL
    (account,) = read_cell("https://cracked[.]io/holysouls", expect=Kind.ACCOUNT)
    assert (account.kind, account.login, account.platform) == (Kind.ACCOUNT, "holysouls", None)
    assert read_cell("https://example.org/page.html", expect=Kind.ACCOUNT)[0].kind is Kind.URL
    assert read_cell("https://example.org/", expect=Kind.URL)[0].kind is Kind.URL
    (spent,) = read_cell("$4,000", expect=Kind.AD_SPEND)
    assert (spent.kind, spent.amount, spent.currency) == (Kind.AD_SPEND, "4000", "USD")
    (named,) = read_cell("Some_Name", expect=Kind.ACCOUNT, platform="telegram")
    assert (named.kind, named.platform, named.login) == (
        Kind.CHANNEL,
        "telegram",
        "some_name",
    ) or named.kind is Kind.ACCOUNT


ASCII_HOSTS = st.from_regex(
    r"\A(https?://)?([a-zA-Z0-9_-]{1,12}(\.|\[\.\])){1,4}(com|org|example|md|co\.uk)(/[a-zA-Z0-9._~@?=&%+:-]{0,20})?\Z"
)


@given(st.one_of(st.text(), ASCII_HOSTS, st.text("abz019.@/:#-_[]()\u200b\u202e\u3002 \n$,", max_size=40)))
def test_no_cell_fails_and_every_cell_has_a_value(cell: str) -> None:
    values = read_cell(cell)
    assert values
    assert all(value.text.encode() or value.kind is Kind.EMPTY for value in values)


@given(ASCII_HOSTS)
def test_the_short_way_reads_as_the_long_way(cell: str) -> None:
    """A final space sends a cell no other way, quotes do: both must agree."""
    short, long = read_cell(cell), read_cell(f"`{cell}`")
    if short[0].kind not in (Kind.NAME, Kind.TEXT) and cell[-1].isalnum():
        assert short == long


@given(st.one_of(ASCII_HOSTS, st.sampled_from(["info[at]example[.]org", "+1 202 555 0143", "2001[:]db8::1", "#tag"])))
def test_reading_a_value_again_changes_nothing(cell: str) -> None:
    (value, *more) = read_cell(cell)
    if not more and value.kind not in (Kind.NAME, Kind.TEXT, Kind.EMPTY):
        (again,) = read_cell(value.text)
        assert (again.text, again.platform, again.login) == (value.text, value.platform, value.login)
        assert again.kind is value.kind
