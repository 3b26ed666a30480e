"""Accounts that a source names in columns or properties of their own, not by an address in a cell."""

from __future__ import annotations

import re
from dataclasses import replace

from disarm_exchange.findings.values import Kind, Value, platform_named, read_cell
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.findings.values.mentions import only_platforms, platforms_named
from disarm_exchange.findings.values.model import ACCOUNT_KINDS
from disarm_exchange.findings.values.platforms import platform_data

_HASHED = re.compile(r"[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?")
"""A SHA-256 in hexadecimal or base64: how archives hide the accounts of small followings."""

_WHOLE_FLOAT = re.compile(r"(?<=\d)\.0+$")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
"""What a spreadsheet makes of a long number: its last digits are lost."""

_MAYBE_LOGIN = frozenset({Kind.NAME, Kind.TEXT, Kind.ACCOUNT})
_MOST_PLATFORM_WORDS = 3
_ABBREVIATED = {"ig": "instagram", "tg": "telegram", "yt": "youtube", "tt": "tiktok"}
"""What stands for a platform where a cell names one; in a text these letters may mean anything."""

_KIND_WORDS = re.compile(r"\b(page|group|channel)s?\b", re.IGNORECASE)

HASHED_ID = "the archive gives a hash in place of the account's id"


def is_hashed(text: str) -> bool:
    """Whether an id or a name is a hash (of 32 bytes) that stands in for the real one."""
    return _HASHED.fullmatch(text) is not None


def platform_key(text: str) -> str | None:
    """The platform that a text is the name, key or STIX account type of; None for none or several."""
    said = text.strip()
    said = _ABBREVIATED.get(said.casefold(), said)
    known = platform_data().platforms
    if said in known:
        return said
    named = only_platforms(said) or tuple(key for key, each in known.items() if said and each.account_type == said)
    if not named and len(said.split()) <= _MOST_PLATFORM_WORDS:
        named = platforms_named(said)  # "Facebook page", "Telegram channel"
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
    account = account_value(key, named, "", _kind_named(platform_cell))
    return values if account is None else (account, *values[1:])


def read_account(values: tuple[Value, ...], platform: str, login: str, user_id: str) -> tuple[Value, ...]:
    """The values of a row that names its account in columns of their own, too.

    Args:
        values: what its address says; an account that is named there stays, and gets its id if it had none.
        platform: the cell that names the platform.
        login: the cell of the login.
        user_id: the cell of the platform's own id.
    """
    first = values[0]
    if first.kind in ACCOUNT_KINDS and (first.login or first.user_id):
        known = account_value(None, "", user_id)
        if known is None or known.user_id is None or first.user_id is not None or is_hashed(known.user_id):
            return values
        return (replace(first, user_id=known.user_id), *values[1:])
    if first.kind is not Kind.EMPTY and first.kind not in ACCOUNT_KINDS:
        return values
    named = read_on_platform(login, platform)
    if user_id.strip():
        key = platform_key(platform) or named[0].platform
        account = account_value(key, named[0].login or "", user_id, _kind_named(platform)) if key is not None else None
        return values if account is None else (account,)
    return values if named[0].kind is Kind.EMPTY else named


def _kind_named(platform_cell: str) -> Kind:
    """`Facebook page` names a page; an account where no sort is named."""
    found = _KIND_WORDS.search(platform_cell)
    return Kind.ACCOUNT if found is None else Kind(found[1].lower())
