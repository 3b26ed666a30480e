"""Finding JSON Lines: our own format, for teams that export findings from a database (`schemas/finding.schema.json`).

Every line is judged by itself: a bad one is unreadable, with its number and what is wrong, and the next is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice

import jsonschema_rs
import orjson

from disarm_exchange.findings.accounts import account_value
from disarm_exchange.findings.json_input import BadValueError, Spot, parse_json
from disarm_exchange.findings.json_outline import JsonShape
from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.reader import Recognition, Record, RecordBlock, Source
from disarm_exchange.findings.rows import RAW_KEPT
from disarm_exchange.findings.text_input import bounded_lines, bytes_read, open_text
from disarm_exchange.findings.values import Kind, Value, read_cell, redirect_targets
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.findings.values.model import ACCOUNT_KINDS
from disarm_exchange.findings.values.platforms import platform_data
from disarm_exchange.resources import data_folder

_LINES = 100
_WORDS = frozenset({Kind.TEXT, Kind.NAME, Kind.EMPTY})


class FindingLinesReader:
    """Reads finding JSON Lines."""

    title = "finding JSON Lines"

    def recognises(self, source: Source) -> Recognition | None:
        """JSON whose first line is an object with `labels` and `value`."""
        found = source.json
        if found is None or found.path or found.shape is JsonShape.ARRAY:
            return None
        names = set(found.sample or ())
        if not {"labels", "value"} <= names:
            return None
        return Recognition("its first line has the members 'labels' and 'value' of a finding")

    def read(self, source: Source) -> Iterator[Record]:
        """One record for every line that is not blank; its number is the line's.

        Raises:
            UserError: not UTF-8 text, or an endless line.
        """
        for block in self.blocks(source, _LINES):
            yield from block.records()

    def blocks(self, source: Source, size: int) -> Iterator[RecordBlock]:
        """The same in blocks of so many lines.

        Raises:
            UserError: as `read`.
        """
        with open_text(source.path) as stream:
            lines = enumerate(bounded_lines(stream, source.path), start=1)
            while taken := list(islice(lines, size)):
                yield _LineBlock(taken, source.file, bytes_read(stream))


class _LineBlock:
    """Lines that stand together."""

    def __init__(self, lines: list[tuple[int, str]], file: str, position: int) -> None:
        self.position = position
        self._lines = lines
        self._file = file

    def records(self) -> Iterator[Record]:
        """What the lines say, read now."""
        for number, line in self._lines:
            if line.strip():
                yield _record(line, self._file, number)


def _record(line: str, file: str, number: int) -> Record:
    try:
        item = parse_json(line.encode(), Spot(number, 1))
    except BadValueError as error:
        return Unreadable(line[:RAW_KEPT].rstrip(), f"column {error.spot.column}: {error.problem}", file, number)
    fault = next(iter(_validator().iter_errors(item)), None)
    if fault is not None:
        pointer = "".join(f"/{step}" for step in fault.instance_path)
        reason = f"{fault.message[:300]}{f' at {pointer}' if pointer else ''} (schemas/finding.schema.json)"
        return Unreadable(line[:RAW_KEPT].rstrip(), reason, file, number)
    assert isinstance(item, dict)
    try:
        reported = date.fromisoformat(item["reported"]) if "reported" in item else None
    except ValueError:  # the schema's check of dates is a loose one
        return Unreadable(line[:RAW_KEPT].rstrip(), f"{item['reported']!r} is no date at /reported", file, number)
    values = _values(item)
    if isinstance(values, str):
        return Unreadable(line[:RAW_KEPT].rstrip(), values, file, number)
    note = tidy(str(item.get("note", "")))[0]
    role = item.get("role")
    return Finding(
        labels=tuple(text for label in item["labels"] if (text := tidy(label)[0])),
        raw=str(item["value"]),
        value=values[0],
        note=note,
        file=file,
        record=number,
        reported=reported,
        more=(*values[1:], *(redirect_targets(note) if "/" in note or "[" in note else ())),
        role=None if role is None else str(role),
    )


def _values(item: dict[str, object]) -> tuple[Value, ...] | str:
    """The values of a line, or why it has none of the kind it claims."""
    raw, platform, user_id = str(item["value"]), item.get("platform"), item.get("user_id")
    kind = Kind(str(item["kind"])) if "kind" in item else None
    if platform is not None and platform not in platform_data().platforms:
        return f"no platform {platform!r} is known (mappings/values/platforms.json)"
    read = tuple(read_cell(raw))
    value = read[0]
    bare = value.kind in _WORDS or value.platform is None
    if bare and (platform is not None or user_id is not None) and (kind is None or kind in ACCOUNT_KINDS):
        account = account_value(
            None if platform is None else str(platform), raw, str(user_id or ""), kind or Kind.ACCOUNT
        )
        return (account,) if account is not None else f"{raw[:80]!r} cannot be a login on {platform}"
    if platform is not None and value.platform not in (None, platform):
        return f"the value is on {value.platform}, and the line says {platform}"
    if kind in _WORDS and kind is not value.kind:
        return (Value(kind, "" if kind is Kind.EMPTY else tidy(raw)[0]),)
    if kind in (None, value.kind) or (kind in ACCOUNT_KINDS and value.kind in ACCOUNT_KINDS):
        return read  # of two kinds of account, what the address says is more exact than what a database calls it
    assert kind is not None
    return f"the value is said to be of kind {kind.value!r} and reads as {value.kind.value!r}"


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    path = data_folder("schemas") / "finding.schema.json"
    return jsonschema_rs.Draft202012Validator(orjson.loads(path.read_bytes()), validate_formats=True)
