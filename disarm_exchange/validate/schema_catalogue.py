"""The schemas by short name, for people and for other validators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from disarm_exchange.errors import UserError, did_you_mean
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.validate.schemas import OASIS, OWN, registry


@dataclass(frozen=True, slots=True)
class Entry:
    """One schema."""

    name: str
    """Short name: `finding`, `dad-cdm/narrative`, `stix/sdos/campaign`."""
    id: str
    title: str
    origin: str
    """`own` or `OASIS`."""
    schema: Mapping[str, object]


@cache
def entries() -> tuple[Entry, ...]:
    """All schemas in order of their short names, ours first."""
    made = [
        Entry(_name(identifier), identifier, str(schema.get("title", "")), _origin(identifier), schema)
        for identifier, schema in registry().schemas.items()
    ]
    return tuple(sorted(made, key=lambda entry: (entry.origin != "own", entry.name)))


def _origin(identifier: str) -> str:
    return "own" if identifier.startswith(OWN) else "OASIS"


def _name(identifier: str) -> str:
    if identifier.startswith(OWN):
        return identifier.removeprefix(OWN).replace(":", "/")
    return f"stix/{identifier.removeprefix(OASIS).removesuffix('.json')}"


def found(name: str) -> Entry:
    """The schema of that short name, `$id`, or STIX type.

    Raises:
        UserError: there is none.
    """
    for entry in entries():
        if name in (entry.name, entry.id):
            return entry
    ending = [entry for entry in entries() if entry.name.rpartition("/")[2] == name]
    if len(ending) == 1:
        return ending[0]
    known = [part for entry in entries() for part in (entry.name, entry.name.rpartition("/")[2])]
    raise UserError(f"no schema {name!r}", fix=did_you_mean(name, known, "see `disarm-exchange schema list`"))


def export(folder: Path) -> int:
    """Write every schema into the folder as `NAME.schema.json`; how many there are.

    Raises:
        UserError: the folder cannot be written to.
    """
    try:
        for entry in entries():
            path = folder / f"{entry.name}.schema.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_writer(path) as out:
                out.write(orjson.dumps(entry.schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(folder)) from None
    return len(entries())
