"""What became of a record, and why: the decision that every finding gets exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from disarm_exchange.findings.model import (
    AMPLIFIER,
    HASHED,
    IMPERSONATED,
    NOT_FOR_DETECTION,
    OPERATION,
    TARGET,
    UNCLEAR,
    VICTIM,
)
from disarm_exchange.findings.values import ACCOUNT_KINDS, Guard, Kind, Value, shared_host_guard


class Outcome(StrEnum):
    """The six ends a record can come to; together they are all records read."""

    INDICATOR = "indicator"
    """An observable, and an indicator that partners may detect or block by."""

    OBSERVABLE_ONLY = "observable-only"
    """An observable tied to the case, never an indicator: a short link, a host, a real outlet, a platform page."""

    COUNT = "count"
    """A number of assets, as a sighting with `count`."""

    NOTE = "note"
    """Words: a note on the case."""

    WITHHELD = "withheld"
    """Kept at home: what a victim is called or owns. It still counts as evidence of the technique."""

    QUARANTINE = "quarantine"
    """Could not be converted; kept with its reason."""

    __hash__ = str.__hash__  # see `Kind`


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and its reason in words."""

    outcome: Outcome
    reason: str
    open: bool = False
    """Whether it would be an indicator if somebody said that the value is the operation's own."""


OBSERVABLE_KINDS = ACCOUNT_KINDS | {
    Kind.DOMAIN, Kind.URL, Kind.POST, Kind.VIDEO, Kind.INVITE, Kind.PETITION, Kind.APP, Kind.EMAIL, Kind.IPV4,
    Kind.IPV6, Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512,
}  # fmt: skip
"""Kinds that STIX has an observable for."""

AT_HOME = {
    VICTIM: VICTIM,
    TARGET: f"{TARGET}, as the source says",
    IMPERSONATED: f"{IMPERSONATED}, as the source says",
}
"""The parts by which a value stays home, by what its source says. What a rule calls impersonated is merely observed."""

_HOME_REASONS = {
    VICTIM: "names a victim",
    AT_HOME[TARGET]: "names whom the operation was aimed at, as the source says",
    AT_HOME[IMPERSONATED]: "names whom the operation posed as, as the source says",
}

_ROLE_REASONS = {
    "service": "a service the operation used, not its own",
    "copied-source": "a source the operation copied from",
    "impersonated": "the party that was impersonated, not the fake",
    "recipient": "whom the operation addressed",
    "subject": "whom or what the operation spoke about",
    "partner": "an organisation that the operation worked with",
    "venue": "a place where the operation acted, open to others too",
    NOT_FOR_DETECTION: "its producer does not offer it for detection",
    HASHED: "the source names the account by a hash only, which nobody can detect it by",
    AMPLIFIER: "it spread what the operation said; that it is the operation's own the source does not say",
    UNCLEAR: "nothing says that it is the operation's own",
}

_WORD_KINDS = {
    Kind.TEXT: "free text",
    Kind.NAME: "a name or a short label",
    Kind.EMPTY: "no value: the label alone is the finding",
    Kind.AD_SPEND: "a sum of money",
    Kind.AUDIENCE_COUNT: "a size of audience",
    Kind.HASHTAG: "a hashtag",
    Kind.PHONE: "a phone number: STIX has no observable for it",
    Kind.WALLET: "a wallet: STIX has no observable for it",
}

_MAX_COUNT = 999_999_999
"""STIX 2.1 section 5.2: the most a sighting may count."""


_OPEN = frozenset({UNCLEAR, AMPLIFIER})
_ASSET = Decision(Outcome.INDICATOR, "an asset of the operation")


def decide(value: Value, role: str) -> Decision:
    """The outcome of one value whose part in the case is `role` (`operation`, `victim`, `service`, ...)."""
    kind = value.kind
    home = _HOME_REASONS.get(role)
    if home is not None:
        # Words too: a long or lower-case name reads like a sentence, and a telephone number is somebody's.
        sure = kind in OBSERVABLE_KINDS or kind is Kind.NAME or role != VICTIM
        return Decision(Outcome.WITHHELD, home if sure else "stands where victims are named")
    if kind in OBSERVABLE_KINDS:
        return _observable(value, role)
    if kind is Kind.ASSET_COUNT:
        if value.count is not None and value.count <= _MAX_COUNT:
            return Decision(Outcome.COUNT, "a number of assets")
        return Decision(Outcome.NOTE, "a number of assets that cannot be counted")
    return Decision(Outcome.NOTE, _WORD_KINDS[kind])


def _observable(value: Value, role: str) -> Decision:
    if role == OPERATION:
        return _asset(value)
    if role in _OPEN:
        own = _asset(value)
        if own is not _ASSET:
            return own  # whoever has it: what keeps it from being an indicator is said of the value itself
    return Decision(
        Outcome.OBSERVABLE_ONLY, _ROLE_REASONS.get(role, f"its part in the case is {role!r}"), open=role == UNCLEAR
    )


def _asset(value: Value) -> Decision:
    """The outcome of what is the operation's own."""
    account = value.kind in ACCOUNT_KINDS and (value.login or value.user_id)
    if account or value.kind is Kind.APP:
        return _ASSET
    if value.guard is not None:
        return Decision(Outcome.OBSERVABLE_ONLY, f"{value.guard.reason} ({value.guard.list}: {value.guard.entry})")
    shared = _shared_host(value)
    if shared is not None:
        return Decision(Outcome.OBSERVABLE_ONLY, f"lies on {shared.entry}, which many others use: {shared.reason}")
    if value.kind in ACCOUNT_KINDS:
        return Decision(Outcome.OBSERVABLE_ONLY, "neither login nor id of the account is known")
    return _ASSET


def _shared_host(value: Value) -> Guard | None:
    """Many consumers block by host alone, so the address of one page on a shared host is no indicator."""
    if value.kind is Kind.DOMAIN or value.url is None:
        return None
    return shared_host_guard(urlsplit(value.url).hostname or "")
