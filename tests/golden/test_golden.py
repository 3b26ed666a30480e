"""The golden records: what analysts who read them expect, beside what a conversion makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from disarm_exchange.convert.job import Job, convert_files
from disarm_exchange.findings.case import CaseDraft, Producer
from disarm_exchange.stix.markings import Tlp
from tests.golden.fingerprints import entry, record_key
from tests.shared_data import SHARED_DATA, needs_shared_data

RECORDS: Mapping[str, dict[str, object]] = json.loads(
    Path(__file__).with_name("records.json").read_text(encoding="utf-8")
)["records"]

EXPECTED_DISAGREEMENTS: Mapping[tuple[str, str], str] = {}
"""Where a conversion is known to differ: (key of the record, field) and why. It may shrink, never grow unseen."""

OPTIONS = CaseDraft(
    name="Golden", producer=Producer("Golden"), published=datetime(2024, 1, 1, tzinfo=UTC), tlp=Tlp.GREEN
)


def real_files() -> list[Path]:
    folder = SHARED_DATA / "meta"
    tables = [path for twin in ("csv", "tsv", "json") for path in (folder / twin).rglob("*") if path.is_file()]
    return sorted(tables) + sorted(folder.glob("meta-*.md"))


def account_lines(file: Path, out: Path) -> Iterator[dict[str, object]]:
    out.mkdir()
    account = out / "account.jsonl"
    convert_files(Job((file,), out / "bundle.json", options=OPTIONS, account=account))
    for line in account.read_bytes().splitlines():
        yield orjson.loads(line)


Found = dict[str, list[tuple[str, dict[str, object]]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Every occurrence of a golden record in any of the real files: the file and the entry it gives."""
    out = tmp_path_factory.mktemp("golden")
    occurrences: Found = {}
    for number, file in enumerate(real_files()):
        for line in account_lines(file, out / str(number)):
            labels = line["labels"]
            label = str(labels[-1]) if isinstance(labels, list) and labels else ""
            key = record_key(label, str(line["raw"]))
            if key in RECORDS:
                occurrences.setdefault(key, []).append((f"{file.suffix[1:]}:{line['record']}", entry(line)))
    return occurrences


@needs_shared_data
def test_every_golden_record_is_found(found: Found) -> None:
    assert set(found) == set(RECORDS)
    assert {place.partition(":")[0] for places in found.values() for place, _ in places} >= {"csv", "tsv", "json", "md"}


@needs_shared_data
def test_every_field_of_every_golden_record_is_as_expected(found: Found) -> None:
    differences = {
        (key, field): (place, expected[field], given[field])
        for key, expected in RECORDS.items()
        for place, given in found[key]
        for field in expected
        if given[field] != expected[field]
    }
    assert {at: seen for at, seen in differences.items() if at not in EXPECTED_DISAGREEMENTS} == {}
    assert set(EXPECTED_DISAGREEMENTS) <= set(differences), "an expected disagreement is gone: take it off the table"


def test_golden_records_are_many_and_cover_every_outcome() -> None:
    assert len(RECORDS) >= 120
    assert {record["outcome"] for record in RECORDS.values()} == {
        "indicator", "observable-only", "count", "note", "withheld", "quarantine",
    }  # fmt: skip
    assert len({record["kind"] for record in RECORDS.values()}) >= 15
    assert len({record["platform"] for record in RECORDS.values()}) >= 15


def test_nothing_of_the_data_is_in_the_golden_records() -> None:
    for key, record in RECORDS.items():
        assert len(key) == 64
        assert int(key, 16) >= 0
        for name in ("value", "login"):
            text = record[name]
            assert text is None or (len(str(text)) == 16 and int(str(text), 16) >= 0)
