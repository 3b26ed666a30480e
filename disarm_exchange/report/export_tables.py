"""What of a source stands in tables for spreadsheets: indicators, observables, techniques, relationships.

Rows are made one at a time. Cells are numbers, moments, or text as the object has it; `safe_text` makes text harmless
before it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.succession import evidence_of
from disarm_exchange.report.kinds import META, Section, section_of
from disarm_exchange.report.matrix import matrix_of
from disarm_exchange.report.shown import platform_of, visible
from disarm_exchange.report.source import Markings, Source
from disarm_exchange.stix.defanging import defang_text
from disarm_exchange.stix.timestamps import parse_timestamp

Cell = str | int | datetime | None
"""Moments are in UTC and carry their time zone."""

LONGEST = 32_767
"""Characters that a cell of a spreadsheet may have."""

_FORMULA = re.compile(r"[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_TIMES = frozenset({"created", "modified"})
_VALUES = ("value", "account_login", "user_id", "display_name", "name", "path", "key", "number", "subject", "url")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its headings, and its rows, which may be gone through again."""

    name: str
    headings: tuple[str, ...]
    rows: Callable[[], Iterator[tuple[Cell, ...]]]


def safe_text(text: str, *, live: bool) -> str:
    """A cell's text: one line, nothing hidden, defanged unless `live`, and never a formula.

    What a spreadsheet would take for a formula (`=`, `+`, `-`, `@` and their full-width forms, also behind blanks and
    quotes) gets an apostrophe before it (OWASP, "CSV Injection").
    """
    line = visible(" ".join(text[: 4 * LONGEST].split()))
    if not live:
        line = defang_text(line)
    if _FORMULA.match(line):
        line = f"'{line}"
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def sheets_of(source: Source, catalogue: Catalogue | None = None) -> dict[str, Sheet]:
    """All tables of a source by name.

    Args:
        source: what may be shown.
        catalogue: the release that techniques are of; by default the newest that the objects name.
    """
    return {
        sheet.name: sheet
        for sheet in (
            Sheet("indicators", _INDICATOR, lambda: _indicators(source)),
            Sheet("observables", _OBSERVABLE, lambda: _observables(source)),
            Sheet("techniques", _TECHNIQUE, lambda: _techniques(source, catalogue)),
            Sheet("relationships", _RELATIONSHIP, lambda: _relationships(source)),
        )
    }


SHEETS = ("indicators", "observables", "techniques", "relationships")

_INDICATOR = (
    "id", "name", "indicator_types", "pattern_type", "pattern", "valid_from", "valid_until", "confidence", "labels",
    "description", "created", "modified", "marking",
)  # fmt: skip
_OBSERVABLE = ("id", "type", "value", "platform", "display_name", "user_id", "hashes", "marking")
_TECHNIQUE = (
    "tactic_id", "tactic", "technique_id", "technique", "framework", "objects", "findings", "lists",
    "confidence_lowest", "confidence_highest", "remark", "marking",
)  # fmt: skip
_RELATIONSHIP = (
    "id", "source_type", "source", "relationship_type", "target_type", "target", "confidence", "findings",
    "start_time", "stop_time", "description", "created", "modified", "source_ref", "target_ref", "marking",
)  # fmt: skip


def _indicators(source: Source) -> Iterator[tuple[Cell, ...]]:
    marking = Markings(source).label
    for item in source.objects:
        if item["type"] == "indicator":
            yield (
                _text(item, "id"),
                _text(item, "name"),
                _list(item, "indicator_types"),
                _text(item, "pattern_type"),
                _text(item, "pattern"),
                _moment(item, "valid_from"),
                _moment(item, "valid_until"),
                _whole(item.get("confidence")),
                _list(item, "labels"),
                _text(item, "description"),
                _moment(item, "created"),
                _moment(item, "modified"),
                marking(item),
            )


def _observables(source: Source) -> Iterator[tuple[Cell, ...]]:
    marking = Markings(source).label
    for item in source.objects:
        if _is_observable(item):
            hashes = item.get("hashes")
            told = [f"{key}:{value}" for key, value in hashes.items()] if isinstance(hashes, dict) else []
            yield (
                _text(item, "id"),
                _text(item, "type"),
                _value(item),
                platform_of(item),
                _text(item, "display_name"),
                _text(item, "user_id"),
                " ".join(sorted(told)),
                marking(item),
            )


def _techniques(source: Source, catalogue: Catalogue | None) -> Iterator[tuple[Cell, ...]]:
    matrix = matrix_of(source.objects, catalogue, revoked=source.revoked)
    label = f"{source.marking.label} (some unmarked)" if source.note else source.marking.label
    rows = [
        (column.tactic_id, column.name, cell.technique_id, cell.name, matrix.release, cell.count, "")
        for column, cell in matrix.cells()
        if cell.count.used
    ]
    rows += [("", "", one.technique_id, one.name, "", one.count, one.remark) for one in matrix.outside]
    for *names, count, remark in rows:
        numbers = (count.objects, count.findings, count.lists, count.lowest, count.highest)
        yield (*names, *numbers, remark, label)


def _relationships(source: Source) -> Iterator[tuple[Cell, ...]]:
    marking = Markings(source).label
    called = {str(item["id"]): _called(item) for item in source.objects if item["type"] != "relationship"}
    for item in source.objects:
        if item["type"] != "relationship":
            continue
        ends = [str(item.get(side)) for side in ("source_ref", "target_ref")]
        yield (
            _text(item, "id"),
            ends[0].partition("--")[0],
            called.get(ends[0], ""),
            _text(item, "relationship_type"),
            ends[1].partition("--")[0],
            called.get(ends[1], ""),
            _whole(item.get("confidence")),
            _whole((evidence_of(item) or {}).get("evidence_count")),
            _moment(item, "start_time"),
            _moment(item, "stop_time"),
            _text(item, "description"),
            _moment(item, "created"),
            _moment(item, "modified"),
            *ends,
            marking(item),
        )


def _is_observable(item: Mapping[str, object]) -> bool:
    """Whether an object is a cyber-observable: by its type, and where nobody knows that, because it has no times."""
    kind = str(item["type"])
    if kind in META or kind == "bundle":
        return False
    return section_of(kind) is Section.OBSERVABLES or _TIMES.isdisjoint(item)


def _value(item: Mapping[str, object]) -> str:
    return next((_text(item, name) for name in _VALUES if _text(item, name)), "")


def _called(item: Mapping[str, object]) -> str:
    return _value(item) if _is_observable(item) else _text(item, "name")


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _list(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return ", ".join(str(one) for one in value if isinstance(one, str)) if isinstance(value, list) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(item: Mapping[str, object], name: str) -> datetime | str:
    text = _text(item, name)
    try:
        return parse_timestamp(text).astimezone(UTC) if text else ""
    except ValueError:
        return text
