"""Domain objects, attack-pattern to intrusion-set (STIX 2.1 sections 4.1 to 4.9)."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, Case, bad, good, ref, sdo

PATTERN = "[domain-name:value = 'harbour-echo.example']"
PHASES = [{"kill_chain_name": "own", "phase_name": "plan"}]


def indicator(**properties: object) -> dict[str, object]:
    return sdo("indicator", **{"pattern": PATTERN, "pattern_type": "stix", "valid_from": SEEN, **properties})


CASES: list[Case] = [
    # 4.1
    good("a name suffices", sdo("attack-pattern", name="Impersonate an outlet")),
    good(
        "all properties of attack-pattern",
        sdo(
            "attack-pattern",
            name="Impersonate an outlet",
            description="A copy of a real site.",
            aliases=["typosquatting"],
            kill_chain_phases=PHASES,
        ),
    ),
    bad("DX101", "name is required", sdo("attack-pattern", description="a")),
    bad("DX102", "name is a text", sdo("attack-pattern", name=3)),
    bad("DX102", "aliases is a list", sdo("attack-pattern", name="a", aliases="b")),
    bad("DX107", "kill_chain_phases is not empty", sdo("attack-pattern", name="a", kill_chain_phases=[])),
    # 4.2
    good("a name suffices", sdo("campaign", name="Harbour Echo")),
    good(
        "all properties of campaign",
        sdo(
            "campaign",
            name="Harbour Echo",
            description="A network of pages.",
            aliases=["Echo"],
            first_seen=SEEN,
            last_seen=LATER,
            objective="To close the harbour.",
        ),
    ),
    good("first_seen may equal last_seen", sdo("campaign", name="a", first_seen=SEEN, last_seen=SEEN)),
    bad("DX101", "name is required", sdo("campaign", objective="a")),
    bad("DX211", "last_seen is not before first_seen", sdo("campaign", name="a", first_seen=LATER, last_seen=SEEN)),
    bad("DX102", "objective is a text", sdo("campaign", name="a", objective=["a"])),
    bad("DX104", "first_seen is a timestamp", sdo("campaign", name="a", first_seen="spring")),
    # 4.3
    good("a name suffices", sdo("course-of-action", name="Remove the pages")),
    good("name and description", sdo("course-of-action", name="Remove the pages", description="All of them.")),
    bad("DX101", "name is required", sdo("course-of-action", description="a")),
    bad("DX108", "action is reserved", sdo("course-of-action", name="a", action="b")),
    # 4.4
    good("context and object_refs suffice", sdo("grouping", context="unspecified", object_refs=[ref("campaign")])),
    good(
        "all properties of grouping",
        sdo("grouping", name="a", description="b", context="suspicious-activity", object_refs=[ref("campaign")]),
    ),
    bad("DX101", "context is required", sdo("grouping", object_refs=[ref("campaign")])),
    bad("DX101", "object_refs is required", sdo("grouping", context="unspecified")),
    bad("DX107", "object_refs is not empty", sdo("grouping", context="unspecified", object_refs=[])),
    bad("DX104", "object_refs holds identifiers", sdo("grouping", context="unspecified", object_refs=["campaign"])),
    # 4.5
    good("a name suffices", sdo("identity", name="Harbour Watch")),
    good(
        "all properties of identity",
        sdo(
            "identity",
            name="Harbour Watch",
            description="A team.",
            roles=["finder"],
            identity_class="group",
            sectors=["non-profit"],
            contact_information="by letter",
        ),
    ),
    bad("DX101", "name is required", sdo("identity", identity_class="group")),
    bad("DX102", "sectors is a list", sdo("identity", name="a", sectors="non-profit")),
    bad("DX107", "sectors is not empty", sdo("identity", name="a", sectors=[])),
    bad("DX102", "roles are texts", sdo("identity", name="a", roles=[1])),
    # 4.6
    good("a name suffices", sdo("incident", name="Takedown of March")),
    good("name and description", sdo("incident", name="Takedown of March", description="Forty pages.")),
    bad("DX101", "name is required", sdo("incident", description="a")),
    bad("DX102", "description is a text", sdo("incident", name="a", description={"en": "a"})),
    # 4.7
    good("pattern, pattern_type and valid_from suffice", indicator()),
    good(
        "all properties of indicator",
        indicator(
            name="harbour-echo.example",
            description="A domain of the network.",
            indicator_types=["malicious-activity"],
            pattern_version="2.1",
            valid_until=LATER,
            kill_chain_phases=PHASES,
        ),
    ),
    good("a pattern in another language", indicator(pattern="rule a { condition: true }", pattern_type="yara")),
    good("observations in a row", indicator(pattern=f"{PATTERN} FOLLOWEDBY [url:value = 'https://a.example/']")),
    good("a qualifier", indicator(pattern=f"{PATTERN} START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'")),
    good("an escaped quote", indicator(pattern=r"[file:name = 'it\'s.pdf']")),
    good("a hash in a pattern", indicator(pattern=f"[file:hashes.'SHA-256' = '{'ab' * 32}']")),
    good("a set", indicator(pattern="[domain-name:value IN ('a.example', 'b.example')]")),
    bad("DX101", "pattern is required", sdo("indicator", pattern_type="stix", valid_from=SEEN)),
    bad("DX101", "pattern_type is required", sdo("indicator", pattern=PATTERN, valid_from=SEEN)),
    bad("DX101", "valid_from is required", sdo("indicator", pattern=PATTERN, pattern_type="stix")),
    bad("DX211", "valid_until is later than valid_from", indicator(valid_until="2026-02-01T00:00:00Z")),
    bad("DX211", "valid_until is not valid_from", indicator(valid_until=SEEN)),
    bad("DX221", "a pattern has brackets", indicator(pattern="domain-name:value = 'a.example'")),
    bad("DX221", "a comparison has two sides", indicator(pattern="[domain-name:value = ]")),
    bad("DX221", "a text is quoted", indicator(pattern="[domain-name:value = a.example]")),
    bad("DX221", "the text ends", indicator(pattern="[domain-name:value = 'a.example]")),
    bad("DX221", "an object path has a type", indicator(pattern="[value = 'a.example']")),
    bad("DX221", "the empty pattern is none", indicator(pattern="")),
    bad("DX107", "indicator_types is not empty", indicator(indicator_types=[])),
    # 4.8
    good("a name suffices", sdo("infrastructure", name="Hosting of the network")),
    good(
        "all properties of infrastructure",
        sdo(
            "infrastructure",
            name="Hosting of the network",
            description="Two servers.",
            infrastructure_types=["amplification"],
            aliases=["hosting"],
            kill_chain_phases=PHASES,
            first_seen=SEEN,
            last_seen=LATER,
        ),
    ),
    bad("DX101", "name is required", sdo("infrastructure", infrastructure_types=["amplification"])),
    bad(
        "DX211", "last_seen is not before first_seen", sdo("infrastructure", name="a", first_seen=LATER, last_seen=SEEN)
    ),
    bad("DX102", "infrastructure_types is a list", sdo("infrastructure", name="a", infrastructure_types="botnet")),
    # 4.9
    good("a name suffices", sdo("intrusion-set", name="Harbour")),
    good(
        "all properties of intrusion-set",
        sdo(
            "intrusion-set",
            name="Harbour",
            description="A lasting set of pages.",
            aliases=["Pier"],
            first_seen=SEEN,
            last_seen=LATER,
            goals=["attention"],
            resource_level="team",
            primary_motivation="ideology",
            secondary_motivations=["dominance"],
        ),
    ),
    bad("DX101", "name is required", sdo("intrusion-set", goals=["a"])),
    bad(
        "DX211", "last_seen is not before first_seen", sdo("intrusion-set", name="a", first_seen=LATER, last_seen=SEEN)
    ),
    bad("DX102", "goals is a list", sdo("intrusion-set", name="a", goals="attention")),
    bad("DX102", "secondary_motivations is a list", sdo("intrusion-set", name="a", secondary_motivations="revenge")),
    bad("DX107", "aliases is not empty", sdo("intrusion-set", name="a", aliases=[])),
]
