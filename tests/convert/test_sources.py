"""Formats other than tables, converted: what a source says of a value, of the case and of its marking is heeded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import CaseDraft
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.markings import Tlp
from tests.convert.converting import OPTIONS, Converted, convert

SAMPLES = data_folder("samples")


def lines(tmp_path: Path, *findings: dict[str, object]) -> Converted:
    source = tmp_path / "findings"
    source.write_text("".join(json.dumps(each) + "\n" for each in findings))
    return convert(source, out=tmp_path / "out")


def event(tmp_path: Path, tlp: str = "green") -> Path:
    source = tmp_path / "event"
    tag = {"name": f"tlp:{tlp}"}
    attribute = {"type": "domain", "category": "Network activity", "value": "evil.example", "to_ids": True}
    source.write_text(
        json.dumps({"Event": {"info": "Paper Boat", "date": "2026-02-03", "Tag": [tag], "Attribute": [attribute]}})
    )
    return source


@pytest.mark.parametrize(
    "sample",
    ["grey-heron/incidents.csv", "quiet-ferry/report.md", "tin-whistle/findings.jsonl", "glass-orchard/accounts.csv"],
)
def test_every_sample_converts_and_every_record_is_accounted_for(tmp_path: Path, sample: str) -> None:
    done = convert(SAMPLES / sample, out=tmp_path, options=CaseDraft())
    assert done.result.summary.records == len(done.lines) > 0
    assert {line["outcome"] for line in done.lines}.isdisjoint({"quarantine"})
    assert done.of_type("attack-pattern")


def test_a_value_that_the_source_calls_a_victims_stays_home(tmp_path: Path) -> None:
    done = lines(
        tmp_path,
        {"labels": ["Acquiring domains"], "value": "town-hall[.]example", "role": "victim"},
        {"labels": ["Acquiring domains"], "value": "https://town-hall[.]example/"},
    )
    assert [line["outcome"] for line in done.lines] == ["withheld", "withheld"]
    assert b"town-hall" not in done.raw


def test_a_value_that_is_not_for_detection_is_observed_only(tmp_path: Path) -> None:
    done = lines(tmp_path, {"labels": ["Acquiring domains"], "value": "evil[.]example", "role": "not-for-detection"})
    assert [(line["outcome"], line["reason"]) for line in done.lines] == [
        ("observable-only", "its producer does not offer it for detection")
    ]


def test_one_word_of_detection_is_enough(tmp_path: Path) -> None:
    done = lines(
        tmp_path,
        {"labels": ["Acquiring domains"], "value": "evil[.]example", "role": "not-for-detection"},
        {"labels": ["Acquiring domains"], "value": "evil[.]example"},
    )
    assert [line["outcome"] for line in done.lines] == ["observable-only", "indicator"]


def test_a_hashed_account_is_no_indicator_and_a_named_one_is(tmp_path: Path) -> None:
    done = convert(SAMPLES / "glass-orchard" / "accounts.csv", out=tmp_path)
    assert [line["outcome"] for line in done.lines] == ["observable-only", "observable-only", "indicator"]
    assert len(done.of_type("user-account")) == 3


def test_what_persons_said_of_themselves_is_in_the_account_and_not_in_the_bundle(tmp_path: Path) -> None:
    done = convert(SAMPLES / "glass-orchard" / "accounts.csv", out=tmp_path)
    account = json.dumps(done.lines)
    for private in ("Gardener", "Glass Orchard News", "All the news that grows", "glass-orchard.example"):
        assert private in account
        assert private.encode() not in done.raw


def test_actors_of_a_wide_sheet_are_in_the_account_and_not_in_the_bundle(tmp_path: Path) -> None:
    options = CaseDraft(name="Some Birds", producer=OPTIONS.producer, published=OPTIONS.published)
    done = convert(SAMPLES / "grey-heron" / "incidents.csv", out=tmp_path, options=options)
    assert "Blue Heron" in json.dumps(done.lines)
    assert b"Heron" not in done.raw
    types = {item["type"] for item in done.objects}
    assert types.isdisjoint({"threat-actor", "intrusion-set", "location"})


def test_one_incident_of_a_wide_sheet(tmp_path: Path) -> None:
    done = convert(SAMPLES / "grey-heron" / "incidents.csv", out=tmp_path, row="4")
    assert {line["record"] for line in done.lines} == {4}
    assert b"Freedonia,Sylvania Summit" in done.raw


def test_an_event_names_the_case_only_where_nobody_else_does(tmp_path: Path) -> None:
    nameless = CaseDraft(producer=OPTIONS.producer, tlp=Tlp.GREEN)
    done = convert(event(tmp_path), out=tmp_path / "a", options=nameless)
    (campaign,) = done.of_type("campaign")
    assert campaign["name"] == "Paper Boat"
    assert campaign["created"] == "2026-02-03T00:00:00.000Z"
    (campaign,) = convert(event(tmp_path), out=tmp_path / "b").of_type("campaign")
    assert campaign["name"] == OPTIONS.name


def test_what_came_under_a_narrow_marking_does_not_leave_under_a_wider_one(tmp_path: Path) -> None:
    source = event(tmp_path, tlp="amber+strict")
    with pytest.raises(UserError, match=r"TLP:AMBER\+STRICT, and the case would share it as TLP:GREEN") as caught:
        convert(source, out=tmp_path / "a")
    assert "--tlp amber+strict" in caught.value.fix
    assert not (tmp_path / "a" / "bundle.json").exists()
    narrow = CaseDraft(name="X", producer=OPTIONS.producer, published=OPTIONS.published, tlp=Tlp.RED)
    assert convert(source, out=tmp_path / "b", options=narrow).of_type("indicator")


def test_remarks_on_the_source_are_given_once(tmp_path: Path) -> None:
    done = convert(SAMPLES / "quiet-ferry" / "report.md", out=tmp_path)
    said = [remark.text for remark in done.result.remarks]
    assert len(said) == len(set(said)) == 3
    assert any("the heading says targets 'Freedonia', the front matter 'Freedonia, Osterlich'" in text for text in said)
