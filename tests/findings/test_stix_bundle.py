"""Bundles of others, re-mapped: observables, simple indicators, and the DISARM techniques in use."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.stix_bundle import disarm_label
from disarm_exchange.findings.values import Kind
from disarm_exchange.stix.markings import Tlp
from tests.findings.reading_files import Reading, read, read_text
from tests.shared_data import SHARED_DATA, needs_shared_data


def made(kind: str, key: str = "", **more: object) -> dict[str, object]:
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(NAMESPACE_URL, kind + key)}", **more}


def indicator(pattern: str, **more: object) -> dict[str, object]:
    return made("indicator", pattern, name="An indicator", pattern=pattern, pattern_type="stix", **more)


def technique(external_id: str, name: str, source: str = "DISARM", **more: object) -> dict[str, object]:
    reference = {"source_name": source, "external_id": external_id, "url": "https://disarm.example"}
    return made("attack-pattern", external_id, name=name, external_references=[reference], **more)


def link(kind: str, source: dict[str, object], target: dict[str, object], **more: object) -> dict[str, object]:
    ends = {"source_ref": source["id"], "target_ref": target["id"]}
    return made("relationship", f"{kind}{ends}", relationship_type=kind, **ends, **more)


def bundle(*objects: dict[str, object]) -> str:
    return json.dumps({"type": "bundle", "id": made("bundle")["id"], "objects": list(objects)})


def remap(folder: Path, *objects: dict[str, object]) -> Reading:
    return read_text(folder, bundle(*objects))


@pytest.mark.parametrize(
    ("pattern", "label", "kind", "text"),
    [
        ("[domain-name:value = 'evil.example']", "domain_name", Kind.DOMAIN, "evil.example"),
        ("[url:value = 'https://evil.example/a']", "url", Kind.URL, "https://evil.example/a"),
        ("[ipv4-addr:value = '198.51.100.7']", "ip", Kind.IPV4, "198.51.100.7"),
        ("[file:hashes.MD5 = '9E107D9D372BB6826BD81D3542A419D6']", "md5", Kind.MD5, "9e107d9d372bb6826bd81d3542a419d6"),
        ("[user-account:account_type = 'twitter' AND user-account:account_login = 'Some_Name']",
         "Social Media Account", Kind.ACCOUNT, "https://x.com/some_name"),
    ],
)  # fmt: skip
def test_simple_indicators_are_findings(tmp_path: Path, pattern: str, label: str, kind: Kind, text: str) -> None:
    item = indicator(pattern)
    (finding,) = remap(tmp_path, item).findings
    assert (finding.labels, finding.value.kind, finding.value.text) == (("STIX bundle", label), kind, text)
    assert (finding.raw, finding.note, finding.role) == (pattern, f"An indicator; {item['id']}", None)


def test_alternatives_of_a_pattern_are_findings_of_one_record(tmp_path: Path) -> None:
    reading = remap(
        tmp_path, made("identity"), indicator("[domain-name:value = 'a.example' OR url:value = 'https://b.example/x']")
    )
    assert [(each.record, each.value.kind) for each in reading.findings] == [(2, Kind.DOMAIN), (2, Kind.URL)]


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        (indicator("[domain-name:value LIKE '%.example']"), "something else than equality"),
        (indicator("[process:pid = 5]"), "findings are not made of process:pid"),
        (indicator("[domain-name:value = 'a.example' AND ipv4-addr:value = '198.51.100.7']"), "several things at once"),
        (indicator("[domain-name:value = 'no domain']"), "no domain_name is in 'no domain'"),
        (indicator("rule x {}") | {"pattern_type": "yara"}, "of type 'yara'"),
        (made("domain-name"), "a domain-name without a value"),
        (made("user-account", account_type="x"), "without a login or an id"),
        ({"type": "domain-name", "value": "a.example"}, "no type or no id"),
    ],
)  # fmt: skip
def test_what_cannot_be_re_mapped_is_unreadable(tmp_path: Path, item: dict[str, object], complaint: str) -> None:
    reading = remap(tmp_path, made("identity"), item)
    assert reading.findings == []
    assert complaint in reading.unreadable[0].reason
    assert reading.unreadable[0].record == 2


def test_observables_alone_are_not_for_detection(tmp_path: Path) -> None:
    reading = remap(
        tmp_path,
        made("domain-name", value="a.example"),
        made("file", hashes={"MD5": "9e107d9d372bb6826bd81d3542a419d6", "SSDEEP": "x"}, name="a.exe"),
        made("user-account", account_type="facebook", account_login="some.name", display_name="Jane Roe"),
        made("file", "b", name="no hashes"),
    )
    assert [(each.value.kind, each.role) for each in reading.findings] == [
        (Kind.DOMAIN, "not-for-detection"),
        (Kind.MD5, "not-for-detection"),
        (Kind.ACCOUNT, "not-for-detection"),
    ]
    assert "Jane" not in str(reading.findings)
    assert "not taken: 1 of file" in reading.said()


def test_a_technique_that_is_used_is_a_finding_and_one_that_is_only_there_is_not(tmp_path: Path) -> None:
    used, idle = technique("T0143.002", "Fabricated Persona"), technique("T0049", "Flood")
    campaign = made("campaign", name="X")
    reading = remap(tmp_path, used, idle, campaign, link("uses", campaign, used))
    (finding,) = reading.findings
    assert (finding.labels[-1], finding.value.kind) == ("T0143.002 Fabricated Persona", Kind.EMPTY)
    assert finding.note == used["id"]
    assert "1 DISARM techniques that nothing in the bundle refers to" in reading.said()
    assert "not taken: 1 of campaign" in reading.said()


def test_a_report_refers_to_techniques_too(tmp_path: Path) -> None:
    used = technique("T0143.002", "Fabricated Persona")
    reading = remap(tmp_path, made("report", object_refs=[used["id"]]), used)
    assert [each.labels[-1] for each in reading.findings] == ["T0143.002 Fabricated Persona"]


def test_an_indicator_is_labelled_with_what_it_indicates(tmp_path: Path) -> None:
    one, two = technique("T0149.003", "Lookalike Domain"), technique("T0143.003", "Impersonated Persona")
    item = indicator("[domain-name:value = 'evil.example']")
    reading = remap(tmp_path, item, one, two, link("indicates", item, one), link("indicates", item, two))
    labels = [each.labels[-1] for each in reading.findings if each.value.kind is Kind.DOMAIN]
    assert labels == ["T0149.003 Lookalike Domain", "T0143.003 Impersonated Persona"]


def test_what_is_revoked_is_not_taken(tmp_path: Path) -> None:
    used, campaign = technique("T0049", "Flood"), made("campaign", name="X")
    reading = remap(
        tmp_path,
        indicator("[domain-name:value = 'evil.example']", revoked=True),
        used,
        campaign,
        link("uses", campaign, used, revoked=True),
    )
    assert reading.records == []
    assert "1 of indicator (revoked by its producer)" in reading.said()


@pytest.mark.parametrize(
    ("item", "label"),
    [
        (technique("T0049", "Flood"), "T0049 Flood"),
        (technique("T0049", "Flood", source="disarm-techniques"), "T0049 Flood"),
        (technique("T0049", "Flood", source="mitre-attack"), "T0049 Flood"),
        ({"name": "Phishing", "external_references": [{"source_name": "mitre-attack", "external_id": "T1566"}]}, None),
        (
            {
                "name": "Old",
                "external_references": [{"source_name": "mitre-attack", "external_id": "T0007"}],
                "kill_chain_phases": [{"kill_chain_name": "DISARM", "phase_name": "x"}],
            },
            "T0007 Old",
        ),
        ({"name": "Nothing"}, None),
        (technique("TA01", "A tactic"), None),
    ],
)
def test_disarm_techniques_are_told_from_others(item: dict[str, object], label: str | None) -> None:
    assert disarm_label(item) == label


def test_the_strictest_marking_of_the_bundle_is_told(tmp_path: Path) -> None:
    marked = indicator(
        "[domain-name:value = 'evil.example']", object_marking_refs=[Tlp.AMBER.marking_id, "marking-definition--x"]
    )
    reading = remap(tmp_path, marked)
    assert [remark.tlp for remark in reading.remarks if remark.tlp is not None] == [Tlp.AMBER]
    assert "1 of marking marking-definition--x, which is none of TLP's" in reading.said()


def test_however_the_objects_are_wrapped(tmp_path: Path) -> None:
    items = [made("domain-name", key, value=f"{key}.example") for key in "ab"]
    documents = [
        bundle(*items),
        json.dumps({"more": False, "objects": items}),
        json.dumps(items),
        "\n".join(json.dumps(item) for item in items),
    ]
    told = [read_text(tmp_path, document).told() for document in documents]
    assert len(told[0]) == 2
    assert told == [told[0]] * 4


def test_a_broken_bundle_is_refused_and_a_broken_object_is_unreadable(tmp_path: Path) -> None:
    good = json.dumps(made("domain-name", value="a.example"))
    with pytest.raises(UserError, match="ends inside a value"):
        read_text(tmp_path, f'{{"type": "bundle", "objects": [{good}, {{"type": "dom')
    reading = read_text(tmp_path, f'{{"type": "bundle", "objects": [{{"type": nan}}, 7, {good}]}}')
    assert [each.record for each in reading.unreadable] == [1, 2]
    assert [each.record for each in reading.findings] == [3]


@needs_shared_data
@pytest.mark.parametrize("release", ["1.6", "1.7"])
def test_the_framework_itself_is_no_finding(release: str) -> None:
    reading = read(SHARED_DATA / "disarm" / f"DISARM-{release}.json")
    assert reading.records == []
    assert "DISARM techniques that nothing in the bundle refers to" in reading.said()
