"""DX30x: references between objects (STIX 2.1 section 3.3 and those of each type)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP2_EXTENSION, TLP_OF_MARKING
from disarm_exchange.stix.project import OPENCTI_EXTENSION
from disarm_exchange.validate.index import BundleFinding, BundleIndex
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.kinds import (
    DADCDM_SCO_TYPES,
    DADCDM_SDO_TYPES,
    DADCDM_TYPES,
    SCO_TYPES,
    SDO_TYPES,
    SRO_TYPES,
    STIX_TYPES,
    type_of_id,
)
from disarm_exchange.validate.rule import BundleRule, Check, Facets, Found, ObjectRule

_OBSERVABLES = SCO_TYPES | DADCDM_SCO_TYPES
_DOMAIN_OBJECTS = SDO_TYPES | DADCDM_SDO_TYPES
_TARGETS: Mapping[str, frozenset[str]] = {
    "created_by_ref": frozenset({"identity"}),
    "object_marking_refs": frozenset({"marking-definition"}),
    "observed_data_refs": frozenset({"observed-data"}),
    "sighting_of_ref": _DOMAIN_OBJECTS,
    "source_ref": _DOMAIN_OBJECTS | _OBSERVABLES,
    "target_ref": _DOMAIN_OBJECTS | _OBSERVABLES,
    "where_sighted_refs": frozenset({"identity", "location"}),
    "sample_ref": frozenset({"file", "artifact", "network-traffic"}),
    "analysis_sco_refs": _OBSERVABLES,
    "host_vm_ref": frozenset({"software"}),
    "operating_system_ref": frozenset({"software"}),
    "operating_system_refs": frozenset({"software"}),
    "installed_software_refs": frozenset({"software"}),
    "language_refs": frozenset({"language"}),
    "content_ref": frozenset({"artifact"}),
    "parent_directory_ref": frozenset({"directory"}),
    "from_ref": frozenset({"email-addr"}),
    "sender_ref": frozenset({"email-addr"}),
    "to_refs": frozenset({"email-addr"}),
    "cc_refs": frozenset({"email-addr"}),
    "bcc_refs": frozenset({"email-addr"}),
    "raw_email_ref": frozenset({"artifact"}),
    "src_ref": frozenset({"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"}),
    "dst_ref": frozenset({"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"}),
    "src_payload_ref": frozenset({"artifact"}),
    "dst_payload_ref": frozenset({"artifact"}),
    "encapsulates_refs": frozenset({"network-traffic"}),
    "encapsulated_by_ref": frozenset({"network-traffic"}),
    "opened_connection_refs": frozenset({"network-traffic"}),
    "creator_user_ref": frozenset({"user-account"}),
    "image_ref": frozenset({"file"}),
    "parent_ref": frozenset({"process"}),
    "child_refs": frozenset({"process"}),
}
_TARGETS_BY_TYPE: Mapping[tuple[str, str], frozenset[str]] = {
    ("directory", "contains_refs"): frozenset({"file", "directory"}),
    ("malware", "sample_refs"): frozenset({"file", "artifact"}),
    ("observed-data", "object_refs"): _OBSERVABLES | SRO_TYPES,
    ("domain-name", "resolves_to_refs"): frozenset({"ipv4-addr", "ipv6-addr", "domain-name"}),
    ("ipv4-addr", "resolves_to_refs"): frozenset({"mac-addr"}),
    ("ipv6-addr", "resolves_to_refs"): frozenset({"mac-addr"}),
    ("ipv4-addr", "belongs_to_refs"): frozenset({"autonomous-system"}),
    ("ipv6-addr", "belongs_to_refs"): frozenset({"autonomous-system"}),
    ("email-addr", "belongs_to_ref"): frozenset({"user-account"}),
}


class ReferenceToWrongType(ObjectRule):
    """A reference that names an object of a type that cannot stand there."""

    code = "DX301"
    severity = Severity.ERROR
    title = "reference to the wrong type of object"
    why = "Readers follow the reference and find, say, a malware where the creator should be."
    fix = "Refer to an object of the type that the property asks for."
    source = "STIX 2.1, the embedded relationships of each type"

    def bind(self, object_type: str, keys: Collection[str]) -> Check | None:
        """A check of the references that are there and have a fixed set of types."""
        wanted = [
            (key, targets)
            for key in keys
            if (targets := _TARGETS_BY_TYPE.get((object_type, key)) or _TARGETS.get(key)) is not None
        ]
        if object_type not in STIX_TYPES and object_type not in DADCDM_TYPES:
            # no schema has looked at the form of what stands there
            return partial(_wrong_form, wanted) if wanted else None
        return partial(_wrong_types, wanted) if wanted else None

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The types of what is referred to; longer lists than those of markings are looked at one by one."""
        named = [key for key in keys if key in _TARGETS or (object_type, key) in _TARGETS_BY_TYPE]
        lists = [key for key in named if key.endswith("s")]
        if lists not in ([], ["object_marking_refs"]):
            return None
        return Facets(tuple(lists), tuple(key for key in named if key not in lists))


def _wrong_types(wanted: list[tuple[str, frozenset[str]]], item: StixObject) -> Found:
    found: list[Finding] = []
    for key, types in wanted:
        value = item[key]
        if not isinstance(value, list):
            assert isinstance(value, str)
            if value.partition("--")[0] not in types and not _may_be(value, types):
                found.append(_wrong(f"/{key}", value, types))
            continue
        for position, target in enumerate(value):
            if target.partition("--")[0] not in types and not _may_be(target, types):
                found.append(_wrong(f"/{key}/{position}", target, types))
    return found


def _wrong_form(wanted: list[tuple[str, frozenset[str]]], item: StixObject) -> Found:
    found = [Finding(f"/{key}", "holds no identifier") for key, _types in wanted if not _names_something(item[key])]
    return found or _wrong_types(wanted, item)


def _names_something(value: object) -> bool:
    return all(isinstance(target, str) for target in (value if isinstance(value, list) else [value]))


def _may_be(target: str, types: frozenset[str]) -> bool:
    """Where any observable or domain object may stand, one of a type that nobody here knows may stand as well."""
    named = type_of_id(target)
    return (
        (types >= _OBSERVABLES or types >= _DOMAIN_OBJECTS)
        and named not in STIX_TYPES
        and named not in DADCDM_TYPES
        and "--" in target
    )


def _wrong(pointer: str, target: str, types: frozenset[str]) -> Finding:
    wanted = " or ".join(sorted(types)) if len(types) < 5 else _KINDS.get(types, "observable")
    return Finding(pointer, f"{shown(target)!r} does not name a {wanted}")


_KINDS = {_DOMAIN_OBJECTS: "domain object", _DOMAIN_OBJECTS | _OBSERVABLES: "domain object or observable"}


class DanglingReference(BundleRule):
    """A reference to an object that is not there."""

    code = "DX302"
    severity = Severity.ERROR
    title = "reference to an object that is not there"
    why = "OpenCTI accepts the bundle and then loses the objects that refer to missing ones; others show a broken link."
    fix = "Add the object, remove the reference, or declare it known to the receiver (--known)."
    source = "STIX 2.1 section 3.3 allows it; field findings on OpenCTI and MISP"
    spares_revoked = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """All references at the end that name nothing; markings that everybody knows are not needed."""
        withdrawn = index.withdrawn()
        for reference in index.unresolved():
            target = reference.target
            if target in TLP_OF_MARKING or target.startswith("extension-definition--"):
                continue
            if reference.number in withdrawn:
                continue
            yield BundleFinding(
                reference.number, reference.object_id, reference.pointer, f"{shown(target)!r} is not in the bundle"
            )


class MissingExtensionDefinition(BundleRule):
    """An extension whose definition does not come with the objects."""

    code = "DX303"
    severity = Severity.WARNING
    title = "extension without its definition"
    why = "A reader who does not know the extension cannot find out what it means."
    fix = "Add the extension-definition object to the bundle."
    source = "STIX 2.1 section 7.3"
    spares_revoked = True

    def finish(self, index: BundleIndex) -> Iterable[BundleFinding]:
        """Each missing definition once, at its first use; those of published specifications are known."""
        told: set[str] = set()
        withdrawn = index.withdrawn()
        for reference in index.unresolved():
            target = reference.target
            if not target.startswith("extension-definition--") or target in PUBLISHED_EXTENSIONS or target in told:
                continue
            if reference.number in withdrawn:
                continue
            told.add(target)
            yield BundleFinding(
                reference.number, reference.object_id, reference.pointer, f"{target!r} is not in the bundle"
            )


PUBLISHED_EXTENSIONS = frozenset({
    TLP2_EXTENSION,
    OPENCTI_EXTENSION,
    "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba",  # OpenCTI, new objects
    "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82",  # OpenCTI, observables
    "extension-definition--ef765651-680c-498d-9894-99799f2fa126",  # Incident Extension Suite: incident core
    "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e",  # event
    "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9",  # impact
})  # fmt: skip
"""Extensions whose definitions their specifications or products give: no bundle has to carry them."""
