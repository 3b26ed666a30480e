"""Where notes say that links lead, and which platforms words mention."""

from __future__ import annotations

import pytest

from disarm_exchange.findings.values import platforms_named, redirect_targets


@pytest.mark.parametrize(
    ("note", "targets"),
    [
        (
            "redirects to: http://file-downloader[.]ga/bayanat_au.apk",
            ["http://file-downloader.ga/bayanat_au.apk"],
        ),
        (
            "Malicious links disguised as downloads for VPN service\nRedirects to: http://thenewsnation[.]ml:9371/vpn.apk",
            ["http://thenewsnation.ml:9371/vpn.apk"],
        ),
        ("redirects to: https://faridun[.]com/jlk/ZangiV2[.]apk", ["https://faridun.com/jlk/ZangiV2.apk"]),
        ("Redirects to: http://185.82.216[.]57:2125/google/", ["http://185.82.216.57:2125/google/"]),
        ("redirects to example[.]org", ["example.org"]),
        ("redirected to: example.org.", ["example.org"]),
        ("-> example.org", ["example.org"]),
        ("landing page: example[.]org/a", ["http://example.org/a"]),
        ("see also https://example.org/b", ["https://example.org/b"]),
        ("https://a.example/x and https://a.example/x again", ["https://a.example/x"]),
        ("Acquiring safechat[.]com accounts", []),
        ("Registration date: 9/5/2024, Country likely targeted: France", []),
        ("InPage Android APK (part of Bahamut's malware family) hash", []),
        ("", []),
    ],
)
def test_targets_of_a_note(note: str, targets: list[str]) -> None:
    assert [value.text for value in redirect_targets(note)] == targets


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("0.9.1 Acquiring Facebook assets", ("facebook",)),
        ("110 accounts on Facebook and Instagram", ("facebook", "instagram")),
        ("0.9.4 Acquiring X / Twitter accounts", ("x",)),
        ("0.9.4 Acquiring X/Twitter accounts", ("x",)),
        ("their X (formerly Twitter) accounts", ("x",)),
        ("the same fake persona on Facebook and X", ("facebook", "x")),
        ("0.9.6 Acquiring TikTok channel", ("tiktok",)),
        ("Uploading apps to Google Playstore", ("google-play",)),
        ("Instagram, X, YouTube, TikTok and Telegram", ("instagram", "x", "youtube", "tiktok", "telegram")),
        ("posted on Medium", ("medium",)),
        ("Medium", ("medium",)),
        ("a medium-sized firm", ()),
        ("Medium-sized firms", ()),
        ("Malcolm X said", ()),
        ("an X-ray of the network", ()),
        ("The Daily Telegraph wrote", ()),
        ("Threads of text", ()),
        ("posts on Threads", ("threads",)),
        ("LINE groups, an online line", ("line",)),
        ("\u0433\u0440\u0443\u043f\u043f\u044b \u0412\u041a\u043e\u043d\u0442\u0430\u043a\u0442\u0435", ("vk",)),
        ("\u0433\u0440\u0443\u043f\u043f\u0430 \u0432\u043a\u043e\u043d\u0442\u0430\u043a\u0442\u0435", ("vk",)),
        ("\u0412\u041a\u043e\u043d\u0442\u0430\u043a\u0442\u0435", ("vk",)),
        ("Posing as students", ()),
        ("", ()),
    ],
)
def test_platforms_in_words(words: str, keys: tuple[str, ...]) -> None:
    assert platforms_named(words) == keys
