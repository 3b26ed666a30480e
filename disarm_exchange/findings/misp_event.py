"""MISP events (JSON as MISP exports and its API answers): attributes and objects as findings.

An attribute that its producer does not offer for detection (`to_ids` is false) becomes no indicator. DISARM galaxy tags
are the labels; an attribute without one has its own type for a label. What a victim is called or owns is kept home,
what may say who a person is stays in the event, and nobody is named as the actor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from disarm_exchange.findings.accounts import account_value, platform_key
from disarm_exchange.findings.json_input import BadValueError, JsonCursor, open_json
from disarm_exchange.findings.json_outline import EVENT
from disarm_exchange.findings.json_records import cell_text
from disarm_exchange.findings.misp_mapping import (
    AccountRule,
    AttributeRule,
    attributes_of,
    dicts_of,
    misp_mapping,
    tags_of,
)
from disarm_exchange.findings.model import NOT_FOR_DETECTION, VICTIM, Finding, Unreadable
from disarm_exchange.findings.reader import Recognition, Record, Source
from disarm_exchange.findings.rows import RAW_KEPT
from disarm_exchange.findings.values import COUNT_KINDS, Kind, Value, read_typed
from disarm_exchange.findings.values.characters import tidy
from disarm_exchange.stix.markings import Tlp, parse_tlp

_LABEL = "MISP event"
_HEAD = frozenset({"info", "date", "distribution", "Tag", "Galaxy"})
_REPORT = "EventReport"
_ASIDE = {
    "Sighting": "sightings",
    "ShadowAttribute": "proposals by others",
    "Note": "notes of analysts",
    "Opinion": "opinions of analysts",
}
_SIGHTINGS = {"0": "seen", "1": "a false positive", "2": "expired"}
"""Kinds of sightings, as MISP's core format numbers them."""

_DOUBTS_NAMED = 100
_NO_VALUES = COUNT_KINDS | {Kind.TEXT, Kind.NAME, Kind.EMPTY}


class MispReader:
    """Reads MISP events."""

    title = "MISP event"

    def recognises(self, source: Source) -> Recognition | None:
        """JSON with a member `Event`, alone or in a list (`response`) of them."""
        found = source.json
        if found is None or not (EVENT in found.top or (found.sample and EVENT in found.sample)):
            return None
        return Recognition("it is JSON with a member 'Event'")

    def read(self, source: Source) -> Iterator[Record]:
        """The findings of every event in the file. Records are numbered from 1: attributes, objects, event tags.

        Raises:
            UserError: the file is no whole JSON document; with line and column.
        """
        heads = list(_heads(source))
        number = 0
        with open_json(source.path) as cursor:
            for index, _ in enumerate(_events(cursor)):
                event = _Event(source, heads[index], number)
                yield from event.records(cursor)
                number = event.number


def event_name(source: Source) -> str | None:
    """What the only event of a file is called; None if there are several, or it has no name.

    Raises:
        UserError: the file is no whole JSON document; with line and column.
    """
    names = [info for head in _heads(source) if isinstance(info := head.get("info"), str) and info.strip()]
    return tidy(names[0])[0] if len(names) == 1 else None


def _events(cursor: JsonCursor) -> Iterator[None]:
    """Stops before every event of a document."""
    kind = cursor.kind()
    if kind == "array":
        for _ in cursor.elements():
            yield from _events(cursor)
    elif kind == "object":
        for name in cursor.members():
            if name == EVENT:
                yield
            elif cursor.kind() in ("array", "object"):
                yield from _events(cursor)


def _heads(source: Source) -> Iterator[dict[str, object]]:
    """What each event says of itself, which may stand behind its attributes."""
    with open_json(source.path) as cursor:
        for _ in _events(cursor):
            head: dict[str, object] = {}
            if cursor.kind() == "object":
                for name in cursor.members():
                    if name in _HEAD:
                        head[name] = cursor.plain_value()
            yield head
        cursor.end()


class _Event:
    """One event while it is read."""

    def __init__(self, source: Source, head: dict[str, object], number: int) -> None:
        self._source = source
        self._head = head
        self._mapping = misp_mapping()
        self._reported = _day(head.get("date"))
        self._passed: Counter[str] = Counter()
        self._doubted: list[int] = []
        self._tlp: Tlp | None = None
        self.number = number
        """The number of the last record."""

    def records(self, cursor: JsonCursor) -> Iterator[Record]:
        """All records of the event before which the cursor stands."""
        if cursor.kind() != "object":
            self._source.say("an 'Event' of the file is no object and is not read")
            return
        self._mark(self._head)
        for name in cursor.members():
            if name in ("Attribute", "Object", _REPORT) and cursor.kind() == "array":
                for _ in cursor.elements():
                    yield from self._element(cursor, name)
            elif name in _ASIDE:
                self._count_aside({name: cursor.plain_value()})
        for tag, label in self._mapping.techniques(self._head).items():
            yield self._finding((_LABEL, label), tag, Value(Kind.EMPTY, ""), "", None)
        self._close()

    def _element(self, cursor: JsonCursor, name: str) -> Iterator[Record]:
        try:
            item = cursor.value()
        except BadValueError as error:
            reason = f"line {error.spot.line}, column {error.spot.column}: {error.problem}"
            yield self._unreadable(error.raw[:RAW_KEPT].decode(errors="replace"), reason)
            return
        if not isinstance(item, dict):
            yield self._unreadable(cell_text(item)[:RAW_KEPT], f"an element of {name!r} that is no object")
        elif _is_set(item.get("deleted")):
            self._passed["deleted in the event"] += 1
        elif name == "Object":
            yield from self._object(item)
        elif name == _REPORT:
            yield from self._report(item)
        else:
            self._mark(item)
            yield from self._attribute(item, self._mapping.techniques(item))

    def _report(self, item: dict[str, object]) -> Iterator[Record]:
        """A report on the event: its title is a note. Its text may name persons and victims, so it stays at home."""
        title, text = tidy(cell_text(item.get("name")))[0], cell_text(item.get("content"))
        if not title and not text.strip():
            yield self._unreadable("", "an event report without a name and without a text")
            return
        self._mark(item)
        yield self._finding((_LABEL, "event report"), text, Value(Kind.TEXT, title or "(untitled)"), "", None)
        self._passed["texts of event reports, which may name persons and victims: their titles are notes"] += 1

    def _count_aside(self, item: dict[str, object]) -> None:
        """What others say of an event or attribute is theirs to share: it is counted."""
        for name, what in _ASIDE.items():
            for each in dicts_of(item.get(name)):
                said = _SIGHTINGS.get(str(each.get("type", "0")), "seen") if name == "Sighting" else ""
                self._passed[f"{what}{said and f' ({said})'}"] += 1
                if said == _SIGHTINGS["1"]:
                    self._doubted.append(self.number + 1)

    def _object(self, item: dict[str, object]) -> Iterator[Record]:
        name = str(item.get("name") or "")
        self._mark(item)
        attributes = [each for each in attributes_of(item) if not _is_set(each.get("deleted"))]
        if name in self._mapping.closed_objects:
            self._passed[f"objects of the kind {name}, which may say who a person is or hold secrets"] += 1
            return
        rule = self._mapping.accounts.get(name)
        techniques = self._mapping.techniques(item)
        for attribute in attributes:
            self._mark(attribute)
        if rule is not None:
            for attribute in attributes:
                techniques.update(self._mapping.techniques(attribute))
            yield from self._account(rule, item, attributes, techniques)
            return
        for attribute in attributes:
            yield from self._attribute(attribute, {**techniques, **self._mapping.techniques(attribute)})

    def _account(
        self,
        rule: AccountRule,
        item: dict[str, object],
        attributes: list[dict[str, object]],
        techniques: dict[str, str],
    ) -> Iterator[Record]:
        cells: dict[str, str] = {}
        for attribute in attributes:
            cells.setdefault(str(attribute.get("object_relation")), cell_text(attribute.get("value")))
        used = [name for name in (*rule.login, *rule.user_id, *rule.address) if cells.get(name)]
        value = _account_of(rule, cells)
        if value is None:
            yield self._unreadable(
                _raw(cells), f"the object {item.get('name')!r} names no account: {', '.join(cells) or 'it is empty'}"
            )
            return
        detect = any(_is_set(each.get("to_ids")) for each in attributes if each.get("object_relation") in used)
        note = tidy(cell_text(item.get("comment")))[0]
        labels = [(_LABEL, label) for label in techniques.values()] or [(_LABEL, rule.label)]
        for path in labels:
            yield self._finding(path, _raw(cells), value, note, None if detect else NOT_FOR_DETECTION)
        left = len([name for name in cells if name not in used and name != rule.platform_from])
        if left:
            self._passed["details of accounts (names, descriptions, figures), which stay in the event"] += left

    def _attribute(self, item: dict[str, object], techniques: dict[str, str]) -> Iterator[Record]:
        self._count_aside(item)
        kind, raw = item.get("type"), cell_text(item.get("value"))
        if not isinstance(kind, str) or not raw.strip():
            yield self._unreadable(raw, "an attribute without a type or without a value")
            return
        rule = self._mapping.attributes.get(kind)
        if rule is None:
            self._passed[f"attributes of type {kind}, of which findings are not made"] += 1
            return
        if rule.closed is not None:
            self._passed[f"attributes of type {kind}: {rule.closed}"] += 1
            return
        role = rule.role or (VICTIM if str(item.get("category")) in self._mapping.victim_categories else None)
        value, more, problem = _values_of(rule, raw, role)
        if value is None:
            yield self._unreadable(
                raw[:RAW_KEPT], f"the value is not of its type {kind}" + (f": {problem}" if problem else "")
            )
            return
        if role is None and not _is_set(item.get("to_ids")) and not rule.words:
            role = NOT_FOR_DETECTION
        label = next((each for each in rule.types if each is not None), kind)
        labels = [(_LABEL, each) for each in techniques.values()] or [(_LABEL, label)]
        note = tidy(cell_text(item.get("comment")))[0]
        for path in labels:
            yield self._finding(path, raw, value, note, role, more=more)

    def _finding(
        self,
        labels: tuple[str, ...],
        raw: str,
        value: Value,
        note: str,
        role: str | None,
        *,
        more: tuple[Value, ...] = (),
    ) -> Finding:
        self.number += 1
        return Finding(labels, raw, value, note, self._source.file, self.number, self._reported, more, role)

    def _unreadable(self, raw: str, reason: str) -> Unreadable:
        self.number += 1
        return Unreadable(raw[:RAW_KEPT], reason, self._source.file, self.number)

    def _mark(self, item: dict[str, object]) -> None:
        for tag in tags_of(item):
            if tag.casefold().startswith("tlp:"):
                try:
                    colour = parse_tlp(tag)
                except ValueError:
                    self._passed[f"markings that are none of TLP's colours: {tag[:40]}"] += 1
                    continue
                self._tlp = colour if self._tlp is None else max(self._tlp, colour)

    def _close(self) -> None:
        say = self._source.say
        for what, count in self._passed.items():
            say(f"not taken: {count:,} {what}")
        for number in self._doubted[:_DOUBTS_NAMED]:
            say("somebody calls this a false positive: look at it before you share it", record=number)
        if str(self._head.get("distribution")) == "0":
            say("the event is for its own organisation only (distribution 0)", tlp=Tlp.AMBER_STRICT)
        if self._tlp is not None:
            say(f"the strictest marking in the event is {self._tlp.label}", tlp=self._tlp)


def _values_of(rule: AttributeRule, raw: str, role: str | None) -> tuple[Value | None, tuple[Value, ...], str | None]:
    """The value, further ones, and what is wrong if there is none."""
    if rule.words:
        # What a victim is called is a name, so that it is withheld; other words are a note.
        return Value(Kind.NAME if role == VICTIM else Kind.TEXT, tidy(raw)[0]), (), None
    if rule.platform is not None:
        return account_value(rule.platform, raw, raw if raw.strip().isdigit() else ""), (), None
    parts = raw.split("|", 1) if len(rule.types) > 1 else [raw]
    values = [read_typed(part.strip(), kind) for part, kind in zip(parts, rule.types, strict=False) if kind is not None]
    good = [value for value in values if value.kind not in _NO_VALUES]
    if not good:
        return None, (), values[0].problem if values else None
    return good[0], tuple(good[1:]), None


def _account_of(rule: AccountRule, cells: dict[str, str]) -> Value | None:
    login, user_id, address = (
        next((text for name in names if (text := cells.get(name, "").strip())), "")
        for names in (rule.login, rule.user_id, rule.address)
    )
    platform = rule.platform or platform_key(cells.get(rule.platform_from or "", ""))
    if address:
        found = read_typed(address, "url")
        if found.login or found.user_id:
            return found
    return account_value(platform, login, user_id, rule.kind)


def _raw(cells: dict[str, str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in cells.items())[:RAW_KEPT]


def _is_set(flag: object) -> bool:
    return flag is True or flag in (1, "1", "true")


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
