"""What a schema engine found, brought into one form, so that both engines say the same in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import jsonschema_rs

from disarm_exchange.validate.issue import pointer_to

if TYPE_CHECKING:
    import jsonschema

_NEAR = 2
"""Violations up to which an alternative is close enough to be taken for the one that was meant."""


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
    told = {item.pointer for item in unique.values() if item.keyword not in _CHOICES and item.pointer}
    # that no alternative fits adds nothing where something more exact is said of the same value
    return [unique[key] for key in sorted(unique) if key[1] not in _CHOICES or key[0] not in told]


_CHOICES = frozenset({"anyOf", "oneOf"})


def _chosen(pointer: str, keyword: str, value: object, branches: list[list[Violation]]) -> Iterator[Violation]:
    """What is wrong with the alternative that was probably meant; that there is a choice, where none stands out."""
    if branches and all(_one_missing(branch, pointer) for branch in branches):
        yield Violation(pointer, keyword, ", ".join(sorted({branch[0].detail for branch in branches})), value)
        return
    counts = sorted(len(branch) for branch in branches)
    if len(counts) > 1 and counts[0] <= _NEAR and counts[0] < counts[1]:
        nearest = min(branches, key=len)
        if not any(item.keyword in ("not", "enum", "const") for item in nearest):
            yield from nearest
            return
    yield Violation(pointer, keyword, "", value)


def _one_missing(branch: list[Violation], pointer: str) -> bool:
    return len(branch) == 1 and branch[0].keyword == "required" and branch[0].pointer == pointer


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
    elif keyword in _CHOICES:
        branches = [from_rs(branch) for branch in details["context"]]
        # alternatives that all hold (oneOf) are no branches to choose from
        yield from _chosen(pointer, keyword, error.instance, [branch for branch in branches if branch])
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
    # the other engine leaves steps with the empty name out
    pointer = pointer_to([step for step in error.absolute_path if step != ""])
    keyword = str(error.validator)
    wanted = error.validator_value
    schema = error.schema
    instance = error.instance
    if keyword == "additionalProperties" and isinstance(schema, Mapping) and isinstance(instance, Mapping):
        from disarm_exchange.validate.explainer import unexpected_names  # noqa: PLC0415

        for name in unexpected_names(instance, schema):
            yield Violation(pointer, keyword, name, name)
    elif keyword == "required" and isinstance(wanted, Sequence) and isinstance(instance, Mapping):
        for name in wanted:
            if name not in instance:
                yield Violation(pointer, keyword, str(name), instance)
    elif keyword in _CHOICES:
        branches = [from_python(list(group)) for _, group in groupby(error.context or (), lambda e: e.schema_path[0])]
        yield from _chosen(pointer, keyword, instance, branches)
    else:
        yield Violation(pointer, keyword, _detail(keyword, wanted), instance)


def _detail(keyword: str, wanted: object) -> str:
    if keyword not in _RS_DETAIL:
        return ""
    if isinstance(wanted, str):
        return wanted
    if isinstance(wanted, Sequence):
        return ", ".join(sorted(map(str, wanted)))
    return str(wanted)
