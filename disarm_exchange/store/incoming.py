"""A received object: its own bytes, and the few facts about it that the store indexes.

This is the structural check that every object passes before it is stored, whoever brought it. Whether it is
good STIX beyond that is the business of the validate room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import orjson

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP_OF_MARKING
from disarm_exchange.store import clock

SPEC_VERSION = "2.1"

_TYPE = re.compile(r"[a-z0-9][a-z0-9-]{1,248}[a-z0-9]", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_TAIL_OF_ID = re.compile(rb"--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TLP_UUIDS = frozenset(marking_id[-36:].encode() for marking_id in TLP_OF_MARKING)
_MARKING_KEYS = ("type", "id", "created_by_ref", "object_marking_refs", "granular_markings")
_TYPE_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_LONGEST_TYPE = 250
# Parsed, a value of one or two letters takes a hundred times its size; this many are more than any object needs.
_MOST_VALUES = 250_000
_FRACTION = re.compile(r"\.\d{7,}Z\Z", re.ASCII)
_COMPACT = json.JSONEncoder(ensure_ascii=True)


class ObjectError(ValueError):
    """An object that cannot be stored.

    Attributes:
        reason: what is wrong with it.
        stix_id: its id, where it has a readable one.
        version: its `modified` or `created`, where it has a readable one.
    """

    def __init__(self, reason: str, item: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.stix_id = _readable(item, "id")
        self.version = _readable(item, "modified") or _readable(item, "created")


def _readable(item: object, key: str) -> str:
    value = item.get(key) if isinstance(item, dict) else None
    return value[:300] if isinstance(value, str) else ""


class Incoming(NamedTuple):
    """An object that may be stored.

    Attributes:
        body: the bytes as they came.
        item: the same, parsed.
        stix_id: its id.
        type: its type.
        spec_version: the STIX version it is in.
        version: `modified`, else `created`, as written; None where it has neither.
        version_at: that moment, in microseconds; None likewise.
        digest: of its content, whatever the order of keys and the white space.
        mentions: the ids that stand anywhere in it, its own and those of the TLP colours apart.
    """

    body: bytes
    item: StixObject
    stix_id: str
    type: str
    spec_version: str
    version: str | None
    version_at: int | None
    digest: bytes
    mentions: set[str]


def read_object(body: bytes, parsed: StixObject | None = None) -> Incoming:
    """Read one object out of its JSON text (TAXII 2.1 section 3.7, STIX 2.1 sections 2.9, 3.2 and 3.3).

    Args:
        body: the text.
        parsed: what orjson makes of it, where that was done already.

    Raises:
        ObjectError: not a JSON object, a key twice, nested too deeply, or its type, id, spec_version, created or
            modified is not of the form that STIX 2.1 gives them.
    """
    if len(body) > _MOST_VALUES and body.count(b",") > _MOST_VALUES:
        raise ObjectError(f"more than {_MOST_VALUES:,} values in one object")
    try:
        item = orjson.loads(body) if parsed is None else parsed
    except orjson.JSONDecodeError as error:
        raise ObjectError(f"not JSON: {error}") from None
    if not isinstance(item, dict):
        raise ObjectError("not a JSON object")
    try:
        canonical = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise ObjectError("nested too deeply", item) from None
    _refuse_repeated_keys(body, item)
    object_type, stix_id = _type_and_id(item)
    version = _version(item)
    return Incoming(
        body=body,
        item=item,
        stix_id=stix_id,
        type=object_type,
        spec_version=_spec_version(item, versioned=version is not None),
        version=version,
        version_at=None if version is None else _moment(version, item),
        digest=blake2b(canonical, digest_size=16).digest(),
        mentions=_mentions(canonical, stix_id[-36:].encode()),
    )


def only_markings(incoming: Incoming) -> Incoming:
    """The same object, its parsed form cut down to what its level is read from: it takes less memory."""
    item = incoming.item
    if incoming.type == "marking-definition":
        return incoming
    kept = {key: item[key] for key in _MARKING_KEYS if key in item}
    return Incoming(incoming.body, kept, *incoming[2:])


def write_object(item: Mapping[str, object]) -> bytes:
    """An object of our own as the bytes that are stored and sent."""
    return orjson.dumps(item)


def _refuse_repeated_keys(body: bytes, item: StixObject) -> None:
    """Two readers may take different ones of two equal keys, so a marking could be hidden (RFC 7493 section 2.3)."""
    if orjson.dumps(item) == body or _COMPACT.encode(item).encode() == body:
        return  # written out again it is the same text, so no key was dropped
    try:
        json.loads(body, object_pairs_hook=_unique)
    except ObjectError as fault:
        raise ObjectError(fault.reason, item) from None
    except RecursionError:
        raise ObjectError("nested too deeply", item) from None


def _mentions(canonical: bytes, own_uuid: bytes) -> set[str]:
    """Every id of an object in the text, whether in a reference, a key or prose; not its own, nor a TLP colour's."""
    found = set()
    for tail in set(_TAIL_OF_ID.findall(canonical)):
        if tail[2:] == own_uuid or tail[2:] in _TLP_UUIDS:
            continue
        start = canonical.find(tail)
        while start >= 0:
            before = canonical[max(0, start - _LONGEST_TYPE) : start]
            found.add((before[len(before.rstrip(_TYPE_LETTERS)) :] + tail).decode("ascii"))
            start = canonical.find(tail, start + 1)
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ObjectError("a key stands twice in one JSON object")
    return found


def _type_and_id(item: StixObject) -> tuple[str, str]:
    object_type, stix_id = item.get("type"), item.get("id")
    if not isinstance(object_type, str) or not _is_type(object_type):
        raise ObjectError("type is missing or not a STIX type name", item)
    if object_type == "bundle":
        raise ObjectError("a bundle is not a STIX object: send the objects in it", item)
    if not isinstance(stix_id, str):
        raise ObjectError("id is missing or not a string", item)
    if not stix_id.startswith(f"{object_type}--") or not _UUID.fullmatch(stix_id, len(object_type) + 2):
        raise ObjectError(f"id is not of the form {object_type}--UUID", item)
    return object_type, stix_id


@lru_cache(maxsize=1024)
def _is_type(text: str) -> bool:
    return _TYPE.fullmatch(text) is not None


def _version(item: StixObject) -> str | None:
    for key in ("modified", "created"):
        value = item.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            raise ObjectError(f"{key} is not a string", item)
        return value
    return None


def _moment(text: str, item: StixObject) -> int:
    if _FRACTION.search(text):
        raise ObjectError("modified or created has more than six digits of a second", item)
    try:
        moment = clock.from_text(text)
        created = item.get("created")
        if isinstance(created, str) and clock.from_text(created) > moment:
            raise ObjectError("modified is before created", item)
    except ObjectError:
        raise
    except ValueError:
        raise ObjectError("modified or created is not a STIX timestamp", item) from None
    return moment


def _spec_version(item: StixObject, *, versioned: bool) -> str:
    found = item.get("spec_version")
    if found is None and versioned:
        raise ObjectError("no spec_version: STIX 2.0 is not supported", item)
    if found is None:
        return SPEC_VERSION  # optional on observables (STIX 2.1 section 3.2)
    if found != SPEC_VERSION:
        raise ObjectError("spec_version is not 2.1", item)
    return SPEC_VERSION
