"""Values that come with a type beside them: `indicator_type,indicator_value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import msgspec

from disarm_exchange.findings.values.cells import read_cell
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.findings.values.contacts import read_handle
from disarm_exchange.findings.values.model import ACCOUNT_KINDS, URL_KINDS, Kind, Value, joined_problems
from disarm_exchange.findings.values.platforms import platform_data
from disarm_exchange.resources import data_folder

_PACKAGE = re.compile(r"[A-Za-z]\w{0,99}(?:\.\w{1,100}){1,20}")
_STORE_ID = re.compile(r"(?:id)?(\d{6,12})", re.ASCII)
_CHOICES = frozenset({Kind.URL, Kind.ACCOUNT, Kind.APP, Kind.DOMAIN})
"""Kinds that decide where a cell leaves a choice."""

_WORDS = frozenset({Kind.NAME, Kind.TEXT})
_TYPE_NAME = re.compile(r"[^a-z0-9]+")


class _Type(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    platform: str | None = None


class _File(msgspec.Struct):
    types: tuple[_Type, ...]


@cache
def _types() -> Mapping[str, _Type]:
    path = data_folder("mappings") / "values" / "indicator-types.json"
    file = msgspec.json.decode(path.read_bytes(), type=_File)
    return {_folded(name): each for each in file.types for name in each.names}


def _folded(name: str) -> str:
    return _TYPE_NAME.sub("_", name.lower()).strip("_")


def read_typed(cell: str, kind_hint: str) -> Value:
    """The value of a cell whose type is written beside it, the first where there are several. Never an error.

    As `read_typed_list`.
    """
    values = read_typed_list(cell, kind_hint)
    return values[0] if len(values) == 1 else _with_problem(values[0], f"{len(values)} values: the first is read")


def read_typed_list(cell: str, kind_hint: str) -> tuple[Value, ...]:
    """The values of a cell whose type is written beside it; the first is what its record is about. Never an error.

    The type decides where the value leaves a choice: a `url` without a path stays a URL, an `ios_app_id` is an app.
    A value that contradicts its type keeps its own kind and says so in `problem`. Types are names of
    `mappings/values/indicator-types.json`, in any case and punctuation; an unknown one is no hint.
    """
    wanted = _known_type(kind_hint)
    if wanted is None:
        first, *others = read_cell(cell)
        if kind_hint.strip():
            first = _with_problem(first, f"unknown indicator type {kind_hint.strip()[:60]!r}")
        return (first, *others)
    if wanted.kinds == (Kind.APP,):
        app = _app(cell, wanted)
        if app is not None:
            return (app,)
    kind = wanted.kinds[0] if len(wanted.kinds) == 1 else None
    values = read_cell(cell, expect=kind if kind in _CHOICES else None, platform=wanted.platform)
    value = values[0]
    if value.kind in _WORDS and wanted.platform is not None and " " not in value.text:
        value = read_handle(value.text, wanted.platform) or value
    return tuple(_judged(each, wanted, kind_hint.strip()) for each in (value, *values[1:]))


@cache
def _known_type(hint: str) -> _Type | None:
    return _types().get(_folded(hint))


def _app(cell: str, wanted: _Type) -> Value | None:
    text, problem = tidy(cell)
    found = _STORE_ID.fullmatch(text) if wanted.platform == "app-store" else None
    item = found.group(1) if found else text if _PACKAGE.fullmatch(text) and wanted.platform != "app-store" else None
    if item is None:
        return None
    store = platform_data().platforms.get(wanted.platform or "")
    page = store.app_page.fill({"item": item}) if store is not None and store.app_page is not None else None
    return Value(Kind.APP, item, platform=wanted.platform, item=item, url=page, problem=problem)


def _judged(value: Value, wanted: _Type, hint: str) -> Value:
    """The value, with a problem if it is not of the kind that its type names."""
    kinds = wanted.kinds
    if value.kind in kinds or value.kind is Kind.EMPTY or kinds[0] in _WORDS:
        doubt = None
    elif Kind.URL in kinds and value.kind in URL_KINDS | {Kind.APP, Kind.DOMAIN}:
        if value.kind is Kind.DOMAIN:
            value = _as_url(value)
        doubt = None if value.kind is not Kind.DOMAIN else f"typed {hint}, but is a domain name"
    elif kinds[0] is Kind.ACCOUNT and value.kind in ACCOUNT_KINDS:
        doubt = None
    else:
        doubt = f"typed {hint}, but reads as {value.kind.value}"
    if wanted.platform is not None and value.platform not in (wanted.platform, None):
        doubt = joined_problems(doubt, f"typed {hint}, but is on {value.platform}")
    return _with_problem(value, doubt) if doubt else value


def _as_url(value: Value) -> Value:
    """A domain that was written as a URL and is typed as one."""
    return replace(value, kind=Kind.URL, text=value.url) if value.url is not None else value


def _with_problem(value: Value, problem: str) -> Value:
    return replace(value, problem=joined_problems(value.problem, problem))
