"""Data files that people edit (profiles, rules, cases): read, checked against their schema, faults named by place."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

import jsonschema_rs

from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder

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
    checked(json.loads(json.dumps(content, default=str)), schema, where=str(path))
    return content


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
    path = data_folder("schemas") / f"{schema}.schema.json"
    return jsonschema_rs.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")), validate_formats=True)


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
