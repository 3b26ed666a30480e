"""A case says what its file or its options say, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from disarm_exchange.errors import UserError
from disarm_exchange.findings.case import CaseDraft, CaseKind, Producer, find_case_file, load_case, parse_moment
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.places import find_place

WHOLE = """
name = "Harbour Echo"
aliases = ["HE"]
kind = "intrusion-set"
origin = ["BY"]
targets = ["Poland"]
published = 2026-03-12
first_seen = 2025-09-01T08:00:00Z
tlp = "amber+strict"
[producer]
name = "North Watch"
[[references]]
url = "https://www.north-watch.example/x"
"""


def draft(tmp_path: Path, text: str) -> CaseDraft:
    path = tmp_path / "case.toml"
    path.write_text(text)
    return load_case(path)


def test_a_whole_case_file(tmp_path: Path) -> None:
    case = draft(tmp_path, WHOLE).complete()
    assert (case.name, case.kind, case.tlp) == ("Harbour Echo", CaseKind.INTRUSION_SET, Tlp.AMBER_STRICT)
    assert case.published == datetime(2026, 3, 12, tzinfo=UTC)
    assert case.first_seen == datetime(2025, 9, 1, 8, tzinfo=UTC)
    assert case.last_seen is None
    assert [(r.source_name, r.url) for r in case.references] == [
        ("north-watch.example", "https://www.north-watch.example/x")
    ]


def test_options_win_over_the_file(tmp_path: Path) -> None:
    options = CaseDraft(name="Other", tlp=Tlp.CLEAR)
    case = draft(tmp_path, WHOLE).overridden_by(options).complete()
    assert (case.name, case.tlp, case.aliases) == ("Other", Tlp.CLEAR, ("HE",))


def test_nothing_is_assumed_but_the_narrowest_marking() -> None:
    case = CaseDraft(name="X", producer=Producer("P"), published=datetime(2026, 1, 1, tzinfo=UTC)).complete()
    assert (case.origin, case.targets, case.first_seen, case.aliases) == ((), (), None, ())
    assert case.tlp is Tlp.AMBER_STRICT


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = 3", "at /name"),
        ('name = "x"\nnationality = "RU"', "nationality"),
        ('name = "x"\npublished = 2026-13-01', "is not TOML"),
        ('name = "x"\npublished = "2026-02-30"', "published: day"),
        ('name = "x"\nfirst_seen = 2026-02-01T00:00:00', "at /first_seen"),
        ('name = "x"\ntlp = "purple"', "at /tlp"),
        ('name = "x', "is not TOML"),
    ],
)
def test_a_wrong_case_file_is_refused_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        draft(tmp_path, text)


@pytest.mark.parametrize("missing", ["name", "producer", "published"])
def test_what_a_case_must_have(missing: str) -> None:
    parts: dict[str, object] = {"name": "X", "producer": Producer("P"), "published": datetime(2026, 1, 1, tzinfo=UTC)}
    parts[missing] = None
    with pytest.raises(UserError) as caught:
        CaseDraft(**parts).complete()  # type: ignore[arg-type]
    assert f"--{'case-name' if missing == 'name' else missing}" in caught.value.fix


def test_dates_out_of_order_are_refused() -> None:
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    wrong = CaseDraft(name="X", producer=Producer("P"), published=late, first_seen=late, last_seen=early)
    with pytest.raises(UserError, match="before it was first seen"):
        wrong.complete()


def test_inputs_beside_different_case_files_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "case.toml").write_text('name = "x"')
    assert find_case_file([tmp_path / "a" / "f.csv"]) == tmp_path / "a" / "case.toml"
    with pytest.raises(UserError, match="different cases"):
        find_case_file([tmp_path / "a" / "f.csv", tmp_path / "b" / "f.csv"])


@pytest.mark.parametrize("text", ["2024-02-30", "yesterday", "2024-05-29T10:00:00", ""])
def test_a_moment_needs_a_real_day_and_a_zone(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "country", "region"),
    [
        ("RU", "RU", None),
        ("Russia", "RU", None),
        ("türkiye", "TR", None),
        ("Kosovo", "XK", None),
        ("Eastern Europe", None, "eastern-europe"),
    ],
)
def test_places_are_found_by_code_or_name(text: str, country: str | None, region: str | None) -> None:
    place = find_place(text)
    assert place is not None
    assert (place.country, place.region) == (country, region)


def test_a_group_of_people_is_no_place() -> None:
    assert find_place("Tibetan activists") is None


def test_faults_of_a_case_file_are_told_for_people(tmp_path: Path) -> None:
    text = 'name = "x"\n\npublshed = 2026-03-12\ntlp = "purple"\norigin = "Russia"\n[producer]\nnam = "y"\n'
    with pytest.raises(UserError) as caught:
        draft(tmp_path, text)
    assert caught.value.where.endswith(":3")
    assert caught.value.problem.startswith(
        "no key 'publshed' is known; line 4: tlp is 'purple'; line 5: origin is 'Russia'"
    )
    assert "no key 'nam' is known in [producer]" in caught.value.problem
    assert "did you mean 'published'?" in caught.value.fix
    with pytest.raises(UserError) as caught:
        draft(tmp_path, 'name = "x"\ntlp = "purple"')
    assert caught.value.problem == "tlp is 'purple'"
    assert caught.value.fix == "allowed are clear, green, amber, amber+strict, red"
    with pytest.raises(UserError) as caught:
        draft(tmp_path, 'name = "x"\ntargets = "France"')
    assert caught.value.fix == 'write targets = ["France"]'
