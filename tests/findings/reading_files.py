"""Reading small files in tests: write them, read them by content, and see what was remarked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from disarm_exchange.findings.model import Finding, Unreadable
from disarm_exchange.findings.profile import SourceProfile, load_profile, shipped_profiles
from disarm_exchange.findings.reader import Record, Remark
from disarm_exchange.findings.reading import read_findings


@dataclass(frozen=True)
class Reading:
    """Everything that one reading gave."""

    records: list[Record]
    remarks: list[Remark]

    @property
    def findings(self) -> list[Finding]:
        return [record for record in self.records if isinstance(record, Finding)]

    @property
    def unreadable(self) -> list[Unreadable]:
        return [record for record in self.records if isinstance(record, Unreadable)]

    def said(self) -> str:
        return "\n".join(remark.text for remark in self.remarks)

    def told(self) -> list[tuple[object, ...]]:
        """The findings without their place in the file."""
        return [
            (each.labels, each.raw, each.value, each.note, each.reported, each.more, each.role)
            for each in self.findings
        ]


def read(path: Path, *profiles: SourceProfile, row: str | None = None) -> Reading:
    """Read a file by its content."""
    remarks: list[Remark] = []
    records = list(read_findings(path, profiles or shipped_profiles(), row=row, remark=remarks.append))
    return Reading(records, remarks)


def read_text(
    folder: Path, content: str | bytes, *profiles: SourceProfile, row: str | None = None, name: str = "file"
) -> Reading:
    """Write a file (under a name that says nothing) and read it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, *profiles, row=row)


def profile(folder: Path, content: dict[str, object]) -> SourceProfile:
    """A source profile from its JSON content."""
    path = folder / "profile.json"
    path.write_text(json.dumps({"id": "ours", "title": "Ours", "layout": "table", **content}))
    return load_profile(path)
