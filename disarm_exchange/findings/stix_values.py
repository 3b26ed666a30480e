"""Values out of STIX observables (STIX 2.1 section 6) and out of patterns that compare for equality."""

from __future__ import annotations

import re

from disarm_exchange.findings.accounts import account_value, platform_key
from disarm_exchange.findings.values import COUNT_KINDS, Kind, Value, read_typed
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.simple_patterns import Comparison, NotSimpleError, alternatives

_PLAIN = {
    "domain-name": "domain_name",
    "url": "url",
    "email-addr": "email",
    "ipv4-addr": "ip",
    "ipv6-addr": "ip",
}
"""Observables that are known by their `value`, and the type of that value in the words of the flat layout."""

_HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA1": "sha1",
    "SHA-256": "sha256",
    "SHA256": "sha256",
    "SHA-512": "sha512",
    "SHA512": "sha512",
}
_HASH_PATH = re.compile(r"file:hashes\.(?:'([^']+)'|([A-Za-z0-9]+))")
_ACCOUNT_LABEL = "Social Media Account"
_NO_VALUES = COUNT_KINDS | {Kind.TEXT, Kind.NAME, Kind.EMPTY}

Labelled = tuple[str, str, tuple[Value, ...]]
"""A label, the raw text, and the values (the first is the finding's own)."""


class NoValueError(Exception):
    """There is no value to take; the reason in words."""


def observable_value(item: StixObject, kind: str) -> Labelled | None:
    """The values of an observable; None for types that findings are not made of.

    Raises:
        NoValueError: the type holds values, but this object has none, or a bad one.
    """
    if kind in _PLAIN:
        raw = item.get("value")
        if not isinstance(raw, str):
            raise NoValueError(f"a {kind} without a value")
        return _PLAIN[kind], raw, (_typed(raw, _PLAIN[kind]),)
    if kind == "file":
        return _file(item)
    if kind == "user-account":
        texts = {name: tidy(str(item.get(name) or ""))[0] for name in ("account_type", "account_login", "user_id")}
        return _ACCOUNT_LABEL, texts["account_login"] or texts["user_id"], (_account(texts),)
    return None


def _file(item: StixObject) -> Labelled | None:
    hashes = item.get("hashes")
    if not isinstance(hashes, dict):
        return None
    known = [
        (_HASHES[name.upper()], text)
        for name, text in hashes.items()
        if name.upper() in _HASHES and isinstance(text, str)
    ]
    if not known:
        return None
    return known[0][0], known[0][1], tuple(_typed(text, kind) for kind, text in known)


def _typed(raw: str, kind: str) -> Value:
    value = read_typed(raw, kind)
    if value.kind in _NO_VALUES:
        raise NoValueError(f"no {kind} is in {raw[:80]!r}" + (f": {value.problem}" if value.problem else ""))
    return value


def _account(texts: dict[str, str]) -> Value:
    value = account_value(platform_key(texts["account_type"]), texts["account_login"], texts["user_id"])
    if value is None:
        raise NoValueError("a user-account without a login or an id")
    return value


def pattern_values(pattern: str) -> list[tuple[str, tuple[Value, ...]]]:
    """What a pattern looks for: for each alternative a label and its values.

    Raises:
        NoValueError: it compares for more than equality, or for things that findings are not made of.
    """
    try:
        found = alternatives(pattern)
    except NotSimpleError as error:
        raise NoValueError(f"its pattern cannot be re-mapped: {error}") from None
    return [_alternative(each) for each in found]


def _alternative(comparisons: tuple[Comparison, ...]) -> tuple[str, tuple[Value, ...]]:
    account: dict[str, str] = {}
    typed: list[tuple[str, str]] = []
    for each in comparisons:
        kind, _, name = each.path.partition(":")
        hashed = _HASH_PATH.fullmatch(each.path)
        if kind == "user-account" and name in ("account_type", "account_login", "user_id"):
            account[name] = tidy(each.value)[0]
        elif kind in _PLAIN and name == "value":
            typed.append((_PLAIN[kind], each.value))
        elif hashed is not None and (hashed[1] or hashed[2]).upper() in _HASHES:
            typed.append((_HASHES[(hashed[1] or hashed[2]).upper()], each.value))
        else:
            raise NoValueError(f"its pattern cannot be re-mapped: findings are not made of {each.path}")
    if account and typed:
        raise NoValueError("its pattern cannot be re-mapped: it asks for an account and something else at once")
    if account:
        texts = {"account_type": "", "account_login": "", "user_id": "", **account}
        return _ACCOUNT_LABEL, (_account(texts),)
    if (
        len({kind for kind, _ in typed if kind not in _HASHES.values()})
        + any(kind in _HASHES.values() for kind, _ in typed)
        > 1
    ):
        raise NoValueError("its pattern cannot be re-mapped: it asks for several things at once")
    return typed[0][0], tuple(_typed(text, kind) for kind, text in typed)
