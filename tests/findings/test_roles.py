"""Whose a value is: what columns of roles and plain notes say, and that a doubt never makes an asset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.datafiles import checked
from disarm_exchange.findings.model import Finding
from disarm_exchange.findings.profile import profile_from, shipped_profiles
from disarm_exchange.findings.reader import Remark
from disarm_exchange.findings.reading import read_findings
from disarm_exchange.findings.roles import role_in_note, role_said
from disarm_exchange.resources import data_folder

VOCABULARY = json.loads((data_folder("mappings") / "values" / "roles.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("operation asset", "operation"),
        (" Part of the network ", "operation"),
        ("ASSET", "operation"),
        ("asset (page)", "operation"),
        ("Victim", "victim"),
        ("victim_account", "victim"),
        ("Opfer", "victim"),
        ("impersonated outlet", "impersonated"),
        ("target", "target"),
        ("amplifier", "amplifier"),
        ("operation asset / amplifier", "amplifier"),
        ("amplifier/target", "target"),
        ("asset, later hacked account", "victim"),
        ("a university that was impersonated", "impersonated"),
        ("not a victim", "unclear"),
        ("targeting account", "unclear"),
        ("spoofed domain", "unclear"),
        ("seeder", "unclear"),
        ("suspected asset", "unclear"),
        ("page", None),
        ("", None),
        (" - ", None),
    ],
)
def test_a_cell_of_a_role_column(cell: str, role: str | None) -> None:
    assert role_said(cell) == role


def test_the_words_of_a_team_go_first() -> None:
    assert role_said("Seeder", {"seeder": "operation"}) == "operation"
    assert role_said("asset", {"asset": "unclear"}) == "unclear"


@pytest.mark.parametrize(
    ("note", "role"),
    [
        ("victim", "victim"),
        ("Victim of impersonation", "victim"),
        ("posts daily; this account was hacked in May", "victim"),
        ("Opfer einer Kampagne", "victim"),
        ("Status: victim", "victim"),
        ("journalist (impersonated)", "impersonated"),
        ("The outlet was impersonated twice.", "impersonated"),
        ("targeted by the network", "target"),
        ("Targeted", "target"),
        ("Impersonated Der Spiegel", None),
        ("impersonating a victim's lawyer", None),
        ("Targeted users in France", None),
        ("Country likely targeted: France", None),
        ("Germany-targeting CIB domain", None),
        ("posed as a real journalist", None),
        ("", None),
    ],
)
def test_a_note_must_say_it_plainly(note: str, role: str | None) -> None:
    assert role_in_note(note) == role


def test_every_form_of_the_data_file_is_found_in_a_note() -> None:
    for entry in VOCABULARY["notes"]:
        for text in (
            *entry["is"],
            *(f"{begin} X" for begin in entry["begins"]),
            *(f"It {held} so" for held in entry["holds"]),
        ):
            assert role_in_note(f"seen in May; {text}") is not None, text
            assert role_in_note(text.capitalize()) is not None, text


def _read(path: Path, content: str) -> tuple[list[Finding], list[Remark]]:
    path.write_text(content, encoding="utf-8")
    remarks: list[Remark] = []
    found = [
        item for item in read_findings(path, shipped_profiles(), remark=remarks.append) if isinstance(item, Finding)
    ]
    return found, remarks


def test_a_list_of_accounts_is_read_by_address_handle_or_id(tmp_path: Path) -> None:
    found, _ = _read(
        tmp_path / "a.csv",
        "platform,handle,url,page id,display name,followers,notes\n"
        "X,one_a,https://x.com/one_a,,Jane Doe,12,x\n"
        "IG,@two.b,,,,,\n"
        "Facebook page,Northport Gazette,,100012345678901,,5,\n"
        "Telegram,three_c,,,,,\n",
    )
    values = [(one.value.platform, one.value.login, one.value.user_id) for one in found]
    assert values == [
        ("x", "one_a", None),
        ("instagram", "two.b", None),
        ("facebook", None, "100012345678901"),
        ("telegram", "three_c", None),
    ]
    assert found[0].note == "x; Followers: 12"
    assert found[2].value.kind.value == "page"
    assert all(one.labels == () and one.role is None for one in found)


def test_a_handle_that_is_none_stays_words(tmp_path: Path) -> None:
    found, _ = _read(tmp_path / "a.csv", "platform,handle\nX,The Northport Gazette of old\nUnheard-of,some_name\n")
    assert [one.value.kind.value for one in found] == ["name", "name"]


def test_a_role_is_the_label_of_records_without_one_and_unknown_words_are_told(tmp_path: Path) -> None:
    rows = "platform,handle,role\nX,a_1,operation asset\nX,a_2,sockpuppet\nX,a_3,seeder\nX,a_4,\nX,a_5,Seeder\n"
    found, remarks = _read(tmp_path / "a.csv", rows)
    assert [(one.role, one.labels) for one in found] == [
        ("operation", ("operation asset",)),
        ("operation", ("operation asset", "sockpuppet")),
        ("unclear", ("seeder",)),
        (None, ()),
        ("unclear", ("Seeder",)),
    ]
    assert sorted(remark.text.split(" is no known role")[0] for remark in remarks) == [
        "'Seeder' in the column 'role'",
        "'seeder' in the column 'role'",
    ]


def test_a_role_stands_in_json_too(tmp_path: Path) -> None:
    records = [
        {"indicator_type": "domain_name", "indicator_value": "a.example", "role": "victim"},
        {"indicator_type": "domain_name", "indicator_value": "b.example", "role": "asset"},
    ]
    found, _ = _read(tmp_path / "a.json", json.dumps(records))
    assert [(one.value.text, one.role, one.labels) for one in found] == [
        ("a.example", "victim", ("domain_name",)),
        ("b.example", "operation", ("domain_name",)),
    ]


def test_a_profile_says_what_its_own_words_mean(tmp_path: Path) -> None:
    profile = profile_from(
        {
            "id": "ours",
            "title": "Ours",
            "layout": "table",
            "columns": {
                "login": {"names": ["name"]},
                "platform": {"names": ["where"]},
                "role": {"names": ["part"], "words": {"Seeder": "operation", "Mark": "victim"}},
            },
        },
        where="test",
    )
    path = tmp_path / "a.csv"
    path.write_text("where,name,part\nX,a_1,seeder\nX,a_2,MARK\n", encoding="utf-8")
    remarks: list[Remark] = []
    found = list(read_findings(path, (profile,), remark=remarks.append))
    assert [one.role for one in found if isinstance(one, Finding)] == ["operation", "victim"]
    assert remarks == []


def test_records_that_wrap_their_members_in_fields_are_unwrapped(tmp_path: Path) -> None:
    record = {
        "id": "rec1",
        "createdTime": "2026-01-01",
        "fields": {"Platform": "X", "Handle": "@a_1", "Role": "victim"},
    }
    found, _ = _read(tmp_path / "a.json", json.dumps({"records": [record]}))
    assert [(one.value.login, one.role) for one in found] == [("a_1", "victim")]


def test_a_list_of_one_platform_names_it_in_its_profile(tmp_path: Path) -> None:
    columns = {
        "platform": {"constant": "Facebook page"},
        "user_id": {"names": ["Page ID"]},
        "login": {"names": ["Page"]},
    }
    content: dict[str, object] = {"id": "pages", "title": "Pages", "layout": "table", "columns": columns}
    path = tmp_path / "a.csv"
    path.write_text("Page,Page ID\nNorthport Gazette,100012345678901\nharbourtruth,\n", encoding="utf-8")
    profile = profile_from(checked(content, "source-profile", where="test"), where="test")
    found = [one.value for one in read_findings(path, (profile,)) if isinstance(one, Finding)]
    assert [(one.kind.value, one.platform, one.login, one.user_id) for one in found] == [
        ("page", "facebook", None, "100012345678901"),
        ("page", "facebook", "harbourtruth", None),
    ]
