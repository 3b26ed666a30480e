from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from disarm_exchange.policy import Clearance, release
from disarm_exchange.policy.filters import Filters
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import attack_pattern
from tests.policy.objects import make, oid, relationship

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD, NEW = "2026-01-01T00:00:00.000Z", "2026-10-20T00:00:00.000Z"
TEAM, OTHERS = oid("identity", 1), oid("identity", 2)


def sdo(kind: str, number: int, modified: str = NEW, **more: object) -> StixObject:
    return make(kind, number, Tlp.CLEAR, created=OLD, modified=modified, created_by_ref=TEAM, **more)


def technique(number: str) -> StixObject:
    return attack_pattern(number, "A", phases=["p"], url="https://a.example", release="1.7", released=date(2026, 1, 1))


def passing(filters: Filters, *objects: StixObject) -> list[object]:
    result = release(
        objects,
        Clearance(Tlp.AMBER),
        refuse=lambda item: filters.refusal(item, NOW),
        follows=filters.follows,
    )
    return [item["id"] for item in result.objects]


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(), True),
        (Filters(types=frozenset({"campaign"})), True),
        (Filters(types=frozenset({"note"})), False),
        (Filters(not_types=frozenset({"campaign"})), False),
        (Filters(labels=frozenset({"a", "x"})), True),
        (Filters(labels=frozenset({"x"})), False),
        (Filters(not_labels=frozenset({"b"})), False),
        (Filters(not_labels=frozenset({"x"})), True),
        (Filters(creators=frozenset({TEAM})), True),
        (Filters(creators=frozenset({OTHERS})), False),
        (Filters(not_creators=frozenset({TEAM})), False),
        (Filters(min_confidence=50), True),
        (Filters(min_confidence=51), False),
        (Filters(max_age=timedelta(days=30)), True),
        (Filters(max_age=timedelta(days=5)), False),
    ],
)
def test_an_object_passes_by_what_it_says_of_itself(filters: Filters, passes: bool) -> None:
    item = sdo("campaign", 1, labels=["a", "b"], confidence=50)
    assert bool(passing(filters, item)) is passes
    assert (filters.refusal(item, NOW) is None) is passes


def test_an_object_that_states_no_confidence_is_not_below_any() -> None:
    item = sdo("campaign", 1)
    assert passing(Filters(min_confidence=90), item) == [item["id"]]


def test_sub_techniques_go_with_their_technique() -> None:
    whole, sub, other = technique("T0143"), technique("T0143.002"), technique("T0146")
    allow, deny = Filters(techniques=frozenset({"T0143"})), Filters(not_techniques=frozenset({"T0143"}))
    assert passing(allow, whole, sub) == [whole["id"], sub["id"]]
    assert allow.refusal(other, NOW) is not None
    assert [deny.refusal(item, NOW) is None for item in (whole, sub, other)] == [False, False, True]
    assert Filters(techniques=frozenset({"T0143.002"})).refusal(whole, NOW) is not None


def test_techniques_of_official_bundles_are_recognised() -> None:
    official = make("attack-pattern", 1, external_references=[{"source_name": "mitre-attack", "external_id": "T0143"}])
    assert Filters(not_techniques=frozenset({"T0143"})).refusal(official, NOW) == "not_techniques has T0143"


def test_what_uses_a_technique_that_does_not_pass_stays_too() -> None:
    whole, campaign = technique("T0143"), sdo("campaign", 1)
    link = relationship(2, str(campaign["id"]), str(whole["id"]))
    assert passing(Filters(not_techniques=frozenset({"T0143"})), whole, campaign, link) == [campaign["id"]]


@pytest.mark.parametrize(
    "filters",
    [Filters(labels=frozenset({"a"})), Filters(creators=frozenset({TEAM})), Filters(max_age=timedelta(days=30))],
)
def test_observables_follow_what_goes_and_listing_is_no_use(filters: Filters) -> None:
    used, unused = (make("domain-name", number, Tlp.CLEAR, value="a.example") for number in (5, 6))
    campaign = sdo("campaign", 1, labels=["a"])
    link = sdo("relationship", 2, labels=["a"], source_ref=campaign["id"], target_ref=used["id"])
    other = {**sdo("campaign", 3, modified=OLD), "created_by_ref": OTHERS}
    other_link = {**sdo("relationship", 4, modified=OLD, source_ref=other["id"], target_ref=unused["id"])}
    other_link["created_by_ref"] = OTHERS
    report = sdo("report", 7, labels=["a"], object_refs=[used["id"], unused["id"], campaign["id"]])
    gone = passing(filters, used, unused, campaign, link, other, other_link, report)
    assert gone == [used["id"], campaign["id"], link["id"], report["id"]]


def test_techniques_are_everybodys_and_follow() -> None:
    used, unused, campaign = technique("T0143"), technique("T0146"), sdo("campaign", 1)
    link = sdo("relationship", 2, source_ref=campaign["id"], target_ref=used["id"])
    gone = passing(Filters(creators=frozenset({TEAM})), used, unused, campaign, link)
    assert gone == [used["id"], campaign["id"], link["id"]]


def test_an_unreadable_date_does_not_pass_a_filter_by_age() -> None:
    assert passing(Filters(max_age=timedelta(days=3000)), sdo("campaign", 1, modified="soon")) == []
