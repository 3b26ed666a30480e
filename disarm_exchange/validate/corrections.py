"""Where the OASIS schemas contradict the specification, and what they should say.

Each correction is a small change to one schema as it is loaded; the installed files are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

Schema = dict[str, object]


def corrected(name: str, schema: Schema) -> Schema:
    """The schema of that file (`common/core.json`) with its corrections, if it has any."""
    change = CORRECTIONS.get(name)
    if change is not None:
        change(schema)
    return schema


def _part(schema: Schema, *path: str | int) -> Schema:
    here: object = schema
    for step in path:
        here = here[step] if isinstance(here, list) else cast(Schema, here)[str(step)]  # type: ignore[index]
    return cast(Schema, here)


def _granular_marking(schema: Schema) -> None:
    """Section 7.2.3: one and only one of `lang` and `marking_ref`; the file always wants `marking_ref`."""
    schema["required"] = ["selectors"]
    schema["oneOf"] = [{"required": ["marking_ref"]}, {"required": ["lang"]}]


def _properties(schema: Schema) -> None:
    """Section 3.1: names have 3 to 250 characters of a-z, 0-9 and _; the file's pattern has no end."""
    patterns = _part(schema, "patternProperties")
    patterns["^([a-z][a-z0-9_]{2,249}|id)$"] = patterns.pop("^([a-z][a-z0-9_]{2,249})|id$")


def _ipv6(schema: Schema) -> None:
    """Section 6.11 asks for CIDR notation; the file's pattern lost its backslashes. DX223 looks instead."""
    value = _part(schema, "allOf", 1, "properties", "value")
    del value["pattern"]


def _email_message(schema: Schema) -> None:
    """Section 6.6: the value of each header field is a list, also of one; the file asks for two or none."""
    fields = _part(schema, "definitions", "email-additional-header-fields", "patternProperties")
    for pattern in fields:
        _part(fields, pattern, "oneOf", 0)["minItems"] = 1


def _process(schema: Schema) -> None:
    """Section 6.13: created_time suffices, where the file has a name of STIX 2.0; environment variables are texts."""
    _also_suffices(schema, "created_time")
    _part(schema, "allOf", 1, "properties", "environment_variables")["additionalProperties"] = {"type": "string"}


def _network_traffic(schema: Schema) -> None:
    """Section 6.12: bytes and packets are counted in positive integers; none were seen is said, too."""
    for name in ("src_byte_count", "dst_byte_count", "src_packets", "dst_packets"):
        _part(schema, "allOf", 1, "properties", name)["minimum"] = 0


def _core(schema: Schema) -> None:
    """Section 3.2: in STIX 2.1 spec_version is 2.1; the file allows 2.0."""
    _part(schema, "properties", "spec_version")["enum"] = ["2.1"]


def _hashes(schema: Schema) -> None:
    """Section 10.7 says nothing of the form of TLSH; since version 4 it begins with T1, which the file refuses."""
    patterns = _part(schema, "patternProperties")
    for name, part in patterns.items():
        if "TLSH" in name:
            cast(Schema, part)["pattern"] = "^(T1)?[a-zA-Z0-9]{70}$"


def _software(schema: Schema) -> None:
    """Section 6.14 asks for RFC 5646; the file's pattern knows no zh-Hans. DX251 looks instead."""
    languages = _part(schema, "allOf", 1, "properties", "languages", "items")
    del languages["pattern"]


def _windows_registry_key(schema: Schema) -> None:
    """Section 6.17: modified_time suffices; the file has the name of STIX 2.0."""
    _also_suffices(schema, "modified_time")


def _also_suffices(schema: Schema, name: str) -> None:
    alternatives = schema["anyOf"]
    assert isinstance(alternatives, list)
    alternatives.append({"required": [name]})


CORRECTIONS: Mapping[str, Callable[[Schema], None]] = {
    "common/core.json": _core,
    "common/cyber-observable-core.json": _core,
    "common/granular-marking.json": _granular_marking,
    "common/hashes-type.json": _hashes,
    "common/properties.json": _properties,
    "observables/email-message.json": _email_message,
    "observables/ipv6-addr.json": _ipv6,
    "observables/network-traffic.json": _network_traffic,
    "observables/process.json": _process,
    "observables/software.json": _software,
    "observables/windows-registry-key.json": _windows_registry_key,
}
