"""Lists of flat JSON objects: an array, JSON Lines, or a list somewhere inside an object. One object, one record.

The names of the members are the header, so a layout in JSON gives the same findings as the same layout in CSV.
Records are numbered from 1 over the whole file; in JSON Lines the number is that of the line.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.findings.json_input import BadValueError, JsonCursor, Spot, open_json, parse_json
from disarm_exchange.findings.json_outline import JsonShape
from disarm_exchange.findings.model import Unreadable
from disarm_exchange.findings.profile import expected_columns, recognise
from disarm_exchange.findings.reader import Recognition, Record, Source
from disarm_exchange.findings.rows import MAX_COLUMNS, RAW_KEPT, RowContext, RowFeed
from disarm_exchange.findings.text_input import bounded_lines, open_text

MAX_HEADERS = 256
"""How many different sets of names the records of a file may have."""

_WRAPPERS = 4
"""How many objects may stand around a list of records."""


_ANYWHERE = Spot(1, 1)


class JsonRecordsReader:
    """Reads lists of flat JSON objects."""

    title = "JSON records"

    def recognises(self, source: Source) -> Recognition | None:
        """Any JSON that is not of a more special format; whether a profile knows the records is another question."""
        found = source.json
        if found is None:
            return None
        names = tuple(found.sample or ())
        layout = recognise(names, source.profiles) if names else None
        place = f" at {' / '.join(found.path)}" if found.path else ""
        if layout is None:
            return Recognition(f"it is a {found.shape}{place}, and no profile knows its names", header=names)
        why = f"it is a {found.shape}{place}, and its names are the header of {layout.profile.id}"
        return Recognition(why, layout.profile.id, names)

    def read(self, source: Source) -> Iterator[Record]:
        """Every record of every list that a profile knows.

        Raises:
            UserError: no list is known, or the file is no whole JSON document; with line and column.
        """
        records = _Records(source)
        found = source.json
        if found is not None and found.shape is JsonShape.LINES:
            yield from _lines(source, records)
        else:
            with open_json(source.path) as cursor:
                yield from _document(cursor, source, records)
                cursor.end()
        records.close()


def _lines(source: Source, records: _Records) -> Iterator[Record]:
    with open_text(source.path) as stream:
        for number, line in enumerate(bounded_lines(stream, source.path), start=1):
            if not line.strip():
                continue
            try:
                item = parse_json(line.encode(), Spot(number, 1))
            except BadValueError as error:
                yield _bad(error, source, number)
                continue
            yield from records.of(item, number)


def _document(cursor: JsonCursor, source: Source, records: _Records) -> Iterator[Record]:
    if cursor.kind() == "array":
        yield from _list(cursor, source, records, ())
        return
    found = source.json
    if found is not None and not found.path and recognise(tuple(found.top), source.profiles) is not None:
        yield from records.of(cursor.value(), 1)  # a single record
        return
    yield from _object(cursor, source, records, ())


def _object(cursor: JsonCursor, source: Source, records: _Records, path: tuple[str, ...]) -> Iterator[Record]:
    wanted = {profile.records_at for profile in source.profiles if profile.records_at}
    for name in cursor.members():
        here = (*path, name)
        kind = cursor.kind()
        if kind == "array" and (here in wanted or not _reserved(here, wanted)):
            yield from _list(cursor, source, records, here)
        elif kind == "object" and len(here) < _WRAPPERS:
            yield from _object(cursor, source, records, here)


def _reserved(here: tuple[str, ...], wanted: set[tuple[str, ...]]) -> bool:
    """Whether the profiles in use all say where their records are, and it is not here."""
    return len(wanted) == 1 and here not in wanted


def _list(cursor: JsonCursor, source: Source, records: _Records, path: tuple[str, ...]) -> Iterator[Record]:
    """The records of a list whose first object a profile knows; other lists are passed over with a word."""
    known: bool | None = None
    records.lists += 1
    for _ in cursor.elements():
        records.elements += 1
        if known is False:
            continue
        spot = cursor.spot() if known is None else _ANYWHERE
        try:
            item = cursor.value()
        except BadValueError as error:
            records.number += 1
            yield _bad(error, source, records.number)
            continue
        if known is None and isinstance(item, dict):
            known = records.knows(item)
            if not known:
                records.refused(path, item, spot)
                continue
        if known or not path:
            yield from records.of(item, records.number + 1)


def _bad(error: BadValueError, source: Source, number: int) -> Unreadable:
    place = f"line {error.spot.line}, column {error.spot.column}"
    return Unreadable(
        error.raw[: 4 * RAW_KEPT].decode(errors="replace")[:RAW_KEPT], f"{place}: {error.problem}", source.file, number
    )


class _Records:
    """Objects as rows: each set of names gets its layout once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._context = RowContext(source.file, source.remark, source.row)
        self._feeds: dict[tuple[str, ...], RowFeed | None] = {}
        self._refused: list[str] = []
        self.number = 0
        """How many records there were so far."""
        self.lists = 0
        self.elements = 0

    def knows(self, item: dict[str, object]) -> bool:
        """Whether a profile knows the names of this object."""
        return self._feed(tuple(own_members(item))) is not None

    def refused(self, path: tuple[str, ...], item: dict[str, object], spot: Spot) -> None:
        """A list with objects that no profile knows."""
        names = ", ".join(list(item)[:8])[:200]
        self._refused.append(f"{' / '.join(path) or 'the list'} in line {spot.line} (with {names})")

    def of(self, item: object, number: int) -> Iterator[Record]:
        """What one element of a list says."""
        self.number = number
        file = self._source.file
        if not isinstance(item, dict):
            yield Unreadable(_text_of(item)[:RAW_KEPT], "it is no object with names", file, number)
            return
        item = own_members(item)
        names = tuple(item)
        if names not in self._feeds and len(self._feeds) >= MAX_HEADERS:
            yield Unreadable(
                _text_of(item)[:RAW_KEPT], f"more than {MAX_HEADERS} different sets of names", file, number
            )
            return
        feed = self._feed(names)
        if feed is None:
            shown = ", ".join(names[:8])[:200]
            reason = f"no source profile knows these names: {shown or 'there are none'}"
            yield Unreadable(_text_of(item)[:RAW_KEPT], reason, file, number)
            return
        header = feed.layout.header
        cells = item.values() if header == names else [item.get(name) for name in header]
        yield from feed.feed(number, [cell if isinstance(cell, str) else cell_text(cell) for cell in cells])

    def close(self) -> None:
        """The file is at its end.

        Raises:
            UserError: nothing in it was known.
        """
        known = {id(feed): feed for feed in self._feeds.values() if feed is not None}
        if not known:
            if self.elements or not self.lists:
                raise self._unknown()
            self._source.say("the list of records is empty")
        for refused in self._refused:
            self._source.say(f"a list is known to no source profile and is not read: {refused}")
        for feed in known.values():
            feed.close()

    def _feed(self, names: tuple[str, ...]) -> RowFeed | None:
        if names in self._feeds:
            return self._feeds[names]
        layout = recognise(names, self._source.profiles) if 0 < len(names) <= MAX_COLUMNS else None
        feed = None
        if layout is not None:
            feed = self._wider(names, layout.profile.id) or RowFeed(layout, self._context)
        if len(self._feeds) < MAX_HEADERS:
            self._feeds[names] = feed
        return feed

    def _wider(self, names: tuple[str, ...], profile_id: str) -> RowFeed | None:
        """The feed of a like record that has these names and perhaps more: optional members may be left out."""
        for feed in self._feeds.values():
            if feed is not None and feed.layout.profile.id == profile_id and set(names) <= set(feed.layout.header):
                return feed
        return None

    def _unknown(self) -> UserError:
        found = self._source.json
        names = self._refused[0] if self._refused else ", ".join((found.sample or found.top) if found else ())[:200]
        return UserError(
            f"no source profile knows these records: {names or 'there are none'}",
            where=str(self._source.path),
            fix=f"expected one of: {expected_columns(self._source.profiles)}; or give a profile with --source",
        )


def own_members(item: dict[str, object]) -> dict[str, object]:
    """The members of a record: where its maker wraps them in `fields` beside an id (Airtable), those."""
    inner = item.get("fields")
    return inner if isinstance(inner, dict) and "id" in item else item


def cell_text(value: object) -> str:
    """A JSON value as the cell that a table would have."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value):
        return "\n".join(cell_text(part) for part in value)
    return _text_of(value)


def _text_of(value: object) -> str:
    return (
        value
        if isinstance(value, str)
        else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")
    )
