"""The exchange profile as a schema, for validators that are not ours; what our `convert` makes is judged by it too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from disarm_exchange.cli.convert import command as convert
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.schemas import OWN, registry
from tests.shared_data import SHARED_DATA, needs_shared_data, real_tables
from tests.validate.bundles import exchange_bundle

SAMPLES = Path(__file__).parents[2] / "samples"


def accepted(objects: list[StixObject]) -> bool:
    bundle = {"type": "bundle", "id": "bundle--21bc09cb-1da5-449b-b854-4de54c9e6ca3", "objects": objects}
    return registry().decider(f"{OWN}exchange-bundle").is_valid(bundle)


def drop(object_type: str, name: str) -> Callable[[list[StixObject]], object]:
    return lambda objects: next(item for item in objects if item["type"] == object_type).pop(name)


def leave_out(object_type: str) -> Callable[[list[StixObject]], object]:
    def change(objects: list[StixObject]) -> None:
        objects[:] = [item for item in objects if item["type"] != object_type]

    return change


def evidence_of_nothing(objects: list[StixObject]) -> None:
    uses = next(item for item in objects if item.get("relationship_type") == "uses")
    extensions = uses["extensions"]
    assert isinstance(extensions, dict)
    for content in extensions.values():
        content["evidence"] = []


def test_the_shape_that_partners_exchange_is_accepted() -> None:
    assert accepted(exchange_bundle())


@pytest.mark.parametrize(
    "change",
    [
        drop("domain-name", "object_marking_refs"),
        drop("campaign", "created_by_ref"),
        leave_out("report"),
        leave_out("identity"),
        evidence_of_nothing,
    ],
)
def test_what_the_profile_asks_for_is_missed(change: Callable[[list[StixObject]], object]) -> None:
    objects = exchange_bundle()
    change(objects)
    assert not accepted(objects)
    assert list(Validator("exchange").validate(objects))


def converted(tmp_path: Path, *arguments: object) -> list[StixObject]:
    target = tmp_path / "bundle.json"
    result = CliRunner().invoke(convert, [*map(str, arguments), "-o", str(target)], standalone_mode=False)
    assert result.exception is None, result.exception
    return list(read_objects(target))


@pytest.mark.parametrize("sample", sorted(path.parent.name for path in SAMPLES.glob("*/findings.csv")))
def test_what_convert_makes_of_our_samples_has_no_issue(sample: str, tmp_path: Path) -> None:
    objects = converted(tmp_path, SAMPLES / sample / "findings.csv")
    assert accepted(objects)
    assert list(Validator("exchange").validate(objects)) == []


@needs_shared_data
@pytest.mark.parametrize("number", range(0, 41, 8))
def test_what_convert_makes_of_real_findings_has_no_error(number: int, tmp_path: Path) -> None:
    table = real_tables(".csv")[number]
    named = ("--case-name", "A case", "--published", "2026-03-02", "--producer", "Harbour Watch")
    objects = converted(tmp_path, table, *named)
    assert accepted(objects)
    assert [issue for issue in Validator("exchange").validate(objects) if issue.severity.label == "error"] == []


@needs_shared_data
@pytest.mark.parametrize(("release", "techniques", "retired"), [("1.6", 391, 13), ("1.7", 445, 0)])
def test_the_faults_of_the_official_bundles_are_told(release: str, techniques: int, retired: int) -> None:
    objects = orjson.loads((SHARED_DATA / "disarm" / f"DISARM-{release}.json").read_bytes())["objects"]
    codes = [issue.code for issue in Validator("dad-cdm").validate(objects)]
    assert codes.count("DX505") == techniques  # every technique calls itself one of ATT&CK
    assert codes.count("DX507") == techniques  # and its kill chain too
    assert codes.count("DX503") == retired  # 1.6 looked up in 1.7
    assert {code for code in codes if code < "DX2"} == set()


@needs_shared_data
def test_a_release_is_judged_by_its_own_catalogue_when_asked() -> None:
    objects = orjson.loads((SHARED_DATA / "disarm" / "DISARM-1.6.json").read_bytes())["objects"]
    codes = [issue.code for issue in Validator("dad-cdm", framework="1.6").validate(objects)]
    assert codes.count("DX503") == 0
    assert codes.count("DX504") == 0
    assert codes.count("DX506") == 0
