"""Objects that belong to no producer: the project's identity, its extension definitions, techniques, platforms.

Every producer emits them byte for byte alike, so partners hold each of them once. They describe public
vocabulary and carry TLP:CLEAR whatever the marking of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, derived_id, technique_stix_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.timestamps import day_timestamp

PROJECT_IDENTITY_ID = "identity--9a439ab0-7506-4b74-a100-b8785f9dcc6e"
"""Fixed for ever: the creator of the objects of this module."""

EVIDENCE_EXTENSION = "extension-definition--6cd0ebba-538e-4cf3-83ae-bef269740a18"
"""Property extension on `uses` relationships: by which rule and on what evidence a technique was called."""

OPENCTI_EXTENSION = "extension-definition--322b8f77-262a-4cb8-a915-1e441e00329b"
"""OpenCTI's own; its `id` on an attack-pattern keeps techniques apart that share a name."""

_BORN = "2026-11-01T00:00:00.000Z"
_TECHNIQUES_BORN = "2022-01-01T00:00:00.000Z"
"""Before DISARM's first release (2022): no technique object of ours is older, whichever release is imported."""

_CLEAR = [Tlp.CLEAR.marking_id]

DISARM_KILL_CHAIN = "disarm"
DISARM_SOURCE = "DISARM"


def project_identity() -> StixObject:
    """The identity that `created_by_ref` of all shared vocabulary objects names."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": PROJECT_IDENTITY_ID,
        "created": _BORN,
        "modified": _BORN,
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": "disarm-exchange",
        "description": "The software that minted these shared vocabulary objects; no organisation.",
        "identity_class": "system",
        "object_marking_refs": _CLEAR,
    }


def evidence_extension_definition() -> StixObject:
    """The extension-definition object (STIX 2.1 section 7.3) for `EVIDENCE_EXTENSION`."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": EVIDENCE_EXTENSION,
        "created": _BORN,
        "modified": _BORN,
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": "Technique evidence",
        "description": (
            "On a relationship that says a case uses a DISARM technique: the mapping rules that called it, their "
            "reasons, the framework release, how many findings support it, and up to twenty of those findings."
        ),
        "schema": "urn:disarm-exchange:schema:evidence-extension (evidence-extension.schema.json of the project)",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
        "object_marking_refs": _CLEAR,
    }


def attack_pattern(
    external_id: str,
    name: str,
    *,
    phases: Sequence[str],
    url: str,
    release: str,
    released: date,
) -> StixObject:
    """A DISARM technique as a STIX attack-pattern that OpenCTI, MISP and plain STIX readers accept.

    Args:
        external_id: the DISARM id, `T0143.002`.
        name: its name in that release.
        phases: short names of its tactics.
        url: the technique's public page.
        release: the DISARM release, `1.7`.
        released: the release's date; it becomes `modified`, so a later release is a newer version of one object.
    """
    reference = {"source_name": DISARM_SOURCE, "external_id": external_id, "url": url}
    return {
        "type": "attack-pattern",
        "spec_version": "2.1",
        "id": technique_stix_id(external_id),
        "created": _TECHNIQUES_BORN,
        "modified": day_timestamp(released),
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": name,
        "kill_chain_phases": [{"kill_chain_name": DISARM_KILL_CHAIN, "phase_name": phase} for phase in phases],
        "external_references": [
            {**reference, "description": f"DISARM Framework release {release}"},
        ],
        "extensions": {OPENCTI_EXTENSION: {"extension_type": "property-extension", "id": external_id}},
        "object_marking_refs": _CLEAR,
    }


def platform_identity(key: str, name: str) -> StixObject:
    """An online platform as the place of a sighting (`where_sighted_refs` takes identities and locations)."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": platform_id(key),
        "created": _BORN,
        "modified": _BORN,
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": name,
        "identity_class": "system",
        "sectors": ["communications"],
        "object_marking_refs": _CLEAR,
    }


def location(name: str, *, country: str | None = None, region: str | None = None) -> StixObject:
    """A country (ISO 3166-1 alpha-2) or a region of STIX's vocabulary, one object for all producers.

    Raises:
        ValueError: neither is given.
    """
    if country is None and region is None:
        raise ValueError("a location needs a country or a region")
    place = {"country": country} if country is not None else {"region": region}
    return {
        "type": "location",
        "spec_version": "2.1",
        "id": derived_id("location", PROJECT_NAMESPACE, *(f"{key}:{value}" for key, value in place.items())),
        "created": _BORN,
        "modified": _BORN,
        "created_by_ref": PROJECT_IDENTITY_ID,
        "name": name,
        **place,
        "object_marking_refs": _CLEAR,
    }


def organisation(identity: str, name: str, *, contact: str | None = None) -> StixObject:
    """The identity of an organisation that produces cases; it is its own creator (STIX 2.1 section 3.2)."""
    item: StixObject = {
        "type": "identity",
        "spec_version": "2.1",
        "id": identity,
        "created_by_ref": identity,
        "created": _BORN,
        "modified": _BORN,
        "name": " ".join(name.split()),
        "identity_class": "organization",
        "object_marking_refs": _CLEAR,
    }
    if contact:
        item["contact_information"] = contact
    return item


def platform_id(key: str) -> str:
    """Our one id of a platform, by its key in `mappings/values/platforms.json` (`facebook`, `x`, ...)."""
    return derived_id("identity", PROJECT_NAMESPACE, "platform", key)


def is_project_object(item: Mapping[str, object]) -> bool:
    """Whether an object is shared vocabulary of this project rather than a producer's own."""
    return item.get("created_by_ref") == PROJECT_IDENTITY_ID
