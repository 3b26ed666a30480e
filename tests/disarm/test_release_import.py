"""An official bundle of any release becomes a release file: facts, and what the releases at hand know of the past."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from disarm_exchange.disarm.catalogue import Catalogue, Technique, known_releases
from disarm_exchange.disarm.mapping import Query, load_mapping
from disarm_exchange.disarm.official_bundle import read_official_bundle
from disarm_exchange.disarm.release_import import ImportedRelease, release_from_bundle, release_told_by
from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.project import attack_pattern
from tests.disarm.official import official_bundle
from tests.shared_data import SHARED_DATA, needs_shared_data

KNOWN = [Catalogue.load("1.6"), Catalogue.load("1.7")]
PERSONA = ("T0143.002", "Fabricated Persona", "TA16")
ACCOUNT = ("T0146", "Account Asset", "TA15")
PARENT = ("T0143", "Persona Legitimacy", "TA16")


def imported(path: Path, release: str = "1.8", **more: object) -> ImportedRelease:
    """What becomes of a bundle as a release."""
    return release_from_bundle(read_official_bundle(path), release, KNOWN, **more)  # type: ignore[arg-type]


def retired_row(draft: ImportedRelease, technique_id: str) -> tuple[tuple[str, ...], str]:
    """The successors of a retired id, and of which kind they are."""
    found = Catalogue(draft.content).retired(technique_id)
    assert found is not None
    return found.successors, found.kind


@needs_shared_data
@pytest.mark.parametrize("release", ["1.6", "1.7"])
def test_the_official_bundles_give_the_facts_that_we_ship(release: str) -> None:
    path = SHARED_DATA / "disarm" / f"DISARM-{release}.json"
    others = [one for one in KNOWN if one.release != release]
    draft = release_from_bundle(read_official_bundle(path), release, others)
    ours, theirs = Catalogue.load(release), Catalogue(draft.content)
    assert [(t.id, t.name, t.tactic_ids, t.parent_id, t.url, t.stix_ids[:1]) for t in theirs.techniques()] == [
        (t.id, t.name, t.tactic_ids, t.parent_id, t.url, t.stix_ids[:1]) for t in ours.techniques()
    ]
    assert [(t.id, t.name, t.shortname, t.order) for t in theirs.tactics] == [
        (t.id, t.name, t.shortname, t.order) for t in ours.tactics
    ]
    assert theirs.released == ours.released
    assert draft.notices == ()
    assert [(one.id, one.last_release) for one in theirs.all_retired()] == [
        (one.id, one.last_release) for one in ours.all_retired()
    ]


@needs_shared_data
def test_a_release_is_told_by_its_bundle_or_by_its_repository(tmp_path: Path) -> None:
    shipped = read_official_bundle(SHARED_DATA / "disarm" / "DISARM-1.6.json")
    assert release_told_by(shipped, KNOWN) == "1.6"
    assert release_told_by(read_official_bundle(official_bundle(tmp_path / "a.json", ACCOUNT)), KNOWN) == "1.8"
    nowhere = official_bundle(tmp_path / "b.json", ACCOUNT, site="https://example.org/techniques")
    assert release_told_by(read_official_bundle(nowhere), KNOWN) is None


def test_no_description_is_taken(tmp_path: Path) -> None:
    draft = imported(official_bundle(tmp_path / "b.json", ACCOUNT))
    assert "stays in its bundle" not in draft.text()
    assert json.loads(draft.text()) == draft.content


def test_retired_ids_keep_their_successors_as_far_as_the_release_has_them(tmp_path: Path) -> None:
    draft = imported(official_bundle(tmp_path / "b.json", ACCOUNT, PARENT, PERSONA))
    assert retired_row(draft, "T0090") == (("T0146", "T0143.002"), "proposal")
    assert retired_row(draft, "T0090.002") == (("T0146",), "weak-proposal")  # T0146.007 is gone: half of the meaning
    assert retired_row(draft, "T0023") == ((), "none")
    assert retired_row(draft, "T0151") == ((), "none")
    assert "T0146" not in {one.id for one in Catalogue(draft.content).all_retired()}


def test_a_technique_of_the_same_name_is_proposed(tmp_path: Path) -> None:
    draft = imported(official_bundle(tmp_path / "b.json", ACCOUNT, ("T0201", "Reframe Context", "TA06")))
    assert retired_row(draft, "T0162") == (("T0201",), "proposal")
    assert retired_row(draft, "T0023") == (("T0201",), "proposal")  # by way of T0162
    assert retired_row(draft, "T0023.001") == (("T0201",), "proposal")


def test_an_id_given_to_something_else_is_no_successor(tmp_path: Path) -> None:
    draft = imported(official_bundle(tmp_path / "b.json", ("T0162", "Interact with Platform Features", "TA06")))
    assert retired_row(draft, "T0023") == ((), "none")
    assert Catalogue(draft.content).renamed == ()


def test_a_new_wording_is_a_renaming_and_a_new_meaning_is_none(tmp_path: Path) -> None:
    bundle = official_bundle(
        tmp_path / "b.json",
        ("T0097", "Presented Persona", "TA16"),
        ("T0117", "Linked Content", "TA06"),
        ("T0153.003", "Online Advertising Platform", "TA15"),
    )
    renamed = Catalogue(imported(bundle).content).renamed
    assert [(row.id, row.old, row.new, row.to_release) for row in renamed] == [
        ("T0097", "Present Persona", "Presented Persona", "1.8")
    ]


def test_of_two_techniques_with_one_id_the_one_with_the_known_name_is_taken(tmp_path: Path) -> None:
    bundle = official_bundle(tmp_path / "b.json", ("T0146", "Something Else", "TA06"), ACCOUNT)
    draft = imported(bundle)
    assert [technique.name for technique in Catalogue(draft.content).techniques()] == ["Account Asset"]
    assert draft.notices == (
        "T0146 stands twice in the bundle: 'Account Asset' is taken, 'Something Else' is left out",
    )


def test_the_date_has_to_fit_between_the_neighbours(tmp_path: Path) -> None:
    bundle = official_bundle(tmp_path / "b.json", ACCOUNT)
    assert Catalogue(imported(bundle).content).released == date(2026, 5, 4)
    with pytest.raises(UserError, match=r"DISARM 1.6.1 has to come before 1.7 \(2026-01-21\).*--released"):
        imported(bundle, "1.6.1")
    with pytest.raises(UserError, match=r"has to come after 1.7"):
        imported(bundle, released=date(2026, 1, 21))
    older = Catalogue(imported(bundle, "1.5", released=date(2024, 8, 2)).content)
    assert older.retired("T0009") is not None  # last seen in 1.4
    assert older.retired("T0146.001") is None  # of a later release
    assert older.retired("T0090") is None


@pytest.mark.parametrize("name", ["", "1", "v1.8", "1.8-draft", "../1.8", "1.8.1.1", "１.8"])
def test_a_release_has_a_number_for_a_name(tmp_path: Path, name: str) -> None:
    bundle = official_bundle(tmp_path / "b.json", ACCOUNT)
    with pytest.raises(UserError, match="is no name for a release"):
        imported(bundle, name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"[]", "is no STIX bundle"),
        (b'{"type":"bundle","objects":[1,{"type":"attack-pattern"}]}', "holds no DISARM tactics"),
        (b'{"type":"bundle","objects":[{"type":"attack-pattern","external_references":[{"external_id":"A0001"}]}]}',
         "its ids are like A0001"),
    ],
)  # fmt: skip
def test_what_is_no_official_bundle_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_official_bundle(path)


def test_attack_is_not_disarm(tmp_path: Path) -> None:
    attack = official_bundle(tmp_path / "b.json", ("T1585", "x", "TA06"), site="https://attack.mitre.org/techniques")
    with pytest.raises(UserError, match="is MITRE ATT&CK, not DISARM"):
        read_official_bundle(attack)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own releases."""
    monkeypatch.setenv("DISARM_EXCHANGE_DATA", str(tmp_path / "data"))
    folder = tmp_path / "data" / "disarm"
    folder.mkdir(parents=True)
    return folder


def test_an_imported_release_is_found_and_used_by_the_mapping(own_folder: Path, tmp_path: Path) -> None:
    bundle = official_bundle(
        tmp_path / "b.json",
        ACCOUNT,
        ("T0146.107", "Automated Account Asset", "TA15"),
        ("T0162", "Interact with Platform Features", "TA06"),
        ("T0151", "Gone Elsewhere", "TA15"),
    )
    (own_folder / "1.8.json").write_text(imported(bundle).text(), encoding="utf-8")
    assert known_releases() == ("1.6", "1.7", "1.8")
    assert isinstance(Catalogue.load("1.8").lookup("T0146"), Technique)
    mapping = load_mapping("1.8")
    (bots,) = mapping.match(Query(("bots",))).calls
    assert (bots.technique_id, bots.confidence) == ("T0146.107", 85)
    assert "T0146.007 Automated Account Asset of DISARM 1.7 is T0146.107 in 1.8" in bots.reason
    assert mapping.match(Query(("T0023_Distort Facts",))).calls == ()
    assert mapping.match(Query(("T0162: Reframe Context",))).calls == ()
    assert "in DISARM 1.8 T0162 is Interact" in mapping.match(Query(("T0162: Reframe Context",))).reason
    assert [call.technique_id for call in mapping.match(Query(("T0162",))).calls] == ["T0162"]
    reasons = {skip.technique_id: skip.reason for skip in mapping.skipped}
    assert reasons["T0162"].startswith("DISARM 1.8 has given T0162 Reframe Context of DISARM 1.7 to something else")


def test_a_rule_follows_a_retired_technique_to_its_only_successor(own_folder: Path, tmp_path: Path) -> None:
    draft = imported(official_bundle(tmp_path / "b.json", ACCOUNT))
    row = next(row for row in draft.content["retired"] if row["id"] == "T0146.007")  # type: ignore[attr-defined]
    row.update(successors=["T0146"], kind="proposal", basis="our reading")
    (own_folder / "1.8.json").write_text(draft.text(), encoding="utf-8")
    (call,) = load_mapping("1.8").match(Query(("bots",))).calls
    assert (call.technique_id, call.confidence) == ("T0146", 50)
    assert call.reason.endswith("(T0146.007 Automated Account Asset of DISARM 1.7 gave way to it: our reading.)")


def test_techniques_of_old_releases_are_no_older_than_their_birth(own_folder: Path, tmp_path: Path) -> None:
    bundle = official_bundle(tmp_path / "b.json", ACCOUNT)
    old = Catalogue(imported(bundle, "1.0", released=date(2022, 7, 3)).content)
    item = attack_pattern("T0146", "Account Asset", phases=["x"], url="", release="1.0", released=old.released)
    assert str(item["created"]) < str(item["modified"]) == "2022-07-03T00:00:00.000Z"


def test_shipped_releases_win_over_files_of_their_name(own_folder: Path) -> None:
    (own_folder / "1.7.json").write_text("{}", encoding="utf-8")
    assert len(Catalogue.load("1.7").techniques()) == 445


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("{}", "is a required property"),
        ("[]", "is not of type"),
        ("shipped", "holds release 1.7"),
    ],
)
def test_a_damaged_file_is_named(own_folder: Path, text: str, message: str) -> None:
    if text == "shipped":
        text = (data_folder("mappings") / "disarm" / "1.7.json").read_text(encoding="utf-8")
    (own_folder / "1.9.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message) as fault:
        Catalogue.load("1.9")
    assert "1.9.json" in str(fault.value)
    assert len(Catalogue.load("1.7").techniques()) == 445


def test_other_files_in_the_folder_do_no_harm(own_folder: Path) -> None:
    for name in ("notes.json", "1.9-old.json", "1.json", ".1.9.json.part"):
        (own_folder / name).write_text("?", encoding="utf-8")
    assert known_releases() == ("1.6", "1.7")
