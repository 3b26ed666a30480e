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
    """Section 6.13: created_time suffices; the file has the names of STIX 2.0."""
    _also_suffices(schema, "created_time")


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
    "common/granular-marking.json": _granular_marking,
    "common/properties.json": _properties,
    "observables/email-message.json": _email_message,
    "observables/ipv6-addr.json": _ipv6,
    "observables/process.json": _process,
    "observables/software.json": _software,
    "observables/windows-registry-key.json": _windows_registry_key,
}
