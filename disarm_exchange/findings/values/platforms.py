"""Online platforms: what a URL on one of them names (an account, a post, a video, ...), from data.

`mappings/values/platforms.json` holds every platform's hosts and URL patterns; its schema
(`schemas/platforms.schema.json`) explains the pattern language. Patterns are compiled once, into a table per host.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, UnsetType

from disarm_exchange.findings.values.model import ACCOUNT_KINDS, Kind
from disarm_exchange.resources import data_folder

_LONGEST_PATH = 2_000
_PLACEHOLDERS = {
    "id": r"\d{1,25}",
    "year": r"\d{4}",
    "month": r"\d{1,2}",
    "day": r"\d{1,2}",
}
_CAPTURED = frozenset({"login", "id", "item", "user", "bot", "owner", "post", "server"})
_FIELD = re.compile(r"\{([a-z]+)(?::((?:[^{}]|\{[\d,]+\})+))?\}")
_PAGE_FILE = (".php", ".html", ".htm", ".aspx", ".asp", ".jsp")


class Match(NamedTuple):
    """What a URL on a platform names. The fields are those of `Value`; `profile` is the canonical address."""

    kind: Kind
    login: str | None = None
    spelling: str | None = None
    user_id: str | None = None
    item: str | None = None
    profile: str | None = None


class _Template:
    """A text with `{field}` placeholders; the usual case of a single field is kept apart because it is fast."""

    __slots__ = ("_after", "_before", "_field", "_whole")

    def __init__(self, whole: str) -> None:
        fields = _FIELD.findall(whole)
        self._whole = whole
        self._field = str(fields[0][0]) if len(fields) == 1 else ""
        self._before, _, self._after = whole.partition(f"{{{self._field}}}")

    def fill(self, fields: Mapping[str, str]) -> str | None:
        """The text with its fields; None when one is missing."""
        try:
            if self._field:
                return f"{self._before}{fields[self._field]}{self._after}"
            return self._whole.format_map(fields)
        except KeyError:
            return None


class _Pattern(NamedTuple):
    path: re.Pattern[str]
    query: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
    kind: Kind
    login: _Template | None
    user_id: _Template | None
    item: _Template | None
    profile: _Template | None
    takes_login: bool
    names_somebody: bool


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
    app_page: _Template | None
    _login: re.Pattern[str]
    _folds_case: bool
    _speaks_of_host: bool
    _reserved: frozenset[str]
    _profile: _Template | None
    _profile_by_id: _Template | None
    _by_host: Mapping[str, tuple[_Pattern, ...]]
    _anywhere: tuple[_Pattern, ...]
    _gate: re.Pattern[str] | None
    _site_patterns: tuple[_Pattern, ...]
    _site_login: _Template
    _site_profile: _Template | None
    _site_reserved: frozenset[str]

    def match(self, host: str, path: str, query: str) -> Match | None:
        """What the path and query (without `?`) of a URL name; `host` is lower case and without `www.`.

        None when the platform is known but the URL names nothing of its users': its home page, a search.
        """
        if len(path) > _LONGEST_PATH:
            return None
        if "%" in path:
            path = _decoded(path)
        if self._gate is not None and self._gate.fullmatch(path) is None:
            return None
        return self._first(self._by_host.get(host, self._anywhere), host, path, query)

    def match_site(self, site: str, host: str, path: str, query: str) -> Match | None:
        """The same for a URL on a user's own subdomain `site` (`x` of `x.blogspot.com`)."""
        blog = site.rpartition(".")[2]
        if path in {"", "/"} and not query:
            return self.site(blog)
        if len(path) > _LONGEST_PATH:
            return None
        found = self._first(self._site_patterns, host, _decoded(path), query)
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
        """An account named by its handle alone, without a URL; None when the handle cannot be one here."""
        if self._login.fullmatch(handle) is None or self._is_reserved(handle):
            return None
        login = handle.casefold() if self._folds_case else handle
        profile = self._profile.fill({"login": login, "spelling": handle}) if self._profile else None
        return Match(Kind.ACCOUNT, login=login, spelling=handle if handle != login else None, profile=profile)

    def _is_reserved(self, login: str) -> bool:
        lowered = login.lower()
        return lowered in self._reserved or lowered.endswith(_PAGE_FILE)

    def _first(self, patterns: Sequence[_Pattern], host: str, path: str, query: str) -> Match | None:
        query_fields = None
        for pattern in patterns:
            found = pattern.path.fullmatch(path)
            if found is None:
                continue
            fields = found.groupdict()
            if pattern.query:
                if query_fields is None:
                    query_fields = _query_fields(query)
                if not _take_query(pattern.query, query_fields, fields):
                    continue
            if pattern.takes_login and self._is_reserved(fields["login"]):
                continue
            return self._built(pattern, fields, host)
        return None

    def _built(self, pattern: _Pattern, fields: dict[str, str], host: str) -> Match:
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


def _decoded(path: str) -> str:
    # An escaped slash is no separator: it stays as it is.
    return "/".join(segment if "%2F" in segment.upper() else unquote(segment) for segment in path.split("/"))


def _query_fields(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in query[:_LONGEST_PATH].split("&"):
        name, _, text = part.partition("=")
        fields.setdefault(name, unquote(text))
    return fields


def _take_query(
    wanted: Sequence[tuple[tuple[str, ...], re.Pattern[str]]], fields: Mapping[str, str], captured: dict[str, str]
) -> bool:
    for names, pattern in wanted:
        matches = (pattern.fullmatch(fields[name]) for name in names if name in fields)
        found = next((match for match in matches if match is not None), None)
        if found is None:
            return False
        captured.update(found.groupdict())
    return True


@dataclass(frozen=True, slots=True)
class PlatformData:
    """The whole data file: every platform, and the subdomains that are never a user's (`help`, `developers`).

    `anywhere` matches user pages on hosts that nobody listed, such as forums: paths that say user, member, profile.
    """

    platforms: Mapping[str, Platform]
    service_subdomains: frozenset[str]
    anywhere: Platform


class _UrlEntry(msgspec.Struct):
    path: str
    kind: Kind
    host: str | None = None
    query: dict[str, str] = {}
    login: str | UnsetType | None = UNSET
    user_id: str | UnsetType | None = UNSET
    item: str | UnsetType | None = UNSET
    profile: str | None = None


class _SitesEntry(msgspec.Struct):
    kind: Kind
    login: str = "{site}"
    profile: str | None = None
    reserved: tuple[str, ...] = ()
    urls: tuple[_UrlEntry, ...] = ()


class _AnywhereEntry(msgspec.Struct):
    reserved: frozenset[str]
    urls: tuple[_UrlEntry, ...]


class _PlatformEntry(msgspec.Struct):
    key: str
    name: str
    account_type: str
    category: str
    hosts: tuple[str, ...]
    urls: tuple[_UrlEntry, ...]
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
    patterns = [(each.host, _pattern(each, entry.login)) for each in entry.urls]
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
        app_page=_template(entry.app_page),
        _login=re.compile(entry.login),
        _folds_case=entry.login_case == "folded",
        _speaks_of_host=len(entry.hosts) > 1 and "{host}" in str(msgspec.json.encode(entry)),
        _reserved=file.reserved | frozenset(entry.reserved),
        _profile=_template(entry.profile),
        _profile_by_id=_template(entry.profile_by_id),
        _by_host={host: tuple(pattern for at, pattern in patterns if at == host) for host in hosts},
        _anywhere=tuple(pattern for at, pattern in patterns if at is None),
        # Where nearly no URL matches, one look for all patterns is cheaper than one look each.
        _gate=None
        if entry.hosts
        else re.compile("|".join(_uncaptured(pattern.path.pattern) for _, pattern in patterns)),
        _site_patterns=tuple(_pattern(each, entry.login) for each in sites.urls) if sites else (),
        _site_login=_Template(sites.login if sites else "{site}"),
        _site_profile=_template(sites.profile) if sites else None,
        _site_reserved=file.service_subdomains | frozenset(sites.reserved if sites else ()) | {"www", "m", "mobile"},
    )


def _pattern(entry: _UrlEntry, login: str) -> _Pattern:
    fields = {found for text in (entry.path, *entry.query.values()) for found, _ in _FIELD.findall(text)}
    return _Pattern(
        path=re.compile(_path_expression(entry.path, login)),
        query=tuple(
            (tuple(names.split("|")), re.compile(_expression(text, login, any_text=".+")))
            for names, text in entry.query.items()
        ),
        kind=entry.kind,
        login=_own_or_captured(entry.login, "login", fields),
        user_id=_own_or_captured(entry.user_id, "id", fields),
        item=_own_or_captured(entry.item, "item", fields),
        profile=_template(entry.profile),
        takes_login="login" in fields,
        names_somebody=entry.kind in ACCOUNT_KINDS,
    )


def _own_or_captured(own: str | UnsetType | None, field: str, fields: Collection[str]) -> _Template | None:
    if own is not UNSET:
        return _template(own)
    return _Template(f"{{{field}}}") if field in fields else None


def _template(text: str | None) -> _Template | None:
    return None if text is None else _Template(text)


def _path_expression(path: str, login: str) -> str:
    open_end = path.endswith("/**")
    expression = _expression(path.removesuffix("/**").rstrip("/"), login)
    return expression + (r"(?:/.*)?" if open_end else r"/?")


def _expression(template: str, login: str, any_text: str = r"[^/]+") -> str:
    """The regular expression of a template: placeholders become groups, a dot outside them is a dot."""
    parts = []
    end = 0
    for found in _FIELD.finditer(template):
        parts.append(_plain(template[end : found.start()]))
        name, own = found.groups()
        body = own or (login if name == "login" else _PLACEHOLDERS.get(name, any_text))
        parts.append(f"(?P<{name}>{body})" if name in _CAPTURED else f"(?:{body})")
        end = found.end()
    parts.append(_plain(template[end:]))
    return "".join(parts)


def _uncaptured(expression: str) -> str:
    return re.sub(r"\(\?P<[a-z]+>", "(?:", expression)


def _plain(text: str) -> str:
    return re.sub(r"(?<!\\)\.", r"\\.", text)
