"""Online platforms: what a URL on one of them names (an account, a post, a video, ...), from data.

`mappings/values/platforms.json` holds every platform's hosts and URL patterns; its schema
(`schemas/platforms.schema.json`) explains the pattern language. Patterns are compiled once, into a table per host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from disarm_exchange.findings.values.model import ACCOUNT_KINDS, Kind
from disarm_exchange.findings.values.platform_patterns import (
    LONGEST_PATH,
    Pattern,
    Template,
    UrlEntry,
    compiled,
    decoded,
    query_fields,
    take_query,
    template_of,
    uncaptured,
)
from disarm_exchange.resources import data_folder

_SHORTEST_ID = 5
"""Digits; a shorter number beside a platform is likelier a number of something."""

_PAGE_FILE = (".php", ".html", ".htm", ".aspx", ".asp", ".jsp")


class Match(NamedTuple):
    """What a URL on a platform names. The fields are those of `Value`; `profile` is the canonical address."""

    kind: Kind
    login: str | None = None
    spelling: str | None = None
    user_id: str | None = None
    item: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform of the data file, ready for matching.

    Attributes:
        key: our stable name of it, also in `disarm_exchange.stix.project.platform_id`.
        name: its name for readers.
        account_type: for STIX user-account objects (account-type-ov where it has a term, else the key).
        category: `social`, `video`, `messaging`, `blog`, `forum`, `petition`, `app-store`, ...
        hosts: where it lives; a subdomain of one is a mirror (`fr.pinterest.com`) unless the platform gives
            subdomains to its users.
        short_hosts: its own link shorteners.
        site_kind: what a subdomain names, for platforms whose users live on subdomains (`x.blogspot.com`).
        app_page: fills to the canonical page of an app, for app stores.
    """

    key: str
    name: str
    account_type: str
    category: str
    hosts: tuple[str, ...]
    short_hosts: tuple[str, ...]
    names: tuple[str, ...]
    exact_names: tuple[str, ...]
    site_kind: Kind | None
    app_page: Template | None
    _login: re.Pattern[str]
    _folds_case: bool
    _speaks_of_host: bool
    _reserved: frozenset[str]
    _profile: Template | None
    _profile_by_id: Template | None
    _by_host: Mapping[str, tuple[Pattern, ...]]
    _anywhere: tuple[Pattern, ...]
    _gate: re.Pattern[str] | None
    _site_patterns: tuple[Pattern, ...]
    _site_login: Template
    _site_profile: Template | None
    _site_reserved: frozenset[str]

    def match(self, host: str, path: str, query: str) -> Match | None:
        """What the path and query (without `?`) of a URL name; `host` is lower case and without `www.`.

        None when the platform is known but the URL names nothing of its users': its home page, a search.
        """
        if len(path) > LONGEST_PATH:
            return None
        if "%" in path:
            path = decoded(path)
        if self._gate is not None and self._gate.fullmatch(path) is None:
            return None
        return self._first(self._by_host.get(host, self._anywhere), host, path, query)

    def match_site(self, site: str, host: str, path: str, query: str) -> Match | None:
        """The same for a URL on a user's own subdomain `site` (`x` of `x.blogspot.com`)."""
        blog = site.rpartition(".")[2]
        if path in {"", "/"} and not query:
            return self.site(blog)
        if len(path) > LONGEST_PATH:
            return None
        found = self._first(self._site_patterns, host, decoded(path), query)
        if found is None or found.login is not None:
            return found
        return Match(found.kind, login=self._site_login.fill({"site": blog}), item=found.item)

    def site(self, site: str) -> Match:
        """The owner of a subdomain."""
        login = self._site_login.fill({"site": site})
        kind = self.site_kind or Kind.DOMAIN
        template = (self._site_profile or self._profile) if kind in ACCOUNT_KINDS else None
        fields = {"login": login or "", "site": site, "spelling": site}
        return Match(kind, login=login, profile=template.fill(fields) if template else None)

    def gives_subdomains(self, subdomain: str) -> bool:
        """Whether this label below the platform's host belongs to a user."""
        return self.site_kind is not None and subdomain.rpartition(".")[2] not in self._site_reserved

    def has_patterns_for(self, host: str) -> bool:
        """Whether the data speaks of this very host (`chat.whatsapp.com`)."""
        return host in self._by_host

    def account(self, handle: str) -> Match | None:
        """An account named by its handle alone, without a URL; None when the handle cannot be one here.

        A handle that the platform itself gives by number (`id15`, `club15` on VK) is that number, as in a URL.
        """
        if handle[-1:].isdigit() and handle.isascii():
            numbered = self._numbered(handle)
            if numbered is not None:
                return numbered
        if self._login.fullmatch(handle) is None or self._is_reserved(handle):
            return None
        login = handle.casefold() if self._folds_case else handle
        profile = self._profile.fill({"login": login, "spelling": handle}) if self._profile else None
        return Match(Kind.ACCOUNT, login=login, spelling=handle if handle != login else None, profile=profile)

    def _numbered(self, handle: str) -> Match | None:
        """The account whose id a handle is or carries; None where the platform leaves that open (digits alone on X)."""
        found = self._first(self._anywhere, "", f"/{handle}", "")
        if found is not None and found.user_id is not None and found.login is None and found.kind in ACCOUNT_KINDS:
            return found
        if not handle.isdigit() or len(handle) < _SHORTEST_ID or self._profile_by_id is None:
            return None
        if self._login.fullmatch(handle) is not None:
            return None
        return Match(Kind.ACCOUNT, user_id=handle, profile=self._profile_by_id.fill({"id": handle}))

    def _is_reserved(self, login: str) -> bool:
        lowered = login.lower()
        return lowered in self._reserved or lowered.endswith(_PAGE_FILE)

    def _first(self, patterns: Sequence[Pattern], host: str, path: str, query: str) -> Match | None:
        asked = None
        for pattern in patterns:
            found = pattern.path.fullmatch(path)
            if found is None:
                continue
            fields = found.groupdict()
            if pattern.query:
                if asked is None:
                    asked = query_fields(query)
                if not take_query(pattern.query, asked, fields):
                    continue
            if pattern.takes_login and self._is_reserved(fields["login"]):
                continue
            return self._built(pattern, fields, host)
        return None

    def _built(self, pattern: Pattern, fields: dict[str, str], host: str) -> Match:
        if self._speaks_of_host:
            fields["host"] = host
        written = fields.get("login") or fields.get("bot")
        login = pattern.login.fill(fields) if pattern.login else None
        if login is not None and self._folds_case:
            login = login.casefold()
        user_id = pattern.user_id.fill(fields) if pattern.user_id else None
        item = pattern.item.fill(fields) if pattern.item else None
        profile = None
        if pattern.names_somebody:
            template = pattern.profile or (self._profile if login is not None else self._profile_by_id)
            if template is not None:
                if login is not None:
                    fields["login"], fields["spelling"] = login, written or login
                profile = template.fill(fields)
        return Match(pattern.kind, login, written if login and written != login else None, user_id, item, profile)


@dataclass(frozen=True, slots=True)
class PlatformData:
    """The whole data file: every platform, and the subdomains that are never a user's (`help`, `developers`).

    `anywhere` matches user pages on hosts that nobody listed, such as forums: paths that say user, member, profile.
    """

    platforms: Mapping[str, Platform]
    service_subdomains: frozenset[str]
    anywhere: Platform


class _SitesEntry(msgspec.Struct):
    kind: Kind
    login: str = "{site}"
    profile: str | None = None
    reserved: tuple[str, ...] = ()
    urls: tuple[UrlEntry, ...] = ()


class _AnywhereEntry(msgspec.Struct):
    reserved: frozenset[str]
    urls: tuple[UrlEntry, ...]


class _PlatformEntry(msgspec.Struct):
    key: str
    name: str
    account_type: str
    category: str
    hosts: tuple[str, ...]
    urls: tuple[UrlEntry, ...]
    login_case: Literal["folded", "kept"]
    short_hosts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    exact_names: tuple[str, ...] = ()
    login: str = "[^/]+"
    reserved: tuple[str, ...] = ()
    profile: str | None = None
    profile_by_id: str | None = None
    app_page: str | None = None
    sites: _SitesEntry | None = None


class _File(msgspec.Struct):
    reserved: frozenset[str]
    service_subdomains: frozenset[str]
    anywhere: _AnywhereEntry
    platforms: tuple[_PlatformEntry, ...]


@cache
def platform_data() -> PlatformData:
    """The platforms of `mappings/values/platforms.json`, by key, in the order of the file."""
    path = data_folder("mappings") / "values" / "platforms.json"
    file = msgspec.json.decode(path.read_bytes(), type=_File)
    built = (_platform(entry, file) for entry in file.platforms)
    nobody = _PlatformEntry("", "", "", "", (), file.anywhere.urls, "kept", reserved=tuple(file.anywhere.reserved))
    return PlatformData(
        {platform.key: platform for platform in built}, file.service_subdomains, _platform(nobody, file)
    )


def _platform(entry: _PlatformEntry, file: _File) -> Platform:
    patterns = [(each.host, compiled(each, entry.login)) for each in entry.urls]
    hosts = dict.fromkeys(host for host, _ in patterns if host is not None)
    sites = entry.sites
    return Platform(
        key=entry.key,
        name=entry.name,
        account_type=entry.account_type,
        category=entry.category,
        hosts=entry.hosts,
        short_hosts=entry.short_hosts,
        names=entry.names,
        exact_names=entry.exact_names,
        site_kind=sites.kind if sites else None,
        app_page=template_of(entry.app_page),
        _login=re.compile(entry.login),
        _folds_case=entry.login_case == "folded",
        _speaks_of_host=len(entry.hosts) > 1 and "{host}" in str(msgspec.json.encode(entry)),
        _reserved=file.reserved | frozenset(entry.reserved),
        _profile=template_of(entry.profile),
        _profile_by_id=template_of(entry.profile_by_id),
        _by_host={host: tuple(pattern for at, pattern in patterns if at == host) for host in hosts},
        _anywhere=tuple(pattern for at, pattern in patterns if at is None),
        # Where nearly no URL matches, one look for all patterns is cheaper than one look each.
        _gate=None
        if entry.hosts
        else re.compile("|".join(uncaptured(pattern.path.pattern) for _, pattern in patterns)),
        _site_patterns=tuple(compiled(each, entry.login) for each in sites.urls) if sites else (),
        _site_login=Template(sites.login if sites else "{site}"),
        _site_profile=template_of(sites.profile) if sites else None,
        _site_reserved=file.service_subdomains | frozenset(sites.reserved if sites else ()) | {"www", "m", "mobile"},
    )
