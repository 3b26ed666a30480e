"""Mending what can be mended without asking: each change is told, nothing else of the file is touched.

A mended object that has been shared before needs a new `modified` time: the caller says so to the user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject, atomic_writer
from disarm_exchange.stix.defanging import defang_links
from disarm_exchange.stix.reading import Fault, ObjectReader, Record, open_source
from disarm_exchange.validate.kinds import Kind, kind_of
from disarm_exchange.validate.rules.sharing import FREE_TEXT

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one object."""

    code: str
    """The rule that it satisfies."""
    object_id: str
    pointer: str
    what: str
    line: int


Mended = tuple[StixObject, str, str]
"""The object as it should be, where it changed, and what was done."""


def _defang(item: StixObject) -> Iterator[Mended]:
    for name in sorted(FREE_TEXT & item.keys()):
        text = item[name]
        if "created" in item and isinstance(text, str) and (safe := defang_links(text)) != text:
            item = {**item, name: safe}
            yield item, f"/{name}", "defanged live links"


def _spec_version(item: StixObject) -> Iterator[Mended]:
    """Only where nothing speaks for STIX 2.0: an object of a type, or with a property, that 2.0 did not have."""
    object_type = item.get("type")
    if "spec_version" in item or not isinstance(object_type, str) or kind_of(object_type) is Kind.CUSTOM:
        return
    if kind_of(object_type) is Kind.SCO or (object_type not in _TYPES_OF_21 and not _PROPERTIES_OF_21 & item.keys()):
        return
    items = list(item.items())
    place = next((number for number, (key, _) in enumerate(items) if key == "type"), -1) + 1
    yield dict([*items[:place], ("spec_version", "2.1"), *items[place:]]), "", "added spec_version 2.1"


_TYPES_OF_21 = frozenset(
    {
        "grouping",
        "incident",
        "infrastructure",
        "location",
        "malware-analysis",
        "note",
        "opinion",
        "extension-definition",
    }
)
_PROPERTIES_OF_21 = frozenset(
    {"extensions", "confidence", "lang", "pattern_type", "report_types", "threat_actor_types"}
)


def _markings(item: StixObject) -> Iterator[Mended]:
    refs = item.get("object_marking_refs")
    if isinstance(refs, list) and all(isinstance(ref, str) for ref in refs):
        once = list(dict.fromkeys(sorted(refs)))
        if once != refs:
            yield {**item, "object_marking_refs": once}, "/object_marking_refs", "put the markings in order, each once"


FIXERS: Mapping[str, Callable[[StixObject], Iterator[Mended]]] = {
    "DX101": _spec_version,
    "DX607": _markings,
    "DX702": _defang,
}
"""What can be mended, by the code of the rule."""


def mend(item: StixObject) -> tuple[StixObject, list[tuple[str, str, str]]]:
    """The object with all that can be mended mended, and what was done: code, pointer, words."""
    done: list[tuple[str, str, str]] = []
    for code, fixer in FIXERS.items():
        for fixed, pointer, what in fixer(item):
            item = fixed
            done.append((code, pointer, what))
    return item, done


def fix_file(path: Path) -> list[Change]:
    """Mend a file in place; every byte that belongs to no mended object stays as it is.

    Raises:
        UserError: the file cannot be read or written, is gzipped, or is no JSON to its end.
    """
    with open_source(path) as stream:
        data = stream.read()
    if data.startswith(_GZIP):
        raise UserError("is gzipped: unpack it before --fix", where=str(path))
    changes: list[Change] = []
    parts: list[bytes] = []
    end = 0
    with open_source(path) as stream:
        for event in ObjectReader(stream):
            if isinstance(event, Fault):
                place = f"{path}:{event.place.line}:{event.place.column}"
                raise UserError(f"{event.problem}; nothing was changed", where=place)
            if isinstance(event, Record) and isinstance(event.item, dict):
                mended, done = mend(event.item)
                if done:
                    begin = event.place.offset
                    parts += [data[end:begin], _written(mended, event)]
                    end = begin + len(event.raw)
                    object_id = str(mended.get("id", ""))
                    changes += [Change(code, object_id, at, what, event.place.line) for code, at, what in done]
    if changes:
        with atomic_writer(path) as out:
            out.write(b"".join(parts))
            out.write(data[end:])
    return changes


def _written(item: StixObject, record: Record) -> bytes:
    """The object on one line or on several, as it stood before."""
    if b"\n" not in record.raw:
        return orjson.dumps(item)
    text = orjson.dumps(item, option=orjson.OPT_INDENT_2)
    closing = record.raw.rpartition(b"\n")[2]
    margin = closing[: len(closing) - len(closing.lstrip())]
    return text.replace(b"\n", b"\n" + margin)
