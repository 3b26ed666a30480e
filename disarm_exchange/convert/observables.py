"""From a value to its STIX cyber-observable, and to the pattern that finds it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from disarm_exchange.findings.values import ACCOUNT_KINDS, Kind, Value, defang, platform_named
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import sco_id
from disarm_exchange.stix.patterns import equals

_HASH_NAMES = {Kind.MD5: "MD5", Kind.SHA1: "SHA-1", Kind.SHA256: "SHA-256", Kind.SHA512: "SHA-512"}

_VALUE_TYPES = {
    Kind.DOMAIN: "domain-name",
    Kind.EMAIL: "email-addr",
    Kind.IPV4: "ipv4-addr",
    Kind.IPV6: "ipv6-addr",
    Kind.URL: "url",
    Kind.POST: "url",
    Kind.VIDEO: "url",
    Kind.INVITE: "url",
    Kind.PETITION: "url",
}


_NO_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]")


@dataclass(frozen=True, slots=True)
class Observable:
    """An SCO (STIX 2.1 section 6) without its marking, and a pattern that matches it and nothing else."""

    sco: StixObject
    pattern: str
    title: str
    """What an indicator of it is called; defanged, and made of the observable's own properties only."""


def observable_of(value: Value) -> Observable:
    """The observable of a value.

    Raises:
        ValueError: the value's kind has no observable (counts, words).
    """
    kind = value.kind
    plain = _VALUE_TYPES.get(kind)
    if plain is not None:
        return _simple(plain, value.url if plain == "url" and value.url else value.text)
    if kind in _HASH_NAMES:
        name = _HASH_NAMES[kind]
        path = f"file:hashes.{name}" if name == "MD5" else f"file:hashes.'{name}'"
        return _observable("file", f"{name} {value.text}", {"hashes": {name: value.text}}, (path, value.text))
    if kind in ACCOUNT_KINDS:
        return _account(value)
    if kind is Kind.APP:
        name = value.login or value.user_id or value.text
        return _observable("software", f"app {name}", {"name": name}, ("software:name", name))
    raise ValueError(f"{kind} has no observable")


def as_uri(url: str) -> str:
    """A URL as RFC 3986 wants it, which STIX does (section 6.15): browsers leave characters that a URI may not have."""
    start = url.find("/", url.find("://") + 3)
    if start < 0 or _NO_URI.search(url, start) is None:
        return url
    return url[:start] + _NO_URI.sub(lambda found: quote(found.group(), safe=""), url[start:])


def _simple(object_type: str, text: str) -> Observable:
    if object_type == "url":
        text = as_uri(text)
    return _observable(object_type, defang(text), {"value": text}, (f"{object_type}:value", text))


def _account(value: Value) -> Observable:
    if not value.login and not value.user_id:
        return _simple("url", value.url or value.text)
    properties: dict[str, object] = {"account_type": account_type(value)}
    if value.login:
        properties["account_login"] = value.login
    if value.user_id:
        properties["user_id"] = value.user_id
    comparisons = [(f"user-account:{name}", str(text)) for name, text in properties.items()]
    # One observable may be read from an account's, a channel's or a group's address: the title takes no side.
    title = f"{_site(value)}: {value.login or value.user_id}"
    return _observable("user-account", title, properties, *comparisons)


def account_type(value: Value) -> str:
    """The STIX `account_type` of an account: its platform's, or the host of a site that no table lists."""
    if value.platform is not None:
        return platform_named(value.platform).account_type
    return urlsplit(value.url or "").hostname or "unknown"


def _site(value: Value) -> str:
    return platform_named(value.platform).name if value.platform is not None else defang(account_type(value))


def _observable(
    object_type: str, title: str, properties: dict[str, object], *comparisons: tuple[str, str]
) -> Observable:
    sco: StixObject = {"type": object_type, "spec_version": "2.1", "id": sco_id(object_type, properties), **properties}
    return Observable(sco, equals(*comparisons), title)
