"""In a text only addresses are made harmless; numbers, abbreviations and what is defanged stay."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import defang_text


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
