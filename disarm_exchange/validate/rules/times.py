"""DX21x: timestamps and their order (STIX 2.1 sections 3.2, 3.6 and those of each type)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.timestamps import parse_timestamp
from disarm_exchange.validate.issue import Finding, Severity, pointer_to, shown
from disarm_exchange.validate.kinds import words
from disarm_exchange.validate.rule import NOTHING, Check, Found, ObjectRule

_PAIRS: tuple[tuple[str, str, bool], ...] = (
    # earlier, later, whether both may be the same moment
    ("created", "modified", True),
    ("first_seen", "last_seen", True),
    ("first_observed", "last_observed", True),
    ("valid_from", "valid_until", False),
    ("start_time", "stop_time", False),
    ("start_time", "end_time", False),
    ("start", "end", True),
)
_ODD_PAIRS: tuple[tuple[str, str, bool], ...] = (
    # on these the specification is silent
    ("analysis_started", "analysis_ended", True),
    ("account_created", "account_expires", True),
    ("account_first_login", "account_last_login", True),
    ("validity_not_before", "validity_not_after", True),
)


class TimesOutOfOrder(ObjectRule):
    """An end before its beginning."""

    code = "DX211"
    severity = Severity.ERROR
    title = "times out of order"
    why = "Nothing ends before it begins; readers that compute with such times refuse the object or hide it."
    fix = "Correct the two times."
    source = "STIX 2.1 section 3.2 (created, modified) and the sections of the types"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the pairs that are there."""
        pairs = [pair for pair in _PAIRS if pair[0] in keys and pair[1] in keys]
        if object_type == "event":
            # DAD-CDM is silent: a happening may be one moment
            pairs = [(first, last, equal or last == "stop_time") for first, last, equal in pairs]
        return partial(_compare, pairs) if pairs else None


class OddTimes(ObjectRule):
    """An end before its beginning, where the specification does not forbid it."""

    code = "DX213"
    severity = Severity.WARNING
    title = "times that make no sense together"
    why = "An account or certificate cannot end before it begins: one of the two times is wrong."
    fix = "Check the two times against the source."
    source = "good sense; STIX 2.1 sections 4.12, 6.16 and 6.18 are silent"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the pairs that are there."""
        pairs = [pair for pair in _ODD_PAIRS if pair[0] in keys and pair[1] in keys]
        return partial(_compare, pairs) if pairs else None


def _compare(pairs: list[tuple[str, str, bool]], item: StixObject) -> Found:
    for first, last, may_be_equal in pairs:
        begin, end = item[first], item[last]
        # the rule: almost all objects were never modified
        if begin == end and may_be_equal:
            continue
        assert isinstance(begin, str)
        assert isinstance(end, str)
        if _in_order(begin, end, may_be_equal):
            continue
        words = "is earlier than" if may_be_equal else "is not later than"
        return (Finding(f"/{last}", f"{last} ({end}) {words} {first} ({begin})"),)
    return NOTHING


def _in_order(begin: str, end: str, may_be_equal: bool) -> bool:
    if len(begin) == len(end):
        # texts of one length compare as their moments do
        return begin < end
    try:
        first, last = parse_timestamp(begin), parse_timestamp(end)
    except ValueError:
        return True  # the schema has said so
    return first < last or (may_be_equal and first == last)


_MAX_POSSIBLE = 10_000


class ImpossibleTime(ObjectRule):
    """A timestamp that has the form but names no moment: the 31st of April."""

    code = "DX212"
    severity = Severity.ERROR
    title = "no such moment"
    why = "Readers that turn timestamps into dates fail on it."
    fix = "Write a date of the calendar; 60 seconds are allowed only where a leap second was."
    source = "STIX 2.1 section 2.16, RFC 3339"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the properties that hold timestamps, also of those inside an observable's extensions."""
        names = [name for name in keys if name in _TIMES]
        inner = [path for path in _INNER_TIMES if path[0] in keys]
        if not names and not inner:
            return None
        outer = partial(_calendar, names, itemgetter(*names, names[0])) if names else None
        if outer is None or inner:
            return lambda item: [*(outer(item) if outer else ()), *_inner(inner, item)]
        return outer


_TIMES = words(
    "created modified first_seen last_seen first_observed last_observed valid_from valid_until start_time stop_time"
    " end_time due_date start end published submitted analysis_started analysis_ended object_modified ctime mtime"
    " atime date"
    " account_created account_expires credential_last_changed account_first_login account_last_login modified_time"
    " created_time validity_not_before validity_not_after publication_date"
)


_INNER_TIMES = (
    ("extensions", "windows-pebinary-ext", "time_date_stamp"),
    ("x509_v3_extensions", "private_key_usage_period_not_before"),
    ("x509_v3_extensions", "private_key_usage_period_not_after"),
)


def _inner(paths: Sequence[tuple[str, ...]], item: StixObject) -> Iterator[Finding]:
    for path in paths:
        value: object = item
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and not _possible(value):
            yield Finding(pointer_to(path), f"{shown(value)!r} is no moment of the calendar")


def _calendar(names: list[str], values: Callable[[StixObject], tuple[object, ...]], item: StixObject) -> Found:
    try:
        if _POSSIBLE.issuperset(values(item)):
            return NOTHING
    except TypeError:
        pass  # a list where a type of somebody's own has it
    found: list[Finding] | None = None
    for name in names:
        text = item[name]
        if isinstance(text, str) and text not in _POSSIBLE and not _possible(text):
            found = [*(found or ()), Finding(f"/{name}", f"{shown(text)!r} is no moment of the calendar")]
    return found or NOTHING


_POSSIBLE: set[object] = set()
"""Texts that were found to be possible: most objects of a case share a few timestamps."""


def _possible(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19].replace(":60", ":59"))
    except ValueError:
        return False
    if len(_POSSIBLE) >= _MAX_POSSIBLE:
        _POSSIBLE.clear()
    _POSSIBLE.add(text)
    return True
