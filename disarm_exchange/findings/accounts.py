"""Accounts that a source names in columns or properties of their own, not by an address in a cell."""

from __future__ import annotations

import re

from disarm_exchange.findings.values import Kind, Value, platform_named, read_cell
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.findings.values.mentions import only_platforms
from disarm_exchange.findings.values.platforms import platform_data

_HASHED = re.compile(r"[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?")
"""A SHA-256 in hexadecimal or base64: how archives hide the accounts of small followings."""

_WHOLE_FLOAT = re.compile(r"(?<=\d)\.0+$")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
"""What a spreadsheet makes of a long number: its last digits are lost."""

_MAYBE_LOGIN = frozenset({Kind.NAME, Kind.TEXT, Kind.ACCOUNT})

HASHED_ID = "the archive gives a hash in place of the account's id"


def is_hashed(text: str) -> bool:
    """Whether an id or a name is a hash (of 32 bytes) that stands in for the real one."""
    return _HASHED.fullmatch(text) is not None


def platform_key(text: str) -> str | None:
    """The platform that a text is the name, key or STIX account type of; None for none or several."""
    said = text.strip()
    known = platform_data().platforms
    if said in known:
        return said
    named = only_platforms(said) or tuple(key for key, each in known.items() if said and each.account_type == said)
    return named[0] if len(named) == 1 else None


def account_value(platform: str | None, login: str, user_id: str, kind: Kind = Kind.ACCOUNT) -> Value | None:
    """The account of that login or id on a platform (a key of `mappings/values/platforms.json`); None without both.

    A login that is the id once more, or a hash, is no login.
    """
    user_id, login = _WHOLE_FLOAT.sub("", tidy(user_id)[0]), tidy(login)[0].removeprefix("@")
    if login == user_id or is_hashed(login):
        user_id, login = user_id or login, ""
    problem = HASHED_ID if is_hashed(user_id) else None
    if _ROUNDED.fullmatch(user_id):
        problem, user_id = f"the id was rounded by a spreadsheet ({user_id}) and is left out", ""
    if platform is None:
        if not login and not user_id:
            return None
        return Value(kind, login or user_id, login=login or None, user_id=user_id or None, problem=problem)
    found = platform_named(platform).account(login) if login else None
    if login and found is None:
        said = f"{login[:40]!r} cannot be a login there"
        problem = f"{problem}; {said}" if problem else said
    if found is None:
        if not user_id:
            return None
        return Value(kind, user_id, platform=platform, user_id=user_id, problem=problem)
    return Value(
        kind if found.login is not None else found.kind,
        found.profile or found.login or login,
        platform=platform,
        login=found.login,
        spelling=found.spelling,
        user_id=user_id or found.user_id,
        url=found.profile,
        problem=problem,
    )


def read_on_platform(cell: str, platform_cell: str) -> tuple[Value, ...]:
    """The values of a cell beside one that names the platform: a bare login there is an account."""
    key = platform_key(platform_cell)
    values = read_cell(cell, platform=key)
    first = values[0]
    named = first.login or first.text
    if key is None or first.platform is not None or " " in named or first.kind not in _MAYBE_LOGIN:
        return values
    account = account_value(key, named, "")
    return values if account is None else (account, *values[1:])
