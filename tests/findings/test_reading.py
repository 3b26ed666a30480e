"""Which reader takes a file: decided by what it holds, never by its name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.profile import SourceProfile, find_profile, shipped_profiles
from disarm_exchange.findings.reader import Source
from disarm_exchange.findings.reading import READERS, read_findings, reader_of
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import read_text
from tests.shared_data import SHARED_DATA, needs_shared_data

FLAT = "indicator_type,indicator_value\ndomain,evil.example\n"
MARKDOWN = "| Indicator Type | Indicator Value |\n|---|---|\n| domain | evil.example |\n"
RECORDS = json.dumps([{"indicator_type": "domain", "indicator_value": "evil.example"}])
EVENT = json.dumps({"Event": {"Attribute": [{"type": "domain", "value": "evil.example", "to_ids": True}]}})
LINE = json.dumps({"labels": ["x"], "value": "evil.example"})
OBJECT = {"type": "domain-name", "id": "domain-name--00000000-0000-4000-8000-000000000000", "value": "evil.example"}
BUNDLE = json.dumps({"type": "bundle", "id": "bundle--x", "objects": [OBJECT]})

FORMS = [
    (FLAT, "table of text (CSV, TSV)"),
    (FLAT.replace(",", "\t"), "table of text (CSV, TSV)"),
    ("# made by hand\n\n" + FLAT, "table of text (CSV, TSV)"),
    (MARKDOWN, "report in Markdown"),
    ("# Report\n\n" + MARKDOWN, "report in Markdown"),
    ("---\ntitle: x\n---\n" + MARKDOWN, "report in Markdown"),
    (RECORDS, "JSON records"),
    (EVENT, "MISP event"),
    (json.dumps([json.loads(EVENT)]), "MISP event"),
    (LINE, "finding JSON Lines"),
    (BUNDLE, "STIX 2 objects"),
    (json.dumps(OBJECT), "STIX 2 objects"),
]


@pytest.mark.parametrize("name", ["findings.csv", "findings.json", "findings.md", "findings.xlsx", "x"])
@pytest.mark.parametrize(("content", "title"), FORMS)
def test_the_content_decides_and_the_name_does_not(tmp_path: Path, content: str, title: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    reader, recognition = reader_of(Source(path, shipped_profiles()))
    assert reader.title == title
    assert recognition is not None
    assert recognition.why
    assert [each.value.text for each in read_text(tmp_path, content, name=name).findings] == ["evil.example"]


@pytest.mark.parametrize(("content", "_title"), FORMS)
def test_one_incident_is_for_sheets_of_incidents_only(tmp_path: Path, content: str, _title: str) -> None:
    with pytest.raises(UserError, match="no sheet with one incident to a row"):
        read_text(tmp_path, content, row="2")


def test_every_reader_has_a_name_of_its_own() -> None:
    assert len({reader.title for reader in READERS}) == len(READERS)


def test_a_table_nobody_knows_goes_to_the_reader_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a,b\n1,2\n")
    reader, recognition = reader_of(Source(path, shipped_profiles()))
    assert (reader, recognition) == (READERS[-1], None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UserError, match="is a pipe or a device"):
        next(iter(read_findings(pipe, shipped_profiles())))


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    records = read_findings(tmp_path / "none", shipped_profiles())
    with pytest.raises(UserError, match="no such file"):
        next(records)


@pytest.mark.parametrize("source", ["flat-indicators", "meta-markdown-report"])
def test_one_profile_alone_reads_a_report(tmp_path: Path, source: str) -> None:
    assert len(read_text(tmp_path, MARKDOWN, find_profile(source)).findings) == 1


def test_a_profile_of_reports_reads_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source profile knows this header"):
        read_text(tmp_path, FLAT, find_profile("meta-markdown-report"))


def techniques_of_the_wide_sheet() -> list[str]:
    crosswalk = (SHARED_DATA / "crosswalk-draft.csv").read_text(encoding="utf-8").splitlines()
    rows = [line for line in crosswalk if line.startswith("disinfox-column,")]
    return list(dict.fromkeys(line.split(",")[1] for line in rows))


@needs_shared_data
def test_the_whole_wide_header_is_known(tmp_path: Path) -> None:
    ticks = techniques_of_the_wide_sheet()
    assert len(ticks) == 107
    before = ["Year", "Target Country", "Event", "Region", "Sub-region", "Country of Origin", "Threat Actor"]
    after = ["Facebook", "X", "Line", "OpenAI", "Cyber Attacks", "Attribution Source: Government"]
    sources = [f"Source {number}" for number in range(1, 10)]
    header = [*before, "Event description", *ticks, *after, *sources, "", ""]
    profile: SourceProfile = find_profile("disinfox-sheet")
    layout = profile.layout(header)
    assert layout is not None
    assert [title for _, title in layout.others] == ["Region", "Sub-region"]
    row = ["2024", "A", "B", *[""] * 5, *["1"] * 107, *["0"] * 6, *[""] * 11]
    reading = read_text(tmp_path, f"{','.join(header)}\n{','.join(row)}\n")
    assert [each.labels[-1] for each in reading.findings][1:] == [" ".join(label.split()) for label in ticks]


def test_every_sample_names_its_case() -> None:
    folders = [path for path in data_folder("samples").iterdir() if path.is_dir()]
    assert len(folders) >= 6
    assert all((path / "case.toml").is_file() for path in folders)
