"""Domain objects, location to vulnerability, and relationship objects (STIX 2.1 sections 4.10 to 5.2)."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, Case, bad, good, ref, sco, sdo

DOMAIN = sco("domain-name", value="a.example")


def observed(**properties: object) -> dict[str, object]:
    return sdo("observed-data", **{"first_observed": SEEN, "last_observed": LATER, "number_observed": 7, **properties})


def related(**properties: object) -> dict[str, object]:
    ends = {"source_ref": ref("campaign"), "target_ref": ref("attack-pattern")}
    return sdo("relationship", **{"relationship_type": "uses", **ends, **properties})


CASES: list[Case] = [
    # 4.10
    good("a region suffices", sdo("location", region="northern-europe")),
    good("a country suffices", sdo("location", country="NL")),
    good("coordinates suffice", sdo("location", latitude=52.37, longitude=4.89)),
    good(
        "all properties of location",
        sdo(
            "location",
            name="The harbour",
            description="In the north.",
            latitude=52.37,
            longitude=4.89,
            precision=100.0,
            region="western-europe",
            country="NL",
            administrative_area="NH",
            city="Amsterdam",
            street_address="1 Pier",
            postal_code="1000 AA",
        ),
    ),
    bad("DX110", "region, country or coordinates", sdo("location", name="a")),
    bad("DX110", "longitude comes with latitude", sdo("location", country="NL", longitude=4.89)),
    bad("DX110", "latitude comes with longitude", sdo("location", country="NL", latitude=52.37)),
    bad("DX110", "precision needs coordinates", sdo("location", country="NL", precision=100.0)),
    bad("DX106", "latitude is at most 90", sdo("location", latitude=90.5, longitude=4.89)),
    bad("DX106", "longitude is at least -180", sdo("location", latitude=52.37, longitude=-180.5)),
    # 4.11
    good("an instance needs no name", sdo("malware", is_family=False)),
    good("a family has a name", sdo("malware", is_family=True, name="Pier")),
    good(
        "all properties of malware",
        sdo(
            "malware",
            is_family=False,
            name="Pier",
            description="A tool for posting.",
            malware_types=["bot"],
            aliases=["Dock"],
            kill_chain_phases=[{"kill_chain_name": "own", "phase_name": "plan"}],
            first_seen=SEEN,
            last_seen=LATER,
            operating_system_refs=[ref("software")],
            architecture_execution_envs=["x86-64"],
            implementation_languages=["rust"],
            capabilities=["commits-fraud"],
            sample_refs=[ref("file")],
        ),
    ),
    bad("DX101", "is_family is required", sdo("malware", name="Pier")),
    bad("DX110", "a family without a name", sdo("malware", is_family=True)),
    bad(
        "DX211", "last_seen is not before first_seen", sdo("malware", is_family=False, first_seen=LATER, last_seen=SEEN)
    ),
    bad("DX301", "samples are files or artifacts", sdo("malware", is_family=False, sample_refs=[ref("campaign")])),
    bad(
        "DX104", "operating systems are software", sdo("malware", is_family=False, operating_system_refs=[ref("file")])
    ),
    # 4.12
    good("a product and a result suffice", sdo("malware-analysis", product="anonymized", result="benign")),
    good("a product and observables suffice", sdo("malware-analysis", product="a", analysis_sco_refs=[ref("file")])),
    good(
        "all properties of malware-analysis",
        sdo(
            "malware-analysis",
            product="pier-scan",
            version="1.0",
            host_vm_ref=ref("software"),
            operating_system_ref=ref("software"),
            installed_software_refs=[ref("software")],
            configuration_version="1",
            modules=["a"],
            analysis_engine_version="2",
            analysis_definition_version="3",
            submitted=SEEN,
            analysis_started=SEEN,
            analysis_ended=LATER,
            result_name="clean",
            result="benign",
            analysis_sco_refs=[ref("file")],
            sample_ref=ref("file"),
        ),
    ),
    bad("DX101", "product is required", sdo("malware-analysis", result="benign")),
    bad("DX110", "one of result and analysis_sco_refs", sdo("malware-analysis", product="a")),
    bad(
        "DX104",
        "host_vm_ref names software",
        sdo("malware-analysis", product="a", result="benign", host_vm_ref=ref("file")),
    ),
    bad(
        "DX110",
        "sample_ref names a sample",
        sdo("malware-analysis", product="a", result="benign", sample_ref=ref("url")),
    ),
    # 4.13
    good("content and object_refs suffice", sdo("note", content="Seen in March.", object_refs=[ref("campaign")])),
    good(
        "all properties of note",
        sdo("note", abstract="When", content="Seen in March.", authors=["A. Finder"], object_refs=[ref("campaign")]),
    ),
    bad("DX101", "content is required", sdo("note", object_refs=[ref("campaign")])),
    bad("DX101", "object_refs is required", sdo("note", content="a")),
    bad("DX107", "object_refs is not empty", sdo("note", content="a", object_refs=[])),
    bad("DX102", "authors is a list", sdo("note", content="a", authors="A. Finder", object_refs=[ref("campaign")])),
    # 4.14
    good("object_refs suffices", observed(object_refs=[ref("domain-name")])),
    good("a relationship between observables", observed(object_refs=[ref("domain-name"), ref("relationship")])),
    good("the deprecated container", observed(objects={"0": DOMAIN})),
    bad("DX110", "one of objects and object_refs", observed()),
    bad("DX110", "not both of them", observed(objects={"0": DOMAIN}, object_refs=[ref("domain-name")])),
    bad(
        "DX211",
        "last_observed is not before first_observed",
        observed(object_refs=[ref("url")], last_observed="2026-02-01T00:00:00Z"),
    ),
    bad("DX106", "number_observed is at least 1", observed(object_refs=[ref("url")], number_observed=0)),
    bad("DX106", "number_observed is at most 999,999,999", observed(object_refs=[ref("url")], number_observed=10**9)),
    bad("DX110", "object_refs names observables", observed(object_refs=[ref("campaign")])),
    bad("DX102", "number_observed is an integer", observed(object_refs=[ref("url")], number_observed="7")),
    # 4.15
    good("opinion and object_refs suffice", sdo("opinion", opinion="agree", object_refs=[ref("campaign")])),
    good(
        "all properties of opinion",
        sdo(
            "opinion",
            explanation="We saw it too.",
            authors=["A"],
            opinion="strongly-agree",
            object_refs=[ref("campaign")],
        ),
    ),
    bad("DX101", "opinion is required", sdo("opinion", object_refs=[ref("campaign")])),
    bad("DX103", "opinion comes from its enumeration", sdo("opinion", opinion="maybe", object_refs=[ref("campaign")])),
    bad("DX101", "object_refs is required", sdo("opinion", opinion="agree")),
    # 4.16
    good(
        "name, published and object_refs suffice",
        sdo("report", name="Harbour Echo", published=SEEN, object_refs=[ref("campaign")]),
    ),
    good(
        "all properties of report",
        sdo(
            "report",
            name="Harbour Echo",
            description="What was found.",
            report_types=["campaign"],
            published=SEEN,
            object_refs=[ref("campaign")],
        ),
    ),
    bad("DX101", "name is required", sdo("report", published=SEEN, object_refs=[ref("campaign")])),
    bad("DX101", "published is required", sdo("report", name="a", object_refs=[ref("campaign")])),
    bad("DX101", "object_refs is required", sdo("report", name="a", published=SEEN)),
    bad("DX107", "object_refs is not empty", sdo("report", name="a", published=SEEN, object_refs=[])),
    # 4.17
    good("a name suffices", sdo("threat-actor", name="An agency")),
    good(
        "all properties of threat-actor",
        sdo(
            "threat-actor",
            name="An agency",
            description="For hire.",
            threat_actor_types=["criminal"],
            aliases=["The office"],
            first_seen=SEEN,
            last_seen=LATER,
            roles=["agent"],
            goals=["money"],
            sophistication="minimal",
            resource_level="organization",
            primary_motivation="personal-gain",
            secondary_motivations=["notoriety"],
            personal_motivations=["personal-gain"],
        ),
    ),
    bad("DX101", "name is required", sdo("threat-actor", roles=["agent"])),
    bad("DX211", "last_seen is not before first_seen", sdo("threat-actor", name="a", first_seen=LATER, last_seen=SEEN)),
    bad("DX102", "roles is a list", sdo("threat-actor", name="a", roles="agent")),
    bad("DX102", "sophistication is a text", sdo("threat-actor", name="a", sophistication=["minimal"])),
    # 4.18
    good("a name suffices", sdo("tool", name="Post scheduler")),
    good(
        "all properties of tool",
        sdo(
            "tool",
            name="Post scheduler",
            description="Posts on time.",
            tool_types=["unknown"],
            aliases=["scheduler"],
            kill_chain_phases=[{"kill_chain_name": "own", "phase_name": "plan"}],
            tool_version="2",
        ),
    ),
    bad("DX101", "name is required", sdo("tool", tool_types=["unknown"])),
    bad("DX102", "tool_version is a text", sdo("tool", name="a", tool_version=2)),
    # 4.19
    good("a name suffices", sdo("vulnerability", name="CVE-2024-12345")),
    good(
        "all properties of vulnerability",
        sdo(
            "vulnerability",
            name="CVE-2024-12345",
            description="Of a forum.",
            external_references=[{"source_name": "cve", "external_id": "CVE-2024-12345"}],
        ),
    ),
    bad("DX101", "name is required", sdo("vulnerability", description="a")),
    # 5.1
    good("type and both ends suffice", related()),
    good("all properties of relationship", related(description="Often.", start_time=SEEN, stop_time=LATER)),
    good("an observable may be an end", related(relationship_type="related-to", target_ref=ref("url"))),
    bad(
        "DX101",
        "relationship_type is required",
        sdo("relationship", source_ref=ref("campaign"), target_ref=ref("tool")),
    ),
    bad("DX101", "source_ref is required", sdo("relationship", relationship_type="uses", target_ref=ref("tool"))),
    bad("DX101", "target_ref is required", sdo("relationship", relationship_type="uses", source_ref=ref("campaign"))),
    bad("DX104", "relationship_type is a-z, 0-9 and hyphen", related(relationship_type="Uses_It")),
    bad("DX108", "a source is no relationship", related(source_ref=ref("relationship"))),
    bad("DX108", "a target is no marking", related(target_ref=ref("marking-definition"))),
    bad("DX301", "a target is no extension definition", related(target_ref=ref("extension-definition"))),
    bad("DX211", "stop_time is later than start_time", related(start_time=LATER, stop_time=SEEN)),
    bad("DX211", "stop_time is not start_time", related(start_time=SEEN, stop_time=SEEN)),
    # 5.2
    good("sighting_of_ref suffices", sdo("sighting", sighting_of_ref=ref("indicator"))),
    good(
        "all properties of sighting",
        sdo(
            "sighting",
            description="On two platforms.",
            first_seen=SEEN,
            last_seen=LATER,
            count=7704,
            sighting_of_ref=ref("campaign"),
            observed_data_refs=[ref("observed-data")],
            where_sighted_refs=[ref("identity"), ref("location")],
            summary=True,
        ),
    ),
    good("a count of 0", sdo("sighting", sighting_of_ref=ref("indicator"), count=0)),
    bad("DX101", "sighting_of_ref is required", sdo("sighting", count=3)),
    bad("DX106", "count is at most 999,999,999", sdo("sighting", sighting_of_ref=ref("indicator"), count=10**9)),
    bad("DX106", "count is not negative", sdo("sighting", sighting_of_ref=ref("indicator"), count=-1)),
    bad("DX108", "a sighting is not sighted", sdo("sighting", sighting_of_ref=ref("sighting"))),
    bad("DX301", "an observable is not sighted", sdo("sighting", sighting_of_ref=ref("url"))),
    bad(
        "DX104",
        "places are identities and locations",
        sdo("sighting", sighting_of_ref=ref("indicator"), where_sighted_refs=[ref("campaign")]),
    ),
    bad(
        "DX104",
        "observations are observed-data",
        sdo("sighting", sighting_of_ref=ref("indicator"), observed_data_refs=[ref("url")]),
    ),
    bad(
        "DX211",
        "last_seen is not before first_seen",
        sdo("sighting", sighting_of_ref=ref("indicator"), first_seen=LATER, last_seen=SEEN),
    ),
]
