"""From a value to its STIX cyber-observable, and to the pattern that finds it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import orjson

from disarm_exchange.findings.values import ACCOUNT_KINDS, Kind, Value, platform_named
from disarm_exchange.stix.defanging import defang
from disarm_exchange.stix.ids import sco_uuid
from disarm_exchange.stix.patterns import equals, string_literal

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


class Observable(NamedTuple):
    """An SCO (STIX 2.1 section 6) as far as it is its own, and a pattern that matches it and nothing else."""

    type: str
    properties: Mapping[str, object]
    """What is its own: `{"value": "a.example"}`; all of it contributes to its id."""

    uuid: str
    """The UUID of its deterministic id (STIX 2.1 section 2.9)."""

    pattern: str
    title: str
    """What an indicator of it is called; defanged, and made of the observable's own properties only."""

    @property
    def id(self) -> str:
        """Its id."""
        return f"{self.type}--{self.uuid}"

    def canonical(self) -> bytes:
        """What its id is made of: its own properties as canonical JSON (RFC 8785)."""
        return orjson.dumps(self.properties, option=orjson.OPT_SORT_KEYS)


def observable_of(value: Value) -> Observable:
    """The observable of a value.

    Raises:
        ValueError: the value's kind has no observable (counts, words).
    """
    kind = value.kind
    plain = _VALUE_TYPES.get(kind)
    if plain is not None:
        return _simple(plain, value.url if plain == "url" and value.url else value.text)
    if kind in ACCOUNT_KINDS:
        return _account(value)
    if kind in _HASH_NAMES:
        name = _HASH_NAMES[kind]
        path = f"file:hashes.{name}" if name == "MD5" else f"file:hashes.'{name}'"
        return _observable("file", f"{name} {value.text}", {"hashes": {name: value.text}}, (path, value.text))
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
    """An observable whose only property is `value`: most are, so this is the short way of `_observable`."""
    if object_type == "url":
        text = as_uri(text)
    properties = {"value": text}
    return Observable(
        object_type,
        properties,
        sco_uuid(orjson.dumps(properties)),
        f"[{object_type}:value = {string_literal(text)}]",
        defang(text),
    )


def _account(value: Value) -> Observable:
    login, user_id = value.login, value.user_id
    if not login and not user_id:
        return _simple("url", value.url or value.text)
    properties: dict[str, object] = {"account_type": account_type(value)}
    if login:
        properties["account_login"] = login
    if user_id:
        properties["user_id"] = user_id
    comparisons = [(f"user-account:{name}", str(text)) for name, text in properties.items()]
    # One observable may be read from an account's, a channel's or a group's address: the title takes no side.
    return _observable("user-account", f"{_site(value)}: {login or user_id}", properties, *comparisons)


def account_type(value: Value) -> str:
    """The STIX `account_type` of an account: its platform's, or the host of a site that no table lists."""
    if value.platform is not None:
        return platform_named(value.platform).account_type
    return urlsplit(value.url or "").hostname or "unknown"


def _site(value: Value) -> str:
    return platform_named(value.platform).name if value.platform is not None else defang(account_type(value))


def _observable(
    object_type: str, title: str, properties: Mapping[str, object], *comparisons: tuple[str, str]
) -> Observable:
    """An observable all of whose properties contribute to its id."""
    return Observable(
        object_type,
        properties,
        sco_uuid(orjson.dumps(properties, option=orjson.OPT_SORT_KEYS)),
        equals(*comparisons),
        title,
    )
