"""A corrected mapping or another DISARM release goes the way of every change: just what depends on it changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import PROJECT_IDENTITY_ID
from tests.convert.converting import SAMPLES, Converted, convert, table

FIRST, SECOND, THIRD = (datetime(2026, 6, day, tzinfo=UTC) for day in (1, 2, 3))
X_ACCOUNTS = "0.9.4 Acquiring X/Twitter accounts"


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    """Findings whose techniques differ from release to release, and such whose do not."""
    return table(
        tmp_path / "findings.csv",
        "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains,one[.]example,",
        f"0. Acquiring assets,0.9 Acquiring accounts,{X_ACCOUNTS},hxxps://x[.]com/one_sample,",
        f"0. Acquiring assets,0.9 Acquiring accounts,{X_ACCOUNTS},hxxps://x[.]com/two_sample,",
        "5. Content,5.1 Made,deepfake,hxxps://two[.]example/video,",
        "5. Content,5.1 Made,T0023_Distort Facts,They told it otherwise,",
        "5. Content,5.1 Made,7.2.2 Acquiring Page followers,900 followers,",
    )


def own_rule(path: Path, technique_id: str) -> Path:
    """A rule file that calls something else for accounts on X."""
    rule = {
        "id": "own.x",
        "labels": [X_ACCOUNTS],
        "techniques": [{"id": technique_id, "confidence": "high", "reason": "we know better"}],
    }
    path.write_text(json.dumps({"source": "own", "title": "Ours", "release": "1.7", "rules": [rule]}))
    return path


def check_step(
    before: Converted, after: Converted, plain: tuple[Converted, Converted], moment: datetime
) -> tuple[set[str], set[str], set[str]]:
    """Hold a run with a ledger against runs without one; the ids that it changed, added and revoked.

    What runs without a ledger give alike is byte for byte what it was; what they give otherwise has a new `modified`;
    what is new is as it comes; what is gone is revoked.
    """
    was, now, old, new = before.by_id(), after.by_id(), plain[0].by_id(), plain[1].by_id()
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    changed, revoked = set(), set()
    for key, item in new.items():
        if key not in old:
            assert now[key] == item
        elif old[key] == item:
            assert now[key] == was[key]
        elif item.get("created_by_ref") == PROJECT_IDENTITY_ID:
            assert now[key] == item
            changed.add(key)
        else:
            assert now[key] == {**item, "modified": stamp}
            changed.add(key)
    for key in old.keys() - new.keys():
        if "modified" not in old[key] or old[key].get("created_by_ref") == PROJECT_IDENTITY_ID:
            assert key not in now
        else:
            assert now[key] == {**was[key], "revoked": True, "modified": stamp}
            revoked.add(key)
    added = new.keys() - old.keys()
    assert now.keys() == new.keys() | revoked
    return changed, set(added), revoked


def kinds(items: dict[str, StixObject], ids: set[str]) -> set[str]:
    """The types of some objects; of relationships what they say."""
    return {str(items[key].get("relationship_type", items[key]["type"])) for key in ids}


def uses(converted: Converted) -> dict[str, str]:
    """The `uses` relationships to techniques that are in force, by the technique object they name."""
    return {
        str(item["target_ref"]): str(item["id"])
        for item in converted.of_type("relationship")
        if item["relationship_type"] == "uses"
        and str(item["target_ref"]).startswith("attack-pattern--")
        and not item.get("revoked")
    }


def test_another_release_changes_what_depends_on_it_and_nothing_else(findings: Path, tmp_path: Path) -> None:
    ledger = str(tmp_path / "cases.db")
    plain = tuple(convert(findings, out=tmp_path / name, release=name) for name in ("1.6", "1.7"))
    before = convert(findings, out=tmp_path / "a", release="1.6", ledger=ledger, as_of=FIRST)
    after = convert(findings, out=tmp_path / "b", release="1.7", ledger=ledger, as_of=SECOND, revoke_missing=True)
    assert before.by_id() == plain[0].by_id()
    changed, added, revoked = check_step(before, after, (plain[0], plain[1]), SECOND)
    objects = {**plain[0].by_id(), **plain[1].by_id()}
    staying = uses(plain[0]).keys() & uses(plain[1]).keys()
    assert staying
    # the techniques that stay and the relationships to them name the release; the report names what came and went
    assert {key for key in changed if objects[key]["type"] in ("attack-pattern", "relationship")} == {
        *staying,
        *(uses(plain[0])[key] for key in staying),
    }
    assert kinds(objects, changed) == {"attack-pattern", "uses", "report"}
    assert kinds(objects, added) <= {"attack-pattern", "uses", "note"}
    assert technique_stix_id("T0162") in added
    assert technique_stix_id("T0166.001") in added
    assert uses(before)[technique_stix_id("T0023")] in revoked
    assert kinds(objects, revoked) == {"uses", "note"}
    assert after.result.changes is not None
    assert after.result.changes["missing"] == len(revoked)
    own = {key for key in changed if objects[key].get("created_by_ref") != PROJECT_IDENTITY_ID}
    assert after.result.changes["changed"] == len(own)


def test_the_samples_too(tmp_path: Path) -> None:
    for number, sample in enumerate(SAMPLES):
        ledger = str(tmp_path / f"{number}.db")
        plain = [convert(sample, out=tmp_path / f"{number}{name}", release=name) for name in ("1.6", "1.7")]
        before = convert(sample, out=tmp_path / f"{number}a", release="1.6", ledger=ledger, as_of=FIRST)
        after = convert(
            sample, out=tmp_path / f"{number}b", release="1.7", ledger=ledger, as_of=SECOND, revoke_missing=True
        )
        changed, _, _ = check_step(before, after, (plain[0], plain[1]), SECOND)
        assert kinds(after.by_id(), changed) <= {"attack-pattern", "uses", "report"}
        assert changed


def test_a_corrected_rule_changes_the_techniques_of_its_label_alone(findings: Path, tmp_path: Path) -> None:
    ledger = str(tmp_path / "cases.db")
    own = own_rule(tmp_path / "own.json", "T0143.002")
    plain = convert(findings, out=tmp_path / "p"), convert(findings, out=tmp_path / "q", mappings=(own,))
    before = convert(findings, out=tmp_path / "a", ledger=ledger, as_of=FIRST)
    after = convert(findings, out=tmp_path / "b", mappings=(own,), ledger=ledger, as_of=SECOND, revoke_missing=True)
    changed, added, revoked = check_step(before, after, plain, SECOND)
    assert uses(plain[0]).keys() - uses(plain[1]).keys() == {technique_stix_id("T0146"), technique_stix_id("T0151.008")}
    assert added == {technique_stix_id("T0143.002"), uses(plain[1])[technique_stix_id("T0143.002")]}
    assert revoked == {uses(plain[0])[technique_stix_id(one)] for one in ("T0146", "T0151.008")}
    assert kinds(after.by_id(), changed) == {"report"}


def test_the_same_again_changes_nothing_and_taking_it_back_revives_nothing(findings: Path, tmp_path: Path) -> None:
    ledger = str(tmp_path / "cases.db")
    own = own_rule(tmp_path / "own.json", "T0143.002")
    first = convert(findings, out=tmp_path / "a", ledger=ledger, as_of=FIRST)
    same = convert(findings, out=tmp_path / "b", ledger=ledger, as_of=SECOND, revoke_missing=True)
    assert same.raw == first.raw
    convert(findings, out=tmp_path / "c", mappings=(own,), ledger=ledger, as_of=SECOND, revoke_missing=True)
    back = convert(findings, out=tmp_path / "d", ledger=ledger, as_of=THIRD, revoke_missing=True)
    assert uses(back).keys() == uses(first).keys()
    returned = technique_stix_id("T0146")
    assert uses(back)[returned] != uses(first)[returned]  # what was revoked comes back as something new
    assert [item for item in back.objects if item["id"] == uses(first)[returned] and not item.get("revoked")] == []


def test_without_revoking_what_is_no_longer_called_is_left_out_and_counted(findings: Path, tmp_path: Path) -> None:
    ledger = str(tmp_path / "cases.db")
    convert(findings, out=tmp_path / "a", release="1.6", ledger=ledger, as_of=FIRST)
    after = convert(findings, out=tmp_path / "b", release="1.7", ledger=ledger, as_of=SECOND)
    assert after.by_id().keys() == convert(findings, out=tmp_path / "c", release="1.7").by_id().keys()
    assert not any(item.get("revoked") for item in after.objects)
    assert after.result.changes is not None
    assert after.result.changes["missing"] > 0
