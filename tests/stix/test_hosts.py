"""Domain names and addresses in one canonical form."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import registrable_domain
from disarm_exchange.stix.hosts import (
    UNKNOWN_TLD,
    domain_name,
    ipv4_address,
    ipv6_address,
    network,
    plain_domain,
)
from disarm_exchange.stix.suffixes import is_public_suffix, top_level_domains


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("EXAMPLE.org", "example.org"),
        ("example.org.", "example.org"),
        ("a_b.example.org", "a_b.example.org"),
        ("m\u00fcnchen.example", "xn--mnchen-3ya.example"),
        ("fa\u00df.de", "xn--fa-hia.de"),
        ("\u4f8b\u3048\u3002jp", "xn--r8jz45g.jp"),
        ("\uff45\uff58ample.org", "example.org"),
        ("\u0440\u0444.\u0440\u0444", "xn--p1ai.xn--p1ai"),
    ],
)
def test_a_domain_name_has_one_form(written: str, canonical: str) -> None:
    assert domain_name(written) == (canonical, None)


@pytest.mark.parametrize(
    "text",
    ["example", "example..org", "-.org", "ex ample.org", "example.org/x", "a@b.org", "1.2.3", "exam|ple.org",
     "a" * 64 + ".org", "a." * 200 + "org", "", "."],
)  # fmt: skip
def test_what_is_no_domain_name_is_none(text: str) -> None:
    assert domain_name(text) is None
    assert plain_domain(text) is None


def test_doubts_are_said() -> None:
    assert domain_name("example.notreal") == ("example.notreal", UNKNOWN_TLD)
    assert domain_name("xn--a.com") == ("xn--a.com", "label is no valid punycode")


def test_special_use_names_are_known() -> None:
    assert {"example", "test", "invalid", "onion", "localhost", "md", "xn--p1ai"} <= top_level_domains()
    assert not {"exe", "js", "apk"} & top_level_domains()


def test_ipv4_is_a_plain_dotted_quad() -> None:
    assert ipv4_address("94.140.114.22") == "94.140.114.22"
    assert [ipv4_address(text) for text in ("256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "\u0661.2.3.4")] == [
        None
    ] * 5


def test_ipv6_is_written_shortest() -> None:
    assert ipv6_address("2001:0DB8:0:0:0:0:0:1") == "2001:db8::1"
    assert ipv6_address("[::ffff:198.51.100.7]") == "::ffff:198.51.100.7"
    assert ipv6_address("fe80::1%eth0") == "fe80::1"
    assert [ipv6_address(text) for text in ("12:30", "1:2:3", ":::", "g::1")] == [None] * 4


def test_blocks_are_canonical() -> None:
    assert network("198.51.100.0/24") == ("198.51.100.0/24", None)
    assert network("198.51.100.7/32") == ("198.51.100.7", None)
    assert network("198.51.100.7/24") == ("198.51.100.0/24", "address bits beyond the prefix cleared")
    assert network("2001:DB8::/32") == ("2001:db8::/32", None)
    assert [network(text) for text in ("198.51.100.0/33", "9/5", "198.51.100.0/", "a/24")] == [None] * 4


def test_public_suffixes_and_what_is_registered_below_them() -> None:
    assert is_public_suffix("co.uk")
    assert is_public_suffix("blogspot.com")
    assert is_public_suffix("anything.ck")
    assert not is_public_suffix("www.ck")
    assert not is_public_suffix("example.org")
    assert registrable_domain("a.b.example.co.uk") == "example.co.uk"
    assert registrable_domain("co.uk") is None
