from __future__ import annotations

import subprocess
import sys

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.validate import Severity, Validator, check_object, validate
from tests.validate.bundles import exchange_bundle


def find(objects: list[dict[str, object]], object_type: str) -> dict[str, object]:
    return next(item for item in objects if item["type"] == object_type)


def test_the_shape_that_partners_exchange_has_no_issue_in_the_exchange_profile() -> None:
    assert list(validate(exchange_bundle())) == []


@pytest.mark.parametrize("profile", ["stix", "dad-cdm", "opencti", "misp"])
def test_the_shape_that_partners_exchange_has_no_error_in_any_profile(profile: str) -> None:
    assert [i for i in validate(exchange_bundle(), profile=profile) if i.severity is Severity.ERROR] == []


def test_an_issue_tells_code_place_object_reason_and_fix() -> None:
    objects = exchange_bundle()
    indicator = find(objects, "indicator")
    indicator["pattern"] = "[domain-name:value = ]"
    (issue,) = validate(objects)
    assert (issue.code, issue.pointer, issue.object_id) == ("DX221", "/pattern", indicator["id"])
    assert issue.severity is Severity.ERROR
    assert issue.reason
    assert issue.fix
    assert issue.number == objects.index(indicator)


def test_all_problems_of_an_object_come_at_once() -> None:
    item = find(exchange_bundle(), "campaign")
    del item["name"], item["object_marking_refs"]
    item["first_seen"] = "yesterday"
    item["modified"] = "2020-01-01T00:00:00.000Z"
    assert {i.code for i in check_object(item)} >= {"DX101", "DX104", "DX211", "DX801"}


def test_an_unknown_profile_or_rule_is_the_users_error() -> None:
    with pytest.raises(UserError, match="no profile"):
        Validator("nice")
    with pytest.raises(UserError, match="no rule"):
        Validator(select=("ZZ",))


def test_only_what_is_selected_runs_and_what_is_ignored_does_not() -> None:
    objects = exchange_bundle()
    find(objects, "indicator")["pattern"] = "nonsense"
    del find(objects, "campaign")["created_by_ref"]
    assert {i.code for i in Validator(select=("DX8",)).validate(objects)} == {"DX802"}
    assert {i.code for i in Validator(ignore=("DX8",)).validate(objects)} == {"DX221"}
    assert {i.code for i in Validator(select=("DX2", "DX802"), ignore=("DX221",)).validate(objects)} == {"DX802"}


def test_raw_bytes_that_are_not_json_are_an_issue() -> None:
    assert [i.code for i in check_object(b'{"type": NaN}')] == ["DX001"]


@pytest.mark.parametrize("item", [None, 3, "campaign", [], {}, {"type": 3}, {"type": ["a"]}, {"id": {}}])
def test_anything_is_judged_without_a_crash(item: object) -> None:
    assert check_object(item)


def test_the_publish_path_never_imports_the_slow_engine() -> None:
    program = (
        "import sys; from disarm_exchange.validate import check_object;"
        "assert check_object({'type': 'campaign', 'id': 3}); assert 'jsonschema' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_stix_20_is_recognised_and_not_judged_as_broken_21() -> None:
    times = {"created": "2017-01-01T00:00:00.000Z", "modified": "2017-01-01T00:00:00.000Z"}
    old = [
        {"type": "campaign", "id": f"campaign--6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a1{number}", **times, "name": "a"}
        for number in range(3)
    ]
    assert [(issue.code, issue.number) for issue in validate(old)] == [("DX006", 0), ("DX006", -1)]
    assert {issue.code for issue in validate([*old, *exchange_bundle()])} == {"DX006", "DX805"}
