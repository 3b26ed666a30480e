"""Values by which people are reached or followed: e-mail addresses, phone numbers, handles, hashtags."""

from __future__ import annotations

import re

from disarm_exchange.findings.values.directory import place_of
from disarm_exchange.findings.values.model import Kind, Value, quick_value
from disarm_exchange.findings.values.platforms import platform_data
from disarm_exchange.stix.hosts import UNKNOWN_TLD, domain_name

_LOCAL_PART = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}")
_PHONE = re.compile(r"(?:tel:)?(\+|00)[ .\-/]?(\d[\d ().\-/]{5,22}\d)", re.ASCII | re.IGNORECASE)
_HASHTAG = re.compile(r"[#\uff03]([\w\u00b7\u200c\u200d]{1,100})")
_HANDLE = re.compile(r"@([\w.\-]{2,60})")
_FEDIVERSE_KEY = "mastodon"
_FEDIVERSE = re.compile(r"@?([A-Za-z0-9_.\-]{1,60})@([A-Za-z0-9.\-]{3,253})")


def read_email(token: str) -> Value | None:
    """An e-mail address, also as `mailto:`. The local part keeps its case (RFC 5321 section 2.4)."""
    address = token[7:].partition("?")[0] if token[:7].lower() == "mailto:" else token
    local, _, domain = address.rpartition("@")
    if not local or _LOCAL_PART.fullmatch(local) is None or local[0] == "." or local[-1] == ".":
        return None
    named = domain_name(domain)
    if named is None:
        return None
    problem = named[1] if named[1] != UNKNOWN_TLD else f"{UNKNOWN_TLD} in the address"
    return quick_value(Kind.EMAIL, f"{local}@{named[0]}", problem=problem)


def read_phone(text: str) -> Value | None:
    """A phone number in international form (`+` or `00`, 8 to 15 digits): E.164, without separators."""
    found = _PHONE.fullmatch(text)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found.group(2))
    if not 8 <= len(digits) <= 15 or digits[0] == "0":
        return None
    problem = "00 read as the international prefix" if found.group(1) == "00" else None
    return quick_value(Kind.PHONE, f"+{digits}", problem=problem)


def read_hashtag(token: str) -> Value | None:
    """A hashtag: `#` and a word that is no mere number."""
    found = _HASHTAG.fullmatch(token)
    if found is None or found.group(1).replace("_", "").isdigit():
        return None
    return quick_value(Kind.HASHTAG, f"#{found.group(1)}")


def read_handle(token: str, platform: str | None) -> Value | None:
    """An account named by its handle: `@name` on a platform that is known, or `@name@server` of the Fediverse.

    Args:
        token: the handle; the `@` may be missing only when the platform is known.
        platform: key of the platform that the table or the cell names.
    """
    home = platform_data().platforms.get(platform or "")
    if home is not None:
        found = home.account(token.removeprefix("@"))
        if found is None:
            return None
        return quick_value(
            found.kind,
            found.profile or token.removeprefix("@"),
            platform=home.key,
            login=found.login,
            spelling=found.spelling,
            user_id=found.user_id,
            url=found.profile,
        )
    federated = _FEDIVERSE.fullmatch(token) if token.startswith("@") else None
    if federated is not None:
        named = domain_name(federated.group(2))
        if named is None or named[1] is not None:
            return None
        name, server = federated.group(1), named[0]
        place = place_of(server)
        known = place is not None and place.platform is not None and place.platform.key == _FEDIVERSE_KEY
        url = f"https://{server}/@{name}" if known else None
        login = f"{name}@{server}"
        return quick_value(
            Kind.ACCOUNT, url or f"@{login}", platform=_FEDIVERSE_KEY, login=login.casefold(), spelling=name, url=url
        )
    handle = _HANDLE.fullmatch(token)
    if handle is None or handle.group(1).isdigit():
        return None
    return quick_value(Kind.ACCOUNT, handle.group(1), login=handle.group(1), problem="handle without a platform")
