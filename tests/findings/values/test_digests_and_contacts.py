"""Hashes, wallets, phone numbers, e-mail addresses, handles and hashtags."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.values.contacts import read_email, read_handle, read_hashtag, read_phone
from disarm_exchange.findings.values.digests import BAD_CHECKSUM, read_hash, read_wallet

SHA256 = "35552112fcf0190c882e35de55f4b9c11e30e8144c39571c620da75fe5c70135"


@pytest.mark.parametrize(
    ("digits", "kind"),
    [(SHA256[:32], Kind.MD5), (SHA256[:40], Kind.SHA1), (SHA256, Kind.SHA256), (SHA256 * 2, Kind.SHA512)],
)
def test_a_hash_is_known_by_its_length(digits: str, kind: Kind) -> None:
    for written in (digits, digits.upper()):
        value = read_hash(written)
        assert value is not None
        assert (value.kind, value.text) == (kind, digits)


@pytest.mark.parametrize("length", [31, 33, 39, 41, 63, 65, 127])
def test_a_hash_of_a_wrong_length_is_doubted(length: int) -> None:
    value = read_hash((SHA256 * 2)[:length])
    assert value is not None
    assert value.kind is Kind.NAME
    assert value.problem is not None


def test_a_hash_called_by_another_name_says_so() -> None:
    value = read_hash(f"md5:{SHA256}")
    assert value is not None
    assert value.kind is Kind.SHA256
    assert value.problem is not None
    assert read_hash("deadbeef") is None
    assert read_hash("g" * 32) is None


@pytest.mark.parametrize(
    ("address", "coin"),
    [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "BTC"),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "BTC"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "BTC"),
        ("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", "BTC"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TRX"),
        ("LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", "LTC"),
        ("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "DOGE"),
        ("0xdac17f958d2ee523a2206206994597c13d831ec7", "ETH"),
    ],
)
def test_a_wallet_with_a_right_checksum(address: str, coin: str) -> None:
    value = read_wallet(address)
    assert value is not None
    assert (value.kind, value.text, value.currency) == (Kind.WALLET, address, coin)


@pytest.mark.parametrize(
    "address", ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx"]
)
def test_a_wallet_with_a_wrong_checksum_is_doubted(address: str) -> None:
    value = read_wallet(address)
    assert value is not None
    assert (value.kind, value.problem) == (Kind.NAME, BAD_CHECKSUM)


def test_what_is_no_wallet_is_none() -> None:
    assert read_wallet("0x1234") is None
    assert read_wallet("Management") is None
    assert read_wallet("0x" + "g" * 40) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("+12025550143", "+12025550143"), ("+1 (202) 555-0143", "+12025550143"), ("+49.30.123456", "+4930123456"),
     ("tel:+12025550143", "+12025550143"), ("0049 30 123456", "+4930123456")],
)  # fmt: skip
def test_phone_numbers_are_international(written: str, number: str) -> None:
    value = read_phone(written)
    assert value is not None
    assert (value.kind, value.text) == (Kind.PHONE, number)


@pytest.mark.parametrize(
    "text", ["12025550143", "+1-202", "+0 123 456 789", "+12345678901234567", "030 123456", "+1 call me"]
)
def test_what_is_not_plainly_a_phone_number_is_none(text: str) -> None:
    assert read_phone(text) is None


def test_email_addresses() -> None:
    value = read_email("First.Last@M\u00fcnchen.example")
    assert value is not None
    assert (value.kind, value.text) == (Kind.EMAIL, "First.Last@xn--mnchen-3ya.example")
    assert [read_email(text) for text in ("@b.example", "a@b", ".a@b.example", "a b@c.example", "a@@b.example")] == [
        None
    ] * 5


def test_hashtags_hold_letters() -> None:
    tag = read_hashtag("#\u0645\u0635\u0631_2024")
    assert tag is not None
    assert tag.text == "#\u0645\u0635\u0631_2024"
    assert [read_hashtag(text) for text in ("#1", "#", "#a b", "#12_3")] == [None] * 4


def test_a_handle_needs_its_platform() -> None:
    bare = read_handle("@Some_Name", None)
    assert bare is not None
    assert (bare.kind, bare.login, bare.platform) == (Kind.ACCOUNT, "Some_Name", None)
    assert bare.problem == "handle without a platform"
    placed = read_handle("@Some_Name", "x")
    assert placed is not None
    assert (placed.login, placed.spelling, placed.url) == ("some_name", "Some_Name", "https://x.com/some_name")
    assert read_handle("not a handle", "x") is None


def test_a_torn_hash_is_mended_and_said_so() -> None:
    (value,) = read_cell(f"{SHA256[:20]} {SHA256[20:]}")
    assert (value.kind, value.text) == (Kind.SHA256, SHA256)
    assert value.problem == "space inside the hash: joined"
