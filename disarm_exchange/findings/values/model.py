"""What one cell of a findings table holds: a `Value` of a `Kind`, with the guard that protects it, if any."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class Kind(StrEnum):
    """What a value is. The text of each member is its name in mapping rules and accounts."""

    DOMAIN = "domain"
    URL = "url"
    ACCOUNT = "account"
    CHANNEL = "channel"
    GROUP = "group"
    PAGE = "page"
    POST = "post"
    VIDEO = "video"
    INVITE = "invite"
    PETITION = "petition"
    APP = "app"
    EMAIL = "email"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    HASHTAG = "hashtag"
    PHONE = "phone"
    WALLET = "wallet"
    ASSET_COUNT = "asset-count"
    AUDIENCE_COUNT = "audience-count"
    AD_SPEND = "ad-spend"
    NAME = "name"
    TEXT = "text"
    EMPTY = "empty"

    __hash__ = str.__hash__  # that of Enum is written in Python, and kinds are looked up for every cell


ACCOUNT_KINDS = frozenset({Kind.ACCOUNT, Kind.CHANNEL, Kind.GROUP, Kind.PAGE})
"""Kinds that name somebody's presence on a platform; `url` is then the canonical address of that presence."""

URL_KINDS = ACCOUNT_KINDS | {Kind.URL, Kind.POST, Kind.VIDEO, Kind.INVITE, Kind.PETITION}
"""Kinds whose `text` is a normalised URL whenever the value was written as one."""

HASH_KINDS = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512})

COUNT_KINDS = frozenset({Kind.ASSET_COUNT, Kind.AUDIENCE_COUNT, Kind.AD_SPEND})


@dataclass(frozen=True, slots=True)
class Guard:
    """Why a value must not become a block-list indicator by itself.

    Attributes:
        list: the guard list that matched (`shorteners`, `hosts`, `platforms`, `outlets`, ...).
        entry: the entry of that list (`bit.ly`, `192.168.0.0/16`).
        reason: the entry's reason, for a reader.
        scope: `host` (the entry speaks of the host itself; a URL on it may still be an indicator) or
            `everything` (the host, every host below it and every URL on them).
    """

    list: str
    entry: str
    reason: str
    scope: str = "host"


@dataclass(frozen=True, slots=True)
class Value:
    """One value as read from a cell: refanged, normalised, and named for what it is.

    Attributes:
        kind: what it is.
        text: the canonical form. DOMAIN: lower case, A-labels (RFC 5890), no final dot, `www.` kept. Kinds of
            `URL_KINDS`: the URL as the WHATWG URL standard serialises it (non-ASCII percent-encoded), or the login
            when only a handle was written. APP: the package or store id. EMAIL: the local part as written, the
            domain as above. IP: the standard text form, CIDR kept. Hashes: lower case. PHONE: E.164. HASHTAG: with
            `#`. NAME, TEXT and counts: the words, white space normalised. EMPTY: "" or the placeholder written.
        platform: key of `mappings/values/platforms.json`, when the value (or the words of a count) names exactly one.
        login: the account's name in its identity form (case-folded where the platform ignores case; prefixed, as
            `groups/name` or `company/name`, where a platform keeps several name spaces). For a DOMAIN on a blog
            host, the blog's name. For a POST or VIDEO, its author when the URL says so.
        spelling: the login as it was written, when that differs from `login`.
        user_id: the platform's own id of the account, group or channel, when the URL carries it.
        item: id or slug of a post, video, petition, app or invitation.
        count: ASSET_COUNT and AUDIENCE_COUNT: how many. None where the cell gives no single number.
        approximate: the number is said to be a rough one, an upper or a lower bound.
        asset: of what, in the singular: `account`, `page`, `group`, ...; for an audience, what was followed.
        amount: AD_SPEND: the amount as a plain decimal string (`1200000`, `12.50`).
        currency: ISO 4217 code of `amount`, or the coin of a WALLET (`BTC`, `ETH`, `TRX`, ...).
        url: kinds of `ACCOUNT_KINDS`: the canonical profile URL. DOMAIN and IP: the URL form that the cell had.
            Else, where there is one, the normalised URL.
        guard: the guard that matched this value.
        remark: what stood beside the value in its cell.
        problem: what was mended or is doubtful, in words; several are joined by `; `.
        embedded: values found inside a text or remark.
    """

    kind: Kind
    text: str
    platform: str | None = None
    login: str | None = None
    spelling: str | None = None
    user_id: str | None = None
    item: str | None = None
    count: int | None = None
    approximate: bool = False
    asset: str | None = None
    amount: str | None = None
    currency: str | None = None
    url: str | None = None
    guard: Guard | None = None
    remark: str = ""
    problem: str | None = None
    embedded: tuple[Value, ...] = ()


class _Draft:
    """A `Value` before it is frozen: the same slots, so that it can become one."""

    __slots__ = tuple(field.name for field in fields(Value))

    kind: Kind
    text: str
    platform: str | None
    login: str | None
    spelling: str | None
    user_id: str | None
    item: str | None
    count: int | None
    approximate: bool
    asset: str | None
    amount: str | None
    currency: str | None
    url: str | None
    guard: Guard | None
    remark: str
    problem: str | None
    embedded: tuple[Value, ...]


def quick_value(
    kind: Kind,
    text: str,
    *,
    platform: str | None = None,
    login: str | None = None,
    spelling: str | None = None,
    user_id: str | None = None,
    item: str | None = None,
    url: str | None = None,
    guard: Guard | None = None,
    remark: str = "",
    problem: str | None = None,
    embedded: tuple[Value, ...] = (),
) -> Value:
    """A value that counts nothing, made in a third of the time of `Value(...)`.

    A frozen dataclass sets each of its fields by a call of `object.__setattr__`; over millions of cells that was
    a quarter of all reading.
    """
    draft = _Draft()
    draft.kind = kind
    draft.text = text
    draft.platform = platform
    draft.login = login
    draft.spelling = spelling
    draft.user_id = user_id
    draft.item = item
    draft.count = None
    draft.approximate = False
    draft.asset = None
    draft.amount = None
    draft.currency = None
    draft.url = url
    draft.guard = guard
    draft.remark = remark
    draft.problem = problem
    draft.embedded = embedded
    draft.__class__ = Value  # type: ignore[assignment]
    return draft  # type: ignore[return-value]


def joined_problems(*problems: str | None) -> str | None:
    """Several problems as one text, in order, each once; None when there is none."""
    said = dict.fromkeys(problem for problem in problems if problem)
    return "; ".join(said) or None
