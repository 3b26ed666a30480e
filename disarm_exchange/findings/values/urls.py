"""URLs and hosts as values: normalised as browsers do it, then named for what stands there.

Normalisation is that of the WHATWG URL standard (can_ada): host in lower case and A-labels, default port dropped,
dot segments resolved, non-ASCII characters percent-encoded, escapes that are there kept.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import can_ada

from disarm_exchange.findings.values.characters import has_c1
from disarm_exchange.findings.values.directory import (
    Place,
    address_guard,
    is_nobodys,
    is_service,
    place_of,
    suffix_guard,
)
from disarm_exchange.findings.values.model import ACCOUNT_KINDS, Guard, Kind, Value, joined_problems, quick_value
from disarm_exchange.findings.values.platforms import Match, Platform, platform_data
from disarm_exchange.stix.hosts import domain_name, ipv4_address, ipv6_address, plain_domain
from disarm_exchange.stix.suffixes import registrable_domain

_SCHEMES = frozenset({"http:", "https:", "ftp:", "ftps:", "sftp:", "ws:", "wss:"})
_PORT = re.compile(r"([a-z][a-z0-9+.-]{1,10}://[^/?#\s]{1,300}?):(\d{1,20})(?=[/?#]|$)", re.IGNORECASE)
_ARCHIVED = re.compile(r"https?(?:://|:/)[^/]", re.IGNORECASE)
_ARCHIVES = frozenset(
    {"web.archive.org", "archive.org", "archive.ph", "archive.today", "archive.is", "ghostarchive.org"}
)
_LISTS_WITH_USERS = frozenset({"forums"})
_ONE_SEGMENT = re.compile(r"/([^/.][^/]{1,60}?)/?")
_PAGE_FILE = re.compile(r"\.[a-z0-9]{2,5}$", re.IGNORECASE)

_SITES_REMEMBERED = 16_384

CREDENTIALS = "credentials inside the URL"
BAD_PORT = "port out of range"
ODD_IPV4 = "unusual spelling of an IPv4 address"
MOJIBAKE = "control characters kept percent-encoded (the text was decoded with a wrong character set)"


def read_url(text: str, *, expect: Kind | None = None, problem: str | None = None) -> Value | None:
    """The value of a URL that has its scheme; None when it is no URL of a network scheme with a believable host.

    Args:
        text: the refanged URL.
        expect: what the table says the value is; `Kind.ACCOUNT` makes `host/name` on an unknown host an account,
            `Kind.URL` keeps a URL without a path a URL.
        problem: what was mended on the way here.
    """
    try:
        parsed = can_ada.parse(text)
    except ValueError:
        return _with_bad_port(text, problem)
    if parsed.protocol not in _SCHEMES:
        return None
    site = _site(parsed.hostname)
    if site is None:
        return None
    host, is_address, doubt, place = site
    href: str = parsed.href
    if doubt is not None or is_address or "@" in text or not text.isascii():
        odd = ODD_IPV4 if is_address and host not in text and ":" not in host else None
        credentials = CREDENTIALS if parsed.has_credentials() else None
        problem = joined_problems(problem, doubt, odd, credentials, MOJIBAKE if has_c1(text) else None)
    path, query, fragment = parsed.pathname, parsed.search[1:], parsed.hash
    if len(path) < 2 and not query and len(fragment) < 2 and not parsed.port and expect is not Kind.URL:
        read_it = read_address if is_address else read_host
        return read_it(host, url=href, problem=problem)
    if is_address:
        return quick_value(Kind.URL, href, url=href, guard=address_guard(host), problem=problem)
    if fragment.startswith("#!/"):
        path, query = fragment[2:], ""
    return _at_place(place, host, (path, query, href, problem), expect)


class _Site(NamedTuple):
    host: str
    is_address: bool
    doubt: str | None
    place: Place | None


@lru_cache(maxsize=_SITES_REMEMBERED)
def _site(hostname: str) -> _Site | None:
    """What a parsed URL's host is; None when it is no believable host. Many URLs share few hosts."""
    if is_nobodys(hostname):
        return _Site(hostname, False, None, None)
    if plain_domain(hostname) is not None:
        return _Site(hostname, False, None, place_of(hostname))
    if hostname.startswith("[") or hostname[-1:].isdigit():
        address = ipv6_address(hostname) or ipv4_address(hostname)
        return _Site(address, True, None, None) if address is not None else None
    named = domain_name(hostname)
    return _Site(named[0], False, named[1], place_of(named[0])) if named is not None else None


def read_bare_url(text: str, *, expect: Kind | None = None, problem: str | None = None) -> Value | None:
    """The value of a URL written without its scheme (`twitter.com/name`, `example.com/`).

    On a known platform `https` is certain; elsewhere `http` is assumed, and said.
    """
    authority = re.split(r"[/?#]", text, maxsplit=1)[0]
    named = domain_name(authority.rpartition("@")[2].partition(":")[0])
    if named is None and ipv4_address(authority.partition(":")[0]) is None:
        return None
    place = place_of(named[0]) if named else None
    if place is not None and place.platform is not None:
        return read_url(f"https://{text}", expect=expect, problem=problem)
    value = read_url(f"http://{text}", expect=expect)
    if value is None:
        return None
    assumed = "no scheme: http assumed" if value.kind is Kind.URL else None
    problem = joined_problems(problem, assumed, value.problem)
    return value if problem == value.problem else replace(value, problem=problem)


def read_host(host: str, *, url: str | None = None, problem: str | None = None, remark: str = "") -> Value:
    """The value of a domain name in canonical form: a DOMAIN, or the account that lives on it (`x.tumblr.com`)."""
    place = place_of(host)
    if place is None:
        return quick_value(Kind.DOMAIN, host, url=url, guard=suffix_guard(host), remark=remark, problem=problem)
    platform = place.platform
    key = platform.key if platform is not None else None
    if platform is None or not place.is_site:
        guard = place.host_guard
        return quick_value(Kind.DOMAIN, host, platform=key, url=url, guard=guard, remark=remark, problem=problem)
    owner = platform.site(place.subdomain.rpartition(".")[2])
    login = owner.login
    if owner.kind is Kind.DOMAIN:
        return quick_value(Kind.DOMAIN, host, platform=key, login=login, url=url, remark=remark, problem=problem)
    href = url or f"https://{host}/"
    profile = owner.profile or href
    return quick_value(owner.kind, href, platform=key, login=login, url=profile, remark=remark, problem=problem)


def registered_domain(value: Value) -> Value | None:
    """The registrable domain of a domain named with `www.`: of `www.a.example`, not of `www.b.a.example`."""
    bare = value.text.removeprefix("www.")
    return read_host(bare) if bare != value.text and registrable_domain(value.text) == bare else None


def read_address(address: str, *, url: str | None = None, problem: str | None = None, remark: str = "") -> Value:
    """The value of an IP address or CIDR block in canonical form."""
    kind = Kind.IPV6 if ":" in address else Kind.IPV4
    return quick_value(kind, address, url=url, guard=address_guard(address), remark=remark, problem=problem)


def _at_place(place: Place | None, host: str, rest: tuple[str, str, str, str | None], expect: Kind | None) -> Value:
    """The value of a URL with a path; `rest` is its path, query and normal form, and what was mended before."""
    if place is None or (place.platform is None and _may_hold_accounts(place)):
        value = _unlisted(rest, expect)
        if place is None or value.kind is not Kind.URL:
            return value
    if place.platform is not None:
        return _on_platform(place, place.platform, host, rest)
    path, query, href, problem = rest
    embedded = _archived(path, query) if host in _ARCHIVES else ()
    return quick_value(Kind.URL, href, url=href, guard=place.url_guard, problem=problem, embedded=embedded)


def _may_hold_accounts(place: Place) -> bool:
    """Whether strangers have pages of their own there: a site on a shared host, a board of a forum."""
    return place.guard.list in _LISTS_WITH_USERS or (place.guard.scope == "host" and place.subdomain != "")


def _unlisted(rest: tuple[str, str, str, str | None], expect: Kind | None) -> Value:
    path, query, href, problem = rest
    found = platform_data().anywhere.match("", path, query)
    if found is None and expect in ACCOUNT_KINDS and not query:
        found = _one_segment(path)
    if found is None:
        return quick_value(Kind.URL, href, url=href, problem=problem)
    return _value(found, None, href, None, problem)


def _on_platform(place: Place, platform: Platform, host: str, rest: tuple[str, str, str, str | None]) -> Value:
    path, query, href, problem = rest
    bare = host.removeprefix("www.")
    found = None
    login = None
    if place.is_site:
        found = platform.match_site(place.subdomain, bare, path, query)
        login = platform.site(place.subdomain.rpartition(".")[2]).login if found is None else None
    elif not place.is_short and not (
        place.subdomain and is_service(place.subdomain) and not platform.has_patterns_for(bare)
    ):
        found = platform.match(bare, path, query)
    if found is None:
        return quick_value(
            Kind.URL, href, platform=platform.key, login=login, url=href, guard=place.url_guard, problem=problem
        )
    if found.kind is Kind.APP and found.item is not None:
        page = platform.app_page.fill({"item": found.item}) if platform.app_page else None
        return quick_value(
            Kind.APP, found.item, platform=platform.key, item=found.item, url=page or href, problem=problem
        )
    return _value(found, platform.key, href, place.guard if found.kind is Kind.PETITION else None, problem)


def _value(found: Match, platform: str | None, href: str, guard: Guard | None, problem: str | None) -> Value:
    return quick_value(
        found.kind,
        href,
        platform=platform,
        login=found.login,
        spelling=found.spelling,
        user_id=found.user_id,
        item=found.item,
        url=found.profile or href,
        guard=guard,
        problem=problem,
    )


def _one_segment(path: str) -> Match | None:
    segment = _ONE_SEGMENT.fullmatch(path)
    if segment is None or _PAGE_FILE.search(segment.group(1)):
        return None
    return Match(Kind.ACCOUNT, login=segment.group(1).removeprefix("@"))


def _archived(path: str, query: str) -> tuple[Value, ...]:
    found = _ARCHIVED.search(path)
    if found is None:
        return ()
    target = path[found.start() :] + (f"?{query}" if query else "")
    value = read_url(target)
    return (value,) if value is not None and value.guard is None else ()


def _with_bad_port(text: str, problem: str | None) -> Value | None:
    found = _PORT.match(text)
    if found is None or int(found.group(2)) <= 65_535:
        return None
    value = read_url(found.group(1) + text[found.end() :], expect=Kind.URL, problem=problem)
    if value is None:
        return None
    host = re.match(r"[a-z]+://[^/?#]*", value.text)
    written = value.text[: host.end()] + f":{found.group(2)}" + value.text[host.end() :] if host else value.text
    return quick_value(
        Kind.URL, written, url=written, guard=value.guard, problem=joined_problems(BAD_PORT, value.problem)
    )
