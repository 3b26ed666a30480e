"""DAD-CDM objects: channels, outlets, personas and narratives where the input carries them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.stix.extensions import EXTENSIONS
from disarm_exchange.validate import Severity, validate
from tests.convert.converting import SAMPLES, Converted, convert, table

X = "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.4 Acquiring X / Twitter accounts"
OUTLET = "1. Disguising assets,1.3 Posing as non-existent institution,1.3.1 Creating fictitious news outlet "
PERSONA = "1. Disguising assets,1.2 Posing as non-existent person,1.2.4 Posing as fictional hacktivist"
MILITARY = "1. Disguising assets,1.2 Posing as non-existent person,1.2.5 Posing as fictional military personnel"
SMEAR = "7. T,7.6 Posting about individuals or institutions,7.6.1 Posting negative content about named individuals"
DEFACED = "8. Compromising assets,8.2 Compromising websites,8.2.1 Defacing websites "
NEW = frozenset(EXTENSIONS)


def modelled(tmp_path: Path, *rows: str, model: Model = Model.BOTH) -> Converted:
    return convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out", model=model)


def links(done: Converted) -> set[tuple[object, object, object]]:
    return {(r["relationship_type"], r["source_ref"], r["target_ref"]) for r in done.of_type("relationship")}


@pytest.mark.parametrize(
    ("row", "object_type", "name"),
    [
        (f"{X},https://x[.]com/some_login,", "channel", "some_login"),
        (f"{OUTLET},Quayside Herald,", "media-outlet", "Quayside Herald"),
        (f"{PERSONA},Night Shift Crew,", "persona", "Night Shift Crew"),
        (f"{MILITARY},Posing as a retired pilot,", "persona", "retired pilot"),
        (f"{SMEAR},Criticism of the port authority,", "narrative", "Criticism of the port authority"),
    ],
)
def test_a_finding_becomes_an_object_with_its_extension_and_a_tie_to_the_case(
    tmp_path: Path, row: str, object_type: str, name: str
) -> None:
    done = modelled(tmp_path, row)
    (item,) = done.of_type(object_type)
    assert item["name"] == name
    extension = EXTENSIONS[object_type]
    assert item["extensions"] == {extension.id: {"extension_type": "new-sdo"}}
    assert extension.definition() in done.of_type("extension-definition")
    (case,) = done.of_type("campaign")
    assert any(source == case["id"] and target == item["id"] for _, source, target in links(done))


def test_a_channel_belongs_to_its_account(tmp_path: Path) -> None:
    done = modelled(tmp_path, f"{X},https://x[.]com/some_login,")
    (channel,), (account,) = done.of_type("channel"), done.of_type("user-account")
    assert ("belongs-to", channel["id"], account["id"]) in links(done)


def test_a_victim_is_no_persona(tmp_path: Path) -> None:
    done = modelled(tmp_path, f"{DEFACED},Example Port Authority,")
    assert NEW.isdisjoint(str(item["type"]) for item in done.objects)


def test_plain_stix_has_none_of_it_and_dad_cdm_alone_repeats_no_note(tmp_path: Path) -> None:
    plain = modelled(tmp_path, f"{PERSONA},Night Shift Crew,", model=Model.STIX)
    assert NEW.isdisjoint(str(item["type"]) for item in plain.objects)
    assert len(plain.of_type("note")) == 1
    alone = modelled(tmp_path, f"{PERSONA},Night Shift Crew,", model=Model.DAD_CDM)
    assert (len(alone.of_type("note")), len(alone.of_type("persona"))) == (0, 1)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_bundles_with_dad_cdm_objects_are_valid(tmp_path: Path, sample: Path) -> None:
    done = convert(sample, out=tmp_path, model=Model.BOTH)
    errors = [issue for issue in validate(done.objects, profile="exchange") if issue.severity is Severity.ERROR]
    assert errors == []
    assert any(item["type"] in NEW for item in done.objects)
