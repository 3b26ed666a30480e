"""A cell that says how many is a count; a sentence with a number in it is not."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, Value, read_cell


def only(cell: str) -> Value:
    (value,) = read_cell(cell)
    return value


@pytest.mark.parametrize(
    ("cell", "count", "asset", "platform", "approximate"),
    [
        ("104 accounts", 104, "account", None, False),
        ("4,789 accounts", 4789, "account", None, False),
        ("15 acounts", 15, "account", None, False),
        ("1 Groups ", 1, "group", None, False),
        ("1 Group", 1, "group", None, False),
        ("23 Pages ", 23, "page", None, False),
        ("7,704 Facebook accounts", 7704, "account", "facebook", False),
        ("18 Instagram accounts", 18, "account", "instagram", False),
        ("3 X accounts", 3, "account", "x", False),
        ("3 YouTube channels", 3, "channel", "youtube", False),
        ("5 Groups on Facebook", 5, "group", "facebook", False),
        ("About 110 accounts on Facebook and Instagram", 110, "account", None, True),
        ("About 1.9 million accounts", 1_900_000, "account", None, True),
        ("less than 100 accounts", 100, "account", None, True),
        ("more than 1,000 fake accounts", 1000, "account", None, True),
        ("500+ accounts", 500, "account", None, True),
        ("~50 pages", 50, "page", None, True),
        ("12k accounts", 12_000, "account", None, False),
        ("4.789 accounts", 4789, "account", None, False),
        ("4\u00a0789 accounts", 4789, "account", None, False),
        ("1 234 567 accounts", 1_234_567, "account", None, False),
        ("one Facebook Page", 1, "page", "facebook", False),
        ("twenty-one accounts", 21, "account", None, False),
        ("two dozen accounts", 24, "account", None, False),
        ("a total of 20 accounts", 20, "account", None, False),
        ("No accounts", 0, "account", None, False),
        ("Pages: 12", 12, "page", None, False),
        ("150accounts", 150, "account", None, False),
        ("20 accounts (Facebook)", 20, "account", "facebook", False),
        ("2 domains", 2, "domain", None, False),
        ("56 websites", 56, "website", None, False),
        ("12 email addresses", 12, "email-address", None, False),
    ],
)
def test_assets(cell: str, count: int, asset: str, platform: str | None, approximate: bool) -> None:
    value = only(cell)
    assert value.kind is Kind.ASSET_COUNT
    assert (value.count, value.asset, value.platform, value.approximate) == (count, asset, platform, approximate)


@pytest.mark.parametrize(
    ("cell", "count", "asset", "platform"),
    [
        ("About 1.9 million accounts followed one or more of these Pages", 1_900_000, "page", None),
        ("Around 18,500 accounts joined one or more of these Groups", 18_500, "group", None),
        ("less than 100 accounts joined this Group", 100, "group", None),
        ("About 1 account followed one or more of these Groups.", 1, "group", None),
        ("No accounts followed these Instagram accounts.", 0, "account", "instagram"),
        (" About 150 accounts followed one or more of these Instagram accounts", 150, "account", "instagram"),
        ("Around 25 users joined the Group", 25, "group", None),
        ("5,200 accounts followed one or more of these Instagram accounts.", 5200, "account", "instagram"),
        ("About 23,000 accounts followed one or more of these Pages,", 23_000, "page", None),
        ("12,000 followers", 12_000, None, None),
        ("12K followers on TikTok", 12_000, None, "tiktok"),
        ("40,000 members of these Groups", 40_000, "group", None),
        ("Followers: 1,234", 1234, None, None),
    ],
)
def test_audiences(cell: str, count: int, asset: str | None, platform: str | None) -> None:
    value = only(cell)
    assert value.kind is Kind.AUDIENCE_COUNT
    assert (value.count, value.asset, value.platform) == (count, asset, platform)


def test_what_follows_the_first_clause_of_an_audience_is_its_remark() -> None:
    cell = (
        "About 335,000 accounts followed one or more of these Instagram accounts.The vast majority of these followers"
        " were outside of\nMoldova, which suggests attempts at purchasing fake engagement"
    )
    value = only(cell)
    assert (value.kind, value.count) == (Kind.AUDIENCE_COUNT, 335_000)
    assert value.remark.startswith("The vast majority of these followers were outside of Moldova")


def test_a_list_of_counts_has_several_values() -> None:
    values = read_cell("4 Facebook accounts, 12 Pages, and 21 Instagram accounts")
    assert [(value.count, value.asset, value.platform) for value in values] == [
        (4, "account", "facebook"),
        (12, "page", None),
        (21, "account", "instagram"),
    ]


@pytest.mark.parametrize("cell", ["hundreds of accounts", "10-15 accounts", "several Pages", "3.5 accounts"])
def test_no_single_number_is_no_count(cell: str) -> None:
    value = only(cell)
    assert value.kind is Kind.ASSET_COUNT
    assert value.count is None
    assert value.problem is not None


@pytest.mark.parametrize(
    "cell",
    ["16 accounts were used to post content", "One of the campaign websites described a group",
     "A fictitious journalist persona account was detected as part of this network",
     "Some of these accounts used profile photos", "No indication that they engaged in return.",
     "20 accounts in Georgia", "Several of the regional campaigns kept a presence", "We found three separate clusters",
     "On October 13, the channel announced a move", "2022 presidential campaign accounts were copied",
     "Posting between 0700 and 2100 with 3 posts a day"],
)  # fmt: skip
def test_a_sentence_with_a_number_is_a_text(cell: str) -> None:
    assert only(cell).kind is Kind.TEXT


@pytest.mark.parametrize(
    ("cell", "amount", "currency", "approximate"),
    [
        ("About $73,600 in spending for ads on Facebook, paid for mostly in US Dollars.", "73600", "USD", True),
        ("About 20 USD in spending for ads on Facebook, paid for in US Dollars\n\n", "20", "USD", True),
        ("Around $1.2 million in spending for ads, paid for mostly in Vietnamese dongs.\n", "1200000", "USD", True),
        ("Network operators engaged in around $300 in spending for ads on Facebook.", "300", "USD", True),
        ("About $21,000 in ad spend on Facebook and Instagram", "21000", "USD", True),
        ("About $4,000  in spending for ads on Facebook", "4000", "USD", True),
        ("\u20ac500 spent on ads", "500", "EUR", False),
        ("500 \u20ac spent on ads", "500", "EUR", False),
        ("1.500 EUR in advertising", "1500", "EUR", False),
        ("C$1,300 in ad spend", "1300", "CAD", False),
        ("$1,300 CAD in ad spend", "1300", "CAD", False),
        ("2 million rubles spent on ads", "2000000", "RUB", False),
        ("2,000,000 Vietnamese dongs in spending for ads", "2000000", "VND", False),
        ("\u20b93 lakh spent on ads", "300000", "INR", False),
        ("$12.50 in ad spend", "12.5", "USD", False),
        ("Rs 5,000 spent on ads", "5000", None, False),
    ],
)
def test_ad_spend(cell: str, amount: str, currency: str | None, approximate: bool) -> None:
    value = only(cell)
    assert value.kind is Kind.AD_SPEND
    assert (value.amount, value.currency, value.approximate) == (amount, currency, approximate)


def test_what_ads_were_paid_in_is_a_remark() -> None:
    value = only("About $60 in spending for ads on Facebook, paid for mostly in Bangladeshi taka")
    assert (value.currency, value.platform, value.remark) == ("USD", "facebook", "paid for mostly in Bangladeshi taka")


@pytest.mark.parametrize(
    "cell", ["Around $xx in spending for ads, paid for mostly in xx", "between $5 and $10 in ad spend"]
)
def test_no_single_amount_is_no_amount(cell: str) -> None:
    value = only(cell)
    assert value.kind is Kind.AD_SPEND
    assert (value.amount, value.count) == (None, None)
    assert value.problem is not None
