"""What the mapping says of files: coverage, and what no rule decides."""

from __future__ import annotations

from pathlib import Path

from disarm_exchange.convert.survey import Survey, survey_files
from disarm_exchange.disarm.mapping import load_mapping
from disarm_exchange.findings.profile import shipped_profiles
from tests.convert.converting import convert, table
from tests.shared_data import SHARED_DATA, needs_shared_data

MAPPING = load_mapping()


def surveyed(*paths: Path) -> Survey:
    """The survey of some files with the rules that come with the project."""
    return survey_files(paths, MAPPING, shipped_profiles())


def test_a_survey_counts_what_a_conversion_calls(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.csv",
        "0. Acquiring assets,0.6 Acquiring domains,0.6.2 Acquiring domains to support operations,a[.]example,",
        "1. New,1.9 Newer,Renting faces,b[.]example,",
        "1. New,1.9 Newer,Renting faces,c[.]example,",
    )
    survey, converted = surveyed(path), convert(path, out=tmp_path / "out")
    assert dict(survey.total.by_technique) == dict(converted.result.summary.techniques)
    assert survey.total.unmapped == converted.result.summary.unmapped
    assert survey.files[str(path)].findings == survey.total.findings == 3


def test_open_labels_have_their_surroundings(tmp_path: Path) -> None:
    first = table(tmp_path / "a.csv", "1. New,1.9 Newer,Renting faces,b[.]example,by the hour")
    second = table(tmp_path / "b.csv", "2. Other,,Renting faces,c[.]example,", "2. Other,,Renting faces,d[.]example,")
    survey = surveyed(first, second)
    (label,) = survey.open_texts()
    assert (label.text, label.findings, label.is_label) == ("Renting faces", 3, True)
    assert label.context == "2. Other. by the hour"
    assert set(survey.files) == {str(first), str(second)}


def test_labels_that_a_rule_leaves_unmapped_are_open_only_when_asked_for(tmp_path: Path) -> None:
    survey = surveyed(table(tmp_path / "a.csv", "7. E,7.2 F,7.2.2 Acquiring Page followers,900 followers,"))
    assert survey.open_texts() == []
    assert [one.text for one in survey.open_texts(decided=True)] == ["7.2.2 Acquiring Page followers"]


@needs_shared_data
def test_the_real_files_are_covered() -> None:
    files = sorted((SHARED_DATA / "meta" / "csv").rglob("*.csv"))
    survey = surveyed(*files)
    assert len(survey.files) == len(files) > 30
    assert survey.total.findings > 7_000
    assert survey.total.share("high", "medium", "low") > 0.98
    assert survey.total.unknown == 0
    assert survey.open_texts() == []
