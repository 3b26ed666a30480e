"""The Python engine: slower than the other by two orders of magnitude, and asked only about what the other refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import jsonschema_rs

if TYPE_CHECKING:
    import jsonschema

_HEAVY = ("rfc3987_syntax", "isoduration", "rfc3986_validator", "webcolors", "uri_template")
"""What jsonschema imports to check formats that no schema of ours has; the first builds a grammar for a second."""
_QUICKLY = False


def import_quickly() -> None:
    """Let jsonschema, once it is needed, be imported in a tenth of its time, without what checks other formats.

    For programs that use jsonschema for nothing else, as its own checkers then lack those formats: called by the
    command line, never by the library.
    """
    global _QUICKLY  # noqa: PLW0603 (a choice of the whole program)
    _QUICKLY = True


@contextmanager
def _without_heavy_imports() -> Iterator[None]:
    absent = [name for name in _HEAVY if _QUICKLY and not {name, "jsonschema"} & sys.modules.keys()]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def python_validator(
    schemas: Mapping[str, dict[str, object]], uri: str, formats: Mapping[str, Callable[[str], bool]]
) -> jsonschema.Draft202012Validator:
    """A `jsonschema` validator for one schema of the registry, its references and formats.

    Formats that we do not define are judged by the fast engine, so that both know the same URLs and host names.
    Patterns mean what ECMA 262 says, as JSON Schema asks: `$` is the very end, `\\d` is 0 to 9.
    """
    with _without_heavy_imports():
        from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415
    from jsonschema.validators import extend  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

    checker = FormatChecker(formats=())
    for name in ("uri", "idn-hostname", "email"):
        own = formats.get(name)
        checker.checks(name)(_text_only(own if own is not None else _fast_format(name)))
    resources: Registry[object] = Registry().with_resources(
        (key, DRAFT202012.create_resource(_without_dialect(schema))) for key, schema in schemas.items()
    )
    keywords = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    extended = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    validator: jsonschema.Draft202012Validator = extended({"$ref": uri}, registry=resources, format_checker=checker)
    return validator


def _without_dialect(schema: Mapping[str, object]) -> Mapping[str, object]:
    """At each `$schema` jsonschema would go back to its own class, and our keywords would be lost."""
    return {key: value for key, value in schema.items() if key != "$schema"}


@cache
def ecma(pattern: str) -> re.Pattern[str]:
    """A pattern of a schema as Python must compile it to mean the same as in ECMA 262."""
    parts: list[str] = []
    in_class = False
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token == "$" and not in_class:
            parts.append(r"\Z")  # Python's own $ also matches before a last line break
            continue
        in_class = (in_class or token == "[") and token != "]"
        parts.append(token)
    return re.compile("".join(parts), re.ASCII)


def unexpected_names(instance: Mapping[str, object], schema: Mapping[str, object]) -> list[str]:
    """The names that neither `properties` nor `patternProperties` of a schema allow."""
    named = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    assert isinstance(named, Mapping)
    assert isinstance(patterns, Mapping)
    return [name for name in instance if name not in named and not any(ecma(p).search(name) for p in patterns)]


def _pattern(
    _validator: jsonschema.Draft202012Validator, pattern: str, instance: object, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield _error(f"does not match {pattern}")


def _pattern_properties(
    validator: jsonschema.Draft202012Validator,
    patterns: Mapping[str, bool | Mapping[str, object]],
    instance: object,
    _schema: object,
) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(instance, Mapping):
        return
    for pattern, part in patterns.items():
        for name, value in instance.items():
            if ecma(pattern).search(name):
                yield from validator.descend(value, part, path=name, schema_path=pattern)


def _additional_properties(
    validator: jsonschema.Draft202012Validator, allowed: object, instance: object, schema: Mapping[str, object]
) -> Iterator[jsonschema.ValidationError]:
    if not isinstance(instance, Mapping):
        return
    extra = unexpected_names(instance, schema)
    if isinstance(allowed, Mapping):
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)
    elif allowed is False and extra:
        yield _error(f"unexpected: {', '.join(extra)}")


def _error(message: str) -> jsonschema.ValidationError:
    from jsonschema import ValidationError  # noqa: PLC0415

    return ValidationError(message)


def _text_only(judge: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or judge(value)


@cache
def _fast_format(name: str) -> Callable[[str], bool]:
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
