"""Objects that were taken back, and what only they refer to, need nothing that is asked of living ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.engine import Validator
from tests.validate.bundles import exchange_bundle, observable, own, relationship

MISSING = "attack-pattern--8be38232-2c4d-581c-bd86-373db179691a"


def codes(objects: list[StixObject]) -> set[str]:
    return {issue.code for issue in Validator("exchange").validate(objects)}


def find(objects: list[StixObject], object_type: str) -> StixObject:
    return next(item for item in objects if item["type"] == object_type)


def with_call(*, revoked: bool) -> list[StixObject]:
    """A technique call outside the report, without evidence, to a technique that is not there."""
    objects = exchange_bundle()
    call = relationship("uses", find(objects, "campaign"), {"id": MISSING})
    return [*objects, {**call, "revoked": True} if revoked else call]


def test_a_technique_call_that_lives_needs_its_technique_evidence_and_report() -> None:
    assert codes(with_call(revoked=False)) == {"DX302", "DX803", "DX805"}


def test_a_revoked_technique_call_needs_none_of_them() -> None:
    assert codes(with_call(revoked=True)) == set()


def chain(*, revoked: bool) -> list[StixObject]:
    """An indicator outside the report, its observable, and what that one leads to."""
    objects = exchange_bundle()
    address = observable("ipv4-addr", value="192.0.2.7")
    domain = observable("domain-name", value="gone.example", resolves_to_refs=[address["id"]])
    based_on = relationship("based-on", {"id": find(objects, "indicator")["id"]}, domain)
    return [*objects, {**based_on, "revoked": True} if revoked else based_on, domain, address]


def test_what_only_a_revoked_object_refers_to_is_withdrawn_with_it() -> None:
    assert codes(chain(revoked=True)) == set()
    assert codes(chain(revoked=False)) == {"DX805"}


def test_what_a_living_object_refers_to_as_well_is_not_withdrawn() -> None:
    objects = chain(revoked=True)
    note = {**own("note", "n2"), "content": "Still there.", "object_refs": [objects[-2]["id"]]}
    report = find(objects, "report")
    report["object_refs"] = [*report["object_refs"], note["id"]]  # type: ignore[misc]
    found = list(Validator("exchange").validate([*objects, note]))
    assert [(issue.code, issue.object_id) for issue in found] == [
        ("DX805", objects[-2]["id"]),
        ("DX805", objects[-1]["id"]),
    ]


def test_a_bundle_of_nothing_but_revoked_objects_needs_no_report() -> None:
    objects = [item for item in with_call(revoked=True) if item.get("revoked")]
    assert codes(objects) == set()


def guarded(item: StixObject) -> StixObject:
    return {**item, "pattern": "[domain-name:value = 'bit.ly']"}


def retired(item: StixObject) -> StixObject:
    return {**item, "name": "Another name"}


@pytest.mark.parametrize(
    ("object_type", "change", "code"), [("indicator", guarded, "DX703"), ("attack-pattern", retired, "DX504")]
)
def test_what_is_wrong_with_an_object_may_be_why_it_was_revoked(
    object_type: str, change: Callable[[StixObject], StixObject], code: str
) -> None:
    validator = Validator("exchange")
    item = change(find(exchange_bundle(), object_type))
    assert code in {issue.code for issue in validator.check(item)}
    assert code in {issue.code for issue in validator.check({**item, "revoked": False})}
    assert code not in {issue.code for issue in validator.check({**item, "revoked": True})}
