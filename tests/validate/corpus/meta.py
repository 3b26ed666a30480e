"""Meta objects: language content, markings, extension definitions (STIX 2.1 section 7)."""

from __future__ import annotations

from disarm_exchange.stix.markings import Tlp, marking_definition
from tests.validate.bundles import BORN, PRODUCER
from tests.validate.corpus.case import UUID4, Case, bad, good, ref, sdo, without

WHITE = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "created": "2017-01-20T00:00:00.000Z",
    "definition_type": "tlp",
    "name": "TLP:WHITE",
    "definition": {"tlp": "white"},
}
STATEMENT = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": f"marking-definition--{UUID4}",
    "created": BORN,
    "created_by_ref": PRODUCER,
    "definition_type": "statement",
    "definition": {"statement": "For members."},
}


def translated(**properties: object) -> dict[str, object]:
    contents = {"de": {"name": "Hafenecho"}}
    return sdo("language-content", **{"object_ref": ref("campaign"), "contents": contents, **properties})


def extension(**properties: object) -> dict[str, object]:
    return sdo(
        "extension-definition",
        **{
            "name": "Reach",
            "description": "How many saw it.",
            "schema": "https://a.example/reach.json",
            "version": "1.0.0",
            "extension_types": ["property-extension"],
            **properties,
        },
    )


CASES: list[Case] = [
    # 7.1
    good("object_ref and contents suffice", translated()),
    good("the version translated", translated(object_modified=BORN)),
    good("two languages", translated(contents={"de": {"name": "a"}, "pt-BR": {"name": "b"}})),
    bad("DX101", "object_ref is required", sdo("language-content", contents={"de": {"name": "a"}})),
    bad("DX101", "contents is required", sdo("language-content", object_ref=ref("campaign"))),
    bad("DX251", "the keys of contents are languages", translated(contents={"german": {"name": "a"}})),
    bad("DX108", "object_ref names no language content", translated(object_ref=ref("language-content"))),
    bad("DX107", "contents is not empty", translated(contents={})),
    bad("DX104", "object_modified is a timestamp", translated(object_modified="2026")),
    bad("DX239", "language content has no lang", translated(lang="en")),
    # 7.2
    good("a statement", STATEMENT),
    good("TLP:WHITE of TLP 1", WHITE),
    *(good(f"{tlp.label} of TLP 2.0", marking_definition(tlp)) for tlp in Tlp),
    bad("DX101", "created is required", without(STATEMENT, "created")),
    bad("DX101", "a marking without extensions has a definition", without(STATEMENT, "definition")),
    bad("DX101", "a marking without extensions has a type", without(STATEMENT, "definition_type")),
    bad("DX110", "a statement has its text", {**STATEMENT, "definition": {"text": "For members."}}),
    bad("DX601", "no other instances of TLP may be made", {**WHITE, "id": f"marking-definition--{UUID4}"}),
    bad("DX601", "the content of TLP:WHITE is white", {**WHITE, "definition": {"tlp": "red"}, "name": "TLP:RED"}),
    bad(
        "DX601",
        "TLP 2.0 under an id of one's own",
        {**marking_definition(Tlp.RED), "id": f"marking-definition--{UUID4}"},
    ),
    bad("DX603", "a marking does not mark itself", {**STATEMENT, "object_marking_refs": [STATEMENT["id"]]}),
    bad("DX239", "a marking is not versioned", {**STATEMENT, "modified": BORN}),
    bad("DX239", "a marking is not revoked", {**STATEMENT, "revoked": True}),
    # 7.3
    good("a property extension", extension()),
    good(
        "a toplevel extension names its properties",
        extension(extension_types=["toplevel-property-extension"], extension_properties=["rank"]),
    ),
    good("several types in one", extension(extension_types=["new-sdo", "new-sco", "property-extension"])),
    bad("DX101", "name is required", without(extension(), "name")),
    bad("DX101", "schema is required", without(extension(), "schema")),
    bad("DX101", "version is required", without(extension(), "version")),
    bad("DX101", "extension_types is required", without(extension(), "extension_types")),
    bad("DX235", "created_by_ref is required", without(extension(), "created_by_ref")),
    bad("DX103", "extension_types come from their enumeration", extension(extension_types=["new-thing"])),
    bad("DX108", "extension_properties only for toplevel extensions", extension(extension_properties=["rank"])),
    bad("DX239", "an extension definition has no confidence", extension(confidence=50)),
    bad("DX239", "an extension definition has no lang", extension(lang="en")),
]
