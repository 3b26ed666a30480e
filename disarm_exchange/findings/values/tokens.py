"""One word of a cell as a value: the order in which the possible kinds are tried."""

from __future__ import annotations

import re

from disarm_exchange.findings.values.contacts import read_email, read_handle, read_hashtag, read_phone
from disarm_exchange.findings.values.digests import read_hash, read_wallet
from disarm_exchange.findings.values.model import ACCOUNT_KINDS, Kind, Value, quick_value
from disarm_exchange.findings.values.urls import read_address, read_bare_url, read_host, read_url
from disarm_exchange.stix.hosts import domain_name, ipv4_address, ipv6_address, network

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,10}://")
_BROKEN_SCHEME = re.compile(r"(https?)(?::/?|//|:?\\\\|;//|:\.//|:///+)(?=[A-Za-z0-9\[])", re.IGNORECASE)
_TWICE = re.compile(r"https?://(?=https?://)", re.IGNORECASE)
_HOST_PORT = re.compile(r"([^\s/:]{3,253}):(\d{1,5})", re.ASCII)
_BRACKET_PORT = re.compile(r"\[([0-9a-fA-F:.]{2,45})\]:(\d{1,5})", re.ASCII)
_PACKAGE = re.compile(r"[a-z]{2,6}(?:\.[A-Za-z][A-Za-z0-9_]{0,62}){1,9}")
_REVERSED = frozenset({"com", "org", "net", "io", "co", "app", "me", "info", "air", "ru", "cn", "de"})
_TELEGRAM_APP = re.compile(r"tg:(?://)?(resolve|join)/?\?(.{1,200})", re.IGNORECASE)
_MARKET_APP = re.compile(r"market:(?://)?details\?id=([A-Za-z][\w.]{2,200})", re.IGNORECASE)
_PROSE_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")


def read_token(
    token: str,
    *,
    defanged: bool = False,
    in_prose: bool = False,
    expect: Kind | None = None,
    platform: str | None = None,
) -> Value | None:
    """The value of one refanged word; None when it is just a word.

    Args:
        token: the word, without the quotes and stops around it.
        defanged: somebody had defanged it, so it is a value even below an unknown top-level domain.
        in_prose: it stands in a sentence, where "network.It" is a missing space and no domain.
        expect: the kind that the table promises.
        platform: key of the platform that the table promises.
    """
    value: Value | None = None
    if "://" in token or token[:4].lower() == "http":
        value = _schemed(token, expect)
    elif "@" in token and token.find("/", 0, token.find("@")) < 0:
        value = read_handle(token, platform) if token[0] == "@" else read_email(token)
    elif ":" in token:
        value = _with_colon(token, expect)
    elif "/" in token:
        value = _with_slash(token, expect, in_prose=in_prose and not defanged)
    elif "." in token:
        address = ipv4_address(token)
        value = read_address(address) if address else _with_dot(token, expect, defanged=defanged, in_prose=in_prose)
    elif token[0] in "#\uff03":
        value = read_hashtag(token)
    elif token[0] == "+":
        value = read_phone(token)
    elif expect in ACCOUNT_KINDS and platform is not None:
        value = read_handle(token, platform)
    elif not in_prose or len(token) >= 32:
        value = read_hash(token) or (read_wallet(token) if len(token) >= 25 else None)
    return value


def _schemed(token: str, expect: Kind | None) -> Value | None:
    problem = None
    if _TWICE.match(token):
        token, problem = _TWICE.sub("", token, count=1), "scheme written twice"
    if not _SCHEME.match(token):
        mended = _BROKEN_SCHEME.sub(r"\1://", token, count=1)
        if mended == token or not _BROKEN_SCHEME.match(token):
            return _with_slash(token, expect, in_prose=False) if "/" in token or "." in token else None
        token, problem = mended, "scheme mended"
    return _app_link(token) or read_url(token, expect=expect, problem=problem)


def _with_colon(token: str, expect: Kind | None) -> Value | None:
    address = ipv6_address(token)
    if address is not None:
        return read_address(address)
    block = network(token)
    if block is not None:
        return read_address(block[0], problem=block[1])
    with_port = _BRACKET_PORT.fullmatch(token) or _HOST_PORT.fullmatch(token)
    if with_port is not None:
        return _host_with_port(*with_port.groups())
    if "/" in token and "." in token.partition("/")[0]:
        return read_bare_url(token, expect=expect)
    return _app_link(token) or read_hash(token)


def _app_link(token: str) -> Value | None:
    """Links that open an app: `tg:resolve?domain=name`, `market://details?id=package`, `tel:`."""
    scheme = token.partition(":")[0].lower()
    if scheme == "tg":
        return _telegram_link(token)
    if scheme == "market":
        found = _MARKET_APP.match(token)
        return read_url(f"https://play.google.com/store/apps/details?id={found.group(1)}") if found else None
    return read_phone(token) if scheme == "tel" else None


def _host_with_port(host: str, port: str) -> Value | None:
    problem = "port out of range" if int(port) > 65_535 else None
    address = ipv4_address(host) or ipv6_address(host)
    if address is not None:
        return read_address(address, remark=f"port {port}", problem=problem)
    named = domain_name(host)
    if named is None or named[1] is not None:
        return None
    return read_host(named[0], remark=f"port {port}", problem=problem)


def _with_slash(token: str, expect: Kind | None, *, in_prose: bool) -> Value | None:
    block = network(token)
    if block is not None:
        return read_address(block[0], problem=block[1])
    host = token.partition("/")[0]
    if "." not in host or (in_prose and not _PROSE_DOMAIN.fullmatch(host)):
        return None
    value = read_bare_url(token, expect=expect)
    # "Catracho.News/opinion" may be words: an unknown ending makes no URL without a scheme or a mark.
    return None if value is not None and value.problem and "unknown top-level" in value.problem else value


def _with_dot(token: str, expect: Kind | None, *, defanged: bool, in_prose: bool) -> Value | None:
    if expect is Kind.APP and _PACKAGE.fullmatch(token):
        return quick_value(Kind.APP, token, item=token)
    if in_prose and not defanged and not _PROSE_DOMAIN.fullmatch(token):
        return None
    named = domain_name(token)
    if named is None:
        return None
    host, problem = named
    first, _, rest = host.partition(".")
    if (
        first in _REVERSED
        and not defanged
        and expect is not Kind.DOMAIN
        and _PACKAGE.fullmatch(token)
        and _is_package(first, rest, known=not problem)
    ):
        # "com.torrent.fast.exchange" ends in a top-level domain, and is an app all the same.
        return quick_value(Kind.APP, token, item=token, problem=None if problem else "could also be a domain name")
    if problem is not None and not (defanged or host.startswith("www.") or expect is Kind.DOMAIN):
        return None
    return read_host(host, problem=problem)


def _is_package(first: str, rest: str, *, known: bool) -> bool:
    """Whether a dotted name in reverse order is an app's; `known` says that its end is a top-level domain too."""
    return first == "com" if known and "." in rest else not known and (first == "com" or "." in rest)


def _telegram_link(token: str) -> Value | None:
    found = _TELEGRAM_APP.fullmatch(token)
    if found is None:
        return None
    fields = dict(part.partition("=")[::2] for part in found.group(2).split("&"))
    if found.group(1).lower() == "join" and fields.get("invite"):
        return read_url(f"https://t.me/+{fields['invite']}")
    name, post = fields.get("domain"), fields.get("post")
    return read_url(f"https://t.me/{name}/{post}" if post else f"https://t.me/{name}") if name else None
