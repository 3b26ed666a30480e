from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_exchange import policy
from disarm_exchange.cli.app import app
from disarm_exchange.errors import UserError
from disarm_exchange.policy.release import decide
from disarm_exchange.report.source import open_source, source_of
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.packed import PackedObjects
from disarm_exchange.store import Database, add_objects, local_collection, read_object
from tests.report.making import random_uses


def thing(number: int, tlp: Tlp | None = Tlp.GREEN, modified: str = "2026-01-01T00:00:00.000Z", **more: object) -> dict:
    item: dict[str, object] = {
        "type": "campaign",
        "spec_version": "2.1",
        "id": f"campaign--00000000-0000-4000-8000-{number:012d}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": modified,
        "name": f"campaign {number}",
        **more,
    }
    if tlp is not None:
        item["object_marking_refs"] = [tlp.marking_id]
    return item


def test_nothing_above_the_ceiling_and_nothing_unmarked_comes_in() -> None:
    source = source_of([thing(1), thing(2, Tlp.RED), thing(3, None), thing(4, Tlp.AMBER)])
    assert [item["name"] for item in source.objects] == ["campaign 1", "campaign 4"]
    assert {one.id for one in source.withheld} == {thing(2)["id"], thing(3)["id"]}
    assert source.marking is Tlp.AMBER
    assert source_of([thing(4, Tlp.AMBER)], max_tlp=Tlp.GREEN).objects == []


def test_the_newest_version_counts_and_revoked_objects_are_left_out() -> None:
    later = "2026-02-01T00:00:00.000Z"
    source = source_of(
        [thing(1, modified=later, name="new"), thing(1), thing(2), thing(2, modified=later, revoked=True)]
    )
    assert [item["name"] for item in source.objects] == ["new"]
    assert source.revoked == {thing(2)["id"]}


@settings(max_examples=40, deadline=None)
@given(random_uses(), st.data())
def test_what_is_read_again_and_again_is_what_is_decided_over_a_list(
    uses: list[dict[str, object]], data: st.DataObject
) -> None:
    objects = [
        {**one, "object_marking_refs": [data.draw(st.sampled_from([Tlp.GREEN, Tlp.AMBER, Tlp.RED])).marking_id]}
        for one in uses
    ]
    objects += [{**one, "modified": "2027-01-01T00:00:00.000Z"} for one in objects[:3]]
    released = policy.release(objects, policy.Clearance(Tlp.AMBER))
    decision = decide(PackedObjects(objects), policy.Clearance(Tlp.AMBER))
    assert [one for _, one in decision.released()] == released.objects
    assert decision.withheld() == released.withheld
    shown = source_of(objects).objects
    newest = {str(one["id"]): one for one in released.objects}
    assert {str(one["id"]): one for one in shown} == {k: v for k, v in newest.items() if v.get("revoked") is not True}
    assert dict(shown.by_id) == {str(one["id"]): one for one in shown}


def test_a_file_and_a_database_of_the_same_objects_give_the_same(tmp_path: Path) -> None:
    objects = [thing(number) for number in range(5)] + [thing(9, Tlp.RED)]
    bundle = tmp_path / "b.json"
    bundle.write_bytes(orjson.dumps({"type": "bundle", "objects": objects}))
    with Database.open(tmp_path / "x.db") as database, database.write() as tx:
        for name, some in (("one", objects[:3]), ("two", objects[3:])):
            collection = local_collection(tx, name)
            incoming = [read_object(orjson.dumps(item)) for item in some]
            list(add_objects(tx, collection.number, incoming, source="local", level_of=policy.sharing_level))
    from_file, stored = open_source(bundle), open_source(tmp_path / "x.db")
    assert list(from_file.objects) == list(stored.objects) == objects[:5]
    assert list(open_source(tmp_path / "x.db", collections=["two"]).objects) == objects[3:5]
    with pytest.raises(UserError, match="no collection 'three'"):
        open_source(tmp_path / "x.db", collections=["three"])


def test_what_is_no_source_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        open_source(tmp_path / "absent.json")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(UserError, match="no database"):
        open_source(tmp_path / "a.json", case="x")


def test_the_title_is_what_the_objects_say() -> None:
    assert source_of([thing(1)]).title == "campaign 1"
    assert source_of([thing(1), thing(2)]).title == "2 campaigns"
    assert source_of([]).title == "0 objects"


def test_a_ledger_without_a_word_on_the_case_is_not_taken_for_nothing(tmp_path: Path) -> None:
    findings = data_folder("samples") / "harbour-echo" / "findings.csv"
    bundle, ledger = tmp_path / "b.json", tmp_path / "ledger.db"
    app.main(["convert", str(findings), "-o", str(bundle), "--ledger", str(ledger), "--quiet"], standalone_mode=False)
    with pytest.raises(UserError, match=r"holds cases and no collections \(name a case: Harbour Echo"):
        open_source(ledger)


def test_a_case_of_the_ledger_gives_what_its_bundle_gives(tmp_path: Path) -> None:
    findings = data_folder("samples") / "harbour-echo" / "findings.csv"
    bundle, ledger = tmp_path / "b.json", tmp_path / "ledger.db"
    told = ["convert", str(findings), "-o", str(bundle), "--tlp", "amber", "--ledger", str(ledger), "--quiet"]
    app.main(told, standalone_mode=False)
    from_ledger, from_bundle = open_source(ledger, case="Harbour Echo"), open_source(bundle)
    assert not from_ledger.withheld
    assert {item["type"] for item in from_bundle.objects} >= {"location", "attack-pattern", "extension-definition"}
    tlp = {"marking-definition"}  # the ledger keeps none of the public ones, and everybody knows them
    expected = {key: item for key, item in from_bundle.by_id.items() if item["type"] not in tlp}
    assert {key: item for key, item in from_ledger.by_id.items() if item["type"] not in tlp} == expected
    assert from_ledger.title == from_bundle.title == "Harbour Echo"
    assert from_ledger.marking is from_bundle.marking
