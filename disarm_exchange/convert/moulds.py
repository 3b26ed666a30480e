"""Templates that are learned from the general way of building objects, and filled by columns.

Observables and what hangs on them are most of any large case, and those of one kind differ in few places: the value
as it is, the value defanged, and ids, which are hashes of these. So the objects of one value are built in the general
way (dicts, `building` and `dad_cdm`) with marks in place of what the value says, while the ids that are minted are
watched; what comes out, cut at the marks and ids, is the template. Nothing here knows what the objects are.

Why it can be trusted: it takes only values of characters that mean the same in a URL, in JSON and in a pattern, and of
usual length, and leaves all others to the general way; a template that shows anything else of the value than it can
fill in is refused; and the first value it is made for is built in both ways, and must come out the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from operator import attrgetter

from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.observables import observable_of
from disarm_exchange.convert.rendering import Group, group_of
from disarm_exchange.findings.values import Value
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.defanging import defang
from disarm_exchange.stix.ids import UuidSeries, WatchedIds, observable_series

Build = Callable[[Frame, Value], list[list[StixObject]]]
"""The general way: the objects of a value, in groups of those that come together; of each the first brings the rest."""

_FILLED = ("text", "url", "login", "user_id")
"""What of a value a template can take."""

_KEPT_OUT = ("spelling", "item", "remark", "problem")
_USUAL = re.compile(r"[A-Za-z0-9._~:/?#@!$&()*+,;=%\n-]*")
"""Characters of a URI (RFC 3986) that nothing escapes; quotes, brackets and all beyond ASCII are left to others."""

_LONGEST = 250


class Mould:
    """The objects of all values of one kind, ready to be filled in. Made by `mould_of`.

    Args:
        taken: the fields of a value that are filled in.
        shown: those of them that are filled in defanged.
        ids: the ids that are made.
        groups: the groups of objects.
        build: the general way.
    """

    __slots__ = ("_build", "_groups", "_ids", "_shown", "_taken")

    def __init__(
        self,
        taken: Sequence[str],
        shown: Sequence[str],
        ids: Sequence[_Id],
        groups: Sequence[_GroupText],
        build: Callable[[Value], tuple[Group, ...]],
    ) -> None:
        self._taken = [attrgetter(name) for name in taken]
        self._shown = [taken.index(name) for name in shown]
        self._ids = ids
        self._groups = groups
        self._build = build

    def fill(self, values: Sequence[Value]) -> list[tuple[Group, ...]]:
        """The groups of each of these values, as the general way gives them."""
        if not values:
            return []
        texts = [list(map(field, values)) for field in self._taken]
        if all(map(_are_usual, texts)):
            return self._filled(texts)
        usual = [all(_are_usual([text]) for text in row) for row in zip(*texts, strict=True)]
        filled = iter(self.fill([value for value, one in zip(values, usual, strict=True) if one]))
        return [next(filled) if one else self._build(value) for value, one in zip(values, usual, strict=True)]

    def _filled(self, texts: list[list[str]]) -> list[tuple[Group, ...]]:
        shown = [list(map(defang, texts[place])) for place in self._shown]
        # No text has a line feed, so a whole column is encoded at once.
        columns = ["\n".join(column).encode().split(b"\n") for column in (*texts, *shown)]
        for each in self._ids:
            columns.append(each.series.of_all(each.key.filled(columns)))
        return list(zip(*[each.filled(columns) for each in self._groups], strict=True))


_Columns = Sequence[Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with places for columns between its pieces."""

    pieces: tuple[bytes, ...]
    places: tuple[int, ...]

    def filled(self, columns: _Columns) -> list[bytes]:
        """The text for each row of the columns."""
        rows = len(columns[0])
        parts: list[Iterable[bytes]] = []
        for piece, place in zip(self.pieces, self.places, strict=False):
            if piece:
                parts.append(repeat(piece, rows))
            parts.append(columns[place])
        if self.pieces[-1] or not parts:
            parts.append(repeat(self.pieces[-1], rows))
        return list(map(b"".join, zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class _Id:
    """How the UUIDs of one column are made."""

    series: UuidSeries
    key: _Text


@dataclass(frozen=True, slots=True)
class _GroupText:
    types: tuple[str, ...]
    uuids: _Text
    body: _Text

    def filled(self, columns: _Columns) -> list[Group]:
        types = self.types
        uuids = map(bytes.decode, self.uuids.filled(columns))
        return [Group(types, ids, body) for ids, body in zip(uuids, self.body.filled(columns), strict=True)]


def mould_of(value: Value, frame: Frame, build: Build, separator: bytes) -> Mould | None:
    """The mould for values that have the same fields as this one, by building marks in their place.

    Args:
        value: the first of these values.
        frame: the case's.
        build: the general way; it may look at `_FILLED` of a value, and at what all these values have in common.
        separator: what stands between two objects of a group.

    Returns:
        None where what is built cannot be learned.
    """

    def general(one: Value) -> tuple[Group, ...]:
        return tuple([group_of(group, separator) for group in build(frame, one)])

    marks = {name: _mark(name) for name in (*_FILLED, *_KEPT_OUT) if getattr(value, name)}
    marked = replace(value, **marks)  # type: ignore[arg-type]
    watched = WatchedIds(frame.ids)
    groups = [group_of(group, separator) for group in build(replace(frame, ids=watched), marked)]
    observable = observable_of(marked)
    canonical = observable.canonical().decode()
    written = "\n".join((canonical, *(key for _, key in watched.made.values()), *(str(group.body) for group in groups)))
    taken = [name for name, mark in marks.items() if mark in written or defang(mark) in written]
    shown = [name for name in taken if defang(marks[name]) in written]
    if not taken or not set(taken) <= set(_FILLED):
        return None
    cuts = _Cuts([*(marks[name] for name in taken), *(defang(marks[name]) for name in shown), observable.uuid])
    ids = [cuts.id_of(observable_series, canonical)]
    for made, (object_type, key) in watched.made.items():
        if cuts.cut_somewhere(key):
            ids.append(cuts.id_of(partial(frame.ids.series, object_type), key))
            cuts.add(made[-36:])
    texts = [_GroupText(each.types, cuts.text(each.uuids), cuts.text(each.body.decode())) for each in groups]
    mould = Mould(taken, shown, ids, texts, general)
    return mould if mould.fill([value]) == [general(value)] else None


class _Cuts:
    """The marks and ids at which texts are cut, and the columns they stand for."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._columns = {mark: place for place, mark in enumerate(marks)}

    def add(self, mark: str) -> None:
        """The next column."""
        self._columns[mark] = len(self._columns)

    def _split(self, text: str) -> list[str]:
        return re.split(f"({'|'.join(map(re.escape, self._columns))})", text)

    def cut_somewhere(self, text: str) -> bool:
        """Whether there is a mark in the text."""
        return len(self._split(text)) > 1

    def text(self, text: str) -> _Text:
        """The text with places for columns."""
        parts = self._split(text)
        places = tuple([self._columns[mark] for mark in parts[1::2]])
        return _Text(tuple([part.encode() for part in parts[::2]]), places)

    def id_of(self, begin: Callable[[str], UuidSeries], key: str) -> _Id:
        """The UUIDs whose keys are like this one: a series of those that begin as it does up to the first mark."""
        lead = self._split(key)[0]
        return _Id(begin(lead), self.text(key[len(lead) :]))


def _mark(name: str) -> str:
    """A text that stands for itself in whatever is made of it, but has a defanged form."""
    return f"mark-of-{name.replace('_', '-')}.example"


def _are_usual(column: list[str]) -> bool:
    text = "\n".join(column)
    return (
        _USUAL.fullmatch(text) is not None and text.count("\n") == len(column) - 1 and max(map(len, column)) <= _LONGEST
    )
