"""The wide sheet: an incident to a row, a technique to a column, with the dirt that real sheets have."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.values import Kind
from disarm_exchange.resources import data_folder
from tests.findings.reading_files import Reading, read, read_text

SAMPLE = data_folder("samples") / "grey-heron" / "incidents.csv"
HEADER = (
    "Year,Target Country,Event,Country of Origin,Threat Actor,Event description,T0002_Facilitate State Propaganda,"
    "T0004_ Develop Competing Narratives,T0090_Create Inauthentic Accounts,T0085.001_Develop AI-Generated Text,"
    "T0072.002_Demographic Segmentation,Facebook,X,Attribution Source: Platform,Source 1,Source 9\n"
)
ROW = "2024,Freedonia,Referendum,Sylvania*,Heron*,A quiet vote,{ticks},1,0,1,https://news.example/a,#NAME?\n"


def sheet(folder: Path, *ticks: str, row: str | None = None) -> Reading:
    return read_text(folder, HEADER + "".join(ROW.format(ticks=each) for each in ticks), row=row)


def labels(reading: Reading) -> list[str]:
    return [each.labels[-1] for each in reading.findings]


def test_a_ticked_column_is_a_finding_labelled_with_its_heading(tmp_path: Path) -> None:
    reading = sheet(tmp_path, "1,0,1,0,0")
    story, first, second = reading.findings
    assert story.labels == ("DISINFOX", "Incident")
    assert first.labels == ("DISINFOX", "T0002_Facilitate State Propaganda")
    assert second.labels == ("DISINFOX", "T0090_Create Inauthentic Accounts")
    assert {each.value.text for each in reading.findings} == {"2024 Freedonia Referendum"}
    assert {each.value.kind for each in reading.findings} == {Kind.NAME}
    assert {each.record for each in reading.findings} == {2}


@pytest.mark.parametrize("tick", ["1", "`1", " 1 ", "1.0", "TRUE"])
def test_what_counts_as_a_tick(tmp_path: Path, tick: str) -> None:
    assert labels(sheet(tmp_path, f"{tick},0,0,0,0"))[1:] == ["T0002_Facilitate State Propaganda"]


@pytest.mark.parametrize("cell", ["0", "", "nan", "#NAME?", "0.0"])
def test_what_counts_as_none(tmp_path: Path, cell: str) -> None:
    assert labels(sheet(tmp_path, f"{cell},0,0,0,0")) == ["Incident"]


def test_a_cell_that_is_neither_is_unreadable_with_its_column(tmp_path: Path) -> None:
    reading = sheet(tmp_path, "maybe,0,0,0,0")
    (item,) = reading.unreadable
    assert item.raw == "T0002_Facilitate State Propaganda: maybe"
    assert item.record == 2


def test_a_stray_accent_does_not_lose_the_other_ticks_of_its_column(tmp_path: Path) -> None:
    reading = sheet(tmp_path, "`1,0,0,0,0", "1,0,0,0,0", "0,0,0,0,0")
    assert labels(reading).count("T0002_Facilitate State Propaganda") == 2


def test_platforms_and_sources_go_with_every_finding(tmp_path: Path) -> None:
    notes = {each.note for each in sheet(tmp_path, "1,0,0,0,0").findings if each.labels[-1] != "Incident"}
    assert notes == {"Platforms: Facebook; Attribution by: Platform; Sources: https://news.example/a"}


def test_sources_never_become_values(tmp_path: Path) -> None:
    reading = sheet(tmp_path, "1,1,1,1,1")
    assert all(each.more == () for each in reading.findings)


def test_who_is_behind_it_stays_in_the_account(tmp_path: Path) -> None:
    story, *others = sheet(tmp_path, "1,0,0,0,0").findings
    assert "A quiet vote" in story.note
    assert "Heron*" in story.raw
    assert "Sylvania*" in story.raw
    shared = "".join(f"{each.note}{each.value}{each.labels}" for each in (story, *others))
    assert "Heron" not in shared
    assert "Sylvania" not in shared


def test_all_rows_are_one_case_unless_one_is_asked_for(tmp_path: Path) -> None:
    both = sheet(tmp_path, "1,0,0,0,0", "0,1,0,0,0")
    assert {each.record for each in both.findings} == {2, 3}
    assert "the sheet has 2 incidents" in both.said()
    assert {each.record for each in sheet(tmp_path, "1,0,0,0,0", "0,1,0,0,0", row="3").findings} == {3}


def test_an_incident_is_asked_for_by_name(tmp_path: Path) -> None:
    one = ROW.format(ticks="1,0,0,0,0")
    other = one.replace("Referendum", "Summit")
    reading = read_text(tmp_path, HEADER + one + other, row="2024 freedonia  SUMMIT")
    assert {each.record for each in reading.findings} == {3}


def test_a_name_that_nobody_or_several_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no incident 'x'") as caught:
        sheet(tmp_path, "1,0,0,0,0", row="x")
    assert "2 2024 Freedonia Referendum" in caught.value.fix
    with pytest.raises(UserError, match="names several incidents") as caught:
        sheet(tmp_path, "1,0,0,0,0", "0,1,0,0,0", row="2024 Freedonia Referendum")
    assert "2, 3" in caught.value.fix


def test_a_wide_sheet_of_few_techniques_is_another_layout(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source profile"):
        read_text(tmp_path, "Year,Event,T0002_a\n2024,x,1\n")


def test_the_sample_has_every_kind_of_dirt() -> None:
    reading = read(SAMPLE)
    assert reading.unreadable == []
    by_row: dict[int, list[str]] = {}
    for each in reading.findings:
        by_row.setdefault(each.record, []).append(each.labels[-1].partition("_")[0])
    assert by_row == {
        2: ["Incident", "T0002", "T0072.002", "T0022.001", "T0090"],
        3: ["Incident", "T0085.001", "T0104.001", "T0049.002"],
        4: ["Incident", "T0002", "T0004", "T0114"],
        5: ["Incident"],
    }
