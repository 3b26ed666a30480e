"""Data files that people edit (profiles, rules, cases): read, checked against their schema, faults named by place."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder

_TABLE = re.compile(r"\s*\[+\s*([\w.\"-]+)\s*\]+")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")

MAX_DATA_FILE_BYTES = 16 * 1024 * 1024


def load_json_file(path: Path, schema: str) -> dict[str, object]:
    """A JSON object from a file, valid against `schemas/<schema>.schema.json`.

    Raises:
        UserError: unreadable, not JSON (with line and column), or not as the schema says (with JSON pointer).
    """
    text = _read(path)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}:{error.colno}") from None
    except RecursionError:
        raise UserError("is nested too deep", where=str(path)) from None
    return checked(content, schema, where=str(path))


def load_toml_file(path: Path, schema: str) -> dict[str, object]:
    """A TOML document, valid against `schemas/<schema>.schema.json`. Dates stay `date` objects.

    Raises:
        UserError: unreadable, not TOML, or not as the schema says.
    """
    text = _read(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"is not TOML: {error}", where=str(path)) from None
    except RecursionError:
        raise UserError("is nested too deep", where=str(path)) from None
    # The schema sees dates as their ISO text; the caller gets the typed values.
    faults = list(_validator(schema).iter_errors(json.loads(json.dumps(content, default=str))))
    if faults:
        raise _toml_error([_Fault.of(each, text, _schema(schema)) for each in faults], path)
    return content


class _Fault(NamedTuple):
    """What is wrong in a TOML file, for the person who wrote it."""

    line: int
    pointer: str
    problem: str
    fix: str

    @classmethod
    def of(cls, error: jsonschema_rs.ValidationError, text: str, schema: object) -> _Fault:
        """The fault that a schema's complaint tells of."""
        steps = [str(step) for step in error.instance_path]
        within = _at(schema, [*error.schema_path][:-1])
        kind = error.kind.as_dict()
        problem, fix = error.message, str(within.get("description", ""))
        names = within.get("properties")
        if error.kind.name == "additionalProperties" and isinstance(names, dict):
            unknown = str(kind["unexpected"][0])
            near = difflib.get_close_matches(unknown, names, n=1)
            where = f" in [{'.'.join(steps)}]" if steps else ""
            problem, fix = f"no key {unknown!r} is known{where}", f"known are {', '.join(names)}"
            if near:
                fix = f"did you mean {near[0]!r}? {fix}"
            return cls(_line_of(text, [*steps, unknown]), _pointer(steps), problem, fix)
        name = steps[-1] if steps else "the file"
        if error.kind.name == "enum":
            allowed = [str(each) for each in within.get("enum", [])]
            problem, fix = f"{name} is {error.instance!r}", f"allowed are {', '.join(allowed)}"
        elif error.kind.name == "required":
            problem = f"{kind['property']!r} is missing" + (f" in [{'.'.join(steps)}]" if steps else "")
        elif error.kind.name == "type":
            wanted = _TYPES.get(str(within.get("type")), str(within.get("type")))
            problem = f"{name} is {error.instance!r}, and must be {wanted}"
            if within.get("type") == "array" and isinstance(error.instance, str):
                fix = f"write {name} = [{json.dumps(error.instance, ensure_ascii=False)}]"
        elif error.kind.name in ("pattern", "minLength"):
            problem = f"{name} cannot be {error.instance!r}"
        return cls(_line_of(text, steps), _pointer(steps), problem, fix)


_TYPES = {
    "array": "a list of texts in brackets",
    "string": "a text in quotes",
    "object": "a table with a heading in brackets",
}


def _toml_error(faults: list[_Fault], path: Path) -> UserError:
    first, *others = sorted(faults)
    more = "".join(f"; line {each.line}: {each.problem}" for each in others)
    where = f"{path}:{first.line}" + (f" at {first.pointer}" if first.pointer else "")
    return UserError(first.problem + more, where=where, fix=first.fix)


def _pointer(steps: list[str]) -> str:
    return "".join(f"/{step}" for step in steps)


def _at(schema: object, steps: list[str | int]) -> dict[str, Any]:
    for step in steps:
        schema = schema[step] if isinstance(schema, list | dict) else {}  # type: ignore[index]
    return schema if isinstance(schema, dict) else {}


def _line_of(text: str, steps: list[str]) -> int:
    """The line in which a key of a TOML file is set; the first where it cannot be told."""
    names = [step for step in steps if not step.isdigit()]
    if not names:
        return 1
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        heading = _TABLE.match(line)
        if heading is not None:
            table = heading[1]
            if table == ".".join(names):
                return number
        found = _KEY.match(line)
        if found is not None and ".".join(filter(None, (table, found[1]))) == ".".join(names):
            return number
    return _line_of(text, names[:-1])


def checked(content: object, schema: str, *, where: str) -> dict[str, object]:
    """The content itself if it is an object that the schema accepts.

    Raises:
        UserError: the first fault, with the place inside the document.
    """
    for error in _validator(schema).iter_errors(content):
        pointer = "".join(f"/{step}" for step in error.instance_path)
        raise UserError(error.message, where=f"{where} at {pointer}" if pointer else where)
    assert isinstance(content, dict)
    return content


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema(schema), validate_formats=True)


@cache
def _schema(name: str) -> dict[str, Any]:
    path = data_folder("schemas") / f"{name}.schema.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_DATA_FILE_BYTES:
            raise UserError(f"is larger than {MAX_DATA_FILE_BYTES:,} bytes", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError("no such file", where=str(path)) from None
    except UnicodeDecodeError:
        raise UserError("is not UTF-8 text", where=str(path)) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
