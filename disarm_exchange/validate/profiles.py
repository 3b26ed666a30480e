"""Profiles: which rules hold for which purpose, and how severely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from disarm_exchange.errors import UserError
from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import all_rules


@dataclass(frozen=True, slots=True)
class Profile:
    """A purpose that objects are checked for."""

    name: str
    title: str
    has: Callable[[str], bool]
    """Whether the rule of that code belongs to it."""
    matrices: tuple[str, ...]
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Severities that differ from the rule's own."""


def _families(*prefixes: str, without: tuple[str, ...] = ()) -> Callable[[str], bool]:
    return lambda code: code.startswith(prefixes) and code not in without


_MATRICES = ("stix", "dad-cdm", "incident", "exchange")
_STIX = ("DX0", "DX1", "DX2", "DX3", "DX4")
_ALL = (*_STIX, "DX5", "DX6", "DX7", "DX8")

PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "stix",
            "plain STIX 2.1, nothing else",
            _families(*_STIX, "DX60", without=("DX231",)),
            ("stix",),
            {"DX302": Severity.WARNING},
        ),
        Profile(
            "dad-cdm",
            "STIX 2.1 with the DAD-CDM types, DISARM techniques and markings",
            _families(*_STIX, "DX5", "DX6"),
            _MATRICES,
            {"DX302": Severity.WARNING},
        ),
        Profile(
            "exchange",
            "what a bundle needs that partners are to share",
            _families(*_ALL),
            _MATRICES,
        ),
        Profile(
            "opencti",
            "what OpenCTI reads without loss",
            _families(*_STIX, "DX5", "DX6", "DX91"),
            _MATRICES,
        ),
        Profile(
            "misp",
            "what MISP reads without loss",
            _families(*_STIX, "DX5", "DX6", "DX92"),
            _MATRICES,
        ),
    )
}
DEFAULT = "exchange"


def profile_named(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UserError: there is none.
    """
    if name not in PROFILES:
        raise UserError(f"no profile {name!r}", fix=f"use {', '.join(PROFILES)}")
    return PROFILES[name]


def chosen(profile: Profile, select: tuple[str, ...], ignore: tuple[str, ...]) -> list[str]:
    """The codes of the rules that run: those of the profile, or those of `select`; without those of `ignore`.

    Where something is selected, only that runs. Both take whole codes and beginnings of codes (`DX5`); the longer one
    wins where both match.

    Raises:
        UserError: one of them matches no rule.
    """
    codes = list(all_rules())
    for prefix in (*select, *ignore):
        if not any(code.startswith(prefix) for code in codes):
            raise UserError(f"no rule begins with {prefix!r}", fix="see `disarm-exchange validate --rules`")
    return [code for code in codes if _runs(code, profile, select, ignore)]


def _runs(code: str, profile: Profile, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    wanted = max((len(prefix) for prefix in select if code.startswith(prefix)), default=0)
    unwanted = max((len(prefix) for prefix in ignore if code.startswith(prefix)), default=0)
    if wanted or unwanted:
        return wanted > unwanted
    # as linters have it, what is selected is all that runs; that the input can be read at all is always asked
    return code.startswith("DX0") or (not select and profile.has(code))
