"""Identifiers: deterministic UUIDv5 for cyber-observables (STIX 2.1 section 2.9) and for our own objects.

Observables take the namespace that STIX gives. All other objects take a namespace that is the UUID of the
producer's identity, so that two producers never mint the same id and one producer always mints the same. Objects that
belong to no producer (techniques, platforms, extension definitions) take the project's namespace.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha1
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

SCO_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""STIX 2.1 section 2.9: the namespace for observables, and for nothing else."""

_SCO_PREFIX = sha1(SCO_NAMESPACE.bytes, usedforsecurity=False)

PROJECT_NAMESPACE = UUID("5d0fe5b5-3c6f-4b58-9ad7-6f6a6cf4ad4e")
"""Minted once for this project; a change would give every object of ours a new id."""

KEY_SEPARATOR = "\x1f"
"""Stands between the parts of a natural key."""

_HASH_PREFERENCE = ("MD5", "SHA-1", "SHA-256", "SHA-512")

_CONTRIBUTING: Mapping[str, tuple[str, ...]] = {
    "artifact": ("hashes", "payload_bin"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("from_ref", "subject", "body"),
    "file": ("hashes", "name", "parent_directory_ref", "extensions"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "media-content": ("url",),
    "mutex": ("name",),
    "network-traffic": (
        "start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions",
    ),
    "software": ("name", "cpe", "swid", "vendor", "version"),
    "url": ("value",),
    "user-account": ("account_type", "user_id", "account_login"),
    "windows-registry-key": ("key", "values"),
    "x509-certificate": ("hashes", "serial_number"),
}  # fmt: skip


_VARIANT = {digit: f"{int(digit, 16) & 3 | 8:x}" for digit in "0123456789abcdef"}


def uuid5_text(namespace: bytes, name: bytes) -> str:
    """RFC 4122 version 5 as text; several times faster than building `uuid.UUID` objects."""
    return _as_uuid5(sha1(namespace + name, usedforsecurity=False).hexdigest())


def _as_uuid5(text: str) -> str:
    """A SHA-1 in hexadecimal, cut to a UUID with its version and variant set (RFC 4122 section 4.3)."""
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


_ROW = b"00000000-0000-0000-0000-000000000000"
_DIGIT_PLACES = [place for place, character in enumerate(_ROW) if character != ord("-")]
_VERSION_PLACE = 14
_VARIANT_PLACE = 19
_VARIANTS = bytes.maketrans("".join(_VARIANT).encode(), "".join(_VARIANT.values()).encode())
_FEW = 32


def _uuid_rows(packed: bytes, width: int, lead: bytes = b"") -> bytearray:
    """For each `width` bytes a row of text: the lead, and the first 16 of them as a UUID.

    The digits go over by place, all first ones, all second ones and so on: a few dozen steps however many rows.
    """
    digits = packed.hex().encode()
    row = len(lead) + len(_ROW)
    rows = bytearray((lead + _ROW) * (len(packed) // width))
    for digit, place in enumerate(_DIGIT_PLACES):
        rows[len(lead) + place :: row] = digits[digit :: 2 * width]
    return rows


def _as_uuids5(digests: bytes) -> list[bytes]:
    """As `_as_uuid5` for many SHA-1 digests that stand one after the other."""
    if len(digests) < 20 * _FEW:
        digits = digests.hex()
        return [_as_uuid5(digits[at : at + 40]).encode() for at in range(0, len(digits), 40)]
    rows, row = _uuid_rows(digests, 20), len(_ROW)
    rows[_VERSION_PLACE::row] = b"5" * (len(rows) // row)
    rows[_VARIANT_PLACE::row] = rows[_VARIANT_PLACE::row].translate(_VARIANTS)
    text = bytes(rows)
    return [text[at : at + row] for at in range(0, len(text), row)]


def unpacked_ids(object_type: str, packed: bytes) -> list[str]:
    """The ids of objects of one type by their UUIDs, 16 bytes each."""
    lead = f"{object_type}--".encode()
    text, row = _uuid_rows(packed, 16, lead).decode(), len(lead) + len(_ROW)
    return [text[at : at + row] for at in range(0, len(text), row)]


def contributing_properties(object_type: str) -> tuple[str, ...]:
    """The id contributing properties of an observable type; empty for types that have none."""
    return _CONTRIBUTING.get(object_type, ())


def sco_id(object_type: str, properties: Mapping[str, object]) -> str:
    """The deterministic id of an observable (STIX 2.1 section 2.9).

    Of `hashes` one entry contributes: MD5, else SHA-1, SHA-256, SHA-512, else the first.

    Raises:
        ValueError: none of the type's id contributing properties is present (the id would have to be random).
    """
    parts: dict[str, object] = {}
    for name in _CONTRIBUTING.get(object_type, ()):
        value = properties.get(name)
        if value is None:
            continue
        parts[name] = _one_hash(value) if name == "hashes" and isinstance(value, Mapping) else value
    if not parts:
        raise ValueError(f"{object_type} has none of its id contributing properties")
    return f"{object_type}--{sco_uuid(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))}"


def sco_uuid(canonical: bytes) -> str:
    """The UUID of an observable whose id contributing properties are, as canonical JSON (RFC 8785), `canonical`."""
    begun = _SCO_PREFIX.copy()
    begun.update(canonical)
    return _as_uuid5(begun.hexdigest())


def _one_hash(hashes: Mapping[str, object]) -> dict[str, object]:
    for algorithm in _HASH_PREFERENCE:
        if algorithm in hashes:
            return {algorithm: hashes[algorithm]}
    return dict([next(iter(hashes.items()))]) if hashes else {}


def derived_id(object_type: str, namespace: UUID, *key: str) -> str:
    """The id of an object that is no observable: UUIDv5 over its type and natural key in the given namespace."""
    name = KEY_SEPARATOR.join((object_type, *key)).encode("utf-8")
    return f"{object_type}--{uuid5_text(namespace.bytes, name)}"


class KeyedIds:
    """Many ids that begin with the same key: `of(type, *rest)` is `derived_id(type, namespace, lead, *rest)`."""

    __slots__ = ("_lead", "_prefixes")

    def __init__(self, namespace: UUID, lead: str) -> None:
        self._lead = namespace.bytes, f"{KEY_SEPARATOR}{lead}".encode()
        self._prefixes: dict[str, tuple[str, HASH]] = {}

    def of(self, object_type: str, *rest: str) -> str:
        """The id of the object with this key."""
        known = self._prefixes.get(object_type)
        if known is None:
            namespace, lead = self._lead
            prefix = sha1(namespace + object_type.encode() + lead, usedforsecurity=False)
            known = self._prefixes[object_type] = (f"{object_type}--", prefix)
        begun = known[1].copy()
        if rest:
            begun.update(KEY_SEPARATOR.join(("", *rest)).encode())
        return known[0] + _as_uuid5(begun.hexdigest())

    def series(self, object_type: str, lead: str) -> UuidSeries:
        """The objects of a type whose further keys, each with `KEY_SEPARATOR` before it, begin with `lead`."""
        self.of(object_type)
        begun = self._prefixes[object_type][1].copy()
        begun.update(lead.encode())
        return UuidSeries(begun)


class WatchedIds(KeyedIds):
    """The same ids, and a record of what they were made of."""

    __slots__ = ("made",)

    def __init__(self, ids: KeyedIds) -> None:
        self._lead = ids._lead
        self._prefixes = {}
        self.made: dict[str, tuple[str, str]] = {}
        """By id: the type, and the rest of the key with `KEY_SEPARATOR` before each part."""

    def of(self, object_type: str, *rest: str) -> str:
        """The id of the object with this key."""
        found = super().of(object_type, *rest)
        self.made[found] = object_type, KEY_SEPARATOR.join(("", *rest))
        return found


def identity_id(name: str) -> str:
    """The id of the organisation of this name; letter case, spacing and Unicode form do not matter."""
    folded = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return derived_id("identity", PROJECT_NAMESPACE, folded)


def namespace_of(identity: str) -> UUID:
    """The namespace of a producer: the UUID part of its identity's id.

    Raises:
        ValueError: the text is not an `identity--UUID`.
    """
    object_type, _, uuid_text = identity.partition("--")
    if object_type != "identity":
        raise ValueError(f"not the id of an identity: {identity!r}")
    return UUID(uuid_text)


def technique_stix_id(external_id: str) -> str:
    """Our one STIX id of a DISARM technique, the same for every producer and every release."""
    return derived_id("attack-pattern", PROJECT_NAMESPACE, "DISARM", external_id)


class UuidSeries:
    """The UUIDs of many objects whose keys begin alike.

    Args:
        begun: the hash of what their keys begin with.
    """

    __slots__ = ("_begun",)

    def __init__(self, begun: HASH) -> None:
        self._begun = begun

    def of_all(self, rests: Iterable[bytes]) -> list[bytes]:
        """The UUIDs, as text, of the objects whose keys (in UTF-8) end so, in the same order."""
        copy, digests = self._begun.copy, []
        for rest in rests:
            begun = copy()
            begun.update(rest)
            digests.append(begun.digest())
        return _as_uuids5(b"".join(digests))


def observable_series(lead: str) -> UuidSeries:
    """The series of observables whose id contributing properties, as canonical JSON, begin with `lead`."""
    begun = _SCO_PREFIX.copy()
    begun.update(lead.encode())
    return UuidSeries(begun)
