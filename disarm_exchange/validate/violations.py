"""What a schema engine found, brought into one form, so that both engines say the same in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import jsonschema_rs

from disarm_exchange.validate.issue import pointer_to

if TYPE_CHECKING:
    import jsonschema


class Violation(NamedTuple):
    """One keyword of a schema that a value does not meet."""

    pointer: str
    keyword: str
    """The JSON Schema keyword: `required`, `pattern`, ..."""
    detail: str
    """What the keyword asks for, or which property it is about."""
    value: object
    """The value that was refused."""


def from_rs(errors: Iterable[jsonschema_rs.ValidationError]) -> list[Violation]:
    """The findings of the fast engine, sorted, without repetitions."""
    return _sorted(item for error in errors for item in _rs(error))


def from_python(errors: Iterable[jsonschema.ValidationError]) -> list[Violation]:
    """The findings of the explaining engine, in the same form and order."""
    return _sorted(item for error in errors for item in _python(error))


def _sorted(found: Iterable[Violation]) -> list[Violation]:
    unique = {(item.pointer, item.keyword, item.detail): item for item in found}
    return [unique[key] for key in sorted(unique)]


def _rs(error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
    pointer = pointer_to(list(error.instance_path))
    kind = error.kind
    keyword = str(kind.name)
    details = kind.as_dict()
    if keyword == "additionalProperties":
        for name in details["unexpected"]:
            yield Violation(pointer, keyword, str(name), name)
    elif keyword == "required":
        yield Violation(pointer, keyword, str(details["property"]), error.instance)
    elif keyword == "propertyNames":
        inner = details["error"]
        for item in _rs(inner):
            yield item._replace(pointer=pointer, value=inner.instance)
    else:
        yield Violation(pointer, keyword, _detail(keyword, details.get(_RS_DETAIL.get(keyword, ""))), error.instance)


_RS_DETAIL: Mapping[str, str] = {
    "type": "types",
    "enum": "options",
    "const": "expected_value",
    "pattern": "pattern",
    "format": "format",
    "minimum": "limit",
    "maximum": "limit",
    "minItems": "limit",
    "maxItems": "limit",
    "minLength": "limit",
    "maxLength": "limit",
    "minProperties": "limit",
    "maxProperties": "limit",
}


def _python(error: jsonschema.ValidationError) -> Iterator[Violation]:
    pointer = pointer_to(list(error.absolute_path))
    keyword = str(error.validator)
    wanted = error.validator_value
    schema = error.schema
    if keyword == "additionalProperties" and isinstance(schema, Mapping) and isinstance(error.instance, Mapping):
        from disarm_exchange.validate.explainer import unexpected_names  # noqa: PLC0415

        for name in unexpected_names(error.instance, schema):
            yield Violation(pointer, keyword, name, name)
    elif keyword == "required" and isinstance(wanted, Sequence) and isinstance(error.instance, Mapping):
        for name in wanted:
            if name not in error.instance:
                yield Violation(pointer, keyword, str(name), error.instance)
    else:
        yield Violation(pointer, keyword, _detail(keyword, wanted), error.instance)


def _detail(keyword: str, wanted: object) -> str:
    if keyword not in _RS_DETAIL:
        return ""
    if isinstance(wanted, str):
        return wanted
    if isinstance(wanted, Sequence):
        return ", ".join(sorted(map(str, wanted)))
    return str(wanted)
