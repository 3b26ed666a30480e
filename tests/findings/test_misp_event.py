"""MISP events: attributes and objects as findings, with what the event says of detection, victims and sharing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.misp_event import event_name
from disarm_exchange.findings.misp_mapping import misp_mapping
from disarm_exchange.findings.profile import shipped_profiles
from disarm_exchange.findings.reader import Source
from disarm_exchange.findings.reading import offered_case_name
from disarm_exchange.findings.values import Kind
from disarm_exchange.findings.values.platforms import platform_data
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.markings import Tlp
from tests.findings.reading_files import Reading, read_text

TECHNIQUE = 'misp-galaxy:disarm-techniques="Create Inauthentic Accounts"'


def attribute(kind: str, value: str, *, to_ids: bool = True, **more: object) -> dict[str, object]:
    return {"type": kind, "value": value, "category": "Network activity", "to_ids": to_ids, "comment": "", **more}


def event(*attributes: dict[str, object], **more: object) -> dict[str, object]:
    # As MISP writes it: what concerns the event as a whole comes last.
    return {"Event": {"info": "Paper Boat", "date": "2026-02-03", "Attribute": list(attributes), **more}}


def read(folder: Path, *attributes: dict[str, object], **more: object) -> Reading:
    return read_text(folder, json.dumps(event(*attributes, **more)))


def test_attributes_become_findings_by_their_type(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        attribute("domain", "evil.example", comment="seen\n twice"),
        attribute("ip-dst|port", "198.51.100.7|8080"),
        attribute("filename|md5", "a|b.exe|9e107d9d372bb6826bd81d3542a419d6"),
        attribute("domain|ip", "other.example|198.51.100.8"),
        attribute("twitter-id", "Some_Name"),
        attribute("text", "what was said", to_ids=False),
    )
    assert [(each.labels, each.value.kind, each.value.text) for each in reading.findings] == [
        (("MISP event", "domain_name"), Kind.DOMAIN, "evil.example"),
        (("MISP event", "ip"), Kind.IPV4, "198.51.100.7"),
        (("MISP event", "domain_name"), Kind.DOMAIN, "other.example"),
        (("MISP event", "twitter-id"), Kind.ACCOUNT, "https://x.com/some_name"),
        (("MISP event", "text"), Kind.TEXT, "what was said"),
    ]
    assert reading.findings[0].note == "seen twice"
    assert [value.text for value in reading.findings[2].more] == ["198.51.100.8"]
    assert {each.reported for each in reading.findings} == {date(2026, 2, 3)}
    assert [each.record for each in reading.unreadable] == [3]


def test_what_is_not_for_detection_says_so(tmp_path: Path) -> None:
    reading = read(tmp_path, attribute("domain", "a.example"), attribute("domain", "b.example", to_ids=False))
    assert [each.role for each in reading.findings] == [None, "not-for-detection"]


def test_victims_are_victims(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        attribute("domain", "town-hall.example", category="Targeting data"),
        attribute("target-org", "Town Hall", category="Targeting data"),
        attribute("email-dst", "mayor@town-hall.example"),
    )
    assert [(each.role, each.value.kind) for each in reading.findings] == [
        ("victim", Kind.DOMAIN),
        ("victim", Kind.NAME),
        ("victim", Kind.EMAIL),
    ]


@pytest.mark.parametrize("tag", [TECHNIQUE, 'misp-galaxy:disarm="Create Inauthentic Accounts"'])
def test_disarm_tags_are_the_labels(tmp_path: Path, tag: str) -> None:
    tags = [{"name": tag}, {"name": 'misp-galaxy:threat-actor="Somebody"'}, {"name": "osint"}]
    (finding,) = read(tmp_path, attribute("domain", "a.example", Tag=tags)).findings
    assert finding.labels == ("MISP event", "Create Inauthentic Accounts")


def test_a_cluster_adds_the_id_to_its_tag(tmp_path: Path) -> None:
    cluster = {"value": "Create Inauthentic Accounts", "tag_name": TECHNIQUE, "meta": {"external_id": ["T0090"]}}
    galaxy = [
        {"type": "disarm-techniques", "GalaxyCluster": [cluster]},
        {"type": "country", "GalaxyCluster": [cluster]},
    ]
    (finding,) = read(tmp_path, attribute("domain", "a.example", Tag=[{"name": TECHNIQUE}], Galaxy=galaxy)).findings
    assert finding.labels[-1] == "T0090 Create Inauthentic Accounts"


def test_tags_of_the_event_are_findings_without_a_value(tmp_path: Path) -> None:
    reading = read(tmp_path, attribute("domain", "a.example"), Tag=[{"name": TECHNIQUE}])
    last = reading.findings[-1]
    assert (last.labels[-1], last.value.kind, last.record) == ("Create Inauthentic Accounts", Kind.EMPTY, 2)


def account(template: str, /, **relations: str) -> dict[str, object]:
    return {
        "name": template,
        "comment": "",
        "Attribute": [
            attribute("text", value, object_relation=key.replace("_", "-")) for key, value in relations.items()
        ],
    }


@pytest.mark.parametrize(
    ("item", "kind", "platform", "login", "user_id"),
    [
        (account("twitter-account", name="Some_Name", id="12"), Kind.ACCOUNT, "x", "some_name", "12"),
        (account("twitter-account", link="https://x.com/some_name"), Kind.ACCOUNT, "x", "some_name", None),
        (account("telegram-account", username="some_name"), Kind.ACCOUNT, "telegram", "some_name", None),
        (account("user-account", account_type="vk", username="some.name"), Kind.ACCOUNT, "vk", "some.name", None),
        (account("youtube-channel", channel_id="UCabc"), Kind.CHANNEL, "youtube", None, "UCabc"),
    ],
)
def test_objects_of_accounts(
    tmp_path: Path, item: dict[str, object], kind: Kind, platform: str, login: str | None, user_id: str | None
) -> None:
    (finding,) = read(tmp_path, Object=[item]).findings
    value = finding.value
    assert (value.kind, value.platform, value.login, value.user_id) == (kind, platform, login, user_id)
    assert finding.labels == ("MISP event", "Social Media Account")


def test_names_and_words_of_persons_stay_in_the_event(tmp_path: Path) -> None:
    profile = account("twitter-account", name="Some_Name", displayed_name="Jane Roe", bio="I like pears")
    person = {"name": "person", "Attribute": [attribute("full-name", "Jane Roe")]}
    reading = read(tmp_path, attribute("full-name", "Jane Roe"), Object=[profile, person])
    shared = "".join(f"{each.value}{each.note}{each.labels}" for each in reading.findings)
    assert len(reading.findings) == 1
    assert "Jane" not in shared + reading.said()
    assert "pears" not in shared + reading.said()
    assert "2 details of accounts" in reading.said()
    assert "1 objects of the kind person" in reading.said()


def test_other_objects_give_their_attributes(tmp_path: Path) -> None:
    item = {
        "name": "domain-ip",
        "Tag": [],
        "Attribute": [attribute("domain", "a.example"), attribute("ip-dst", "198.51.100.7")],
    }
    assert [each.value.text for each in read(tmp_path, Object=[item]).findings] == ["a.example", "198.51.100.7"]


def test_nobody_is_named_as_the_actor(tmp_path: Path) -> None:
    reading = read(tmp_path, attribute("threat-actor", "Grey Heron"))
    assert reading.records == []
    assert "attribution is not taken over" in reading.said()
    assert "Heron" not in reading.said()


def test_what_is_deleted_or_of_another_kind_is_counted(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        attribute("domain", "a.example", deleted=True),
        attribute("yara", "rule x {}"),
        attribute("yara", "rule y {}"),
    )
    assert reading.records == []
    assert "1 deleted in the event" in reading.said()
    assert "2 attributes of type yara" in reading.said()


def test_bad_attributes_are_unreadable_and_the_rest_is_read(tmp_path: Path) -> None:
    text = json.dumps(event(attribute("md5", "hello"), attribute("domain", ""), attribute("domain", "a.example")))
    reading = read_text(tmp_path, text.replace('[{"type": "md5"', '[7, {"x": nan}, {"type": "md5"'))
    assert [each.value.text for each in reading.findings] == ["a.example"]
    assert [each.record for each in reading.unreadable] == [1, 2, 3, 4]


def test_the_strictest_marking_of_the_event_is_told(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        attribute("domain", "a.example", Tag=[{"name": "tlp:red"}]),
        Tag=[{"name": "tlp:green"}],
        distribution="0",
    )
    assert {remark.tlp for remark in reading.remarks if remark.tlp is not None} == {Tlp.RED, Tlp.AMBER_STRICT}


@pytest.mark.parametrize("wrap", ["list", "response", "lone"])
def test_however_events_are_wrapped(tmp_path: Path, wrap: str) -> None:
    one, other = event(attribute("domain", "a.example")), event(attribute("domain", "b.example"))
    document = {"list": [one, other], "response": {"response": [one, other]}, "lone": one}[wrap]
    reading = read_text(tmp_path, json.dumps(document))
    expected = ["a.example"] if wrap == "lone" else ["a.example", "b.example"]
    assert [each.value.text for each in reading.findings] == expected
    assert [each.record for each in reading.findings] == list(range(1, len(expected) + 1))


def test_the_name_of_an_event_is_offered_where_there_is_one_event(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(json.dumps(event(attribute("domain", "a.example"))))
    assert offered_case_name([path], shipped_profiles()) == "Paper Boat"
    path.write_text(json.dumps([event(), event()]))
    assert event_name(Source(path, ())) is None
    path.write_text("indicator_type,indicator_value\ndomain,a.example\n")
    assert offered_case_name([path], shipped_profiles()) is None


def test_a_broken_event_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the file ends inside a value"):
        read_text(tmp_path, json.dumps(event(attribute("domain", "a.example")))[:-30])


def test_the_mapping_names_known_platforms_and_types() -> None:
    path = data_folder("mappings") / "misp" / "findings.json"
    schema = json.loads((data_folder("schemas") / "misp-mapping.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_bytes()), schema)
    mapping = misp_mapping()
    named = {rule.platform for rule in (*mapping.attributes.values(), *mapping.accounts.values()) if rule.platform}
    assert named <= set(platform_data().platforms)


def test_reports_on_an_event_are_notes_by_their_titles(tmp_path: Path) -> None:
    reports = [
        {"name": "First look", "content": "Jane Doe saw evil.example", "deleted": False},
        {"name": "Old", "content": "x", "deleted": True},
        {"name": "", "content": ""},
    ]
    reading = read(tmp_path, attribute("domain", "evil.example"), EventReport=reports)
    found = reading.findings[1]
    assert (found.labels, found.value.kind, found.value.text) == (
        ("MISP event", "event report"),
        Kind.TEXT,
        "First look",
    )
    assert (found.raw, found.note, found.more) == ("Jane Doe saw evil.example", "", ())
    assert [each.record for each in reading.unreadable] == [3]
    assert "1 texts of event reports" in reading.said()
    assert "1 deleted in the event" in reading.said()


def test_what_others_say_of_an_attribute_is_counted_and_doubts_are_named(tmp_path: Path) -> None:
    seen, doubt = {"type": "0", "source": "Heron"}, {"type": "1", "source": "Heron"}
    reading = read(
        tmp_path,
        attribute("domain", "a.example", Sighting=[seen, seen], ShadowAttribute=[{"value": "b.example"}]),
        attribute("domain", "c.example", Sighting=[doubt]),
        Note=[{"note": "by Heron"}],
    )
    assert [each.value.text for each in reading.findings] == ["a.example", "c.example"]
    said = reading.said()
    assert "2 sightings (seen)" in said
    assert "1 sightings (a false positive)" in said
    assert "1 proposals by others" in said
    assert "1 notes of analysts" in said
    assert "Heron" not in said
    assert [remark.record for remark in reading.remarks if "false positive:" in remark.text] == [2]
