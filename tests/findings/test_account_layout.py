"""Archives of accounts: hashes are no logins, and persons stay at home."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.accounts import account_value, is_hashed, platform_key
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import read, read_text

SAMPLE = data_folder("samples") / "glass-orchard" / "accounts.csv"
HEADER = SAMPLE.read_text(encoding="utf-8").splitlines()[0] + "\n"
SHA256 = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"


def test_every_row_is_an_account_on_x() -> None:
    reading = read(SAMPLE)
    assert [(each.value.kind, each.value.platform, each.record) for each in reading.findings] == [
        (Kind.ACCOUNT, "x", 2),
        (Kind.ACCOUNT, "x", 3),
        (Kind.ACCOUNT, "x", 4),
    ]
    assert {each.labels[-1] for each in reading.findings} == {"Social Media Account"}


def test_a_hash_is_the_id_and_no_login() -> None:
    first, second, third = (each.value for each in read(SAMPLE).findings)
    assert (first.user_id, first.login) == (SHA256, None)
    assert (second.user_id, second.login) == ("zGZkvCDCjtSQOmxA5+LwZsb/6XJpqZvZcHrVYV0R1tk=", None)
    assert "hash" in (first.problem or "")
    assert (third.user_id, third.login) == ("900000000000000001", None)
    assert third.problem == "'glass_orchard_sample_news' cannot be a login there"


def test_a_name_that_is_no_hash_is_the_login(tmp_path: Path) -> None:
    (finding,) = read_text(tmp_path, HEADER + "12,A name,Some_Name,,,,1,1,2020-01-01,en\n").findings
    assert (finding.value.login, finding.value.user_id, finding.role) == ("some_name", "12", None)


def test_what_persons_said_of_themselves_is_in_the_raw_text_only() -> None:
    reading = read(SAMPLE)
    shared = "".join(f"{each.note}{each.value}{each.labels}{each.more}" for each in reading.findings)
    for private in ("Gardener", "Glass Orchard News", "Freedonia", "glass-orchard.example", "that grows"):
        assert private not in shared
        assert any(private in each.raw for each in reading.findings)
    assert reading.findings[2].note == "Created: 2022-11-03; Language: en; Followers: 10412; Following: 7"
    assert "user_display_name" in reading.said()


def test_a_row_without_an_account_is_unreadable(tmp_path: Path) -> None:
    (item,) = read_text(tmp_path, HEADER + ",Name,,,,,1,1,2020-01-01,en\n").unreadable
    assert "neither an id nor a login" in item.reason


def test_an_archive_of_posts_is_another_layout(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source profile knows this header"):
        read_text(tmp_path, "tweetid," + HEADER + "1,2,a,b,c,d,e,1,1,2020-01-01,en\n")


@pytest.mark.parametrize(
    ("text", "hashed"),
    [(SHA256, True), (SHA256.upper(), True), (SHA256[:-1], False), ("jack", False), ("1234567890", False)],
)
def test_hashes_are_told_from_ids(text: str, hashed: bool) -> None:
    assert is_hashed(text) is hashed


@pytest.mark.parametrize(
    ("login", "user_id", "expected"),
    [
        ("@Some_Name", "", ("some_name", None)),
        ("Some_Name", "12345", ("some_name", "12345")),
        ("12345", "12345", (None, "12345")),
        (SHA256, "", (None, SHA256)),
        ("not a login", "12345", (None, "12345")),
    ],
)
def test_login_and_id_of_an_account(login: str, user_id: str, expected: tuple[str | None, str | None]) -> None:
    value = account_value("x", login, user_id)
    assert value is not None
    assert (value.login, value.user_id) == expected


@pytest.mark.parametrize(
    ("platform", "login", "user_id"),
    [
        ("vk", "id123456", "123456"),
        ("vk", "123456", "123456"),
        ("vk", "public123456", "club123456"),
        ("vk", "-123456", "club123456"),
        ("odnoklassniki", "561234567890", "561234567890"),
        ("facebook", "100012345678901", "100012345678901"),
    ],
)
def test_a_login_that_is_a_number_of_the_platform_is_its_id(platform: str, login: str, user_id: str) -> None:
    value = account_value(platform, login, "")
    assert value is not None
    assert (value.login, value.user_id) == (None, user_id)
    assert value.url is not None


@pytest.mark.parametrize(("platform", "login"), [("vk", "15"), ("odnoklassniki", "1234"), ("vk", "12 345")])
def test_a_small_number_is_no_account(platform: str, login: str) -> None:
    assert account_value(platform, login, "") is None


def test_no_account_without_login_and_id() -> None:
    assert account_value("x", "", "") is None
    assert account_value("x", "not a login", "") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [("x", "x"), ("Twitter", "x"), ("twitter", "x"), ("X / Twitter", "x"), ("Facebook, X", None), ("", None)],
)
def test_platforms_by_name_key_or_account_type(text: str, key: str | None) -> None:
    assert platform_key(text) == key
