"""Common properties and data types (STIX 2.1 sections 2 and 3)."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, UUID4, Case, bad, good, ref, sdo, without

CAMPAIGN = sdo("campaign", name="Harbour Echo")
MARKING = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"


def campaign(**properties: object) -> dict[str, object]:
    return {**CAMPAIGN, **properties}


def reference(**properties: object) -> dict[str, object]:
    return campaign(external_references=[properties])


CASES: list[Case] = [
    # 2.1 binary, 2.2 boolean
    good("a boolean is true or false", campaign(revoked=False)),
    bad("DX102", "a boolean is not a text", campaign(revoked="false")),
    bad("DX102", "a boolean is not a number", campaign(revoked=0)),
    # 2.3 dictionary, 2.12 list
    bad("DX107", "empty lists are prohibited", campaign(labels=[])),
    bad("DX107", "empty dictionaries are prohibited", campaign(extensions={})),
    bad("DX102", "a list is not a text", campaign(labels="network")),
    bad("DX102", "null is no value", campaign(description=None)),
    # 2.5 external reference
    good("a reference with source_name and url", reference(source_name="Harbour Watch", url="https://a.example/1")),
    good("a reference with source_name and description", reference(source_name="Harbour Watch", description="page 3")),
    good("a reference with source_name and external_id", reference(source_name="case", external_id="HE-1")),
    bad("DX110", "at least one of description, url, external_id", reference(source_name="Harbour Watch")),
    bad("DX101", "source_name is required", reference(url="https://a.example/1")),
    bad("DX109", "url is a URL", reference(source_name="Harbour Watch", url="a.example/1")),
    good("cve has the exact identifier", reference(source_name="cve", external_id="CVE-2024-12345")),
    bad("DX110", "cve with another identifier", reference(source_name="cve", external_id="2024-12345")),
    good("capec is formatted as CAPEC-[id]", reference(source_name="capec", external_id="CAPEC-163")),
    bad("DX110", "capec with a bare number", reference(source_name="capec", external_id="163")),
    # 2.7 hashes
    good(
        "a SHA-256 has 64 digits",
        reference(source_name="x", url="https://a.example/1", hashes={"SHA-256": "ab" * 32}),
    ),
    bad(
        "DX104",
        "a SHA-256 has no 63 digits",
        reference(source_name="x", url="https://a.example/1", hashes={"SHA-256": "a" * 63}),
    ),
    bad(
        "DX104",
        "an MD5 is hexadecimal",
        reference(source_name="x", url="https://a.example/1", hashes={"MD5": "z" * 32}),
    ),
    # 2.9 identifier
    good("an identifier is type--UUID", campaign(id=f"campaign--{UUID4}")),
    bad("DX104", "an identifier has two hyphens", campaign(id=f"campaign-{UUID4}")),
    bad("DX104", "the type in the identifier is the object's", campaign(id=f"malware--{UUID4}")),
    bad("DX104", "the UUID is one of RFC 4122", campaign(id="campaign--6f1f6a3e-5b1f-9d0b-9b0e-6a1f7e0c2a11")),
    bad("DX104", "the UUID is complete", campaign(id="campaign--6f1f6a3e")),
    bad("DX102", "an identifier is a text", campaign(id=7)),
    # 2.11 kill chain phase
    good(
        "a phase has both names",
        sdo("attack-pattern", name="x", kill_chain_phases=[{"kill_chain_name": "own", "phase_name": "plan"}]),
    ),
    bad(
        "DX101", "kill_chain_name is required", sdo("attack-pattern", name="x", kill_chain_phases=[{"phase_name": "a"}])
    ),
    bad(
        "DX101", "phase_name is required", sdo("attack-pattern", name="x", kill_chain_phases=[{"kill_chain_name": "a"}])
    ),
    # 2.16 timestamp
    good("sub-second digits are optional", campaign(first_seen=SEEN)),
    good("sub-second digits may be many", campaign(first_seen="2026-03-01T00:00:00.123456789Z")),
    good("the fraction may be one digit", campaign(first_seen="2026-03-01T00:00:00.5Z")),
    bad("DX104", "a point without digits", campaign(first_seen="2026-03-01T00:00:00.Z")),
    bad("DX104", "UTC is written Z", campaign(first_seen="2026-03-01T00:00:00+00:00")),
    bad("DX104", "a zone other than UTC", campaign(first_seen="2026-03-01T02:00:00+02:00")),
    bad("DX104", "a date alone", campaign(first_seen="2026-03-01")),
    bad("DX104", "a blank in place of T", campaign(first_seen="2026-03-01 00:00:00Z")),
    bad("DX212", "the 30th of February", campaign(first_seen="2026-02-30T00:00:00Z")),
    bad("DX104", "the 13th month", campaign(first_seen="2026-13-01T00:00:00Z")),
    # 3.1 names
    good("a custom property with x_", campaign(x_harbour_rank=3)),
    bad("DX105", "property names are in lower case", campaign(Rank=3)),
    bad("DX105", "property names have three characters", campaign(xy=3)),
    bad("DX105", "property names have no hyphen", campaign(**{"harbour-rank": 3})),
    bad("DX105", "property names have at most 250 characters", campaign(**{"x" * 251: 3})),
    bad("DX108", "severity is reserved", campaign(severity="high")),
    bad("DX108", "username is reserved", campaign(username="a")),
    bad("DX108", "action is reserved", campaign(action="a")),
    # 3.2 common properties
    bad("DX101", "id is required", without(CAMPAIGN, "id")),
    bad("DX101", "created is required", without(CAMPAIGN, "created")),
    bad("DX101", "modified is required", without(CAMPAIGN, "modified")),
    bad("DX103", "spec_version is 2.1", campaign(spec_version="2.2")),
    bad("DX104", "created has milliseconds", campaign(created="2026-03-02T00:00:00Z")),
    bad("DX104", "modified has milliseconds", campaign(modified="2026-03-02T00:00:00Z")),
    bad("DX211", "modified is not before created", campaign(modified="2026-03-01T23:59:59.999Z")),
    good("modified may be created", campaign(modified=CAMPAIGN["created"])),
    good("confidence of 0", campaign(confidence=0)),
    good("confidence of 100", campaign(confidence=100)),
    bad("DX106", "confidence of 101", campaign(confidence=101)),
    bad("DX106", "confidence of -1", campaign(confidence=-1)),
    bad("DX102", "confidence is an integer", campaign(confidence=50.5)),
    good("lang is a tag of RFC 5646", campaign(lang="zh-Hans")),
    good("lang with a region", campaign(lang="pt-BR")),
    bad("DX251", "lang is no word", campaign(lang="german")),
    bad("DX251", "lang begins with a language", campaign(lang="xx")),
    bad("DX301", "created_by_ref names an identity", campaign(created_by_ref=ref("malware"))),
    bad("DX301", "object_marking_refs name markings", campaign(object_marking_refs=[ref("identity")])),
    bad("DX104", "a marking is an identifier", campaign(object_marking_refs=["TLP:AMBER"])),
    bad("DX239", "defanged is for observables", campaign(defanged=True)),
    bad("DX102", "labels are texts", campaign(labels=[3])),
    # 3.2 extensions, 7.3
    good(
        "a property extension",
        campaign(extensions={ref("extension-definition"): {"extension_type": "property-extension", "rank": 3}}),
    ),
    bad(
        "DX101",
        "the extension facility needs extension_type",
        campaign(extensions={ref("extension-definition"): {"rank": 3}}),
    ),
    bad(
        "DX103",
        "extension_type comes from its enumeration",
        campaign(extensions={ref("extension-definition"): {"extension_type": "property"}}),
    ),
    bad("DX105", "the key of an extension is its id", campaign(extensions={"rank": {"extension_type": "new-sdo"}})),
    bad(
        "DX234",
        "an extension does not redefine a type",
        campaign(extensions={ref("extension-definition"): {"extension_type": "new-sdo"}}),
    ),
    # 7.2.3 granular markings
    good(
        "a granular marking of a property",
        campaign(description="a", granular_markings=[{"selectors": ["description"], "marking_ref": MARKING}]),
    ),
    good(
        "a granular marking of a list entry",
        campaign(labels=["a", "b"], granular_markings=[{"selectors": ["labels.[1]"], "marking_ref": MARKING}]),
    ),
    good(
        "a granular language",
        campaign(description="a", granular_markings=[{"selectors": ["description"], "lang": "de"}]),
    ),
    bad(
        "DX110",
        "one and only one of marking_ref and lang",
        campaign(granular_markings=[{"selectors": ["name"], "lang": "de", "marking_ref": MARKING}]),
    ),
    bad("DX110", "one of marking_ref and lang", campaign(granular_markings=[{"selectors": ["name"]}])),
    bad("DX101", "selectors is required", campaign(granular_markings=[{"marking_ref": MARKING}])),
    bad(
        "DX253",
        "a selector names what is there",
        campaign(granular_markings=[{"selectors": ["description"], "marking_ref": MARKING}]),
    ),
    bad(
        "DX253",
        "a text has no entries",
        campaign(granular_markings=[{"selectors": ["name.[0]"], "marking_ref": MARKING}]),
    ),
    bad(
        "DX253",
        "a list entry that is not there",
        campaign(labels=["a"], granular_markings=[{"selectors": ["labels.[1]"], "marking_ref": MARKING}]),
    ),
    bad(
        "DX104",
        "the components of a selector are separated by points",
        campaign(labels=["a"], granular_markings=[{"selectors": ["labels[0]"], "marking_ref": MARKING}]),
    ),
    bad(
        "DX251",
        "the language of a granular marking is a tag",
        campaign(granular_markings=[{"selectors": ["name"], "lang": "klingon"}]),
    ),
    bad(
        "DX104",
        "marking_ref names a marking",
        campaign(granular_markings=[{"selectors": ["name"], "marking_ref": ref("identity")}]),
    ),
    # types
    bad("DX104", "type names have no double hyphen", {**CAMPAIGN, "type": "harbour--echo"}),
    bad("DX104", "type names are in lower case", {**CAMPAIGN, "type": "Campaign"}),
    bad("DX201", "the id of a new type begins with it", {**CAMPAIGN, "type": "harbour"}),
    good("a time may be later than another", campaign(first_seen=SEEN, last_seen=LATER)),
]
