"""Schema violations in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from disarm_exchange.validate.issue import shown
from disarm_exchange.validate.violations import Violation

_FORMS: Mapping[str, str] = {
    "^[a-z][a-z0-9-]+[a-z0-9]--": "an identifier: type--UUID (RFC 4122, version 1 to 5)",
    "^[0-9]{4}-(0[1-9]|1[012])": "a timestamp: YYYY-MM-DDTHH:MM:SS[.fraction]Z, in UTC",
    "T\\d{2}:\\d{2}:\\d{2}\\.\\d{3,}Z$": "a timestamp with at least three digits after the second",
    "T\\d{2}:\\d{2}:\\d{2}Z$": "a timestamp precise to the second, without a fraction",
    "^([a-z][a-z0-9]*)+(-[a-z0-9]+)*": "a type name: a-z, 0-9 and single hyphens, 3 to 250 characters",
    "^([a-fA-F0-9]{2})+$": "pairs of hexadecimal digits",
    "^([A-Za-z0-9+/]{4})*": "base64",
    "^[a-fA-F0-9]{32}$": "a hash of 32 hexadecimal digits",
    "^[a-fA-F0-9]{40}$": "a hash of 40 hexadecimal digits",
    "^[a-fA-F0-9]{64}$": "a hash of 64 hexadecimal digits",
    "^[a-fA-F0-9]{128}$": "a hash of 128 hexadecimal digits",
    "^(T1)?[a-zA-Z0-9]{70}$": "a TLSH hash: 70 letters and digits, T1 before them since version 4",
    "^([a-z0-9_-]{3,249}(\\.": "a selector: names and [numbers] joined by dots",
    "^([0-9a-f]{2}[:]){5}": "a MAC address: six lower-case pairs joined by colons",
    "^(([0-9]|[1-9][0-9]|1[0-9]{2}": "an IPv4 address, or a network in CIDR notation",
    "^CVE-": "CVE-YYYY-NNNN",
    "^CAPEC-": "CAPEC-N",
    "cpe:2": "a CPE 2.3 name",
}

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}


def reason(violation: Violation) -> str:
    """Why the value was refused, in one sentence without its place."""
    return _REASONS.get(violation.keyword, _other)(violation)


def _required(found: Violation) -> str:
    return f"{found.detail!r} is missing"


def _type(found: Violation) -> str:
    wanted = " or ".join(_TYPES.get(name, name) for name in found.detail.split(", "))
    return f"must be {wanted}, not {_kind(found.value)}"


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {shown(value)!r}"
    return "a list" if isinstance(value, list) else "an object"


def _one_of(found: Violation) -> str:
    return f"{shown(found.value)!r} is none of {found.detail}"


def _pattern(found: Violation) -> str:
    if found.detail.endswith("--") and found.detail.startswith("^"):
        return f"{shown(found.value)!r} must begin with {found.detail[1:]!r}"
    for begin, words in _FORMS.items():
        if found.detail.startswith(begin):
            return f"{shown(found.value)!r} is not {words}"
    return f"{shown(found.value)!r} does not match {found.detail}"


def _name(found: Violation) -> str:
    return f"the name {shown(found.detail)!r} is not allowed here"


def _limit(words: str) -> Callable[[Violation], str]:
    return lambda found: words.format(limit=found.detail, value=shown(found.value))


def _format(found: Violation) -> str:
    names = {"uri": "a URL", "email": "an e-mail address", "idn-hostname": "a domain name"}
    return f"{shown(found.value)!r} is not {names.get(found.detail, found.detail)}"


def _combination(found: Violation) -> str:
    value = found.value
    if found.detail:
        return f"one of {found.detail} must be there"
    if isinstance(value, list | dict) and not value:
        return "must not be empty"
    if "external_references" in found.pointer:
        return (
            "an external reference needs source_name and one of description, url, external_id;"
            " cve and capec need their own form of id"
        )
    if "granular_markings" in found.pointer:
        return "a granular marking has either marking_ref or lang, and never both"
    if value is None:
        return "must not be null"
    return "these properties do not go together, or one of several is missing"


def _forbidden(found: Violation) -> str:
    if isinstance(found.value, dict):
        reserved = sorted({"severity", "action", "username", "phone_numbers"} & found.value.keys())
        if reserved:
            return f"uses a name that STIX reserves: {', '.join(reserved)}"
        return "has a property that excludes another one here"
    return f"{shown(found.value)!r} is ruled out here"


def _other(found: Violation) -> str:
    return f"does not meet {found.keyword!r} of its schema"


_REASONS: Mapping[str, Callable[[Violation], str]] = {
    "required": _required,
    "type": _type,
    "enum": _one_of,
    "const": _one_of,
    "pattern": _pattern,
    "additionalProperties": _name,
    "minimum": _limit("{value} is less than {limit}"),
    "maximum": _limit("{value} is more than {limit}"),
    "minItems": _limit("must have at least {limit} entries"),
    "maxItems": _limit("must have at most {limit} entries"),
    "minLength": _limit("must have at least {limit} characters"),
    "maxLength": _limit("must have at most {limit} characters"),
    "minProperties": _limit("must have at least {limit} properties"),
    "maxProperties": _limit("must have at most {limit} properties"),
    "not": _forbidden,
    "falseSchema": _forbidden,
    "format": _format,
    "oneOf": _combination,
    "anyOf": _combination,
}
