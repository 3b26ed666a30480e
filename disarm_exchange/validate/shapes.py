"""A schema for objects of one shape: of the general one, what the names of the properties do not already decide.

Of the time that the general schemas take on a sound object, most goes into asking of every name whether it is allowed,
in every object anew. For objects that have exactly the same names this is answered once: what `required`,
`patternProperties`, `additionalProperties` and choices between names come to is settled, and what remains is one plain
list of conditions on values. It says yes to just the objects of the shape to which the general schema says yes; tests
hold the two together. It gives verdicts only: what it refuses, the general schema explains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast
from urllib.parse import urljoin

import orjson

from disarm_exchange.validate.explainer import ecma
from disarm_exchange.validate.kinds import words

Schema = Mapping[str, object]

MAX_NAMES = 64
"""Properties of a shape that is worth a schema of its own."""
_NOTES = words("$id $schema $comment $defs definitions title description examples default")
_TOGETHER = words("if then else")
_PLAIN = words("type pattern format enum const minimum maximum minLength maxLength")


class _OpenError(Exception):
    """The names do not decide: no object of the shape can be valid, or the schema says something not known here."""


def schema_of_shape(schemas: Mapping[str, dict[str, object]], uri: str, names: Collection[str]) -> Schema | None:
    """The schema of that `$id` as it is for objects with exactly these properties.

    None where there is no such schema: no such object can be valid, or the general schema has to be asked.
    """
    if len(names) > MAX_NAMES:
        return None
    shape = _Shape(schemas, frozenset(names))
    try:
        shape.add(schemas[uri], uri)
    except _OpenError:
        return None
    return shape.schema()


class _Shape:
    """The conditions gathered so far, by property, and those that are about several."""

    def __init__(self, schemas: Mapping[str, dict[str, object]], names: frozenset[str]) -> None:
        self._schemas = schemas
        self._names = names
        self._values: dict[str, dict[bytes, Schema]] = {}
        self._rest: list[Schema] = []

    def add(self, schema: Schema, base: str) -> None:
        """Take the conditions of one schema for an object; references in it are relative to `base`."""
        base = str(schema.get("$id", base))
        for keyword, value in schema.items():
            if keyword in _NOTES or keyword in ("patternProperties", "additionalProperties", *_TOGETHER):
                continue
            self._keyword(keyword, value, base)
        self._named(schema, base)
        if "if" in schema:
            self._rest.append({key: _absolute(schema[key], base) for key in schema if key in _TOGETHER})

    def _keyword(self, keyword: str, value: object, base: str) -> None:
        if keyword == "type":
            if value != "object":
                raise _OpenError
        elif keyword == "allOf":
            for part in cast(list[Schema], value):
                self.add(part, base)
        elif keyword == "$ref":
            target = urljoin(base, str(value))
            if target not in self._schemas:
                raise _OpenError
            self.add(self._schemas[target], target)
        elif keyword != "properties":
            self._settle({keyword: value}, base)

    def _settle(self, condition: Schema, base: str) -> None:
        verdict = _by_names(condition, self._names)
        if verdict is False or "unevaluatedProperties" in condition:
            raise _OpenError
        if verdict is None:
            self._rest.append(cast(Schema, _absolute(condition, base)))

    def _named(self, schema: Schema, base: str) -> None:
        """What `properties`, `patternProperties` and `additionalProperties` say about the names that are there."""
        named = cast(Mapping[str, Schema], schema.get("properties", {}))
        patterns = cast(Mapping[str, Schema], schema.get("patternProperties", {}))
        others = schema.get("additionalProperties", True)
        for name in self._names:
            parts = [named[name]] if name in named else []
            parts += [part for pattern, part in patterns.items() if ecma(pattern).search(name)]
            if not parts and others is False:
                raise _OpenError
            if not parts and isinstance(others, Mapping):
                parts = [others]
            for part in parts:
                self._about(name, cast(Schema, _absolute(part, base)))

    def _about(self, name: str, condition: Schema) -> None:
        for part in self._plain(condition):
            self._values.setdefault(name, {})[orjson.dumps(part, option=orjson.OPT_SORT_KEYS)] = part

    def _plain(self, condition: object) -> Iterator[Schema]:
        """The parts of a condition without what only explains it, a reference to a whole document followed."""
        if not isinstance(condition, Mapping):
            raise _OpenError
        own = {key: value for key, value in condition.items() if key not in _NOTES}
        for part in own.pop("allOf", ()):
            yield from self._plain(part)
        target = own.get("$ref")
        if isinstance(target, str) and target in self._schemas:
            del own["$ref"]
            document = self._schemas[target]
            yield from self._plain(_absolute(document, target) if "$ref" not in document else {"$ref": target})
        if own:
            yield own

    def schema(self) -> Schema:
        """All conditions as one schema."""
        properties = {name: _joined(list(parts.values())) for name, parts in sorted(self._values.items())}
        return {"properties": properties, **({"allOf": self._rest} if self._rest else {})}


def _joined(parts: list[Schema]) -> Schema:
    wanted = {part["type"] for part in parts if isinstance(part.get("type"), str)}
    if wanted and not _may_be_empty(parts):
        # that the value is something at all goes without saying where its type is told
        parts = [part for part in parts if not _is_anything(part)]
    whole: dict[str, object] = {}
    others: list[Schema] = []
    for part in parts:
        if part.keys() <= _PLAIN and all(whole.get(key, value) == value for key, value in part.items()):
            whole.update(part)
        else:
            others.append(part)
    if not others:
        return whole
    return others[0] if not whole and len(others) == 1 else {**whole, "allOf": others}


def _is_anything(part: Schema) -> bool:
    """Whether a part says no more than that a value is not null and a list not empty, as `common/properties` does."""
    choices = part.get("anyOf")
    if part.keys() != {"anyOf"} or not isinstance(choices, list):
        return False
    types = {choice.get("type") for choice in choices if choice.keys() <= {"type", "minItems"}}
    return len(types) == len(choices) and types == {"array", "boolean", "integer", "number", "object", "string"}


def _may_be_empty(parts: list[Schema]) -> bool:
    lists = [part for part in parts if part.get("type") == "array"]
    return bool(lists) and not any(isinstance(part.get("minItems"), int) and part["minItems"] for part in lists)


def _by_names(condition: object, names: frozenset[str]) -> bool | None:
    """Whether the names alone meet a condition; None where they do not decide."""
    if not isinstance(condition, Mapping):
        return condition if isinstance(condition, bool) else None
    verdicts = [_keyword_by_names(key, value, names) for key, value in condition.items() if key not in _NOTES]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _keyword_by_names(keyword: str, value: object, names: frozenset[str]) -> bool | None:
    if keyword == "required":
        return names.issuperset(cast(list[str], value))
    if keyword == "properties":
        return True if names.isdisjoint(cast(Mapping[str, object], value)) else None
    if keyword == "not":
        verdict = _by_names(value, names)
        return None if verdict is None else not verdict
    if keyword in ("allOf", "anyOf", "oneOf"):
        return _choice_by_names(keyword, [_by_names(part, names) for part in cast(list[object], value)])
    return None


def _choice_by_names(keyword: str, verdicts: list[bool | None]) -> bool | None:
    decisive = {"allOf": False, "anyOf": True}.get(keyword)
    if decisive is not None and decisive in verdicts:
        return decisive
    if None in verdicts:
        return None
    return verdicts.count(True) == 1 if keyword == "oneOf" else not decisive


def _absolute(value: object, base: str) -> object:
    """A part of a schema with its references made absolute, so that it may stand anywhere."""
    if isinstance(value, Mapping):
        return {
            key: urljoin(base, inner) if key == "$ref" and isinstance(inner, str) else _absolute(inner, base)
            for key, inner in value.items()
        }
    return [_absolute(inner, base) for inner in value] if isinstance(value, list) else value
