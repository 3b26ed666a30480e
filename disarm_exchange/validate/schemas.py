"""The schema registry: OASIS's STIX 2.1 schemas, ours for DAD-CDM, and which of them an object must meet.

The OASIS files come with the installed stix2-validator package, whose Python code is not imported (that takes over a
second). Where they contradict the specification they are corrected as they are loaded; each correction names why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import orjson

from disarm_exchange.resources import data_folder
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.extensions import INCIDENT_EVENT
from disarm_exchange.validate.corrections import corrected
from disarm_exchange.validate.kinds import DADCDM_TYPES, SCO_TYPES, SDO_TYPES, SRO_TYPES

if TYPE_CHECKING:
    import jsonschema

OASIS = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/"
OWN = "urn:disarm-exchange:schema:"

_OVERLAID = {"intrusion-set": f"{OWN}dad-cdm:intrusion-set"}
"""STIX types to which DAD-CDM adds properties: its schema includes the one of OASIS."""


class SchemaRegistry:
    """All schemas, loaded once, compiled one by one when an object first asks for them."""

    def __init__(self) -> None:
        self._deciders: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._explainers: dict[str, jsonschema.Draft202012Validator] = {}

    @cached_property
    def schemas(self) -> Mapping[str, dict[str, object]]:
        """Every schema by its `$id`."""
        return {str(schema["$id"]): schema for schema in _load_all()}

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(list(self.schemas.items()))

    def decider(self, uri: str) -> jsonschema_rs.Draft202012Validator:
        """The fast validator for the schema of that `$id`.

        Raises:
            KeyError: there is no such schema.
        """
        found = self._deciders.get(uri)
        if found is None:
            found = self._deciders[uri] = self.compiled({"$ref": self.schemas[uri]["$id"]})
        return found

    def compiled(self, schema: Mapping[str, object]) -> jsonschema_rs.Draft202012Validator:
        """The fast validator for a schema that may refer to those of the registry."""
        return jsonschema_rs.Draft202012Validator(
            dict(schema), registry=self._registry, validate_formats=True, formats=FORMATS
        )

    def explainer(self, uri: str) -> jsonschema.Draft202012Validator:
        """The slower validator for the same schema; importing it costs a tenth of a second or more."""
        found = self._explainers.get(uri)
        if found is None:
            from disarm_exchange.validate.explainer import python_validator  # noqa: PLC0415

            found = self._explainers[uri] = python_validator(self.schemas, uri, FORMATS)
        return found


@cache
def registry() -> SchemaRegistry:
    """The one registry of this process."""
    return SchemaRegistry()


def _is_email(text: str) -> bool:
    """Stricter than "has an @": one @, something before it, a dot in the middle of what follows, no white space."""
    local, at, domain = text.rpartition("@")
    return bool(at and local and "@" not in local and "." in domain.strip(".")) and not any(map(str.isspace, text))


def _is_domain(text: str) -> bool:
    """A host name of RFC 5890; one dot at its end, which says that it is complete (RFC 1034 section 3.1), is legal."""
    return _host_name()(text[:-1] if text.endswith(".") else text)


@cache
def _host_name() -> Callable[[str], bool]:
    return jsonschema_rs.Draft202012Validator({"format": "idn-hostname"}, validate_formats=True).is_valid


FORMATS = {"email": _is_email, "idn-hostname": _is_domain}
"""Formats that both engines check by our own functions."""


def schema_uri(item: StixObject, *, dad_cdm: bool = True) -> str:
    """The `$id` of the schema that an object must meet; for a type that nobody defines, the core of its kind.

    Without `dad_cdm` the types of DAD-CDM are such types, and its changes to types of STIX are left out.
    """
    object_type = item.get("type")
    if not isinstance(object_type, str):
        return f"{OASIS}common/core.json"
    known = _known_types().get(object_type) if dad_cdm else _stix_types().get(object_type)
    if known:
        extensions = item.get("extensions")
        if object_type == "event" and isinstance(extensions, dict) and INCIDENT_EVENT in extensions:
            return f"{OWN}dad-cdm:incident-event"
        if object_type == "persona" and "created" not in item and "persona_name" in item:
            return f"{OWN}dad-cdm:persona-observable"
        return known
    observable = "created" not in item and "modified" not in item
    return f"{OASIS}common/{'cyber-observable-core' if observable else 'core'}.json"


@cache
def _stix_types() -> Mapping[str, str]:
    table = {name: f"{OASIS}sdos/{name}.json" for name in SDO_TYPES}
    table |= {name: f"{OASIS}observables/{name}.json" for name in SCO_TYPES}
    table |= {name: f"{OASIS}sros/{name}.json" for name in SRO_TYPES}
    table |= {
        name: f"{OASIS}common/{name}.json"
        for name in ("bundle", "extension-definition", "language-content", "marking-definition")
    }
    return table


@cache
def _known_types() -> Mapping[str, str]:
    available = registry().schemas
    ours = {name: uri for name in DADCDM_TYPES if (uri := f"{OWN}dad-cdm:{name}") in available}
    return {**_stix_types(), **ours, **_OVERLAID}


def _load_all() -> Iterator[dict[str, object]]:
    for path in sorted((oasis_folder() / "schemas").glob("*/*.json")):
        name = f"{path.parent.name}/{path.name}"
        yield corrected(name, orjson.loads(path.read_bytes()))
    yield from own_schemas()


def own_schemas() -> Iterable[dict[str, object]]:
    """Our own schemas, in the order of their files."""
    for path in own_schema_files():
        yield orjson.loads(path.read_bytes())


def own_schema_files() -> list[Path]:
    """Where our own schemas lie."""
    return sorted(data_folder("schemas").rglob("*.schema.json"))


@cache
def oasis_folder() -> Path:
    """The folder `schemas-2.1` of the installed stix2-validator package.

    Raises:
        FileNotFoundError: the package is not installed or no longer brings the schemas.
    """
    spec = find_spec("stix2validator")
    folder = Path(spec.origin).parent / "schemas-2.1" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise FileNotFoundError("the OASIS schemas are missing: install stix2-validator")
    return folder
