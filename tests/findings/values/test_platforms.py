"""URLs on platforms: each is read as a person would read it (`platform_urls.tsv`, written by hand)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from disarm_exchange.findings.values import ACCOUNT_KINDS, Kind, platform_named, read_cell
from disarm_exchange.findings.values.platforms import platform_data

TABLE = Path(__file__).with_name("platform_urls.tsv")


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["url"])
def test_a_platform_url_names_what_it_names(row: dict[str, str]) -> None:
    (value,) = read_cell(row["url"])
    found = (value.kind.value, value.platform, value.login, value.user_id, value.item)
    assert found == (row["kind"], *(row[field] or None for field in ("platform", "login", "user_id", "item")))
    assert value.problem is None


def test_every_platform_has_an_example() -> None:
    shown = {row["platform"] for row in rows()}
    assert set(platform_data().platforms) <= shown
    assert len(platform_data().platforms) >= 30


@pytest.mark.parametrize("row", [row for row in rows() if row["kind"] in ACCOUNT_KINDS], ids=lambda row: row["url"])
def test_the_canonical_profile_is_itself_read_as_the_same_account(row: dict[str, str]) -> None:
    (value,) = read_cell(row["url"])
    assert value.url is not None
    (again,) = read_cell(value.url)
    assert (again.platform, again.login, again.user_id) == (value.platform, value.login, value.user_id)
    assert again.url == value.url


@pytest.mark.parametrize(
    "spellings",
    [
        ("https://twitter.com/Example", "http://x.com/example/", "x.com/EXAMPLE?s=20", "mobile.twitter[.]com/example"),
        ("https://t.me/Example_1", "t[.]me/s/example_1", "https://telegram.me/example_1"),
        ("https://www.youtube.com/@Example", "youtube.com/@example/videos", "https://m.youtube.com/@EXAMPLE"),
        ("https://example.tumblr.com", "tumblr.com/example", "https://www.tumblr.com/blog/view/Example"),
        ("https://vk.com/public77", "vk[.]com/club77"),
    ],
)
def test_spellings_of_one_account_have_one_identity(spellings: tuple[str, ...]) -> None:
    found = {
        (value.kind, value.platform, value.login, value.user_id, value.url)
        for spelling in spellings
        for value in read_cell(spelling)
    }
    assert len(found) == 1


def test_accounts_of_different_name_spaces_stay_apart() -> None:
    same_word = ("youtube.com/@name", "youtube.com/c/name", "youtube.com/user/name", "facebook.com/name",
                 "facebook.com/groups/name", "reddit.com/u/name", "reddit.com/r/name", "vk.com/id77", "vk.com/club77",
                 "ok.ru/group/77", "ok.ru/profile/77", "odysee.com/@name:a", "odysee.com/@name:b")  # fmt: skip
    found = {(value.platform, value.login, value.user_id) for url in same_word for value in read_cell(url)}
    assert len(found) == len(same_word)


def test_the_spelling_of_a_folded_login_is_kept() -> None:
    (value,) = read_cell("https://twitter.com/SaraSil39636921")
    assert (value.login, value.spelling) == ("sarasil39636921", "SaraSil39636921")
    assert read_cell("https://twitter.com/lower")[0].spelling is None


def test_case_counts_where_the_platform_says_so() -> None:
    assert read_cell("https://www.bitchute.com/channel/AbC/")[0].login == "AbC"
    assert read_cell("https://www.quora.com/profile/Jane-Doe")[0].login == "Jane-Doe"


@pytest.mark.parametrize(
    "url",
    ["https://x.com/a", "https://t.me/abc", "https://twitter.com/this_name_is_far_too_long", "https://t.me/1abc2"],
)
def test_what_cannot_be_a_login_is_no_account(url: str) -> None:
    assert read_cell(url)[0].kind is Kind.URL


def test_a_bare_name_becomes_an_account_on_a_named_platform() -> None:
    match = platform_named("x").account("Example_1")
    assert match is not None
    assert (match.login, match.spelling, match.profile) == ("example_1", "Example_1", "https://x.com/example_1")
    assert platform_named("x").account("no spaces here") is None
    assert platform_named("x").account("home") is None


def test_stix_account_types_follow_the_open_vocabulary() -> None:
    assert (platform_named("x").account_type, platform_named("facebook").account_type) == ("twitter", "facebook")


def test_an_unknown_platform_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        platform_named("no-such-platform")
