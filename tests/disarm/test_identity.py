"""Techniques are told whoever wrote the attack-pattern, and MITRE's are not taken for DISARM's."""

from __future__ import annotations

import json
from collections import Counter
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from disarm_exchange.disarm.catalogue import Catalogue, known_releases
from disarm_exchange.disarm.identity import How, TechniqueIndex, identify, technique_of
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from tests.shared_data import SHARED_DATA, needs_shared_data

OPENCTI = "extension-definition--322b8f77-262a-4cb8-a915-1e441e00329b"
ALL_IDS = sorted(
    {technique.id for release in known_releases() for technique in Catalogue.load(release).techniques()}
    | {retired.id for release in known_releases() for retired in Catalogue.load(release).all_retired()}
)


def pattern(*references: dict[str, object], **more: object) -> StixObject:
    """An attack-pattern with a STIX id that nobody knows."""
    unknown = f"attack-pattern--{uuid5(NAMESPACE_OID, 'unknown')}"
    item: StixObject = {"type": "attack-pattern", "id": unknown, "name": "Anything", **more}
    return {**item, "external_references": list(references)} if references else item


def reference(source: str, external_id: object, url: str | None = None) -> dict[str, object]:
    """An external reference."""
    return {"source_name": source, "external_id": external_id, **({"url": url} if url else {})}


def minted(namespace: str, name: str) -> str:
    """A STIX id by somebody's own scheme, made with Python's own UUIDs."""
    return f"attack-pattern--{uuid5(UUID(namespace), name)}"


def official(release: str) -> list[StixObject]:
    """The attack-patterns of an official bundle."""
    bundle = json.loads((SHARED_DATA / "disarm" / f"DISARM-{release}.json").read_text())
    return [item for item in bundle["objects"] if item["type"] == "attack-pattern"]


@needs_shared_data
@pytest.mark.parametrize(("release", "count"), [("1.6", 391), ("1.7", 445)])
def test_every_attack_pattern_of_the_official_bundles_is_told(release: str, count: int) -> None:
    items = official(release)
    told = [identify(item) for item in items]
    assert [one.technique_id for one in told if one] == [
        item["external_references"][0]["external_id"]  # type: ignore[index]
        for item in items
    ]
    assert Counter(one.how for one in told if one) == {How.REFERENCE: count}


@needs_shared_data
@pytest.mark.parametrize("release", ["1.6", "1.7"])
def test_their_stix_ids_alone_are_enough(release: str) -> None:
    for item in official(release):
        told = identify({"type": "attack-pattern", "id": item["id"], "name": "renamed by somebody"})
        assert told is not None
        assert told.technique_id == item["external_references"][0]["external_id"]  # type: ignore[index]
        assert told.how is How.OFFICIAL_ID


@needs_shared_data
def test_without_its_web_address_the_mitre_label_is_believed_for_ids_of_disarm_alone() -> None:
    for item in official("1.7"):
        external_id = item["external_references"][0]["external_id"]  # type: ignore[index]
        told = identify(pattern(reference("mitre-attack", external_id)))
        assert told is not None
        assert (told.technique_id, told.how) == (external_id, How.MITRE_LABEL)


def test_ids_by_all_schemes_are_told_for_all_techniques_also_retired_ones() -> None:
    assert len(ALL_IDS) > 500
    for technique_id in ALL_IDS:
        schemes = {
            technique_stix_id(technique_id): How.OUR_ID,
            minted("9d6bd9d2-2cd3-4900-b61a-06cd64df3996", technique_id): How.MISP_ID,
            minted("8700e156-6ce9-5090-8589-f9d0aef7bdb7", technique_id): How.DISARM2STIX_ID,
            minted("00abedb4-aa42-466c-9c01-fed23315a9b7", f'{{"x_mitre_id":"{technique_id}"}}'): How.OPENCTI_ID,
        }
        for stix_id, how in schemes.items():
            told = identify({"type": "attack-pattern", "id": stix_id, "name": "?"})
            assert told is not None
            assert (told.technique_id, told.how) == (technique_id, how)


def test_ids_seen_in_the_wild() -> None:
    misp = "attack-pattern--782afafa-e997-571a-9b25-d04bb322480c"  # MISP's galaxy cluster "Facilitate State Propaganda"
    assert technique_of({"type": "attack-pattern", "id": misp}) == "T0002"
    # the id that disarm2stix documents for its matrix, by the same scheme
    assert minted("8700e156-6ce9-5090-8589-f9d0aef7bdb7", "DISARM Red Framework").endswith("8be2e2159da9")


def test_opencti_without_an_id_of_its_own_goes_by_the_name() -> None:
    by_name = minted("00abedb4-aa42-466c-9c01-fed23315a9b7", '{"name":"fabricated persona"}')
    assert technique_of({"type": "attack-pattern", "id": by_name}) == "T0143.002"
    shared = minted("00abedb4-aa42-466c-9c01-fed23315a9b7", '{"name":"conceal network identity"}')
    assert technique_of({"type": "attack-pattern", "id": shared}) is None


def test_opencti_keeps_the_id_in_its_extension_or_property() -> None:
    extension = {OPENCTI: {"extension_type": "property-extension", "id": "T0143.002"}}
    assert identify(pattern(extensions=extension)).how is How.OPENCTI_PROPERTY  # type: ignore[union-attr]
    assert technique_of(pattern(x_mitre_id="T0090")) == "T0090"
    assert technique_of(pattern(x_mitre_id="T1566")) is None


@pytest.mark.parametrize(
    ("source", "external_id", "expected"),
    [
        ("DISARM", "T0143.002", "T0143.002"),
        ("DISARM Framework", "t143.2", "T0143.002"),
        ("disarm-red", "T0090", "T0090"),
        ("DISARM", "T0999.123", "T0999.123"),
        ("DISARM", "C00001", None),
        ("DISARM", "I00052", None),
        ("DISARM", 143, None),
        ("mitre-attack", "T0143", "T0143"),
        ("mitre-attack", "T0999", None),
        ("mitre-attack", "T1566", None),
        ("mitre-attack", "T0883", None),
        ("mitre-mobile-attack", "T1417", None),
        ("mitre-ics-attack", "T0143", None),
        ("capec", "CAPEC-163", None),
        ("some blog", "T0143", None),
    ],
)
def test_references_are_read_by_who_they_name(source: str, external_id: object, expected: str | None) -> None:
    assert technique_of(pattern(reference(source, external_id))) == expected


def test_the_address_tells_disarm_from_attack() -> None:
    disarm = "https://github.com/DISARMFoundation/DISARMframeworks-20/blob/main/generated_pages/techniques/T0990.md"
    assert technique_of(pattern(reference("mitre-attack", "T0990", disarm))) == "T0990"
    attack = "https://attack.mitre.org/techniques/T0146"
    assert technique_of(pattern(reference("mitre-attack", "T0146", attack))) is None


def test_a_name_is_the_last_resort_and_only_in_a_disarm_kill_chain() -> None:
    def named(name: str, phase: str, chain: str = "disarm") -> StixObject:
        return pattern(name=name, kill_chain_phases=[{"kill_chain_name": chain, "phase_name": phase}])

    told = identify(named("Fabricated Persona ", "establish-legitimacy"))
    assert told is not None
    assert (told.technique_id, told.how, told.confidence) == ("T0143.002", How.NAME, 50)
    assert technique_of(named("fabricated persona", "anything", "DISARM")) == "T0143.002"
    assert technique_of(named("T0143.002: Fabricated Persona", "x")) == "T0143.002"
    assert technique_of(named("Fabricated Persona", "establish-legitimacy", "mitre-attack")) is None
    assert technique_of(named("Fabricated Personas", "establish-legitimacy")) is None
    assert technique_of(pattern(name="Fabricated Persona")) is None


def test_a_name_that_two_techniques_share_is_told_by_the_tactic_or_not_at_all() -> None:
    def named(name: str, phase: str) -> StixObject:
        return pattern(name=name, kill_chain_phases=[{"kill_chain_name": "disarm", "phase_name": phase}])

    new = Catalogue.load()
    for technique_id in ("T0111", "T0114.002"):
        technique = new.technique(technique_id)
        assert technique.name == "Traditional Media"
        assert technique_of(named("Traditional Media", new.phases(technique)[0])) == technique_id
    assert technique_of(named("Conceal Network Identity", "persist-in-the-information-environment")) is None


def test_real_attack_is_never_told_by_its_name() -> None:
    attack = pattern(
        reference("mitre-attack", "T1585", "https://attack.mitre.org/techniques/T1585"),
        name="Fabricated Persona",
        kill_chain_phases=[{"kill_chain_name": "disarm", "phase_name": "establish-legitimacy"}],
    )
    assert technique_of(attack) is None


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": "malware", "external_references": [reference("DISARM", "T0143")]},
        {"type": "attack-pattern", "external_references": "T0143"},
        {"type": "attack-pattern", "external_references": [None, 7, {"source_name": ["DISARM"], "external_id": {}}]},
        {"type": "attack-pattern", "id": ["x"], "extensions": [OPENCTI], "kill_chain_phases": {"a": 1}, "name": 7},
        {"type": "attack-pattern", "extensions": {OPENCTI: {"id": ["T0143"]}}, "kill_chain_phases": [1, "disarm"]},
    ],
)
def test_broken_objects_are_none(item: StixObject) -> None:
    assert identify(item) is None


def test_a_former_name_still_tells_and_the_newest_release_decides() -> None:
    def named(name: str) -> StixObject:
        return pattern(name=name, kill_chain_phases=[{"kill_chain_name": "disarm", "phase_name": "x"}])

    assert technique_of(named("Create Personas")) == "T0097"
    assert technique_of(named("Create Inauthentic Accounts")) == "T0090"
    assert technique_of(named("Reframe Context")) == "T0162"
    old = TechniqueIndex([Catalogue.load("1.6")]).identify(named("Reframe Context"))
    assert old is not None
    assert old.technique_id == "T0023.001"
