"""Reading one page of objects: an envelope (TAXII 2.1 section 3.7), or a bundle where a server sends one.

Each object keeps its own bytes. An object that cannot be read is marked and never spoils the others on its page.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.scanning import STRING, Buffer, IncompleteError, TooLargeError
from disarm_exchange.stix.timestamps import parse_timestamp

FIRST_HEADER = "X-TAXII-Date-Added-First"
LAST_HEADER = "X-TAXII-Date-Added-Last"

# TAXII servers of other times do not exist, and calculating with a date must not overflow
_EARLIEST, _LATEST = 1971, 9000

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


class NotAPageError(ValueError):
    """The text is no envelope; `cut` when it looks like the beginning of one."""

    def __init__(self, problem: str, *, cut: bool = False) -> None:
        super().__init__(problem)
        self.cut = cut


@dataclass(frozen=True, slots=True)
class PageObject:
    """One object as it came.

    Args:
        raw: its own bytes.
        item: the same, parsed; empty when it has a fault.
        fault: why it cannot be used, or empty.
    """

    raw: bytes
    item: StixObject
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to Get Objects.

    Args:
        objects: in the server's order.
        more: whether the server says that there is more.
        next: the token for the next page, opaque; None without one.
        first: X-TAXII-Date-Added-First as the server wrote it, None without a readable one.
        last: X-TAXII-Date-Added-Last likewise.
        oddities: what the server does wrong here, in words.
    """

    objects: Sequence[PageObject]
    more: bool = False
    next: str | None = None
    first: str | None = None
    last: str | None = None
    oddities: tuple[str, ...] = ()
    members: Mapping[str, object] = field(default_factory=dict, repr=False)


def read_page(body: bytes, headers: Mapping[str, str], *, max_depth: int = 100) -> Page:
    """Read the body and the headers of an answer to Get Objects or Get an Object.

    Raises:
        NotAPageError: the body is no JSON object, or its `objects` are no list.
    """
    members, elements = _split(body)
    oddities: list[str] = []
    if members.get("type") == "bundle":
        oddities.append("sends a bundle in place of an envelope")
    more, token = members.get("more", False), members.get("next")
    if not isinstance(more, bool):
        oddities.append("sends a `more` that is no boolean")
        more = more in ("true", "True", 1)
    if token is not None and not isinstance(token, str):
        oddities.append("sends a `next` that is no string")
        token = str(token) if isinstance(token, (int, float)) and not isinstance(token, bool) else None
    objects = [_read(raw, max_depth) for raw in elements]
    dates: list[str | None] = []
    for name in (FIRST_HEADER, LAST_HEADER):
        text = headers.get(name)
        dates.append(text if text is not None and _is_timestamp(text) else None)
        if text is not None and dates[-1] is None and objects:  # of an empty page they say nothing
            oddities.append(f"sends a {name} that is no timestamp")
        elif text is None and objects:
            oddities.append(f"sends no {name}")
    return Page(objects, more, token or None, dates[0], dates[1], tuple(oddities), members)


def _split(body: bytes) -> tuple[dict[str, object], list[bytes]]:
    try:
        members = {key: bytes(value) for key, value in _MEMBERS.decode(body).items()}
        raw_objects = members.pop("objects", b"[]")
        elements = [bytes(raw) for raw in _ELEMENTS.decode(raw_objects)] if raw_objects.lstrip() != b"null" else []
    except (msgspec.MsgspecError, RecursionError):
        # one odd object in it is enough to come here; the outline may still be sound
        members, elements = _split_slowly(body)
    return {key: _value(raw) for key, raw in members.items()}, elements


def _split_slowly(body: bytes) -> tuple[dict[str, bytes], list[bytes]]:
    """By strings and brackets alone, so that what is wrong inside one object stays there."""
    buffer = Buffer(io.BytesIO(body.removeprefix(b"\xef\xbb\xbf")), len(body) + 1)
    members: dict[str, bytes] = {}
    elements: list[bytes] = []
    try:
        buffer.more()
        for key in _inside(buffer, ord("{"), ord("}")):
            if key == "objects" and buffer.peek() == ord("["):
                elements = [buffer.take_value() for _ in _inside(buffer, ord("["), ord("]"))]
            else:
                members[key] = buffer.take_value()
    except (IncompleteError, TooLargeError):
        raise NotAPageError("the text ends in the middle", cut=True) from None
    if buffer.peek() >= 0:
        raise NotAPageError("there is something behind the JSON object")
    if "objects" in members and members.pop("objects") != b"null":
        raise NotAPageError("`objects` is no list")
    return members, elements


def _inside(buffer: Buffer, opening: int, closing: int) -> Iterator[str]:
    """Steps through an object (yielding each key, the position at its value) or a list (yielding empty texts)."""
    if buffer.peek() != opening:
        raise NotAPageError("no JSON object", cut=buffer.peek() < 0)
    buffer.pos += 1
    if buffer.peek() == closing:
        buffer.pos += 1
        return
    while True:
        key = ""
        if opening == ord("{"):
            if buffer.peek() not in (ord('"'), -1):
                raise NotAPageError("no JSON object")
            key = str(_value(buffer.take(STRING)))
            if buffer.peek() != ord(":"):
                raise NotAPageError("no JSON object", cut=buffer.peek() < 0)
            buffer.pos += 1
        before = buffer.base + buffer.pos
        yield key
        mark = buffer.peek()
        if mark < 0:
            raise IncompleteError
        if buffer.base + buffer.pos == before or mark not in (ord(","), closing):
            raise NotAPageError("no JSON object")
        buffer.pos += 1
        if mark == closing:
            return


def _value(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _read(raw: bytes, max_depth: int) -> PageObject:
    try:
        item = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return PageObject(raw, {}, f"not JSON: {error.msg}")
    if not isinstance(item, dict):
        return PageObject(raw, {}, "not a JSON object")
    # few brackets cannot nest deeply; only the others are walked
    if raw.count(b"{") + raw.count(b"[") > max_depth and _depth(item, max_depth) > max_depth:
        return PageObject(raw, {}, f"nested deeper than {max_depth} levels")
    return PageObject(raw, item)


def _depth(value: object, most: int) -> int:
    """How deeply the value is nested, counted up to one more than `most`."""
    level = [value]
    for depth in range(1, most + 2):
        inner: list[object] = []
        for entry in level:
            if isinstance(entry, dict):
                inner.extend(entry.values())
            elif isinstance(entry, list):
                inner.extend(entry)
        level = [entry for entry in inner if isinstance(entry, (dict, list))]
        if not level:
            return depth
    return most + 1


def _is_timestamp(text: str) -> bool:
    try:
        return _EARLIEST <= parse_timestamp(text).year <= _LATEST
    except ValueError:
        return False
