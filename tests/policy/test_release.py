from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import uuid4

import orjson
import pytest

from disarm_exchange.policy import Clearance, Released, release
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp, marking_definition
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, attack_pattern, project_identity
from tests.policy.objects import APRIL, MARCH, make, oid, relationship, statement

DAY = date(2026, 1, 21)
AMBER = Clearance(Tlp.AMBER)
SECRET = make("domain-name", 66, Tlp.RED, value="secret.example")
SECRET_ID = str(SECRET["id"])
OPEN = make("domain-name", 11, Tlp.GREEN, value="open.example")
OPEN_ID = str(OPEN["id"])


def ids(result: Released) -> list[str]:
    return [str(item["id"]) for item in result.objects]


def rules(result: Released) -> dict[str, str]:
    return {entry.id: entry.rule for entry in result.withheld}


def test_within_the_ceiling_goes_above_and_unmarked_stay() -> None:
    unmarked = make("url", 3)
    result = release([OPEN, SECRET, unmarked], AMBER)
    assert result.objects == [OPEN]
    assert [(entry.id, entry.rule, entry.reason) for entry in result.withheld] == [
        (SECRET_ID, "marking", "TLP:RED is above TLP:AMBER"),
        (str(unmarked["id"]), "marking", "no TLP marking on the whole object"),
    ]


def test_lists_are_shortened_and_what_was_given_is_not_changed() -> None:
    report = make("report", 1, Tlp.GREEN, object_refs=[OPEN_ID, SECRET_ID])
    result = release([OPEN, SECRET, report], AMBER)
    assert result.objects[1]["object_refs"] == [OPEN_ID]
    assert result.trimmed == [report["id"]]
    assert report["object_refs"] == [OPEN_ID, SECRET_ID]


@pytest.mark.parametrize("kind", ["report", "grouping", "note", "opinion", "observed-data"])
def test_what_is_only_about_withheld_objects_is_withheld(kind: str) -> None:
    result = release([OPEN, SECRET, make(kind, 1, Tlp.CLEAR, object_refs=[SECRET_ID])], AMBER)
    assert ids(result) == [OPEN_ID]
    assert rules(result)[oid(kind, 1)] == "reference"


@pytest.mark.parametrize(
    "needy",
    [
        relationship(1, OPEN_ID, SECRET_ID),
        relationship(1, SECRET_ID, OPEN_ID),
        make("sighting", 1, Tlp.CLEAR, sighting_of_ref=SECRET_ID),
        make("language-content", 1, Tlp.CLEAR, object_ref=SECRET_ID),
        make("email-message", 1, Tlp.CLEAR, is_multipart=False, from_ref=SECRET_ID),
        make("x-channel", 1, Tlp.CLEAR, home_ref=SECRET_ID),
        make("x-channel", 1, Tlp.CLEAR, member_refs=[SECRET_ID]),
        make("campaign", 1, Tlp.CLEAR, description=f"see {SECRET_ID.upper()}"),
        make("campaign", 1, Tlp.CLEAR, description=f"see the record {SECRET_ID.partition('--')[2]}"),
        make("campaign", 1, Tlp.CLEAR, x_by={SECRET_ID: 1}),
        make("file", 1, Tlp.CLEAR, name="a", extensions={"archive-ext": {"contains_refs": [SECRET_ID]}}),
    ],
)
def test_what_cannot_live_without_a_withheld_object_is_withheld(needy: StixObject) -> None:
    result = release([OPEN, needy, SECRET], AMBER)
    assert ids(result) == [OPEN_ID]
    assert rules(result)[str(needy["id"])] == "reference"


def test_optional_references_are_dropped() -> None:
    creator = make("identity", 5, name="A")
    mine = make("domain-name", 1, Tlp.CLEAR, value="a.example", created_by_ref=creator["id"])
    process = make("process", 2, Tlp.CLEAR, pid=1, image_ref=SECRET_ID, child_refs=[SECRET_ID])
    seen = make("sighting", 3, Tlp.CLEAR, sighting_of_ref=OPEN_ID, where_sighted_refs=[creator["id"]])
    result = release([creator, mine, process, seen, OPEN, SECRET], AMBER)
    assert ids(result) == [mine["id"], process["id"], seen["id"], OPEN_ID]
    assert "created_by_ref" not in result.objects[0]
    assert "image_ref" not in result.objects[1]
    assert "child_refs" not in result.objects[1]
    assert "where_sighted_refs" not in result.objects[2]
    assert result.trimmed == [mine["id"], process["id"], seen["id"]]


def test_withholding_spreads_through_chains_in_any_order() -> None:
    first = relationship(1, OPEN_ID, SECRET_ID)
    second = make("note", 2, Tlp.CLEAR, object_refs=[first["id"]])
    third = make("sighting", 3, Tlp.CLEAR, sighting_of_ref=second["id"])
    report = make("report", 4, Tlp.CLEAR, object_refs=[third["id"], second["id"], OPEN_ID])
    for order in ([third, second, first, report, OPEN, SECRET], [SECRET, OPEN, report, first, second, third]):
        result = release(order, AMBER)
        assert set(ids(result)) == {report["id"], OPEN_ID}
        assert next(item for item in result.objects if item["type"] == "report")["object_refs"] == [OPEN_ID]


def test_a_list_that_loses_its_members_one_by_one_is_withheld_at_the_last() -> None:
    chain = [make("note", number, Tlp.CLEAR, object_refs=[oid("note", number - 1)]) for number in range(2, 30)]
    head = make("note", 1, Tlp.CLEAR, object_refs=[SECRET_ID])
    report = make("report", 99, Tlp.CLEAR, object_refs=[oid("note", number) for number in range(1, 30)])
    assert ids(release([report, *chain, head, SECRET, OPEN], AMBER)) == [OPEN_ID]


def test_the_number_of_withheld_objects_does_not_show() -> None:
    outputs = set()
    for count in range(4):
        secrets = [make("url", 100 + number, Tlp.RED, value="x") for number in range(count)]
        report = make("report", 1, Tlp.CLEAR, object_refs=[OPEN_ID, *(str(secret["id"]) for secret in secrets)])
        outputs.add(orjson.dumps(release([*secrets, report, OPEN], AMBER).objects))
    assert len(outputs) == 1


def test_references_to_objects_outside_the_set_are_kept() -> None:
    link = relationship(1, OPEN_ID, oid("campaign", 77))
    assert release([link, OPEN], AMBER).objects == [link, OPEN]


def test_references_to_objects_withheld_elsewhere_are_cut_as_well() -> None:
    asked: list[list[str]] = []

    def elsewhere(outside: Collection[str]) -> Collection[str]:
        asked.append(list(outside))
        return [oid("campaign", 77)]

    link = relationship(1, OPEN_ID, oid("campaign", 77))
    report = make("report", 2, Tlp.CLEAR, object_refs=[oid("campaign", 77), oid("campaign", 78), OPEN_ID])
    result = release([link, report, OPEN], AMBER, elsewhere=elsewhere)
    assert ids(result) == [report["id"], OPEN_ID]
    assert result.objects[0]["object_refs"] == [oid("campaign", 78), OPEN_ID]
    assert oid("campaign", 77) in asked[0]
    assert OPEN_ID not in asked[0]


def test_definitions_go_only_with_what_refers_to_them() -> None:
    green, red = marking_definition(Tlp.GREEN), marking_definition(Tlp.RED)
    extension = make("extension-definition", 8, name="x")
    extended = make("url", 1, Tlp.GREEN, extensions={oid("extension-definition", 8): {"a": 1}})
    assert release([green, red, extension, extended, SECRET], AMBER).objects == [green, extension, extended]
    assert release([green, red, extension, SECRET], AMBER).objects == []
    assert release([green, red], AMBER, pinned=[str(green["id"])]).objects == [green]


def test_a_definition_that_must_stay_keeps_back_what_refers_to_it() -> None:
    extension = make("extension-definition", 8, Tlp.RED, name="x")
    extended = make("url", 1, Tlp.GREEN, extensions={oid("extension-definition", 8): {"a": 1}})
    assert release([extension, extended, OPEN], AMBER).objects == [OPEN]


def test_a_statement_goes_with_what_it_marks() -> None:
    notice = statement(7)
    marked = make("url", 1, Tlp.GREEN, str(notice["id"]))
    assert release([marked, notice], AMBER).objects == [marked, notice]
    assert release([marked], AMBER).objects == []
    assert release([marked], AMBER, definitions={str(notice["id"]): notice}).objects == [marked]


def test_when_the_newest_version_must_stay_the_older_ones_stay_too() -> None:
    old = make("campaign", 1, Tlp.GREEN, modified=MARCH)
    new = make("campaign", 1, Tlp.RED, modified=APRIL)
    result = release([old, new, relationship(2, str(old["id"]), OPEN_ID), OPEN], AMBER)
    assert ids(result) == [OPEN_ID]
    assert [entry.rule for entry in result.withheld] == ["newer-version", "marking", "reference"]


def test_an_older_version_stays_by_its_own_marking_when_the_newest_goes() -> None:
    old = make("campaign", 1, Tlp.RED, modified=MARCH)
    new = make("campaign", 1, Tlp.GREEN, modified="2026-03-01T00:00:00.000001Z")
    link = relationship(2, str(old["id"]), OPEN_ID)
    assert release([old, new, link, OPEN], AMBER).objects == [new, link, OPEN]


def test_two_copies_of_one_version_with_different_markings_both_stay() -> None:
    mild = make("domain-name", 66, Tlp.CLEAR, value="secret.example")
    assert release([mild, SECRET], AMBER).objects == []


def test_what_is_no_object_stays() -> None:
    result = release([{"type": "url"}, {"id": OPEN_ID}, {"id": 7, "type": "url"}], AMBER)
    assert result.objects == []
    assert {entry.rule for entry in result.withheld} == {"malformed"}


def test_text_that_orjson_cannot_write_is_still_searched() -> None:
    odd = make("campaign", 1, Tlp.CLEAR, description=f"\ud800 {SECRET_ID}")
    big = make("campaign", 2, Tlp.CLEAR, x_count=10**30)
    result = release([odd, big, SECRET], AMBER)
    assert result.objects == [big]


def test_a_technique_that_only_a_withheld_object_uses_stays_home_too() -> None:
    """M23: no technique tally of what is withheld, although techniques themselves are CLEAR."""
    shared = attack_pattern("T0146", "A", phases=["p"], url="https://a.example/", release="1.7", released=DAY)
    hidden = attack_pattern("T0147", "B", phases=["p"], url="https://b.example/", release="1.7", released=DAY)
    campaign = _marked("campaign", Tlp.GREEN, name="c")
    uses = _marked(
        "relationship", Tlp.GREEN, relationship_type="uses", source_ref=campaign["id"], target_ref=shared["id"]
    )
    secret = _marked(
        "relationship", Tlp.RED, relationship_type="uses", source_ref=campaign["id"], target_ref=hidden["id"]
    )
    listing = _marked(
        "report", Tlp.GREEN, name="r", object_refs=[campaign["id"], shared["id"], hidden["id"], secret["id"]]
    )
    everything = [project_identity(), shared, hidden, campaign, uses, secret, listing]

    released = release(everything, Clearance(ceiling=Tlp.AMBER))

    assert [item["id"] for item in released.objects] == [
        project_identity()["id"], shared["id"], campaign["id"], uses["id"], listing["id"]
    ]  # fmt: skip
    assert released.objects[-1]["object_refs"] == [campaign["id"], shared["id"]]
    assert str(hidden["id"]).encode() not in orjson.dumps(released.objects)


def test_vocabulary_goes_as_it_is_when_nothing_is_withheld() -> None:
    unused = attack_pattern("T0147", "B", phases=["p"], url="https://b.example/", release="1.7", released=DAY)
    everything = [project_identity(), unused]
    assert release(everything, Clearance()).objects == everything


def _marked(object_type: str, tlp: Tlp, **properties: object) -> StixObject:
    identifier = f"{object_type}--{uuid4()}"
    return {"type": object_type, "id": identifier, "object_marking_refs": [tlp.marking_id], **properties}


def call(*rows: dict[str, str], count: int = 9) -> StixObject:
    evidence = {"extension_type": "property-extension", "evidence_count": count, "evidence": list(rows)}
    link = relationship(5, oid("campaign", 1), oid("attack-pattern", 2), Tlp.GREEN)
    return {**link, "extensions": {EVIDENCE_EXTENSION: evidence}}


def test_rows_of_evidence_that_quote_a_withheld_observable_are_cut() -> None:
    seen, secret = {"label": "x", "value": "open.example"}, {"note": "like hxxp://SECRET.example/"}
    told = call({"value": "secret[.]example"}, seen, secret)
    result = release([SECRET, OPEN, told], AMBER)
    extensions = result.objects[1]["extensions"]
    assert isinstance(extensions, dict)
    assert extensions[EVIDENCE_EXTENSION]["evidence"] == [{"label": "x", "value": "open.example"}]
    assert extensions[EVIDENCE_EXTENSION]["evidence_count"] == 7
    assert result.trimmed == [told["id"]]


def test_a_call_whose_evidence_is_all_withheld_stays_home_with_its_technique() -> None:
    technique = attack_pattern("T0146", "A", phases=["p"], url="https://a.example/", release="1.7", released=DAY)
    told = {**call({"value": "secret[.]example"}), "target_ref": technique["id"]}
    report = make("report", 9, Tlp.GREEN, object_refs=[told["id"], technique["id"], OPEN_ID])
    result = release([SECRET, OPEN, told, technique, report], AMBER)
    assert ids(result) == [OPEN_ID, report["id"]]
    assert result.objects[1]["object_refs"] == [OPEN_ID]


def test_granular_markings_still_fit_what_is_left() -> None:
    report = make("report", 1, Tlp.GREEN, object_refs=[SECRET_ID, OPEN_ID], created_by_ref=SECRET_ID)
    selectors = ["created_by_ref", "object_refs.[1]"]
    report["granular_markings"] = [{"marking_ref": Tlp.AMBER.marking_id, "selectors": selectors}]
    left = release([SECRET, OPEN, report], AMBER).objects[1]
    assert left["granular_markings"] == [{"marking_ref": Tlp.AMBER.marking_id, "selectors": ["object_refs"]}]


def test_a_definition_that_is_only_listed_is_not_named_either() -> None:
    extension = make("extension-definition", 8, name="x")
    report = make("report", 9, Tlp.GREEN, object_refs=[extension["id"], OPEN_ID])
    result = release([SECRET, OPEN, extension, report], AMBER)
    assert result.objects[1]["object_refs"] == [OPEN_ID]
