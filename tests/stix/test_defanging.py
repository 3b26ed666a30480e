"""In a text only addresses are made harmless; numbers, abbreviations and what is defanged stay."""

from __future__ import annotations

import pytest

from disarm_exchange.stix.defanging import defang_links, defang_text, live_links


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7.1.2 Advertising to promote goods", "7.1.2 Advertising to promote goods"),
        ("in the U.S.A. and elsewhere, e.g. here", "in the U.S.A. and elsewhere, e.g. here"),
        (
            "see https://a.example.com/x.html and http://b.org.",
            "see hxxps://a[.]example[.]com/x.html and hxxp://b[.]org.",
        ),
        ("write to desk@paper.org, or not", "write to desk[@]paper[.]org, or not"),
        ("from 192.0.2.44 (proxy)", "from 192[.]0[.]2[.]44 (proxy)"),
        ("hxxps://a[.]org stays", "hxxps://a[.]org stays"),
        ("nothing here", "nothing here"),
    ],
)
def test_addresses_only(text: str, expected: str) -> None:
    assert defang_text(text) == expected


def test_links_of_a_text_are_found_and_made_harmless_and_nothing_else_is() -> None:
    text = "see https://a.example.com/x.html?v=1.2, HTTP://B.ORG. and c.org, hxxps://d[.]org, desk@e.org"
    assert list(live_links(text)) == ["https://a.example.com/x.html?v=1.2", "HTTP://B.ORG"]
    safe = defang_links(text)
    assert safe == "see hxxps://a[.]example[.]com/x.html?v=1.2, HXXP://B[.]ORG. and c.org, hxxps://d[.]org, desk@e.org"
    assert list(live_links(safe)) == []
    assert list(live_links(defang_links("Http://Mixed.example/ and fTp://x.example"))) == []
