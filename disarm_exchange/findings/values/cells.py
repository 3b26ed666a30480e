"""A cell of a findings table as values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from disarm_exchange.findings.values.characters import tidy, without_joiners
from disarm_exchange.findings.values.contacts import read_phone
from disarm_exchange.findings.values.counts import may_count, read_counts
from disarm_exchange.findings.values.directory import is_nobodys, place_of
from disarm_exchange.findings.values.mending import JOINED, JOINED_HASH, mended_hash, mended_text
from disarm_exchange.findings.values.mentions import platforms_named
from disarm_exchange.findings.values.model import Kind, Value, joined_problems, quick_value
from disarm_exchange.findings.values.prose import embedded_values, read_words, trimmed
from disarm_exchange.findings.values.refanging import refang, refang_spaced
from disarm_exchange.findings.values.spending import read_amount, read_spending
from disarm_exchange.findings.values.tokens import read_token
from disarm_exchange.findings.values.urls import read_host, read_url
from disarm_exchange.stix.hosts import plain_domain

LONGEST_CELL = 64 * 1024
"""Characters. A longer cell is kept as text and not looked into: no value is that long."""

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:-]{4,253}(?:/[A-Za-z0-9._~:/?@!$&+=%\u00c0-\u1fff\u3040-\ud7ff-]*)?")
_PLAIN_END = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-=")
_LONGEST_PLAIN = 2_000
_FAST_KINDS = frozenset({Kind.URL, Kind.DOMAIN, Kind.ACCOUNT})

_PLACEHOLDERS = frozenset(
    ("-", "--", "---", "\u2013", "\u2014", "?", "n/a", "n.a.", "none", "null", "nil", "nan", "tbd", "tba")
)
_FORMULA_REMAINS = frozenset(("#n/a", "#name?", "#ref!", "#value!", "#null!", "#num!", "#div/0!"))
_NO_VALUE = _PLACEHOLDERS | _FORMULA_REMAINS
_RUN_TOGETHER = re.compile(r"(?<![/=?&:%#])(?=https?://)|(?:%20|[,;|])(?=https?:/{1,2}[^/])", re.IGNORECASE)
_LIST_COMMA = re.compile(r"[,;|]")
_LIST_WORDS = frozenset(("and", "or", "&", "/", "|", "-", "\u2013", "\u2022", "*", "+", ",", ";"))
_LEAD_IN = re.compile(
    r"[(\[|/\u2013\u2014\u2192-]|->|=>|redirect(?:s|ed|ing)?\b|leads? to\b|resolves to\b|hosted\b|aka\b|a\.k\.a\.",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(.{1,60}?) ?[:=|\u2013\u2014-] (\S+)")
_BRACKETED = re.compile(r"(.{1,80}?) ?[(\[<](\S+)[)\]>]")
_EDGES = " -\u2013\u2014|/\u2192=>,;:([<"
_LINKS = frozenset(Kind) - {
    Kind.NAME, Kind.TEXT, Kind.EMPTY, Kind.ASSET_COUNT, Kind.AUDIENCE_COUNT, Kind.AD_SPEND,
}  # fmt: skip
_SPEAKS_FOR_ITSELF = _LINKS - {Kind.DOMAIN, Kind.APP, Kind.HASHTAG, Kind.PHONE}
_MOST_LABEL_WORDS = 6
_VALUE_SIGNS = re.compile(r"[.@/#:+\[\uff0e\u3002\uff03\uff20]|\S{25}|[({] ?(?:dot|at) ?[)}]", re.IGNORECASE)


def read_cell(cell: str, *, expect: Kind | None = None, platform: str | None = None) -> tuple[Value, ...]:
    """The values of a cell; the first is what its record is about. Never empty, never an error.

    There is more than one value only where the cell plainly is a list (of URLs, hashtags, counts). A sentence is
    one TEXT, its values in `embedded`; a value with something beside it has that as its `remark`.

    Args:
        cell: the cell as it stands in the file.
        expect: what the table says the value is. `Kind.ACCOUNT` makes `host/name` on an unlisted host an account,
            `Kind.URL` keeps a URL without a path a URL, `Kind.DOMAIN` takes a name with an unknown ending,
            `Kind.APP` takes any dotted name for a package, `Kind.AD_SPEND` makes a bare sum of money ad spend.
        platform: key of the platform that the table names, for handles without one.
    """
    if len(cell) <= _LONGEST_PLAIN and (expect is None or expect in _FAST_KINDS):
        value = _plain(cell.strip(), expect)
        if value is not None:
            return (value,)
    if len(cell) > LONGEST_CELL:
        text = " ".join(cell.split())
        return (quick_value(Kind.TEXT, text, problem=f"cell of {len(cell):,} characters: kept as text"),)
    text, problem = tidy(cell)
    if not text or (len(text) < 8 and text.lower() in _NO_VALUE):
        said = "placeholder instead of a value" if text else None
        return (quick_value(Kind.EMPTY, text, problem=joined_problems(said, problem)),)
    values = _several_words(text, expect, platform) if " " in text else _one_word(text, expect, platform)
    if not values:
        values = (read_words(text),)
        if text.isdigit():
            values = (replace(values[0], problem="a number alone: nothing says of what"),)
    if problem is None:
        return values
    return (replace(values[0], problem=joined_problems(problem, values[0].problem)), *values[1:])


def _plain(token: str, expect: Kind | None) -> Value | None:
    """The two commonest cells, a domain name and a URL, read without further ado; None for all others.

    It reads them as the long way does, only faster.
    """
    if "[.]" in token:
        token = token.replace("[.]", ".")
    if token.startswith(("http", "hxxp")):
        if not token.isprintable() or not (token[-1] in _PLAIN_END or token[-1].isalpha()):
            return None
        token = f"http{token[4:]}"
        if _PLAIN_URL.fullmatch(token) is None or token.find("http", 5) > 0:
            return None
        return read_url(token, expect=expect)
    if not token.isascii():
        return None
    slash = token.find("/")
    if slash < 0:
        return _plain_host(token.lower())
    return _plain_on_platform(token, token[:slash].lower(), expect)


def _plain_host(token: str) -> Value | None:
    if token.startswith("com."):
        return None
    if is_nobodys(token):
        return quick_value(Kind.DOMAIN, token)
    host = plain_domain(token)
    return read_host(host) if host is not None else None


def _plain_on_platform(token: str, authority: str, expect: Kind | None) -> Value | None:
    """`twitter.com/name`: on a known platform a scheme that is missing is no riddle."""
    host = plain_domain(authority)
    place = place_of(host) if host is not None else None
    if place is None or place.platform is None or token[-1:] not in _PLAIN_END or "http" in token:
        return None
    url = f"https://{token}"
    return read_url(url, expect=expect) if _PLAIN_URL.fullmatch(url) else None


def _one_word(text: str, expect: Kind | None, platform: str | None) -> tuple[Value, ...]:
    """The values of a cell without spaces; empty when it is a word."""
    token, problem = without_joiners(_unwrapped(text))
    whole = refang(token)
    if len(whole) < 2:
        return ()
    value = read_token(whole, defanged=whole != token, expect=expect, platform=platform)
    found = _run_together(whole, expect) or _comma_list(whole, value) or ((value,) if value else ())
    if not found:
        return _odd_word(text, whole, expect)
    if problem is None:
        return found
    return (replace(found[0], problem=joined_problems(problem, found[0].problem)), *found[1:])


def _odd_word(text: str, whole: str, expect: Kind | None) -> tuple[Value, ...]:
    """A word that is no value of the usual kinds: a sum, a count ("150accounts"), a URL that is none."""
    amount = read_amount(text) if expect is Kind.AD_SPEND else None
    if amount is not None:
        return (amount,)
    if "://" in whole:
        return (quick_value(Kind.TEXT, text, problem="no valid URL"),)
    return read_counts(text) if text[0].isdigit() or ":" in text or "=" in text else ()


def _run_together(whole: str, expect: Kind | None) -> tuple[Value, ...]:
    """The URLs of `https://a.examplehttps://b.example`; empty for one URL, also for one that carries another."""
    if "http" not in whole[5:]:
        return ()
    parts = [part for part in _RUN_TOGETHER.split(whole) if part]
    found = [read_token(part, expect=expect) for part in parts]
    if len(parts) < 2 or not all(found):
        return ()
    said = "several URLs run together: parted"
    return tuple(replace(value, problem=joined_problems(said, value.problem)) for value in found if value)


def _comma_list(whole: str, value: Value | None) -> tuple[Value, ...]:
    """The values of `a.com,b.com`; empty unless all parts are values of one way of writing."""
    if not _LIST_COMMA.search(whole):
        return ()
    parts = [part for part in _LIST_COMMA.split(whole) if part]
    schemed = ["://" in part for part in parts]
    if len(parts) < 2 or any(schemed) != all(schemed) or (value is not None and "/" in whole and not all(schemed)):
        return ()
    found = [read_token(part) for part in parts]
    return tuple(each for each in found if each) if all(each and each.kind in _LINKS for each in found) else ()


def _several_words(text: str, expect: Kind | None, platform: str | None) -> tuple[Value, ...]:
    """The values of a cell with spaces; empty when it is words."""
    if may_count(text):
        counts = read_counts(text)
        if counts:
            return counts
    spent = read_spending(text) or (read_amount(text) if expect is Kind.AD_SPEND else None)
    if spent is not None:
        return (spent,)
    if not _VALUE_SIGNS.search(text):
        digest = mended_hash(text)
        return (replace(digest, problem=joined_problems(JOINED_HASH, digest.problem)),) if digest else ()
    if text[0] in "+0":
        phone = read_phone(text)
        if phone is not None:
            return (phone,)
    return _mended(text, expect) or _list(text, expect, platform) or _with_remark(text, expect, platform)


def _mended(text: str, expect: Kind | None) -> tuple[Value, ...]:
    joined = mended_text(refang(text))
    if joined is not None:
        value = read_token(joined, expect=expect)
        if value is not None:
            return (replace(value, problem=joined_problems(JOINED, value.problem)),)
    digest = mended_hash(text)
    return (replace(digest, problem=joined_problems(JOINED_HASH, digest.problem)),) if digest else ()


def _list(text: str, expect: Kind | None, platform: str | None) -> tuple[Value, ...]:
    """The values of a cell in which every word is one, connecting words aside."""
    found: list[Value] = []
    for written in refang_spaced(text).split(" "):
        if written.lower() in _LIST_WORDS:
            continue
        token = trimmed(written)
        value = _read(token, expect, platform) if token else None
        if value is None or value.kind not in _LINKS:
            return ()
        found.append(value)
    return tuple(found)


def _with_remark(text: str, expect: Kind | None, platform: str | None) -> tuple[Value, ...]:
    """A value with words beside it: "a.example (a spoof)", "Telegram: t.me/name", "Name <a@b.example>"."""
    words = refang_spaced(text).split(" ")
    leading = _leading(words, expect, platform)
    if leading is not None:
        return (leading,)
    for pattern in (_BRACKETED, _LABEL):
        found = pattern.fullmatch(" ".join(words))
        if found is None:
            continue
        label, written = found.groups()
        if len(label.split(" ")) > _MOST_LABEL_WORDS or embedded_values(label):
            continue
        value = _read(trimmed(written), expect, platform or _single_platform(label))
        if value is not None and value.kind in _LINKS and (value.kind in _SPEAKS_FOR_ITSELF or pattern is _LABEL):
            return (replace(value, remark=label.strip(_EDGES)),)
    return ()


def _leading(words: Sequence[str], expect: Kind | None, platform: str | None) -> Value | None:
    first = words[0]
    rest = " ".join(words[1:])
    token = trimmed(first)
    if len(token) < 2:
        return None
    value = _read(token, expect, platform or (_single_platform(rest) if first[0] == "@" else None))
    if value is None or value.kind not in _LINKS:
        return None
    parted = first[-1] in ",;:" or _LEAD_IN.match(rest) is not None
    if value.kind not in _SPEAKS_FOR_ITSELF and not parted:
        return None
    embedded = embedded_values(rest)
    if value.kind is Kind.DOMAIN and first[-1] in ",;" and embedded and _read(trimmed(words[1]), None, None):
        return None  # "a.example, b.example and c.example were used": a sentence about several
    remark = rest.strip(_EDGES)
    if remark.endswith(")") and remark.count("(") < remark.count(")"):
        remark = remark[:-1]
    remark = f"{value.remark}; {remark}" if value.remark else remark
    return replace(value, remark=remark, embedded=value.embedded + tuple(each for each in embedded if each != value))


def _read(written: str, expect: Kind | None, platform: str | None) -> Value | None:
    token, problem = without_joiners(written)
    whole = refang(token)
    if len(whole) < 2:
        return None
    value = read_token(whole, defanged=whole != token, expect=expect, platform=platform)
    return replace(value, problem=joined_problems(problem, value.problem)) if value and problem else value


def _single_platform(words: str) -> str | None:
    named = platforms_named(words)
    return named[0] if len(named) == 1 else None


def _unwrapped(text: str) -> str:
    """A cell of one word without what wraps it: quotes, brackets around all of it, a final comma."""
    if text[0] == "[" and "]:" in text:
        return text  # an IPv6 address with a port
    if text[-1] in ",;" or text[0] in "\"'`<([{\u201c\u2018\u201e\u00ab":
        return trimmed(text)
    if text[-1] in ".\"'`\u201d\u2019>":
        return trimmed(text)
    return text
