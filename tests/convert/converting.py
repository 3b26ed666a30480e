"""Converting files in tests, and reading back what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from disarm_exchange.convert.job import Job, Result, convert_files
from disarm_exchange.findings.case import CaseDraft, Producer
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp

OPTIONS = CaseDraft(
    name="Test Case", producer=Producer("Test Team"), published=datetime(2026, 5, 1, tzinfo=UTC), tlp=Tlp.GREEN
)
HEADER = "Tactic ,Technique,Procedure,Indicator,Comments"
SAMPLES = (
    data_folder("samples") / "harbour-echo" / "findings.csv",
    data_folder("samples") / "paper-lantern" / "findings.tsv",
)


@dataclass(frozen=True, slots=True)
class Converted:
    """The result of a conversion with its files read back."""

    result: Result
    raw: bytes
    objects: list[StixObject]
    lines: list[dict[str, object]]

    def of_type(self, object_type: str) -> list[StixObject]:
        return [item for item in self.objects if item["type"] == object_type]

    def by_id(self) -> dict[str, StixObject]:
        return {str(item["id"]): item for item in self.objects}


def convert(*inputs: Path, out: Path, options: CaseDraft = OPTIONS, **job: object) -> Converted:
    """Convert the inputs as one case into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    bundle, account = out / "bundle.json", out / "account.jsonl"
    result = convert_files(Job(inputs, bundle, options=options, account=account, **job))  # type: ignore[arg-type]
    raw = bundle.read_bytes()
    return Converted(
        result, raw, orjson.loads(raw)["objects"], [orjson.loads(line) for line in account.read_bytes().splitlines()]
    )


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    """A CSV file of the kill-chain layout."""
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path
