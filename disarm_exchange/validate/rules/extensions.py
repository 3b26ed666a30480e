"""DX23x: the extension mechanism (STIX 2.1 section 7.3) and custom content (section 11)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.extensions import EXTENSIONS, INCIDENT_CORE, extension_of
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Finding, Severity, escape, shown
from disarm_exchange.validate.kinds import DADCDM_TYPES, STIX_TYPES, words
from disarm_exchange.validate.properties import known_properties
from disarm_exchange.validate.rule import NOTHING, BundleRule, Check, Found, ObjectRule
from disarm_exchange.validate.schemas import OWN, registry
from disarm_exchange.validate.violations import from_rs
from disarm_exchange.validate.wording import reason

_NEW = frozenset({"new-sdo", "new-sco", "new-sro"})
_TOP = "toplevel-property-extension"
_SCHEMAS: Mapping[str, str] = {
    INCIDENT_CORE: f"{OWN}dad-cdm:incident-core-extension",
    EXTENSIONS["incident-entities"].id: f"{OWN}dad-cdm:incident-entities",
    EXTENSIONS["information-impact"].id: f"{OWN}dad-cdm:information-impact",
}
_SECTION = "STIX 2.1 section 7.3"


def extension_types(item: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The ids of extensions in an object, each with its `extension_type`."""
    extensions = item.get("extensions")
    if isinstance(extensions, dict):
        for key, content in extensions.items():
            if isinstance(content, dict):
                yield key, content.get("extension_type")


class MalformedExtension(ObjectRule):
    """The content of an extension that we have a schema for."""

    code = "DX231"
    severity = Severity.ERROR
    title = "extension content not as its schema says"
    why = "Readers that know the extension fail on it."
    fix = "Write it as the schema of the extension says; see `disarm-exchange schema list`."
    source = "CTI TC, Incident Extension Suite; DAD-CDM as schemas/dad-cdm states it"
    keys = ("extensions",)

    def check(self, item: StixObject) -> Found:
        """Hold each known extension against its schema."""
        extensions = item["extensions"]
        assert isinstance(extensions, dict)
        found: list[Finding] = []
        for key, uri in _SCHEMAS.items():
            if key in extensions:
                decider = registry().decider(uri)
                if not decider.is_valid(extensions[key]):
                    found += [
                        Finding(f"/extensions/{key}{violation.pointer}", reason(violation))
                        for violation in from_rs(decider.iter_errors(extensions[key]))
                    ]
        return found


class NewTypeWithoutExtension(ObjectRule):
    """An object of a type that STIX does not define, without the extension that would define it."""

    code = "DX232"
    severity = Severity.WARNING
    title = "new type without an extension"
    why = "Strict readers refuse it: since 2.1 a new type is announced by an extension (section 11 is deprecated)."
    fix = 'Add to extensions the id of its definition with {"extension_type": "new-sdo"} (or new-sco, new-sro).'
    source = f"{_SECTION}, section 11.2"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """Types of the specification need none."""
        return None if object_type in STIX_TYPES or object_type == "bundle" else self.check

    def check(self, item: StixObject) -> Found:
        """Look for an extension that makes a new type."""
        if any(kind in _NEW for _key, kind in extension_types(item)):
            return NOTHING
        extension = EXTENSIONS.get(str(item["type"]))
        advice = f"; the project's is {extension.id}" if extension else ""
        return (
            Finding("/type", f"{shown(item['type'])} is no type of STIX 2.1 and no extension makes it one{advice}"),
        )


class CustomProperty(ObjectRule):
    """A property that the type does not have, without the extension that would add it."""

    code = "DX233"
    severity = Severity.WARNING
    title = "custom property without an extension"
    why = "Nobody can know what it means; often it is a misspelt property, and strict readers refuse it."
    fix = "Correct the name, or move it into a property-extension."
    source = f"{_SECTION}, section 11.1"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """Only names that the type does not have matter; objects of unknown types may have any."""
        if object_type not in STIX_TYPES and object_type not in DADCDM_TYPES:
            return None
        known = known_properties(object_type, "created" not in keys)
        unknown = [key for key in keys if key not in known]
        return partial(_unexplained, object_type, unknown) if unknown else None


def _unexplained(object_type: str, names: list[str], item: StixObject) -> Found:
    added: set[str] = set()
    for key, kind in extension_types(item):
        if kind == _TOP:
            extension = extension_of(key)
            if extension is None:
                return NOTHING  # an extension of others: it may add any property
            added.update(extension.properties)
        elif kind in _NEW and object_type not in STIX_TYPES:
            return NOTHING
    if object_type == "intrusion-set":
        added.discard("context")
    return [
        Finding(f"/{escape(name)}", f"{shown(name)!r} is no property of {object_type}{_nearest(name, object_type)}")
        for name in names
        if name not in added
    ]


def _nearest(name: str, object_type: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 (only on the way to a message)

    close = get_close_matches(name, known_properties(object_type), n=1, cutoff=0.8)
    return f"; is {close[0]!r} meant?" if close else ""


class RedefinedType(ObjectRule):
    """An extension that claims to define a type that exists."""

    code = "DX234"
    severity = Severity.ERROR
    title = "extension redefines a type of STIX"
    why = "The extension mechanism must not be used for that, and readers take the object for something new."
    fix = "Use property-extension for new properties of an existing type."
    source = _SECTION
    types = STIX_TYPES
    keys = ("extensions",)

    def check(self, item: StixObject) -> Found:
        """Look for an extension that makes a new type on an object of an old one."""
        return [
            Finding(f"/extensions/{escape(key)}/extension_type", f"{kind} on a {item['type']}")
            for key, kind in extension_types(item)
            if kind in _NEW
        ]


_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)


class ExtensionWithoutCreator(ObjectRule):
    """An extension definition that nobody signs."""

    code = "DX235"
    severity = Severity.ERROR
    title = "extension definition without creator"
    why = "created_by_ref is required for extension definitions: someone must answer for what they mean."
    fix = "Name the creator's identity in created_by_ref."
    source = f"{_SECTION}.1"
    types = frozenset({"extension-definition"})

    def check(self, item: StixObject) -> Found:
        """Look for created_by_ref."""
        return NOTHING if "created_by_ref" in item else (Finding("", "'created_by_ref' is missing"),)


class ExtensionVersion(ObjectRule):
    """A version that is no semantic version."""

    code = "DX236"
    severity = Severity.WARNING
    title = "extension without a semantic version"
    why = "Readers compare MAJOR.MINOR.PATCH to know whether they can still read the extension."
    fix = "Write the version as MAJOR.MINOR.PATCH."
    source = f"{_SECTION}.1"
    types = frozenset({"extension-definition"})
    keys = ("version",)

    def check(self, item: StixObject) -> Found:
        """Hold it against semver.org."""
        version = item["version"]
        if isinstance(version, str) and _VERSION.fullmatch(version):
            return NOTHING
        return (Finding("/version", f"{shown(version)!r} is not MAJOR.MINOR.PATCH"),)


class TopLevelWithoutNames(ObjectRule):
    """A toplevel-property-extension that does not say which properties it adds."""

    code = "DX237"
    severity = Severity.WARNING
    title = "extension does not name its properties"
    why = "Without extension_properties nobody knows which properties at the top belong to it."
    fix = "List the names in extension_properties."
    source = f"{_SECTION}.1"
    types = frozenset({"extension-definition"})
    keys = ("extension_types",)

    def check(self, item: StixObject) -> Found:
        """Look for the list where the type is a toplevel-property-extension."""
        kinds = item["extension_types"]
        assert isinstance(kinds, list)
        if _TOP in kinds and "extension_properties" not in item:
            return (Finding("", "'extension_properties' is missing"),)
        return NOTHING


class ExtensionTypeDiffers(BundleRule):
    """An extension used as another type than its definition says."""

    code = "DX238"
    severity = Severity.ERROR
    title = "extension used otherwise than defined"
    why = "Readers who act on the definition look for its content in the wrong place."
    fix = "Give the extension_type that the definition lists, or add it there."
    source = _SECTION
    watches = frozenset({"extension-definition"})
    MAX = 10_000

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._defined: dict[str, list[object]] = {}

    def see(self, item: StixObject, number: int) -> None:
        """Remember what the definition says."""
        kinds = item["extension_types"]
        if isinstance(kinds, list) and len(self._defined) < self.MAX:
            self._defined[str(item["id"])] = kinds

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Compare with how the extension is used."""
        for (key, kind), (number, object_id) in index.extension_uses.items():
            kinds = self._defined.get(key)
            if kinds is not None and kind not in kinds:
                where = f"/extensions/{escape(key)}/extension_type"
                listed = ", ".join(map(str, kinds))
                yield BundleFinding(number, object_id, where, f"{shown(kind)!r}, but its definition lists {listed}")


_NOT_APPLICABLE: Mapping[str, frozenset[str]] = {
    "extension-definition": words("confidence lang defanged extensions"),
    "marking-definition": words("modified revoked labels confidence lang defanged"),
    "language-content": words("lang defanged"),
}


class NotApplicable(ObjectRule):
    """A common property that objects of this type do not have."""

    code = "DX239"
    severity = Severity.ERROR
    title = "common property that the type does not have"
    why = "The table of common properties rules it out, so readers disagree about what it means here."
    fix = "Remove the property."
    source = "STIX 2.1 section 3.2"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """`defanged` is only for observables; meta objects lack some of the others."""
        barred = _NOT_APPLICABLE.get(object_type)
        if barred is None:
            barred = frozenset({"defanged"}) if "created" in keys else frozenset()
        present = sorted(barred.intersection(keys))
        if not present:
            return None
        return lambda _item: [Finding(f"/{name}", f"{object_type} does not have {name!r}") for name in present]
