"""The catalogue of DISARM releases: facts, look-up, retired ids, search."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from disarm_exchange.disarm.catalogue import Catalogue, Retired, Technique, Unknown, known_releases
from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder
from tests.shared_data import SHARED_DATA, needs_shared_data

NEW = Catalogue.load("1.7")
OLD = Catalogue.load("1.6")


def test_two_releases_load_side_by_side() -> None:
    assert known_releases() == ("1.6", "1.7")
    assert (len(OLD.techniques()), len(OLD.tactics), OLD.released) == (391, 16, date(2024, 11, 22))
    assert (len(NEW.techniques()), len(NEW.tactics), NEW.released) == (445, 15, date(2026, 1, 21))
    assert Catalogue.load("1.7") is NEW


def test_an_unknown_release_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no DISARM release '2.0'.*1.6, 1.7"):
        Catalogue.load("2.0")


@pytest.mark.parametrize("release", known_releases())
def test_release_files_are_as_their_schema_says(release: str) -> None:
    schema = json.loads((data_folder("schemas") / "disarm-release.schema.json").read_text())
    content = json.loads((data_folder("mappings") / "disarm" / f"{release}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(content)) == []


@pytest.mark.parametrize("catalogue", [OLD, NEW], ids=["1.6", "1.7"])
def test_parents_tactics_and_successors_exist(catalogue: Catalogue) -> None:
    tactics = {tactic.id for tactic in catalogue.tactics}
    for technique in catalogue.techniques():
        assert set(technique.tactic_ids) <= tactics
        assert technique.tactic_ids
        assert ("." in technique.id) == (technique.parent_id is not None)
        assert technique.parent_id is None or catalogue.get(technique.parent_id)
        assert technique.url.endswith(f"/{technique.id}.md")
    for retired in catalogue.all_retired():
        assert catalogue.get(retired.id) is None
        assert all(catalogue.get(key) for key in retired.successors)
        assert (retired.kind == "none") == (not retired.successors)


def test_a_technique_has_its_facts() -> None:
    technique = NEW.technique("T0143.002")
    assert (technique.name, technique.parent_id, technique.release) == ("Fabricated Persona", "T0143", "1.7")
    assert NEW.phases(technique) == ("establish-legitimacy",)
    assert [tactic.name for tactic in NEW.tactics_of(technique)] == ["Establish Legitimacy"]
    assert [child.id for child in NEW.children("T0039")] == ["T0039.001", "T0039.002"]


@pytest.mark.parametrize("typed", ["T0143.002", "t0143.002", " T0143.2 ", "t143.2", "T0143 .002", "t143,2"])
def test_ids_are_taken_as_people_type_them_and_shown_properly(typed: str) -> None:
    found = NEW.lookup(typed)
    assert isinstance(found, Technique)
    assert found.id == "T0143.002"


@pytest.mark.parametrize(
    ("retired_id", "successors"),
    [
        ("T0090", ("T0146", "T0143.002")),
        ("T0007", ("T0146", "T0151.002", "T0151.003")),
        ("T0129.008", ("T0149.004",)),
        ("T0042", ()),
    ],
)
def test_a_retired_id_is_explained_and_never_a_technique(retired_id: str, successors: tuple[str, ...]) -> None:
    found = NEW.lookup(retired_id)
    assert isinstance(found, Retired)
    assert found.successors == successors
    assert NEW.get(retired_id) is None
    with pytest.raises(UserError, match=f"{retired_id}.*is not in DISARM 1.7: last in"):
        NEW.technique(retired_id)


def test_an_id_may_be_retired_in_one_release_and_current_in_another() -> None:
    assert isinstance(OLD.lookup("T0023"), Technique)
    assert isinstance(NEW.lookup("T0023"), Retired)
    assert isinstance(OLD.lookup("T0166"), Unknown)
    assert "DISARM 1.7 has it" in OLD.explain(OLD.lookup("T0166"))  # type: ignore[arg-type]


def test_successors_are_of_the_same_release() -> None:
    new, old = NEW.retired("T0009.001"), OLD.retired("T0009.001")
    assert new is not None
    assert old is not None
    assert (new.successors, old.successors) == (("T0163",), ())
    assert "T0163 came in a later release" in old.basis


def test_an_unknown_id_names_the_nearest() -> None:
    found = NEW.lookup("T0143.009")
    assert isinstance(found, Unknown)
    assert [technique.id for technique in found.nearest[:2]] == ["T0143", "T0143.001"]
    with pytest.raises(UserError, match=r"T0143\.009 is no technique of DISARM 1\.7; nearest: T0143 Persona"):
        NEW.technique("t143.9")


@pytest.mark.parametrize("typed", ["", "T", "T12345.1", "143", "T0143.0021", "Fabricated Persona", "TA06"])
def test_what_is_no_id_is_unknown(typed: str) -> None:
    assert isinstance(NEW.lookup(typed), Unknown)


@pytest.mark.parametrize("text", ["TA05", "ta5", "Microtarget", "microtarget", "MICRO"])
def test_tactics_are_found_by_id_and_name(text: str) -> None:
    assert NEW.tactic(text).id == "TA05"
    assert {technique.id for technique in NEW.techniques(text)} >= {"T0018", "T0101"}


def test_an_unknown_or_ambiguous_tactic_lists_all() -> None:
    for text in ("Gardening", "Develop", "", "TA99"):
        with pytest.raises(UserError, match="TA06 Develop Content"):
            NEW.tactic(text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fabricated persona", "T0143.002"),
        ("typosquatted domain", "T0149.003"),
        ("profile picture AI", "T0145.002"),
        ("amplfy trols", "T0049.001"),
        ("doxxing", "T0048.004"),
        ("impersonating persona", "T0143.003"),
        ("paypal", "T0148.003"),
        ("Recruit Contractor", "T0091.001"),
        ("localized content", "T0101"),
        ("t143.2", "T0143.002"),
    ],
)
def test_search_is_ranked_and_tolerant(words: str, expected: str) -> None:
    hits = NEW.search(words)
    assert hits[0].id == expected
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_search_marks_retired_ids() -> None:
    hits = NEW.search("create inauthentic accounts")
    assert (hits[0].id, hits[0].retired) == ("T0090", True)
    assert NEW.search("xyzzy") == ()
    assert len(NEW.search("persona", limit=3)) == 3


@needs_shared_data
def test_the_facts_are_those_of_the_official_bundles() -> None:
    for catalogue in (OLD, NEW):
        bundle = json.loads((SHARED_DATA / "disarm" / f"DISARM-{catalogue.release}.json").read_text())
        official = {
            item["external_references"][0]["external_id"]: item
            for item in bundle["objects"]
            if item["type"] == "attack-pattern"
        }
        assert official.keys() == {technique.id for technique in catalogue.techniques()}
        for technique in catalogue.techniques():
            item = official[technique.id]
            assert technique.name == item["name"]
            assert technique.stix_ids[0] == item["id"]
            assert technique.url == item["external_references"][0]["url"]
            assert list(catalogue.phases(technique)) == [phase["phase_name"] for phase in item["kill_chain_phases"]]
            assert item["description"] not in json.dumps(catalogue.source)


@needs_shared_data
def test_no_description_of_disarm_is_copied() -> None:
    ours = "".join(
        path.read_text() for folder in ("disarm", "rules") for path in (data_folder("mappings") / folder).glob("*.json")
    )
    bundle = json.loads((SHARED_DATA / "disarm" / "DISARM-1.7.json").read_text())
    sentences = {
        sentence.strip()
        for item in bundle["objects"]
        if item["type"] == "attack-pattern"
        for sentence in item["description"].replace("<br>", ".").split(".")
        if len(sentence.strip()) > 60
    }
    assert len(sentences) > 500
    assert [sentence for sentence in sentences if sentence in ours] == []
