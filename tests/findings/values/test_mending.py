"""A space that a line break left in a URL is taken out only where that is certain."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.values.mending import JOINED


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (
            "https://org162532576[.]wordpress[.]com/2021/12/06/why-boyc ott-beijing-winter-olympics%ef%bf%bc/",
            "https://org162532576.wordpress.com/2021/12/06/why-boycott-beijing-winter-olympics%ef%bf%bc/",
        ),
        (
            "http://89ijlop.blogspot[.]com/2021/12/why-boycott-beijing-win ter-olympics_5.html",
            "http://89ijlop.blogspot.com/2021/12/why-boycott-beijing-winter-olympics_5.html",
        ),
        (
            "https://www[.]freelancer[.]com/projects/articles/ Writing-article s-35666510/details",
            "https://www.freelancer.com/projects/articles/Writing-articles-35666510/details",
        ),
        (
            "https://twitter[.]com/new_observation/status/1562640310273 921025",
            "https://twitter.com/new_observation/status/1562640310273921025",
        ),
        ("https:// example.org/a/b", "https://example.org/a/b"),
        ("hxxps: //example[.]org/a/b", "https://example.org/a/b"),
        ("https://example .org/a/b", "https://example.org/a/b"),
        ("twitter. com/example", "https://twitter.com/example"),
    ],
)
def test_a_torn_url_is_joined_and_said_so(cell: str, text: str) -> None:
    (value,) = read_cell(cell)
    assert value.text == text
    assert value.problem is not None
    assert JOINED in value.problem


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("https://example.org/a used by the network", "https://example.org/a"),
        ("https://example.org/a 12/05/2023", "https://example.org/a"),
        ("https://example.org/a COVID-19", "https://example.org/a"),
        ("https://example.org/a well-known", "https://example.org/a"),
        ("https://example.org/a (spoof-of-a-site)", "https://example.org/a"),
        ("https://example.org/a, some-other-page/x", "https://example.org/a"),
        ("https://example.org/post/12 2023", "https://example.org/post/12"),
    ],
)
def test_a_url_with_words_behind_it_is_not_joined(cell: str, text: str) -> None:
    (value,) = read_cell(cell)
    assert (value.kind, value.text) == (Kind.URL, text)
    assert value.remark
    assert JOINED not in (value.problem or "")


def test_two_urls_are_two() -> None:
    assert len(read_cell("https://example.org/some-page/x https://example.org/other-page/y")) == 2
