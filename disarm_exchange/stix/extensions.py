"""The extension definitions (STIX 2.1 section 7.3) under which DAD-CDM content travels.

DAD-CDM has assigned no ids. These were minted once for this project and never change; every bundle that uses one
brings its definition along. The content of each is stated by a schema under `schemas/dad-cdm/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, PROJECT_IDENTITY_ID, evidence_extension_definition

_BORN = "2026-11-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: its id, what it extends, and the schema that states it."""

    key: str
    """The new type, or a name of ours for new properties."""
    id: str
    kind: str
    """`new-sdo`, `new-sco`, `property-extension` or `toplevel-property-extension`."""
    title: str
    properties: tuple[str, ...] = ()
    """The properties it adds at the top of an object."""
    version: str = "1.0.0"
    modified: str = _BORN
    """Both rise together when the wording of a definition changes: the id stays."""

    @property
    def marker(self) -> dict[str, object]:
        """What stands under the id in `extensions` of an object of a new type."""
        return {"extension_type": self.kind}

    def definition(self) -> StixObject:
        """The extension-definition object, the same bytes for every producer."""
        item: StixObject = {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": self.id,
            "created": _BORN,
            "modified": self.modified,
            "created_by_ref": PROJECT_IDENTITY_ID,
            "name": f"DAD-CDM {self.key}",
            "description": self.title,
            "schema": f"urn:disarm-exchange:schema:dad-cdm:{self.key} (dad-cdm/{self.key}.schema.json of the project)",
            "version": self.version,
            "extension_types": [self.kind],
        }
        if self.properties:
            item["extension_properties"] = list(self.properties)
        return {**item, "object_marking_refs": [Tlp.CLEAR.marking_id]}


_EXTENSIONS = (
    Extension(
        "narrative",
        "extension-definition--b61b2620-099f-4f04-8467-e52e3be7fcda",
        "new-sdo",
        "A story that an operation tells or builds on.",
    ),
    Extension(
        "channel",
        "extension-definition--9ad9384a-a6ea-4a74-9f5c-69b054a077ab",
        "new-sdo",
        "A means by which content reaches people: a page, an account, a group, a site, a station.",
    ),
    Extension(
        "event",
        "extension-definition--0cb8e56b-404f-4e0f-9060-4cb8ceef70ab",
        "new-sdo",
        "A happening in the real world that operations turn to.",
    ),
    Extension(
        "language",
        "extension-definition--06b72038-5600-4f00-ab40-d8af1653775f",
        "new-sdo",
        "A language that channels and content use.",
    ),
    Extension(
        "persona",
        "extension-definition--94336754-62b2-4bd9-9522-47b4cf4178c8",
        "new-sdo",
        "A made-up person or institution that an operation presents.",
        version="1.0.1",
        modified="2026-11-24T00:00:00.000Z",
    ),
    Extension(
        "media-outlet",
        "extension-definition--7fe484de-4c4d-4f66-b9d9-c65cb1a355df",
        "new-sdo",
        "An editorial entity that reaches people through several channels.",
    ),
    Extension(
        "media-content",
        "extension-definition--c348cafd-df29-4390-976d-608bf292d746",
        "new-sco",
        "A piece of published content.",
    ),
    Extension(
        "intrusion-set",
        "extension-definition--aaca7c93-dc39-4dd0-b1ec-7d75115a3d4b",
        "toplevel-property-extension",
        "The environments in which an intrusion set acts: cyber, social, physical.",
        ("context",),
    ),
    Extension(
        "incident-entities",
        "extension-definition--425f5ea5-85bf-4d03-aa3d-5ac01c725fe2",
        "property-extension",
        "On an incident in the public information environment: who coordinates the response and who supports it.",
    ),
    Extension(
        "information-impact",
        "extension-definition--3511272a-5067-42b7-acfe-1bb6b394d020",
        "property-extension",
        "On an impact in the public information environment: how many were reached, how many engaged, which harm.",
    ),
)

EXTENSIONS: Mapping[str, Extension] = {extension.key: extension for extension in _EXTENSIONS}
"""Every extension of ours for DAD-CDM, by the new type or by a name for new properties."""

INCIDENT_CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
INCIDENT_EVENT = "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e"
INCIDENT_IMPACT = "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9"
INCIDENT_TASK = "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030"
"""The CTI TC's Incident Extension Suite (STIX 2.2)."""

OPENCTI_NEW_OBJECTS = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
"""Under which OpenCTI sends the same new types."""

_BY_ID: Mapping[str, Extension] = {extension.id: extension for extension in _EXTENSIONS}


def extension_of(identifier: str) -> Extension | None:
    """The extension of ours with that id; None if it is none of ours."""
    return _BY_ID.get(identifier)


def used_definitions(objects: Iterable[Mapping[str, object]]) -> Iterator[StixObject]:
    """The definitions of all extensions of ours that the objects use, each once, in order of id."""
    used: set[str] = set()
    for item in objects:
        extensions = item.get("extensions")
        if isinstance(extensions, Mapping):
            used.update(key for key in extensions if key in _BY_ID or key == EVIDENCE_EXTENSION)
    for identifier in sorted(used):
        extension = _BY_ID.get(identifier)
        yield extension.definition() if extension else evidence_extension_definition()
