"""The query parameters of TAXII 2.1 sections 3.4 and 3.5. Malformed or repeated: 400."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from disarm_exchange.store import clock
from disarm_exchange.store.query import Filter, Keyword
from disarm_exchange.taxii.server.errors import Problem

_INTEGER = re.compile(r"[0-9]{1,16}", re.ASCII)
_LARGEST = 2**53 - 1
_ID = re.compile(
    r"[a-z0-9][a-z0-9-]{1,248}[a-z0-9]--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    re.ASCII,
)
_TYPE = re.compile(r"[a-z0-9-]{1,250}", re.ASCII)
_SPEC_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)
_KEYWORDS = {keyword.value: keyword for keyword in Keyword}
_MOST_VALUES = 1000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks for: a filter, and how many at most."""

    filter: Filter
    limit: int | None


def read_question(
    query: str, *, clearance: int, match: Collection[str], versions: tuple[Keyword | int, ...] = (Keyword.LAST,)
) -> Question:
    """Read the query part of a URL.

    Args:
        query: as it came, still encoded.
        clearance: of the reader.
        match: the match fields that the endpoint supports; others are ignored, as section 3.4 allows.
        versions: what the endpoint shows when no version is asked for.

    Raises:
        Problem: 400, a parameter is malformed or stands there twice.
    """
    given = _parameters(query)
    added_after = _read(given, "added_after", _moment)
    token = _read(given, "next", read_next)
    if token is not None:
        added_after = token if added_after is None else max(token, added_after)
    limit = _read(given, "limit", _positive)

    def matched(field: str, read_one: Callable[[str], Value]) -> tuple[Value, ...] | None:
        name = f"match[{field}]"
        return _read(given, name, lambda text: _values(text, read_one)) if field in match else None

    wanted_versions = matched("version", _version)
    if wanted_versions is not None and Keyword.ALL in wanted_versions and len(wanted_versions) > 1:
        raise Problem(400, "match[version]: all goes with no other version.")
    return Question(
        Filter(
            clearance=clearance,
            added_after=added_after,
            ids=matched("id", _pattern(_ID, "an object id")),
            types=matched("type", _pattern(_TYPE, "an object type")),
            spec_versions=matched("spec_version", _pattern(_SPEC_VERSION, "a specification version")),
            versions=wanted_versions or versions,
        ),
        limit,
    )


def write_next(date_added: int) -> str:
    """The token for what comes after that moment. It says where to go on, and nothing that the client may not know."""
    return base64.urlsafe_b64encode(date_added.to_bytes(8, "big")).rstrip(b"=").decode("ascii")


def read_next(token: str) -> int:
    """The moment in a token, in microseconds.

    Raises:
        ValueError: no token of ours.
    """
    try:
        moment = int.from_bytes(base64.b64decode(token + "=", altchars=b"-_", validate=True), "big")
    except (binascii.Error, ValueError):
        raise ValueError("not a value that this server gave out") from None
    if moment >= 2**63 or write_next(moment) != token:
        raise ValueError("not a value that this server gave out")
    return moment


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Problem(400, "The query is malformed.") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise Problem(400, f"{name[:40]} is given twice.")
        given[name] = value
    return given


def _read(given: dict[str, str], name: str, read: Callable[[str], Value]) -> Value | None:
    if name not in given:
        return None
    try:
        return read(given[name])
    except ValueError as error:
        raise Problem(400, f"{name}: {error}.") from None


def _moment(text: str) -> int:
    return clock.from_text(text)


def _positive(text: str) -> int:
    if not _INTEGER.fullmatch(text) or not 0 < int(text) <= _LARGEST:
        raise ValueError("not a whole number above zero")
    return int(text)


def _values(text: str, read_one: Callable[[str], Value]) -> tuple[Value, ...]:
    values = [read_one(part) for part in text.split(",", _MOST_VALUES)]
    if len(values) > _MOST_VALUES:
        raise ValueError("too many values")
    if len(set(values)) != len(values):
        raise ValueError("a value is given twice")
    return tuple(values)


def _pattern(form: re.Pattern[str], what: str) -> Callable[[str], str]:
    def read_one(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f"not {what}")
        return text

    return read_one


def _version(text: str) -> Keyword | int:
    return _KEYWORDS.get(text) or clock.from_text(text)
