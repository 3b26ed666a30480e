"""Language tags: their form (RFC 5646 section 2.1) and whether their parts are registered.

The registry is made from ISO 639, ISO 15924 and ISO 3166-1, which `pycountry` brings; only what differs stands here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from disarm_exchange.validate.kinds import words
from disarm_exchange.validate.vocabularies import vocabularies

if TYPE_CHECKING:
    from types import ModuleType

_MAX_TAG = 100
_FORM = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})"  # none of four letters or more is registered
    r"(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*"  # variants
    r"(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+",
    re.ASCII | re.IGNORECASE,
)
_GRANDFATHERED = words(
    "en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu"
    " sgn-be-fr sgn-be-nl sgn-ch-de art-lojban cel-gaulish no-bok no-nyn zh-guoyu zh-hakka zh-min zh-min-nan zh-xiang"
)
"""Tags from before RFC 4646 that stay valid (section 2.2.8)."""
_DEPRECATED_LANGUAGES = words("bh in iw ji jw mo sh")
_OTHER_REGIONS = words("AA AC AN BU CP CQ CS DD DG EA EU EZ FX IC NT SU TA TP UN XK YD YU ZR ZZ")
"""Reserved, former and private regions of the registry."""
_PRIVATE_REGION = re.compile(r"Q[M-Z]|X[A-Z]")
_PRIVATE_LANGUAGE = re.compile(r"q[a-t][a-z]")
_PRIVATE_SCRIPT = re.compile(r"Qa(?:a[a-z]|b[a-x])")


@lru_cache(maxsize=1024)
def fault_of_tag(tag: str) -> str:
    """What is wrong with a language tag, to be read after the tag; empty where nothing is."""
    if tag.lower() in _GRANDFATHERED:
        return ""
    match = _FORM.fullmatch(tag) if len(tag) <= _MAX_TAG else None
    if match is None:
        return "is no language tag"
    if match["language"] is None:
        return ""  # private use from the beginning
    return _language(match["language"].lower()) or _rest(match)


def _language(language: str) -> str:
    if len(language) == 2:
        known = language in vocabularies()["iso-639-1"].values or language in _DEPRECATED_LANGUAGES
        return "" if known else f"begins with {language!r}, which is no language of ISO 639"
    entry = _iso().languages.get(alpha_3=language) or _iso().languages.get(bibliographic=language)
    if entry is None:
        special = _PRIVATE_LANGUAGE.fullmatch(language) or _iso().language_families.get(alpha_3=language)
        return "" if special else f"begins with {language!r}, which is no language of ISO 639"
    short = getattr(entry, "alpha_2", None) or (entry.alpha_3 if entry.alpha_3 != language else None)
    return f"begins with {language!r}; RFC 5646 wants {short!r} for {entry.name}" if short else ""


def _rest(match: re.Match[str]) -> str:
    script, region = (match["script"] or "").title(), (match["region"] or "").upper()
    if script and not (_PRIVATE_SCRIPT.fullmatch(script) or _iso().scripts.get(alpha_4=script)):
        return f"has {match['script']!r}, which is no script of ISO 15924"
    if region and not region.isdigit() and not _is_region(region):
        return f"has {match['region']!r}, which is no region of ISO 3166-1"
    return ""


def _is_region(region: str) -> bool:
    special = region in _OTHER_REGIONS or _PRIVATE_REGION.fullmatch(region)
    return bool(special or _iso().countries.get(alpha_2=region))


def is_software_language(tag: str) -> bool:
    """Whether a text names a language for software: a tag, or the three letters that ISO 639-2 has for it."""
    if not fault_of_tag(tag):
        return True
    return len(tag) == 3 and tag.islower() and bool(_iso().languages.get(alpha_3=tag))


@cache
def _iso() -> ModuleType:
    import pycountry  # noqa: PLC0415 (most tags have two letters and need no list)

    return pycountry
