"""URLs that browsers take and RFC 3986 does not are written as URIs; all else stays as it is."""

from __future__ import annotations

import pytest

from disarm_exchange.convert.observables import as_uri


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://a.example/press|kit", "https://a.example/press%7Ckit"),
        ("https://a.example/x?q=[1]^{2}", "https://a.example/x?q=%5B1%5D%5E%7B2%7D"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("https://a.example/it's%20(ok)!*,;=@~#x", "https://a.example/it's%20(ok)!*,;=@~#x"),
        ("https://a.example", "https://a.example"),
    ],
)
def test_only_what_a_uri_may_not_have_is_encoded(url: str, uri: str) -> None:
    assert as_uri(url) == uri
