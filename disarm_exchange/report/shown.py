"""How foreign text is shown to people: nothing in it acts, hides or leads anywhere.

Control, format and unassigned characters stand as their number (`\\u202e`), so no text can reorder what stands around
it and no file format is broken by it; addresses are defanged. Escaping for HTML, SVG or Mermaid comes afterwards and is
the matter of whoever writes that form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

from disarm_exchange.disarm.identity import technique_of
from disarm_exchange.stix.defanging import defang, defang_text
from disarm_exchange.stix.platforms import known_platforms

_JOINERS = "\u200c\u200d"
"""Part of Persian and Indic writing and of emoji."""
_VALUES = frozenset({"domain-name", "url", "ipv4-addr", "ipv6-addr", "email-addr"})
_NAMING = (
    "name", "title", "value", "abstract", "account_login", "display_name", "user_id", "description", "content",
    "opinion", "result_name", "product", "path", "key", "subject", "url", "body", "command_line", "number", "pattern",
)  # fmt: skip
_LONGEST_PROSE = 20_000


def visible(text: str) -> str:
    """The text with control, format and unassigned characters as `\\u202e`; letters of all scripts stay."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _JOINERS or character.isprintable():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(value: object, longest: int = 200) -> str:
    """A value as one line of harmless text, cut to so many characters; what is no text or number gives nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value)[: 4 * longest + 100]
    text = cut(visible(" ".join(text.split())), longest)
    return defang_text(text)


def prose(value: object) -> str:
    """A longer text: line breaks stay, everything else as in `one_line`."""
    if not isinstance(value, str):
        return ""
    text = cut(value.replace("\r\n", "\n").replace("\t", " "), _LONGEST_PROSE)
    return "\n".join(defang_text(visible(line)) for line in text.split("\n")).strip()


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def title_of(item: Mapping[str, object], longest: int = 120) -> str:
    """What an object is called, as one harmless line: its name or value, a technique with its id, else its type."""
    kind = item.get("type")
    if kind == "attack-pattern":
        name = one_line(item.get("name"), longest)
        technique_id = technique_of(item)
        return f"{technique_id} {name}".strip() if technique_id else name or "attack pattern"
    if kind in _VALUES and isinstance(value := item.get("value"), str):
        return address(value, longest)
    if kind == "user-account":
        return _account(item, longest)
    for name in _NAMING:
        text = one_line(item.get(name), longest)
        if text:
            return text
    hashes = item.get("hashes")
    if isinstance(hashes, dict):
        for name in sorted(hashes, key=str):
            if text := one_line(hashes[name], longest):
                return text
    return one_line(kind, longest).replace("-", " ") or "object"


def address(value: str, longest: int = 120) -> str:
    """The value of an observable, defanged, on one line."""
    return cut(visible(" ".join(defang(value[: 4 * longest]).split())), longest)


def _account(item: Mapping[str, object], longest: int) -> str:
    login = next((text for name in ("account_login", "display_name", "user_id") if (text := item.get(name))), None)
    return one_line(login, longest) or "account"


def platform_of(item: Mapping[str, object]) -> str:
    """The name of the platform that an account or URL is on, `X` or `Facebook`; empty where it is on none we know."""
    kind = item.get("type")
    if kind == "user-account":
        key = item.get("account_type")
        if not isinstance(key, str):
            return ""
        return _by_account_type().get(key) or one_line(key, 40)
    if kind == "url" and isinstance(value := item.get("value"), str):
        return _platform_of_host(host_of(value))
    return ""


def host_of(url: str) -> str:
    """The host that a URL names, lower case, without port; empty where it names none."""
    authority = re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]
    return authority.rpartition("@")[2].partition(":")[0].lower()


@lru_cache(maxsize=4096)
def _platform_of_host(host: str) -> str:
    names = _by_host()
    while host:
        if host in names:
            return names[host]
        host = host.partition(".")[2]
    return ""


@cache
def _by_account_type() -> Mapping[str, str]:
    return {one.account_type: one.name for one in reversed(known_platforms())}


@cache
def _by_host() -> Mapping[str, str]:
    return {host: one.name for one in known_platforms() for host in one.hosts}
