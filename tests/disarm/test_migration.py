"""A bundle under another release: what moves, what stays, what is left to people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import load_mapping
from disarm_exchange.disarm.migration import Migration
from disarm_exchange.disarm.official_bundle import read_official_bundle
from disarm_exchange.disarm.release_import import release_from_bundle
from disarm_exchange.disarm.revision import references, successor_id
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import technique_stix_id
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, PROJECT_IDENTITY_ID
from tests.disarm.migrating import (
    CASE,
    NEW,
    NOW,
    OLD,
    THEM,
    THEN,
    US,
    evidence,
    foreign,
    links_to,
    listing,
    migrated,
    ours,
    stix_id,
    uses,
)
from tests.disarm.official import official_bundle
from tests.disarm.test_own_rules import call, write
from tests.shared_data import SHARED_DATA, needs_shared_data


def said(item: StixObject) -> dict[str, object]:
    """Our evidence extension of an object."""
    return item["extensions"][EVIDENCE_EXTENSION]  # type: ignore[index,no-any-return]


def test_a_relationship_goes_to_the_only_successor() -> None:
    pattern = ours("T0023")
    link = uses(pattern, confidence=85, extensions=evidence({"label": "x"}))
    report = listing("report", [CASE, pattern, link])
    result, done = migrated(pattern, link, report)
    old, (new,) = result[str(link["id"])], links_to(result, "T0162")
    assert old == {**link, "revoked": True, "modified": NOW}
    assert new["id"] == uses(technique_stix_id("T0162"))["id"]  # what converting anew would give
    assert (new["created"], new["modified"], new["confidence"]) == (THEN, NOW, 50)  # no surer than the proposal
    assert said(new)["framework"] == "1.7"
    assert [(rule["id"], rule["confidence"]) for rule in said(new)["rules"]] == [  # type: ignore[attr-defined]
        ("gone.rule", 50),
        ("successor.T0023", 50),
    ]
    assert result[technique_stix_id("T0162")]["name"] == "Reframe Context"
    assert result[PROJECT_IDENTITY_ID]["type"] == "identity"
    assert result[str(report["id"])]["object_refs"] == [CASE, technique_stix_id("T0162"), new["id"]]
    assert result[str(report["id"])]["modified"] == NOW
    assert result[str(pattern["id"])] == pattern
    assert [(move.technique_id, move.successors, move.by) for move in done.moved] == [
        ("T0023", ("T0162",), "successor")
    ]
    assert not done.needs_a_person
    assert dict(done.counts) == {"updated": 1, "revoked": 1, "unchanged": 1, "new": 4, "replaced": 0}


def test_what_disarm_says_itself_costs_no_confidence() -> None:
    pattern = ours("T0023.002")
    result, _ = migrated(pattern, uses(pattern, confidence=70), uses(pattern, source=stix_id("campaign", "b")))
    sure, unsaid = sorted(links_to(result, "T0169"), key=lambda item: "confidence" not in item)
    assert sure["confidence"] == 70
    assert "confidence" not in unsaid


def test_a_technique_that_stays_keeps_its_relationship() -> None:
    pattern = ours("T0020")  # moved to another tactic
    link, plain = uses(pattern, extensions=evidence({"label": "x"})), uses(pattern, source=stix_id("campaign", "b"))
    result, done = migrated(pattern, link, plain)
    assert result[str(pattern["id"])] == ours("T0020", NEW)
    assert result[str(pattern["id"])]["modified"] == "2026-01-21T00:00:00.000Z"
    assert said(result[str(link["id"])])["framework"] == "1.7"
    assert result[str(link["id"])]["modified"] == NOW
    assert result[str(plain["id"])] == plain
    assert not done.needs_a_person


def test_without_a_successor_or_a_decision_between_several_it_stays_and_is_listed() -> None:
    gone, several = ours("T0042"), ours("T0045")
    links = [uses(gone), uses(several, extensions=evidence({"label": "nothing we know"}))]
    report = listing("report", [CASE, gone, several, *links])
    result, done = migrated(gone, several, *links, report)
    assert list(result.values()) == [gone, several, *links, report]
    assert {(left.technique_id, left.candidates) for left in done.left} == {
        ("T0042", ()),
        ("T0045", ("T0097.108", "T0143.002")),
    }
    assert any("0 of 1 findings shown as evidence decide" in left.reason for left in done.left)
    assert done.needs_a_person


def test_findings_shown_as_evidence_decide() -> None:
    pattern = foreign("T0090", "Create Inauthentic Accounts", creator=US)
    rows = ({"label": "0.9.4 Acquiring X / Twitter accounts"}, {"label": "fake accounts"})
    result, done = migrated(pattern, uses(pattern, confidence=85, extensions=evidence(*rows)))
    assert [move.by for move in done.moved] == ["evidence"]
    assert len(links_to(result, "T0146")) == 1
    some = ({"label": "0.9.4 Acquiring X / Twitter accounts"}, {"label": "nothing we know"})
    _, undecided = migrated(pattern, uses(pattern, extensions=evidence(*some)))
    assert undecided.moved == []
    assert "1 of 2 findings" in undecided.left[0].reason


def test_the_rule_that_called_it_decides_by_what_it_calls_today(tmp_path: Path) -> None:
    own = write(tmp_path, "own.json", {"id": "own.ghosts", "labels": ["ghosts"], "techniques": [call("T0143.002")]})
    pattern = ours("T0045")
    link = uses(pattern, confidence=85, extensions=evidence({"label": "something"}, rules=["own.ghosts"]))
    result, done = migrated(pattern, link, mapping=load_mapping("1.7", [own]))
    (new,) = links_to(result, "T0143.002", "T0097.108")
    assert done.moved[0].by == "evidence"
    assert [(rule["id"], rule["reason"]) for rule in said(new)["rules"]] == [  # type: ignore[attr-defined]
        ("own.ghosts", "because we say so")
    ]


def test_an_own_rule_for_the_retired_id_decides_before_everything_else(tmp_path: Path) -> None:
    rules = write(
        tmp_path,
        "own.json",
        {"id": "own.T0042", "labels": ["T0042"], "techniques": [call("T0082", "low")]},
        {"id": "own.T0023", "labels": ["T0023 Distort Facts"], "techniques": [call("T0165")]},
        {"id": "own.T0044", "labels": ["T0044"], "unmapped": "We drop it."},
        {"id": "own.T0045", "labels": ["T0045"], "when": {"note": ["professor*"]}, "techniques": [call("T0097.108")]},
    )
    patterns = {one: ours(one) for one in ("T0042", "T0023", "T0044", "T0045")}
    links = [uses(pattern) for pattern in patterns.values()]
    professor = uses(patterns["T0045"], source=stix_id("campaign", "b"), description="A professor who never was.")
    result, done = migrated(*patterns.values(), *links, professor, mapping=load_mapping("1.7", [rules]))
    assert {(move.technique_id, move.successors, move.by) for move in done.moved} == {
        ("T0042", ("T0082",), "own-rule"),
        ("T0023", ("T0165",), "own-rule"),
        ("T0045", ("T0097.108",), "own-rule"),
    }
    assert [item["confidence"] for item in links_to(result, "T0082")] == [15]
    assert {left.technique_id for left in done.left} == {"T0044", "T0045"}
    assert any("We drop it." in left.reason for left in done.left)
    assert result[str(professor["id"])]["revoked"] is True


def test_where_disarm_retagged_its_own_incidents_with_both_so_do_we() -> None:
    pattern = foreign("T0043.001", "Use Encrypted Chat Apps")
    link = uses(pattern, confidence=60)
    result, done = migrated(pattern, link, listing("report", [pattern, link]))
    assert [(move.successors, move.by) for move in done.moved] == [(("T0151.004", "T0155.007"), "rule")]
    assert [item["confidence"] for item in links_to(result, "T0151.004", "T0155.007")] == [60, 60]
    listed = {technique_stix_id("T0151.004"), technique_stix_id("T0155.007"), *done.moved[0].new_relationships}
    assert result[stix_id("report", "list")]["object_refs"] == sorted(listed)


def test_without_rules_only_single_successors_are_followed() -> None:
    several, one = foreign("T0043.001", "Use Encrypted Chat Apps"), ours("T0023")
    _, done = migrated(several, one, uses(several), uses(one), mapping=None)
    assert [move.technique_id for move in done.moved] == ["T0023"]
    assert [left.technique_id for left in done.left] == ["T0043.001"]


def test_objects_of_others_are_conflicts_and_stay_byte_for_byte() -> None:
    pattern = ours("T0023")
    link, report = uses(pattern, by=THEM), listing("report", [pattern], by=THEM, name="theirs")
    mine = uses(pattern)
    result, done = migrated(pattern, link, report, mine, producers=[US])
    assert (result[str(link["id"])], result[str(report["id"])]) == (link, report)
    assert {(one.object_id, one.creator, one.technique_id) for one in done.conflicts} == {
        (link["id"], THEM, "T0023"),
        (report["id"], THEM, "T0023"),
    }
    assert result[str(mine["id"])]["revoked"] is True
    assert done.needs_a_person


def test_several_producers_have_to_say_who_they_are() -> None:
    pattern = ours("T0023")
    objects = pattern, uses(pattern), uses(pattern, by=THEM)
    with pytest.raises(UserError, match=r"several producers.*say which you are"):
        migrated(*objects)
    result, done = migrated(*objects, producers=[US, THEM])
    assert len(links_to(result, "T0162")) == 2
    assert done.producers == tuple(sorted([US, THEM]))


def test_nobody_in_particular_may_be_the_producer() -> None:
    pattern = ours("T0023")
    link = uses(pattern, by=None)
    result, done = migrated(pattern, link)
    (new,) = links_to(result, "T0162")
    assert "created_by_ref" not in new
    assert done.producers == (None,)
    _, refused = migrated(pattern, link, producers=[US])
    assert [one.creator for one in refused.conflicts] == [None]


def test_a_foreign_technique_object_out_of_date_gives_way_to_ours() -> None:
    old_url = OLD.technique("T0143.002").url
    pattern = foreign("T0143.002", "Fabricated Persona")
    pattern["external_references"] = [{"source_name": "mitre-attack", "external_id": "T0143.002", "url": old_url}]
    link, report = uses(pattern), listing("report", [pattern])
    result, done = migrated(pattern, link, report)
    mine = technique_stix_id("T0143.002")
    assert str(pattern["id"]) not in result
    assert result[mine] == ours("T0143.002", NEW)
    assert result[str(link["id"])] == {**link, "target_ref": mine, "modified": NOW}
    assert result[str(report["id"])]["object_refs"] == [mine]
    assert done.counts["replaced"] == 1
    theirs = uses(pattern, by=THEM)
    kept, _ = migrated(pattern, link, theirs, producers=[US])
    assert kept[str(pattern["id"])] == pattern
    assert kept[str(theirs["id"])] == theirs


def test_a_foreign_technique_object_that_is_up_to_date_stays() -> None:
    pattern = foreign("T0143.002", "Fabricated Persona")
    link = uses(pattern)
    assert list(migrated(pattern, link)[0].values()) == [pattern, link]


def test_a_technique_object_of_our_own_is_revised_in_place() -> None:
    pattern = foreign("T0020", "Trial Content", creator=US)
    pattern["kill_chain_phases"] = [
        {"kill_chain_name": "disarm", "phase_name": "conduct-pump-priming"},
        {"kill_chain_name": "ours", "phase_name": "early"},
    ]
    pattern["external_references"] = [
        {"source_name": "DISARM", "external_id": "T0020", "url": OLD.technique("T0020").url,
         "description": "DISARM Framework release 1.6"},
        {"source_name": "our report", "url": "https://example.org"},
    ]  # fmt: skip
    link = uses(pattern)
    result, _ = migrated(pattern, link)
    now = result[str(pattern["id"])]
    assert now["modified"] == NOW
    assert now["kill_chain_phases"] == [
        {"kill_chain_name": "disarm", "phase_name": "deliver-content"},
        {"kill_chain_name": "ours", "phase_name": "early"},
    ]
    assert now["external_references"] == [
        {"source_name": "DISARM", "external_id": "T0020", "url": NEW.technique("T0020").url,
         "description": "DISARM Framework release 1.7"},
        {"source_name": "our report", "url": "https://example.org"},
    ]  # fmt: skip
    assert result[str(link["id"])] == link


def test_relationships_that_come_to_say_the_same_become_one() -> None:
    first, second, there = ours("T0023"), ours("T0023.001"), ours("T0162", NEW)
    a = uses(first, confidence=85, extensions=evidence({"label": "a"}, {"label": "b"}, rules=["r.a"], count=3))
    b = uses(second, confidence=30, extensions=evidence({"label": "c"}, rules=["r.b"]))
    known = uses(there, confidence=15, extensions=evidence({"label": "d"}, rules=["r.d"], count=40))
    result, done = migrated(first, second, there, a, b, known)
    (one,) = links_to(result, "T0162")
    assert one["id"] == known["id"]
    assert (one["confidence"], said(one)["evidence_count"], said(one)["framework"]) == (50, 44, "1.7")
    assert [row["label"] for row in said(one)["evidence"]] == ["a", "b", "c", "d"]  # type: ignore[attr-defined]
    ids = [rule["id"] for rule in said(one)["rules"]]  # type: ignore[attr-defined]
    assert ids == ["r.a", "r.b", "r.d", "successor.T0023", "successor.T0023.001"]
    assert {move.new_relationships for move in done.moved} == {(known["id"],)}
    shared, _ = migrated(first, second, a, uses(second, extensions=evidence({"label": "b"}, rules=["r.b"])))
    assert said(links_to(shared, "T0162")[0])["evidence_count"] == 3  # one finding stands behind both


def test_what_was_revoked_does_not_come_back_under_its_id() -> None:
    pattern, later = ours("T0023"), ours("T0162", NEW)
    withdrawn = uses(later, revoked=True)
    result, _ = migrated(pattern, later, uses(pattern), withdrawn)
    (new,) = links_to(result, "T0162")
    assert new["id"] == successor_id(str(withdrawn["id"]))
    assert result[str(withdrawn["id"])] == withdrawn


def test_a_note_follows_where_there_is_one_to_follow_to() -> None:
    single, several = ours("T0023"), foreign("T0043.001", "Use Encrypted Chat Apps")
    notes = [listing("note", [CASE, single], name="a"), listing("note", [several], name="b")]
    opinion = {**listing("opinion", [uses(single)["id"]], name="c")}
    result, done = migrated(single, several, uses(single), uses(several), *notes, opinion)
    assert result[str(notes[0]["id"])]["object_refs"] == [CASE, technique_stix_id("T0162")]
    assert result[str(opinion["id"])]["object_refs"] == [links_to(result, "T0162")[0]["id"]]
    assert result[str(notes[1]["id"])] == notes[1]
    assert [(left.object_id, left.technique_id) for left in done.left] == [(notes[1]["id"], "T0043.001")]
    assert "the relationships went to T0151.004, T0155.007" in done.left[0].reason


def test_lists_without_relationships_follow_too() -> None:
    single, several = ours("T0023"), ours("T0045")
    result, done = migrated(single, several, listing("grouping", [single, several]))
    assert result[stix_id("grouping", "list")]["object_refs"] == [technique_stix_id("T0162"), several["id"]]
    assert [left.technique_id for left in done.left] == ["T0045"]


def test_references_deep_inside_an_object_follow() -> None:
    pattern = ours("T0023")
    inner = {"steps": [{"technique_ref": pattern["id"], "other_refs": [CASE, pattern["id"]]}]}
    event = {**listing("event", []), "extensions": {"extension-definition--x": inner}}
    result, _ = migrated(pattern, uses(pattern), event)
    step = result[str(event["id"])]["extensions"]["extension-definition--x"]["steps"][0]  # type: ignore[index]
    assert step == {"technique_ref": technique_stix_id("T0162"), "other_refs": [CASE, technique_stix_id("T0162")]}


def test_only_the_newest_version_of_an_object_is_revised() -> None:
    pattern = ours("T0023")
    older = {**uses(pattern), "modified": "2026-02-01T00:00:00.000Z", "created": "2026-02-01T00:00:00.000Z"}
    newer = {**older, "modified": THEN}
    result = list(Migration([newer, pattern, older], NEW, now=NOW).objects())
    assert older in result
    assert [item["modified"] for item in result if item["id"] == newer["id"]] == [NOW, older["modified"]]


def test_a_later_modified_than_now_is_still_followed_by_a_later_one() -> None:
    pattern = ours("T0023")
    link = uses(pattern, modified="2027-01-01T00:00:00.000Z")
    result, _ = migrated(pattern, link)
    assert result[str(link["id"])]["modified"] == "2027-01-01T00:00:00.001Z"
    with pytest.raises(UserError, match=r"modified.*validate the bundle first"):
        migrated(pattern, uses(pattern, modified="yesterday"))


def test_back_to_an_earlier_release() -> None:
    renamed, new_there, stays = ours("T0162", NEW), ours("T0166", NEW), ours("T0146", NEW)
    links = [uses(renamed), uses(new_there), uses(stays)]
    result, done = migrated(renamed, new_there, stays, *links, to=OLD)
    assert [(move.technique_id, move.successors) for move in done.moved] == [("T0162", ("T0023.001",))]  # the same name
    assert [left.technique_id for left in done.left] == ["T0166"]
    assert result[str(stays["id"])] == stays  # a version cannot go back in time


def test_attack_and_unknown_techniques_are_let_alone() -> None:
    attack = foreign("T1566", "Phishing")
    attack["external_references"] = [{"source_name": "mitre-attack", "external_id": "T1566"}]
    unknown = foreign("T0998", "Of a release to come")
    links = [uses(attack), uses(unknown)]
    result, done = migrated(attack, unknown, *links)
    assert list(result.values()) == [attack, unknown, *links]
    assert [(left.technique_id, left.candidates) for left in done.left] == [("T0998", ())]


def test_an_id_given_to_something_else_is_not_kept(tmp_path: Path) -> None:
    bundle = official_bundle(
        tmp_path / "b.json",
        ("T0162", "Interact with Platform Features", "TA06"),
        ("T0165", "AI-Generated Content", "TA06"),
        ("T0201", "Edited Content", "TA06"),
    )
    later = Catalogue(release_from_bundle(read_official_bundle(bundle), "1.8", [OLD, NEW]).content)
    gone, elsewhere = ours("T0162", NEW), ours("T0165", NEW)
    result, done = migrated(gone, elsewhere, uses(gone), uses(elsewhere), to=later, mapping=None)
    assert [(move.technique_id, move.successors) for move in done.moved] == [("T0165", ("T0201",))]
    assert [left.reason for left in done.left] == [
        "DISARM 1.8 has given T0162 to something else (Interact with Platform Features)"
    ]
    assert result[str(gone["id"])] == gone


@needs_shared_data
@pytest.mark.parametrize("release", ["1.6", "1.7"])
def test_the_official_bundles_themselves_pass_unchanged(release: str) -> None:
    objects = json.loads((SHARED_DATA / "disarm" / f"DISARM-{release}.json").read_text())["objects"]
    result, done = migrated(*objects)
    assert list(result.values()) == objects
    assert not done.needs_a_person


@needs_shared_data
def test_a_case_tagged_with_official_objects_of_1_6_is_ours_of_1_7_afterwards() -> None:
    bundle = json.loads((SHARED_DATA / "disarm" / "DISARM-1.6.json").read_text())["objects"]
    patterns = [item for item in bundle if item["type"] == "attack-pattern"]
    links = [uses(pattern) for pattern in patterns]
    result, done = migrated(*patterns, *links, listing("report", [*patterns, *links]))
    live = [item for item in result.values() if item["type"] == "relationship" and not item.get("revoked")]
    undecided = {left.object_id for left in done.left}
    assert len(undecided) == 10
    assert len(done.moved) == 3
    names = {item["id"]: item["name"] for item in result.values() if item["type"] == "attack-pattern"}
    current = {technique_stix_id(one.id): one.name for one in NEW.techniques()}
    for item in live:
        if item["id"] not in undecided:
            assert names[item["target_ref"]] == current[str(item["target_ref"])]
    assert done.counts["replaced"] == 378
    assert missing(result.values(), {CASE}) == set()


def missing(objects: object, known: set[str]) -> set[str]:
    """What is referred to and not there."""
    items = list(objects)  # type: ignore[call-overload]
    there = {item["id"] for item in items} | known
    return {
        one
        for item in items
        for one in references(item)
        if one not in there and one.split("--")[0] not in ("identity", "marking-definition")
    }


PATTERNS: list[Callable[[], StixObject]] = [
    *(lambda one=one: ours(one) for one in ("T0023", "T0023.001", "T0045", "T0042", "T0020", "T0146")),
    lambda: ours("T0162", NEW),
    lambda: foreign("T0043.001", "Use Encrypted Chat Apps"),
    lambda: foreign("T0143.002", "Fabricated persona"),
    lambda: foreign("T0146", "Account Asset", creator=US),
    lambda: foreign("T0090", "Create Inauthentic Accounts", creator=None),
]
CASES = [CASE, stix_id("intrusion-set", "b")]


@st.composite
def bundles(draw: st.DrawFn) -> list[StixObject]:
    """Bundles of techniques, relationships and lists by two producers, in any order."""
    patterns = draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=6, unique=True))
    objects = {str(item["id"]): item for item in (make() for make in patterns)}
    for target in list(objects):
        for source in draw(st.lists(st.sampled_from(CASES), max_size=2)):
            rows = draw(st.sampled_from([[], [{"label": "fake accounts"}], [{"label": "?"}]]))
            more: StixObject = {"extensions": evidence(*rows)} if rows else {}
            if draw(st.booleans()):
                more["confidence"] = draw(st.integers(0, 100))
            if draw(st.integers(0, 5)) == 0:
                more["revoked"] = True
            link = uses(target, by=draw(st.sampled_from([US, THEM])), source=source, **more)
            objects[str(link["id"])] = link
    for kind in draw(st.lists(st.sampled_from(["report", "note", "grouping"]), max_size=3, unique=True)):
        listed = draw(st.lists(st.sampled_from(sorted(objects)), min_size=1, max_size=6, unique=True))
        item = listing(kind, listed, by=draw(st.sampled_from([US, THEM])))
        objects[str(item["id"])] = item
    return draw(st.permutations(list(objects.values())))


@settings(max_examples=100, deadline=None)
@given(bundles())
def test_any_bundle(objects: list[StixObject]) -> None:
    before = json.dumps(objects)
    result, done = migrated(*objects, producers=[US])
    assert json.dumps(objects) == before  # nothing is changed under the caller
    assert missing(result.values(), set(CASES)) == set()
    for item in objects:
        if item.get("created_by_ref") == THEM and item["type"] != "attack-pattern":
            assert result[str(item["id"])] == item
        if item.get("revoked"):
            assert result[str(item["id"])] == item
    for item in result.values():
        was = next((one for one in objects if one["id"] == item["id"]), None)
        if was is not None and was != item:
            assert str(item["modified"]) > str(was["modified"])
            assert item["created"] == was["created"]
    assert done.counts.total() == len(result) + done.counts["replaced"]
    again, second = migrated(*result.values(), producers=[US])
    assert again == result  # once is enough
    assert second.moved == []
    assert [(one.object_id, one.technique_id) for one in second.left] == [
        (one.object_id, one.technique_id) for one in done.left
    ]
    assert second.conflicts == [one for one in done.conflicts if one.technique_id]  # the rest named what is revoked now
    assert migrated(*sorted(objects, key=lambda item: str(item["id"])), producers=[US])[0] == result
