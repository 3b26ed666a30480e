"""What one finding becomes in STIX."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.stix.project import EVIDENCE_EXTENSION, platform_id
from tests.convert.converting import Converted, convert, table

PATHS = {
    "domain": "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support influence operations",
    "facebook": "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.1 Acquiring Facebook assets",
    "x": "0. Acquiring assets,0.9 Acquiring social media accounts,0.9.4 Acquiring X / Twitter accounts",
    "deface": "8. Compromising assets,8.2 Compromising websites,8.2.1 Defacing websites ",
    "shortener": "5. Evading detection,5.2 Camouflaging content,5.2.1 Using link shortening services",
    "copied": "5. Evading detection,5.4 Copying authentic content,5.4.1 Copying authentic news articles",
    "malware": "0. Acquiring assets,0.7 Acquiring malware,0.7.1 Developing custom malware",
    "hacked": "5. Evading detection,5.5 Obfuscating infrastructure,5.5.4 Using compromised accounts to manage assets",
    "redirect": "9. Enabling longevity,9.5 Replacing infrastructure,9.5.3 Using redirect domains",
    "followers": "7. Targeted engagement,7.2 Engaging with users outside the operation,7.2.2 Acquiring Page followers",
}


def one(tmp_path: Path, path: str, cell: str, note: str = "") -> Converted:
    source = tmp_path / "f.csv"
    return convert(table(source, f'{PATHS[path]},"{cell}","{note}"'), out=tmp_path / "out")


@pytest.mark.parametrize(
    ("path", "cell", "observable", "pattern"),
    [
        (
            "domain",
            "evil[.]example",
            {"type": "domain-name", "value": "evil.example"},
            "[domain-name:value = 'evil.example']",
        ),
        (
            "x",
            "https://x[.]com/some_login",
            {"type": "user-account", "account_type": "twitter", "account_login": "some_login"},
            "[user-account:account_type = 'twitter' AND user-account:account_login = 'some_login']",
        ),
        (
            "malware",
            "9e107d9d372bb6826bd81d3542a419d6",
            {"type": "file", "hashes": {"MD5": "9e107d9d372bb6826bd81d3542a419d6"}},
            "[file:hashes.MD5 = '9e107d9d372bb6826bd81d3542a419d6']",
        ),
        (
            "malware",
            "http://evil[.]example/it's.apk",
            {"type": "url", "value": "http://evil.example/it's.apk"},
            "[url:value = 'http://evil.example/it\\'s.apk']",
        ),
    ],
)
def test_an_asset_becomes_observable_and_indicator(
    tmp_path: Path, path: str, cell: str, observable: dict[str, object], pattern: str
) -> None:
    done = one(tmp_path, path, cell)
    (sco,) = done.of_type(str(observable["type"]))
    assert {name: sco[name] for name in observable} == observable
    (indicator,) = done.of_type("indicator")
    assert indicator["pattern"] == pattern
    (campaign,) = done.of_type("campaign")
    links = {(r["relationship_type"], r["source_ref"], r["target_ref"]) for r in done.of_type("relationship")}
    assert ("based-on", indicator["id"], sco["id"]) in links
    assert ("indicates", indicator["id"], campaign["id"]) in links
    assert done.lines[0]["outcome"] == "indicator"
    assert set(done.lines[0]["object_ids"]) >= {sco["id"], indicator["id"]}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("path", "cell", "outcome"),
    [
        ("shortener", "https://bit[.]ly/abc", "observable-only"),
        ("domain", "bit[.]ly", "observable-only"),
        ("domain", "mediafire[.]com", "observable-only"),
        ("domain", "https://www.change[.]org/p/some-petition", "observable-only"),
        ("domain", "spiegel[.]de", "observable-only"),
        ("deface", "port-authority[.]example", "withheld"),
        ("deface", "Example Airport", "withheld"),
        ("deface", "example airport", "withheld"),
        ("deface", "Ministry of Health and Social Protection of the Example Republic", "withheld"),
        ("deface", "+1 202-555-0143", "withheld"),
        ("deface", "12 websites", "withheld"),
        ("redirect", "corner-bakery[.]example", "observable-only"),
        ("hacked", "The network ran its Pages from accounts that were taken over", "note"),
    ],
)
def test_what_is_not_the_operations_own_never_becomes_an_indicator(
    tmp_path: Path, path: str, cell: str, outcome: str
) -> None:
    done = one(tmp_path, path, cell)
    assert done.of_type("indicator") == []
    assert done.lines[0]["outcome"] == outcome
    assert done.lines[0]["reason"]


def test_a_victim_stays_home_but_counts_as_evidence(tmp_path: Path) -> None:
    done = one(tmp_path, "deface", "port-authority[.]example")
    assert b"port-authority" not in done.raw
    assert done.lines[0]["value"] == "port-authority.example"
    uses = [r for r in done.of_type("relationship") if r["relationship_type"] == "uses"]
    assert uses
    for relationship in uses:
        evidence = relationship["extensions"][EVIDENCE_EXTENSION]  # type: ignore[index]
        assert evidence["evidence_count"] == 1
        assert evidence["evidence"] == [{"label": "8.2.1 Defacing websites"}]


def test_a_comment_beside_a_victim_stays_home_with_it(tmp_path: Path) -> None:
    done = one(tmp_path, "deface", "", "The airport of Example Town was defaced")
    assert done.lines[0]["outcome"] == "withheld"
    assert b"Example Town" not in done.raw


@pytest.mark.parametrize("order", [1, -1])
def test_a_domain_of_unclear_owner_is_an_indicator_where_another_record_calls_it_the_operations(
    tmp_path: Path, order: int
) -> None:
    rows = [f"{PATHS['domain']},shared[.]example,", f"{PATHS['redirect']},shared[.]example,"][::order]
    done = convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out")
    assert [item["pattern"] for item in done.of_type("indicator")] == ["[domain-name:value = 'shared.example']"]
    assert {line["labels"][-1][:5]: line["outcome"] for line in done.lines} == {  # type: ignore[index]
        "0.6.2": "indicator", "9.5.3": "observable-only",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "cell", "count"),
    [("facebook", "7,704 Facebook accounts", 7704), ("followers", "About 1.9 million accounts followed", 1_900_000)],
)
def test_the_account_tells_how_many(tmp_path: Path, path: str, cell: str, count: int) -> None:
    assert one(tmp_path, path, cell).lines[0]["count"] == count


def test_an_indicator_of_an_account_takes_no_side_on_what_it_is(tmp_path: Path) -> None:
    (indicator,) = one(tmp_path, "x", "https://t[.]me/some_channel").of_type("indicator")
    assert indicator["name"] == "Telegram: some_channel"


@pytest.mark.parametrize("order", [1, -1])
def test_a_victims_domain_is_no_indicator_elsewhere_in_the_case(tmp_path: Path, order: int) -> None:
    rows = [f"{PATHS['domain']},shared[.]example,", f"{PATHS['deface']},shared[.]example,"][::order]
    done = convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out")
    assert done.of_type("indicator") == []
    assert {line["outcome"] for line in done.lines} == {"withheld"}


def test_a_count_is_a_sighting_on_its_platform(tmp_path: Path) -> None:
    done = one(tmp_path, "facebook", "7,704 Facebook accounts")
    (sighting,) = done.of_type("sighting")
    (campaign,) = done.of_type("campaign")
    assert sighting["count"] == 7704
    assert sighting["sighting_of_ref"] == campaign["id"]
    assert sighting["where_sighted_refs"] == [platform_id("facebook")]
    assert done.by_id()[platform_id("facebook")]["name"] == "Facebook"
    assert done.lines[0]["outcome"] == "count"


def test_accounts_pages_and_groups_are_counted_apart(tmp_path: Path) -> None:
    rows = [f"{PATHS['facebook']},{cell}," for cell in ("18 accounts", "2 Pages", "18 Groups", "18 accounts")]
    done = convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out")
    assert sorted(str(s["description"]) for s in done.of_type("sighting")) == [
        "18 accounts on Facebook", "18 groups on Facebook", "2 pages on Facebook",
    ]  # fmt: skip


def test_words_become_a_note_on_the_case(tmp_path: Path) -> None:
    done = one(tmp_path, "copied", "Copying articles from newsroom[.]example and others", "seen twice")
    (note,) = done.of_type("note")
    (campaign,) = done.of_type("campaign")
    assert note["abstract"] == "5.4.1 Copying authentic news articles"
    assert note["content"] == "Copying articles from newsroom[.]example and others\n\nseen twice"
    assert note["object_refs"][0] == campaign["id"]  # type: ignore[index]


def test_a_technique_carries_rule_reason_confidence_and_evidence(tmp_path: Path) -> None:
    rows = [f"{PATHS['domain']},site{number}[.]example," for number in range(30)]
    done = convert(table(tmp_path / "f.csv", *rows), out=tmp_path / "out")
    by_id = done.by_id()
    uses = [r for r in done.of_type("relationship") if r["relationship_type"] == "uses"]
    assert uses
    for relationship in uses:
        technique = by_id[str(relationship["target_ref"])]
        assert technique["type"] == "attack-pattern"
        evidence = relationship["extensions"][EVIDENCE_EXTENSION]  # type: ignore[index]
        assert evidence["evidence_count"] == 30
        assert len(evidence["evidence"]) == 20
        assert evidence["evidence"][0]["value"].endswith("[.]example")
        assert evidence["framework"] == "1.7"
        assert all(rule["id"] and rule["reason"] for rule in evidence["rules"])
        assert relationship["confidence"] == max(rule["confidence"] for rule in evidence["rules"])


def test_the_target_of_a_short_link_is_converted_too(tmp_path: Path) -> None:
    done = one(tmp_path, "shortener", "https://bit[.]ly/abc", "redirects to: http://evil[.]example/a.apk")
    assert {item["value"] for item in done.of_type("url")} == {"https://bit.ly/abc", "http://evil.example/a.apk"}
    patterns = {item["pattern"] for item in done.of_type("indicator")}
    assert patterns <= {"[url:value = 'http://evil.example/a.apk']"}
